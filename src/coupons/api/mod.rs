//! `/api/v1/coupons` and `/api/v1/codes`. What a coupon may be is said once, by its form: a body becomes a form, and what
//! the form refuses comes back on the body's fields.

pub mod actions;
pub mod codes;
pub mod coupons;
pub mod faces;
mod fields;
mod merge;
mod view;

pub use fields::{BenefitFields, CouponFields, LeakFields, LimitFields};
pub use view::{CodeView, CouponView};
