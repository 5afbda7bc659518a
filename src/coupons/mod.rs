//! Coupons: an offer with one benefit, its conditions and its limits, the codes people type for it, and the
//! one rule that says what a code would do and why not. This inner ring knows no database and no web page:
//! it is given plain facts and the time, and answers with values.

pub mod basket;
pub mod benefit;
pub mod code;
pub mod coupon;
pub mod generator;
pub mod pricing;
pub mod refusal;
pub mod rule;
pub mod tenant;
