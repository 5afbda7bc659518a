//! How many rows a piece of work writes, so that nobody who redeems waits long for it.

use crate::db::Db;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// The most rows of one transaction.
const MOST: usize = 5_000;
const FEWEST: usize = 50;
/// How long a transaction may hold up the others of a database with one writer.
const HOLDS_UP: Duration = Duration::from_millis(6);
/// How long it may take where others write beside it, who wait for the processors and for the disk to take its log.
const HOLDS_UP_BESIDE: Duration = Duration::from_millis(10);
/// How long it may take while there are no others: larger pieces cost less.
const HOLDS_UP_NOBODY: Duration = Duration::from_millis(60);
/// The others have the database for themselves after a piece, so that none of them waits for two: for as long as the piece
/// took, and at least so long.
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
    /// How long the last piece took.
    took: Duration,
    /// Transactions that had begun when the last piece was asked for.
    begun: usize,
    /// When somebody else was last seen to write.
    others: Option<Instant>,
}

impl Pace {
    /// Begins with so many rows.
    #[must_use]
    pub const fn from(rows: usize) -> Self {
        Self { most: MOST, learned: Mutex::new(Learned { rows, took: Duration::ZERO, begun: 0, others: None }) }
    }

    /// Never more than so many.
    #[must_use]
    pub const fn at_most(mut self, most: usize) -> Self {
        self.most = most;
        self
    }

    /// The rows of the next piece.
    #[must_use]
    pub fn rows(&self, db: &Db) -> usize {
        let mut learned = self.learned();
        // One of them was the last piece itself.
        if db.begun().saturating_sub(learned.begun) > 1 {
            learned.others = Some(Instant::now());
        }
        learned.begun = db.begun();
        learned.rows.min(self.most)
    }

    /// The next piece takes about as long as one may.
    pub fn learn(&self, db: &Db, wrote: usize, took: Duration) {
        self.learned().learn(db.is_postgres(), self.most, (wrote, took));
    }

    /// Leaves the database to the others, if there are any: after each piece.
    pub async fn rest(&self) {
        let rest = self.learned().rest();
        if let Some(rest) = rest {
            tokio::time::sleep(rest).await;
        }
    }

    fn learned(&self) -> MutexGuard<'_, Learned> {
        self.learned.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Learned {
    fn learn(&mut self, postgres: bool, most: usize, (wrote, took): (usize, Duration)) {
        self.took = took;
        if wrote < FEWEST {
            return;
        }
        let may_take = match (self.is_alone(), postgres) {
            (true, false) => HOLDS_UP_NOBODY,
            (true, true) => Duration::MAX,
            (false, false) => HOLDS_UP,
            (false, true) => HOLDS_UP_BESIDE,
        };
        let each = took.as_nanos().max(1) / wrote as u128;
        let fits = usize::try_from(may_take.as_nanos() / each.max(1)).unwrap_or(MOST);
        // Grows slowly: one lucky commit says little.
        let next = fits.min(self.rows.saturating_mul(2));
        self.rows = next.clamp(FEWEST, most);
    }

    /// How long to leave the database to others; `None` if there are none.
    fn rest(&self) -> Option<Duration> {
        (!self.is_alone()).then_some(self.took.max(REST))
    }

    fn is_alone(&self) -> bool {
        self.others.is_none_or(|seen| seen.elapsed() > QUIET)
    }
}

#[cfg(test)]
mod tests {
    use super::{Learned, MOST, REST};
    use std::time::{Duration, Instant};

    const HUNDRED_A_SECOND: (usize, Duration) = (1_000, Duration::from_secs(10));
    const MANY_A_SECOND: (usize, Duration) = (1_000, Duration::from_millis(1));

    fn after(postgres: bool, beside_others: bool, piece: (usize, Duration)) -> Learned {
        let others = beside_others.then(Instant::now);
        let mut learned = Learned { rows: 1_000, took: Duration::ZERO, begun: 0, others };
        learned.learn(postgres, MOST, piece);
        learned
    }

    #[test]
    fn alone_on_postgres_a_piece_grows_however_long_it_takes() {
        assert_eq!(after(true, false, HUNDRED_A_SECOND).rows, 2_000);
        assert_eq!(after(false, false, HUNDRED_A_SECOND).rows, 50);
    }

    #[test]
    fn beside_others_a_piece_holds_the_one_writer_for_6_ms_and_postgres_for_10() {
        let each_takes_20_us = (1_000, Duration::from_millis(20));
        assert_eq!(after(false, true, each_takes_20_us).rows, 300);
        assert_eq!(after(true, true, each_takes_20_us).rows, 500);
        let each_takes_100_us = (1_000, Duration::from_millis(100));
        assert_eq!(after(true, true, each_takes_100_us).rows, 100);
    }

    #[test]
    fn the_others_have_the_database_for_as_long_as_the_piece_took_and_at_least_12_ms() {
        assert_eq!(after(true, true, HUNDRED_A_SECOND).rest(), Some(HUNDRED_A_SECOND.1));
        assert_eq!(after(true, true, MANY_A_SECOND).rest(), Some(REST));
        assert_eq!(after(true, false, MANY_A_SECOND).rest(), None);
    }
}
