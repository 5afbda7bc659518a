//! What other systems ask of redemptions, and of the log that tells of everything.

mod asking;
pub mod audit_entries;
pub mod catalogue;
mod faults;
mod items;
pub mod organizations;
pub mod redemptions;
pub mod shapes;
pub mod validations;
