//! Tenants: one operator's world, with its currency, time zone, switches and words.
//!
//! A tenant is found by hostname; while there is only one it answers every hostname.

mod create;
mod edit;
pub mod fields;
pub mod pages;
pub mod platform;
pub mod queries;
pub mod settings;
mod tenant;

pub use create::{New, create};
pub use edit::{Edited, edit};
pub use tenant::Tenant;
