//! Files in the database: what is exported, and what is sent to be imported.
//!
//! The processes of an installation share only their database, so a file is kept there, in chunks of [`CHUNK`] bytes,
//! each written in a transaction of its own: nobody waits for a large file, and no process ever holds more than a chunk
//! of it. A file is there for readers once it is finished ([`Writer::finish`], in the transaction of whoever needs it);
//! one that is not within a day was left behind by somebody who died, and is removed ([`sweep`]). Every file ends.
//!
//! # Writing and reading one
//! [`Writer::create`], then [`Writer::write`] whatever comes, then [`Writer::finish`]. [`finished`] finds it, [`content`]
//! streams it, [`download`] answers a request with it, and [`remove`] takes it away.

mod download;
mod read;
mod remove;
mod write;

pub use crate::db::tables::files::Model as File;
pub use download::download;
pub use read::{content, finished};
pub use remove::{end, remove, sweep};
pub use write::{New, Writer};

/// Bytes of a chunk: as much as SQLite's one writer takes in a few milliseconds.
pub const CHUNK: usize = 256 * 1024;
/// How long a file may take to be written.
const LONGEST: chrono::Duration = chrono::Duration::days(1);
