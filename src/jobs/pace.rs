//! How many rows a piece of work writes, so that nobody who redeems waits long for it.

use crate::db::Db;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

/// The most rows of one transaction.
const MOST: usize = 5_000;
const FEWEST: usize = 50;
/// How long a transaction may hold up the redemptions of a database with one writer.
const HOLDS_UP: Duration = Duration::from_millis(12);

/// Learns from the pieces that were written how large the next may be.
#[derive(Debug)]
pub struct Pace {
    rows: AtomicUsize,
    most: usize,
}

impl Pace {
    /// Begins with so many rows.
    #[must_use]
    pub const fn from(rows: usize) -> Self {
        Self { rows: AtomicUsize::new(rows), most: MOST }
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
        if db.is_postgres() { self.most } else { self.rows.load(Ordering::Relaxed).min(self.most) }
    }

    /// The next piece takes about as long as one may.
    pub fn learn(&self, wrote: usize, took: Duration) {
        if wrote < FEWEST {
            return;
        }
        let each = took.as_nanos().max(1) / wrote as u128;
        let fits = usize::try_from(HOLDS_UP.as_nanos() / each.max(1)).unwrap_or(MOST);
        // Grows slowly: one lucky commit says little.
        let next = fits.min(self.rows.load(Ordering::Relaxed).saturating_mul(2));
        self.rows.store(next.clamp(FEWEST, self.most), Ordering::Relaxed);
    }
}
