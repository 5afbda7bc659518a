//! The pages of redemptions: the organization page with its form, and reversals.

pub mod apply;
pub mod organization;
