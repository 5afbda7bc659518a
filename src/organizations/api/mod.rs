//! `/api/v1/organizations`: who has which limits and how much credit.

pub mod credit;
pub mod limits;
pub mod organizations;
mod view;

pub use view::OrganizationView;
