//! `/dashboard/coupons`: the list, the form as page and as modal, and what can be done to a coupon.

pub mod actions;
pub mod code;
pub mod codes;
pub mod editor;
pub mod forms;
pub mod list;

pub use crate::coupons::summary::Row;

/// The kinds of benefit in the words of filters.
pub const BENEFITS: [(&str, &str); 4] = [
    ("percentage", "Percentage off"),
    ("fixed_amount", "Amount off"),
    ("credit", "Credit"),
    ("limits", "Higher limits"),
];

/// What the list can be sorted by, where it has no head to sort by.
pub const SORTS: [(&str, &str); 4] =
    [("created", "Created"), ("name", "Name"), ("valid_until", "Valid until"), ("uses", "Uses")];
