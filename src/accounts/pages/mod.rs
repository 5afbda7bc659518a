//! The doors: signing in and out, the first run, one's own account; and the people of a tenant.

pub mod account;
pub mod api_keys;
pub mod first_run;
pub mod invitations;
pub mod mail;
pub mod people;
pub mod resets;
pub mod sign_in;
pub mod users;
