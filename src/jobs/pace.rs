//! How many rows a piece of work writes, so that nobody who redeems waits long for it.

use crate::db::Db;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// The most rows of one transaction.
const MOST: usize = 5_000;
const FEWEST: usize = 50;
/// How long a transaction may hold up the others of a database with one writer.
const HOLDS_UP: Duration = Duration::from_millis(6);
/// The same while there are no others: larger pieces cost less.
const HOLDS_UP_NOBODY: Duration = Duration::from_millis(60);
/// How long the others have it for themselves after a piece, so that none of them waits for two.
const REST: Duration = Duration::from_millis(12);
/// How long nobody else has written when nobody is expected to.
const QUIET: Duration = Duration::from_secs(2);

/// Learns from the pieces that were written how large the next may be.
#[derive(Debug)]
pub struct Pace {
    most: usize,
    learned: Mutex<Learned>,
}

#[derive(Debug)]
struct Learned {
    /// The rows of the next piece.
    rows: usize,
    /// Transactions that had begun when the last piece was asked for.
    begun: usize,
    /// When somebody else was last seen to write.
    others: Option<Instant>,
}

impl Pace {
    /// Begins with so many rows.
    #[must_use]
    pub const fn from(rows: usize) -> Self {
        Self { most: MOST, learned: Mutex::new(Learned { rows, begun: 0, others: None }) }
    }

    /// Never more than so many.
    #[must_use]
    pub const fn at_most(mut self, most: usize) -> Self {
        self.most = most;
        self
    }

    /// The rows of the next piece: on PostgreSQL, where others write beside it, always as many as a piece may have.
    #[must_use]
    pub fn rows(&self, db: &Db) -> usize {
        if db.is_postgres() {
            return self.most;
        }
        let mut learned = self.learned();
        // One of them was the last piece itself.
        if db.begun().saturating_sub(learned.begun) > 1 {
            learned.others = Some(Instant::now());
        }
        learned.begun = db.begun();
        learned.rows.min(self.most)
    }

    /// The next piece takes about as long as one may.
    pub fn learn(&self, wrote: usize, took: Duration) {
        if wrote < FEWEST {
            return;
        }
        let mut learned = self.learned();
        let may_take = if learned.is_alone() { HOLDS_UP_NOBODY } else { HOLDS_UP };
        let each = took.as_nanos().max(1) / wrote as u128;
        let fits = usize::try_from(may_take.as_nanos() / each.max(1)).unwrap_or(MOST);
        // Grows slowly: one lucky commit says little.
        let next = fits.min(learned.rows.saturating_mul(2));
        learned.rows = next.clamp(FEWEST, self.most);
    }

    /// Leaves the database to the others, if there are any: after each piece.
    pub async fn rest(&self) {
        let alone = self.learned().is_alone();
        if !alone {
            tokio::time::sleep(REST).await;
        }
    }

    fn learned(&self) -> MutexGuard<'_, Learned> {
        self.learned.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Learned {
    fn is_alone(&self) -> bool {
        self.others.is_none_or(|seen| seen.elapsed() > QUIET)
    }
}
