//! The one word a list shows for a coupon.

use schemars::JsonSchema;
use std::fmt;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::Coupon;

/// What a coupon is at an instant, derived and never stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// It starts later.
    Scheduled,
    /// Its codes can be used.
    Active,
    /// Its maximum or its budget is used up.
    Exhausted,
    /// It is over.
    Expired,
    /// Somebody paused it.
    Paused,
    /// Somebody deleted it.
    Deleted,
}

impl Status {
    /// All of them, as a coupon usually passes through them.
    pub const ALL: [Self; 6] =
        [Self::Scheduled, Self::Active, Self::Exhausted, Self::Expired, Self::Paused, Self::Deleted];

    /// The status with this machine word.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.code() == code)
    }

    /// The word people read: `Active`.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Scheduled => "Scheduled",
            Self::Active => "Active",
            Self::Exhausted => "Exhausted",
            Self::Expired => "Expired",
            Self::Paused => "Paused",
            Self::Deleted => "Deleted",
        }
    }

    /// The machine word: `active`.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Scheduled => "scheduled",
            Self::Active => "active",
            Self::Exhausted => "exhausted",
            Self::Expired => "expired",
            Self::Paused => "paused",
            Self::Deleted => "deleted",
        }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl Coupon {
    /// The status at `now`. Where several words are true the first of these is shown, in the order in which
    /// the rule refuses: deleted, paused, expired, scheduled, exhausted, active.
    ///
    /// Only confirmed uses exhaust a coupon: what is held may come back, so a coupon with all its uses in
    /// unpaid orders is still active. Limits by person, organization, product or code do not show here.
    #[must_use]
    pub fn status(&self, now: DateTime<Utc>) -> Status {
        if self.deleted_at.is_some() {
            Status::Deleted
        } else if self.paused_at.is_some() {
            Status::Paused
        } else if self.is_over(now) {
            Status::Expired
        } else if self.is_early(now) {
            Status::Scheduled
        } else if self.is_exhausted() {
            Status::Exhausted
        } else {
            Status::Active
        }
    }

    /// Whether its validity has ended: it is over at the instant of its end.
    #[must_use]
    pub fn is_over(&self, now: DateTime<Utc>) -> bool {
        self.valid_until.is_some_and(|until| now >= until)
    }

    /// Whether its validity has not begun: it is open at the instant of its start.
    #[must_use]
    pub fn is_early(&self, now: DateTime<Utc>) -> bool {
        self.valid_from.is_some_and(|from| now < from)
    }

    fn is_exhausted(&self) -> bool {
        let used_up = self.max_uses.is_some_and(|max| self.counters.uses >= max);
        let budget_left = self.budget.map(|budget| budget.saturating_sub(self.counters.spent));
        used_up || budget_left.is_some_and(|left| left < self.benefit.least_spend())
    }
}
