//! What other systems ask of redemptions, and of the log that tells of everything.

pub mod asking;
pub mod audit_entries;
pub mod faces;
pub mod faults;
pub mod items;
pub mod list;
pub mod organizations;
pub mod previews;
pub mod redemptions;
pub mod shapes;
pub mod validations;
