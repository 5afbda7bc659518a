//! Room under a limit, and the asker's own unpaid holds, which step aside when only they are in the way.

use uuid::Uuid;

use super::facts::OwnHold;
use crate::coupons::coupon::UseCounters;

/// Whether a limit has what one more redemption needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Room {
    /// It has.
    Enough,
    /// It would have, but for what is held.
    Held,
    /// What is confirmed fills it.
    Full,
}

/// The asker's own holds, and which of them are out of the way.
#[derive(Debug, Clone)]
pub(super) struct Holds<'a> {
    all: Vec<(&'a OwnHold, bool)>,
}

impl<'a> Holds<'a> {
    /// A hold that is swapped out counts nowhere from the beginning.
    pub(super) fn new(holds: &'a [OwnHold]) -> Self {
        Self { all: holds.iter().map(|hold| (hold, hold.swapped_out)).collect() }
    }

    /// What is left of a maximum with the holds as they are, never below 0; `None` is unlimited. `takes` says
    /// what a hold takes from it.
    pub(super) fn left(&self, max: Option<i64>, counters: UseCounters, takes: impl Fn(&OwnHold) -> i64) -> Option<i64> {
        let gone: i64 = self.all.iter().filter(|(_, gone)| *gone).map(|(hold, _)| takes(hold)).sum();
        let held = counters.held.saturating_sub(gone).max(0);
        UseCounters { held, ..counters }.remaining(max)
    }

    /// Whether a maximum has room for `need` with the holds as they are.
    pub(super) fn room(
        &self,
        max: Option<i64>,
        counters: UseCounters,
        need: i64,
        takes: impl Fn(&OwnHold) -> i64,
    ) -> Room {
        let enough = |left: Option<i64>| left.is_none_or(|left| left >= need);
        if enough(self.left(max, counters, takes)) {
            Room::Enough
        } else if enough(UseCounters { held: 0, ..counters }.remaining(max)) {
            Room::Held
        } else {
            Room::Full
        }
    }

    /// The same, releasing own holds if they alone are in the way. They are all those this limit counts:
    /// who starts again has given up what was begun.
    pub(super) fn make_room(
        &mut self,
        max: Option<i64>,
        counters: UseCounters,
        need: i64,
        takes: impl Fn(&OwnHold) -> i64,
    ) -> Room {
        let room = self.room(max, counters, need, &takes);
        if room != Room::Held {
            return room;
        }
        let without = self.without(&takes);
        let room = without.room(max, counters, need, &takes);
        if room != Room::Held {
            *self = without;
        }
        room
    }

    /// As if all own holds that take something were released.
    pub(super) fn without(&self, takes: impl Fn(&OwnHold) -> i64) -> Self {
        Self { all: self.all.iter().map(|&(hold, gone)| (hold, gone || takes(hold) > 0)).collect() }
    }

    /// The holds to release with the redemption. (What is swapped out is not among them.)
    pub(super) fn released(&self) -> Vec<Uuid> {
        let released = self.all.iter().filter(|(hold, gone)| *gone && !hold.swapped_out);
        released.map(|(hold, _)| hold.redemption_id).collect()
    }
}
