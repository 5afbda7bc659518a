//! What other systems ask of orders.

pub mod faces;
pub mod orders;
pub mod payments;
