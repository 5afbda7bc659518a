//! A tenant's settings, and the installation's tenants.

pub mod platform;
pub mod settings;
