//! The catalogue, for administrators.

pub mod products;
pub mod types;
