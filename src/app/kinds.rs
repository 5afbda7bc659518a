//! The kinds of jobs there are. Every slice brings its own; `crate::jobs` says how.

use crate::accounts::letters::{self, Letters};
use crate::batches;
use crate::config::Config;
use crate::db::Db;
use crate::exports;
use crate::jobs::Kind;
use crate::mail::Post;

/// All of them.
#[must_use]
pub fn all(db: &Db, config: &Config, post: &Post) -> Vec<Box<dyn Kind>> {
    let means = letters::Means::new(db, config, post);
    vec![
        Box::new(batches::make::Make::new(db)),
        Box::new(batches::void::Carry::new(db)),
        Box::new(exports::make::Make::new(db, config.data.clone())),
        Box::new(exports::letter::Ready(means.clone())),
        Box::new(Letters::Reset(means.clone())),
        Box::new(Letters::Invitation(means)),
    ]
}
