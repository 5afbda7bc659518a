//! A coupon: one benefit, its conditions and its limits, and what of them is used up.

mod conflicts;
mod counters;
mod scope;
mod status;
mod terms;
mod words;

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::benefit::Benefit;

pub use conflicts::Conflict;
pub use counters::{Counters, UseCounters};
pub use scope::{ProductKey, ProductScope};
pub use status::Status;
pub use terms::Terms;

/// An offer. Money is minor units of the tenant's currency; a maximum of `None` is unlimited, one of 0 is
/// closed; all maxima count uses, held ones included.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Coupon {
    /// Its public id, version 7.
    pub id: Uuid,
    /// The tenant it belongs to.
    pub tenant_id: Uuid,
    /// What staff call it.
    pub name: String,
    /// What everybody may read.
    pub description: String,
    /// What only staff read.
    pub note: String,
    /// How staff group coupons.
    pub tags: Vec<String>,
    /// What it gives.
    pub benefit: Benefit,
    /// The products it is for.
    pub scope: ProductScope,
    /// Whether only people on its list may use it.
    pub assigned_people_only: bool,
    /// What the eligible lines must come to before the discount; 0 is no condition.
    pub minimum_amount: i64,
    /// From when it can be used.
    pub valid_from: Option<DateTime<Utc>>,
    /// Until when; at this instant it is over.
    pub valid_until: Option<DateTime<Utc>>,
    /// What one use is.
    pub uses_per: UsesPer,
    /// Over all its codes.
    pub max_uses: Option<i64>,
    /// By one person.
    pub max_uses_per_person: Option<i64>,
    /// By one organization.
    pub max_uses_per_organization: Option<i64>,
    /// Of one product; needs `uses_per` unit.
    pub max_uses_per_product: Option<i64>,
    /// The most all its redemptions may give in money.
    pub budget: Option<i64>,
    /// How many periods of a subscription are discounted; `None` is all of them.
    pub discounted_periods: Option<i64>,
    /// When the benefit of a redemption ends.
    pub benefit_ends: BenefitEnds,
    /// Whether a reversal gives its uses back.
    pub restore_uses: RestoreUses,
    /// Gifts have their own tab and are not in the main list.
    pub gift: bool,
    /// When to raise an alarm and pause by itself.
    pub leak_threshold: Option<LeakThreshold>,
    /// The issuer.
    pub created_by: Option<Uuid>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// Since when it is paused.
    pub paused_at: Option<DateTime<Utc>>,
    /// When somebody last said that it may go on: what was used before is no sign of a leak any more.
    pub resumed_at: Option<DateTime<Utc>>,
    /// Since when it is deleted.
    pub deleted_at: Option<DateTime<Utc>>,
    /// What is used and held of it.
    pub counters: Counters,
    /// Moves with every edit, never with a use.
    pub version: i64,
}

/// What one use of a code is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum UsesPer {
    /// Each discounted unit is one use.
    Unit,
    /// Each order is one use.
    Order,
}

impl UsesPer {
    /// What a new coupon with this benefit starts with: percentages by unit, all others by order.
    #[must_use]
    pub const fn default_for(benefit: &Benefit) -> Self {
        match benefit {
            Benefit::Percentage { .. } => Self::Unit,
            Benefit::FixedAmount { .. } | Benefit::Credit { .. } | Benefit::Limits { .. } => Self::Order,
        }
    }
}

/// When the benefit of a redemption ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum BenefitEnds {
    /// By its periods alone.
    #[default]
    Never,
    /// With the month in which it was redeemed, in the tenant's time zone.
    EndOfRedeemMonth,
}

/// Whether a reversal gives its uses back. (A release always does.)
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RestoreUses {
    /// It does.
    #[default]
    Always,
    /// What was used stays used.
    Never,
}

/// So many uses in so short a time look like a leaked code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeakThreshold {
    /// This many uses
    pub uses: i64,
    /// within so many minutes, at most [`LeakThreshold::LONGEST`].
    pub within_minutes: i64,
}

impl LeakThreshold {
    /// A year, in minutes.
    pub const LONGEST: i64 = 525_600;
}

impl Coupon {
    /// A coupon as it is when only its benefit has been said: for everything and everybody, at any time, without
    /// a maximum, except that an organization uses it once.
    #[must_use]
    pub fn new(id: Uuid, tenant_id: Uuid, name: &str, benefit: Benefit, created_at: DateTime<Utc>) -> Self {
        Self {
            id,
            tenant_id,
            name: name.to_owned(),
            description: String::new(),
            note: String::new(),
            tags: Vec::new(),
            scope: ProductScope::default(),
            assigned_people_only: false,
            minimum_amount: 0,
            valid_from: None,
            valid_until: None,
            uses_per: UsesPer::default_for(&benefit),
            max_uses: None,
            max_uses_per_person: None,
            max_uses_per_organization: benefit.for_organizations().then_some(1),
            max_uses_per_product: None,
            budget: None,
            discounted_periods: None,
            benefit_ends: BenefitEnds::default(),
            restore_uses: RestoreUses::default(),
            gift: false,
            leak_threshold: None,
            created_by: None,
            created_at,
            paused_at: None,
            resumed_at: None,
            deleted_at: None,
            counters: Counters::default(),
            version: 1,
            benefit,
        }
    }

    /// Uses that are neither confirmed nor held; `None` is unlimited.
    #[must_use]
    pub fn remaining(&self) -> Option<i64> {
        self.counters.use_counters().remaining(self.max_uses)
    }

    /// Money of the budget that is neither spent nor held; `None` is unlimited.
    #[must_use]
    pub fn remaining_budget(&self) -> Option<i64> {
        self.counters.remaining_budget(self.budget)
    }
}

#[cfg(test)]
mod tests;
