//! The doors: signing in and out, and where a signed-in person starts.

pub mod sign_in;
