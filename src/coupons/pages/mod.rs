//! `/dashboard/coupons`: the list, the form as page and as modal, and what can be done to a coupon.

pub mod actions;
pub mod editor;
pub mod forms;
pub mod list;
pub mod row;

pub use row::Row;

/// The kinds of benefit in the words of filters.
pub const BENEFITS: [(&str, &str); 4] = [
    ("percentage", "Percentage off"),
    ("fixed_amount", "Amount off"),
    ("credit", "Credit"),
    ("limits", "Higher limits"),
];
