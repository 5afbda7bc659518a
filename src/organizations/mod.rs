//! Organizations.

pub mod limits;
