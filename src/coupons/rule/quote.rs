//! What a code would do here, and what that takes from the limits.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::coupons::coupon::ProductKey;
use crate::coupons::pricing::Priced;
use crate::organizations::limits::{Grant, LimitValue};

/// What a code would do here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quote {
    /// What it does.
    pub effect: Effect,
    /// What that takes from the limits.
    pub takes: Takes,
    /// The asker's own unpaid holds that were in the way: to be released in the same step.
    pub release: Vec<Uuid>,
    /// When the benefit of a redemption made now is over.
    pub benefit_ends_at: Option<DateTime<Utc>>,
}

/// What a code does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// It can be used; what it does depends on where.
    Preview,
    /// The prices of an order.
    Prices(Priced),
    /// Money for an organization, in minor units.
    Credit {
        /// How much.
        amount: i64,
    },
    /// Grants to an organization's limits: those that change something.
    Limits(Vec<LimitEffect>),
}

/// A grant, and what it does to the limit now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LimitEffect {
    /// The key of the limit.
    pub key: String,
    /// What people call it.
    pub label: String,
    /// What is granted.
    pub grant: Grant,
    /// The limit before.
    pub before: LimitValue,
    /// The limit after.
    pub after: LimitValue,
}

/// What one redemption takes from each limit, and gives back when it is released.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Takes {
    /// Uses of the coupon, the code, the person and the organization.
    pub uses: i64,
    /// Minor units of the budget.
    pub spent: i64,
    /// Uses of single products; empty where the order as a whole takes one use.
    pub product_uses: BTreeMap<ProductKey, i64>,
    /// Units of single products that become free.
    pub free_units: BTreeMap<ProductKey, i64>,
}
