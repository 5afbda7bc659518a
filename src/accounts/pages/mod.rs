//! The doors: signing in and out, the first run, and one's own account.

pub mod account;
pub mod first_run;
pub mod sign_in;
