//! The JSON API as other systems meet it.

mod audit_entries;
mod ground;
mod keys;
mod redemptions;
mod validations;
