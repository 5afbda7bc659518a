//! The kinds of jobs there are. Every slice brings its own; `crate::jobs` says how.

use crate::accounts::letters::{self, Letters};
use crate::batches;
use crate::config::Config;
use crate::db::Db;
use crate::exports;
use crate::imports;
use crate::jobs::Kind;
use crate::mail::Post;
use crate::webhooks;

/// All of them.
///
/// # Errors
/// When the secret key cannot be read, or there is no way to encrypt.
pub fn all(db: &Db, config: &Config, post: &Post) -> anyhow::Result<Vec<Box<dyn Kind>>> {
    let means = letters::Means::new(db, config, post);
    Ok(vec![
        Box::new(batches::make::Make::new(db)),
        Box::new(batches::void::Carry::new(db)),
        Box::new(exports::make::Make::new(db, config.data.clone())),
        Box::new(exports::letter::Ready(means.clone())),
        Box::new(imports::check::Check::new(db, config)),
        Box::new(imports::run::Run::new(db)),
        Box::new(imports::undo::Undo::new(db)),
        Box::new(Letters::Reset(means.clone())),
        Box::new(Letters::Invitation(means.clone())),
        Box::new(webhooks::deliver::Deliver::new(db, config)?),
        Box::new(webhooks::letters::SwitchedOff::new(db, means)),
    ])
}
