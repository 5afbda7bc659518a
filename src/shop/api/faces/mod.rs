//! Orders in the shape that callers of older systems know.

pub mod checkout;
