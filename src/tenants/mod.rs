//! Tenants: one operator's world, with its currency, time zone, switches and words.
//!
//! A tenant is found by hostname; while there is only one it answers every hostname.

pub mod queries;
mod tenant;

pub use tenant::Tenant;
