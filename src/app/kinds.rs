//! The kinds of jobs there are. Every slice brings its own; `crate::jobs` says how.

use crate::batches;
use crate::config::Config;
use crate::db::Db;
use crate::jobs::Kind;

/// All of them.
#[must_use]
pub fn all(db: &Db, _config: &Config) -> Vec<Box<dyn Kind>> {
    vec![Box::new(batches::make::Make::new(db)), Box::new(batches::void::Carry::new(db))]
}
