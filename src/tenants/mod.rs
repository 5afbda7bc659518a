//! Tenants: one operator's world, with its currency, time zone, switches and words.
//!
//! A tenant is found by hostname; while there is only one it answers every hostname.

mod create;
pub mod fields;
pub mod queries;
mod tenant;

pub use create::{New, create};
pub use tenant::Tenant;
