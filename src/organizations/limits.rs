//! The limits of an organization: a named number it may reach, its base or the default of its definition,
//! with the grants of coupons applied in the order in which they were made. Nothing is ever added up in
//! place: a grant that is withdrawn drops out of the list and the value is computed again.

use anyhow::Context;
use schemars::JsonSchema;
use std::fmt;

use serde::{Deserialize, Serialize};

/// How far a limit reaches. Unlimited is above every number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LimitValue {
    /// Up to this many, at least 0.
    Finite(i64),
    /// No limit.
    Unlimited,
}

impl LimitValue {
    /// As the audit log shows it: a number, or “unlimited”.
    #[must_use]
    pub fn to_json(self) -> serde_json::Value {
        match self {
            Self::Finite(value) => value.into(),
            Self::Unlimited => "unlimited".into(),
        }
    }
}

impl fmt::Display for LimitValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Finite(value) => value.fmt(f),
            Self::Unlimited => f.write_str("unlimited"),
        }
    }
}

/// How a value meets the one that is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum LimitMode {
    /// The value replaces what is there, even if it is lower.
    Set,
    /// The value counts only where it is higher.
    RaiseTo,
}

impl LimitMode {
    /// The word in the database and in forms.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Set => "set",
            Self::RaiseTo => "raise_to",
        }
    }

    /// The mode with this word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        match word {
            "set" => Some(Self::Set),
            "raise_to" => Some(Self::RaiseTo),
            _ => None,
        }
    }
}

impl LimitValue {
    /// As a column keeps it: NULL is unlimited.
    #[must_use]
    pub const fn column(self) -> Option<i64> {
        match self {
            Self::Finite(value) => Some(value),
            Self::Unlimited => None,
        }
    }

    /// From such a column.
    #[must_use]
    pub const fn from_column(value: Option<i64>) -> Self {
        match value {
            Some(value) => Self::Finite(value),
            None => Self::Unlimited,
        }
    }
}

/// One mode and one value: what a grant does to a limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Grant {
    /// Replace or raise.
    pub mode: LimitMode,
    /// To what.
    pub value: LimitValue,
}

impl Grant {
    /// The grant that a row keeps.
    ///
    /// # Errors
    /// For a mode that there is not: a value that is dropped or guessed at would be a wrong limit.
    pub fn of_row(mode: &str, value: Option<i64>) -> anyhow::Result<Self> {
        let mode = LimitMode::from_word(mode).with_context(|| format!("a grant has the mode {mode:?}"))?;
        Ok(Self { mode, value: LimitValue::from_column(value) })
    }

    /// The limit after this grant, where it was `current` before.
    #[must_use]
    pub fn applied_to(self, current: LimitValue) -> LimitValue {
        match self.mode {
            LimitMode::Set => self.value,
            LimitMode::RaiseTo => current.max(self.value),
        }
    }
}

/// A grant to the limit with this key: what a coupon brings.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct LimitChange {
    /// The key of the limit's definition: `instances`.
    pub key: String,
    /// What happens to it.
    #[serde(flatten)]
    pub grant: Grant,
}

/// One limit of one organization, with all that decides its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrganizationLimit {
    /// The key of its definition: `instances`.
    pub key: String,
    /// What people read: “Instances”.
    pub label: String,
    /// The definition's value for organizations without a base of their own.
    pub default: LimitValue,
    /// The smallest value the definition allows.
    pub minimum: Option<i64>,
    /// The largest value the definition allows; with one, unlimited is not allowed.
    pub maximum: Option<i64>,
    /// The organization's own base, set by hand.
    pub base: Option<LimitValue>,
    /// No coupon may change it.
    pub locked: bool,
    /// How many the host system last reported to be in use.
    pub in_use: Option<i64>,
    /// The live grants, oldest first.
    pub grants: Vec<Grant>,
}

/// Why a grant cannot be applied to a limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "why", rename_all = "snake_case")]
pub enum Obstacle {
    /// The tenant defines no limit with this key.
    UnknownKey,
    /// The organization's limit is locked.
    Locked,
    /// The new value would lie outside what the definition allows.
    OutsideBounds {
        /// The smallest value allowed.
        minimum: Option<i64>,
        /// The largest value allowed.
        maximum: Option<i64>,
    },
    /// The organization already uses more than the new value.
    BelowInUse {
        /// How many are in use.
        in_use: i64,
    },
}

impl OrganizationLimit {
    /// What the organization may reach now.
    #[must_use]
    pub fn effective(&self) -> LimitValue {
        effective(self.default, self.base, &self.grants)
    }

    /// What it may reach after one more grant.
    #[must_use]
    pub fn after(&self, grant: Grant) -> LimitValue {
        grant.applied_to(self.effective())
    }

    /// What stands in the way of a grant that would change the value.
    #[must_use]
    pub fn obstacle(&self, grant: Grant) -> Option<Obstacle> {
        if self.locked {
            return Some(Obstacle::Locked);
        }
        let after = self.after(grant);
        let too_low = self.minimum.is_some_and(|minimum| after < LimitValue::Finite(minimum));
        let too_high = self.maximum.is_some_and(|maximum| after > LimitValue::Finite(maximum));
        if too_low || too_high {
            return Some(Obstacle::OutsideBounds { minimum: self.minimum, maximum: self.maximum });
        }
        let in_use = self.in_use?;
        (after < LimitValue::Finite(in_use)).then_some(Obstacle::BelowInUse { in_use })
    }
}

/// The base, or else the default, with live grants applied in order.
#[must_use]
pub fn effective(default: LimitValue, base: Option<LimitValue>, grants: &[Grant]) -> LimitValue {
    grants.iter().fold(base.unwrap_or(default), |value, grant| grant.applied_to(value))
}

#[cfg(test)]
mod tests;
