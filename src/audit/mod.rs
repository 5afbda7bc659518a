//! The audit log: who changed what, when, on which request, with the fields before and after.
//!
//! An entry is written in the transaction of the change itself, so neither exists without the other. The database
//! refuses to change or delete an entry. The inner ring (entries, their queries) imports nothing above it; the pages show
//! entries in words ([`words`]) to support.

mod entry;
mod filter;
pub mod pages;
pub mod queries;
pub mod words;

pub use entry::{Actor, ActorKind, Change, Entry, record, record_all};
