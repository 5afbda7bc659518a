//! What other systems ask of redemptions, and of the log that tells of everything.

pub mod audit_entries;
