//! The pages of the shop: what admins keep, what members buy, and the orders of both.

pub mod cart;
pub mod checkout;
pub mod orders;
pub mod payments;
mod price;
pub mod product;
pub mod products;
pub mod storefront;
pub mod types;
