//! The audit log: who changed what, when, on which request, with the fields before and after.
//!
//! An entry is written in the transaction of the change itself, so neither exists without the other. The database
//! refuses to change or delete an entry. It imports nothing above it; the page that shows the log
//! names codes and organizations, so it is in `redemptions::pages::audit`.

mod entry;
pub mod queries;

pub use entry::{Actor, ActorKind, Change, Entry, record, record_all, record_with};
