//! What is used and what is held. Overdue holds are taken off before the rule sees a counter.

use serde::{Deserialize, Serialize};

/// Confirmed and held uses of one thing: a code, a person, an organization, a product. Never below 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct UseCounters {
    /// Uses that are confirmed.
    pub uses: i64,
    /// Uses in orders that are not paid yet.
    pub held: i64,
}

impl UseCounters {
    /// What is left of a maximum, never below 0; `None` is unlimited.
    #[must_use]
    pub fn remaining(self, max: Option<i64>) -> Option<i64> {
        max.map(|max| max.saturating_sub(self.uses).saturating_sub(self.held).max(0))
    }
}

/// What is used and held of a coupon, in uses and in money.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Counters {
    /// Uses that are confirmed.
    pub uses: i64,
    /// Uses in orders that are not paid yet.
    pub held: i64,
    /// Minor units that confirmed redemptions gave.
    pub spent: i64,
    /// Minor units that unpaid orders would give.
    pub spent_held: i64,
}

impl Counters {
    /// The uses alone.
    #[must_use]
    pub const fn use_counters(self) -> UseCounters {
        UseCounters { uses: self.uses, held: self.held }
    }

    /// What is left of a budget, never below 0; `None` is unlimited.
    #[must_use]
    pub fn remaining_budget(self, budget: Option<i64>) -> Option<i64> {
        UseCounters { uses: self.spent, held: self.spent_held }.remaining(budget)
    }
}
