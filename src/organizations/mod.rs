//! Organizations: customer accounts of a tenant, with members, limits and a credit balance.
//!
//! A limit is its base, or else the default of its definition, with live grants applied in order; nothing is added up in
//! place. Credit is a ledger that is only ever added to, and a balance that is never negative.

pub mod api;
pub mod bases;
pub mod credit;
mod definition_form;
pub mod definitions;
pub mod limits;
pub mod list;
pub mod members;
mod organization;
pub mod pages;
pub mod queries;
pub mod spending;

pub use organization::{Organization, create, lock, read_name, rename};
