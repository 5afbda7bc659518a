//! The kinds of jobs there are. Every slice brings its own; `crate::jobs` says how.

use crate::config::Config;
use crate::db::Db;
use crate::jobs::Kind;

/// All of them.
#[must_use]
pub fn all(_db: &Db, _config: &Config) -> Vec<Box<dyn Kind>> {
    Vec::new()
}
