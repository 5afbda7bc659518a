//! What is sold, and what is ordered of it: products and their types, the cart, and orders with what becomes of them.
//!
//! A product is never deleted, because orders and coupons name it; it is archived. Only a private product may lack a
//! price: a code for all of it is then the only way to it. A cart promises nothing; an order holds the uses of its code
//! until it is paid or its time is over, and costs what was shown.

pub mod api;
pub mod bill;
pub mod cart;
mod form;
pub mod orders;
pub mod pages;
pub mod payments;
pub mod products;
pub mod types;

pub use form::{Fields, read_key};
