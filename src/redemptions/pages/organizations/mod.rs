//! `/dashboard/organizations`: every customer account of the tenant, for administrators.

pub mod credit;
pub mod form;
pub mod limits;
pub mod list;
pub mod members;
pub mod show;
