//! Exports: rows as a file, made by a job for the one who asked, there for a day.
//!
//! What can be exported is a [`subject::Subject`], narrowed by a [`filter::Filter`]. Asking for one ([`ask`]) writes its row,
//! its job and an audit entry in one transaction. The job ([`make`]) reads by key pages (`source`), oldest first: everything
//! there was at the moment it was asked, each row as it stood when it was read. It writes a file in chunks into the
//! database ([`crate::sheets`], [`crate::files`]), so that every process can hand it out. A killed process leaves an
//! unfinished file, which the next try removes before it begins anew; nobody ever sees half an export.
//!
//! An export belongs to one user or key of one tenant; to everybody else it is not there. A user gets a letter with the
//! link ([`letter`]). After [`LIVES`] the file is removed; the list says so for a week.

pub mod api;
pub mod ask;
pub mod filter;
pub mod letter;
pub mod make;
pub mod pages;
pub mod queries;
pub mod source;
pub mod subject;

/// How long a finished export can be fetched.
pub const LIVES: chrono::Duration = chrono::Duration::hours(24);
