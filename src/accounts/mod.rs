//! Who signs in and what they may do: users, sessions, roles, invitations, and the persons that limits count.
//!
//! A handler proves its permission by the guard in its signature; what has no guard is for strangers.

pub mod account;
pub mod arrival;
pub mod caller;
pub mod door;
pub mod first_run;
pub mod guards;
pub mod invitations;
pub mod keys;
pub mod letters;
pub mod memberships;
pub mod pages;
pub mod passwords;
pub mod persons;
pub mod resets;
pub mod role;
pub mod sessions;
pub mod shell;
pub mod sign_in;
pub mod users;
