//! What is sold: products and their types, as far as coupons can be narrowed to them; and what organizations order.
//!
//! A product is never deleted, because orders and coupons name it; it is archived. Only a private product may lack a
//! price: a code for all of it is then the only way to it.

pub mod api;
mod form;
pub mod orders;
pub mod pages;
pub mod products;
pub mod types;

pub use form::{Fields, read_key};
