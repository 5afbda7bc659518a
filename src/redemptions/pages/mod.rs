//! The pages of redemptions: the organization page with its form, and what support does to a redemption.

pub mod apply;
pub mod attempts;
mod attention;
pub mod audit;
pub mod coupon;
pub mod members;
pub mod organization;
pub mod organizations;
pub mod overview;
pub mod owner;
pub mod redeem;
pub mod redemption;
pub mod redemptions;
pub mod settle;
pub mod trace;
pub mod why_not;
