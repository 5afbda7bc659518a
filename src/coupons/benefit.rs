//! What a coupon gives. Each coupon has one benefit; it is for orders or for organizations, never for both.

use serde::{Deserialize, Serialize};

use crate::money::{BasisPoints, Currency};
use crate::organizations::limits::{LimitChange, LimitMode};

/// What a coupon gives. Amounts are minor units of the tenant's currency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Benefit {
    /// A share of each unit's price.
    Percentage {
        /// How much of it.
        basis_points: BasisPoints,
        /// The most one redemption takes off in total.
        max_discount: Option<i64>,
    },
    /// An amount off each unit or off the order, as the coupon's `uses_per` says.
    FixedAmount {
        /// At least 1.
        amount: i64,
    },
    /// Money an organization can spend.
    Credit {
        /// At least 1.
        amount: i64,
    },
    /// Other limits for an organization.
    Limits {
        /// One or more, each key once.
        changes: Vec<LimitChange>,
    },
}

impl Benefit {
    /// The words of all kinds, in the order in which a form offers them.
    pub const KINDS: [&str; 4] = ["percentage", "fixed_amount", "credit", "limits"];

    /// The word of its kind, in the database and in forms.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Percentage { .. } => "percentage",
            Self::FixedAmount { .. } => "fixed_amount",
            Self::Credit { .. } => "credit",
            Self::Limits { .. } => "limits",
        }
    }

    /// Whether the code is entered for an order.
    #[must_use]
    pub const fn for_orders(&self) -> bool {
        matches!(self, Self::Percentage { .. } | Self::FixedAmount { .. })
    }

    /// Whether the code is typed on an organization's page.
    #[must_use]
    pub const fn for_organizations(&self) -> bool {
        !self.for_orders()
    }

    /// Whether it is 100 % off.
    #[must_use]
    pub fn is_full_discount(&self) -> bool {
        matches!(self, Self::Percentage { basis_points, .. } if *basis_points == BasisPoints::FULL)
    }

    /// Whether it is made to bring a price to 0: 100 % off, or an amount that may reach the price.
    #[must_use]
    pub fn could_make_free(&self) -> bool {
        self.is_full_discount() || matches!(self, Self::FixedAmount { .. })
    }

    /// The least a coupon's budget must have left for one redemption to be possible.
    #[must_use]
    pub const fn least_spend(&self) -> i64 {
        match self {
            Self::Percentage { .. } | Self::FixedAmount { .. } => 1,
            Self::Credit { amount } => *amount,
            Self::Limits { .. } => 0,
        }
    }

    /// The benefit in words: `15 % off`, `10.00 CHF credit`, `Instances raised to 10`.
    ///
    /// `label` names a limit for people by its key; a key it does not know is shown as it is.
    pub fn words<'a>(&'a self, currency: Currency, label: impl Fn(&str) -> Option<&'a str>) -> String {
        match self {
            Self::Percentage { basis_points, max_discount: None } => format!("{basis_points} % off"),
            Self::Percentage { basis_points, max_discount: Some(most) } => {
                format!("{basis_points} % off, at most {}", currency.money(*most))
            }
            Self::FixedAmount { amount } => format!("{} off", currency.money(*amount)),
            Self::Credit { amount } => format!("{} credit", currency.money(*amount)),
            Self::Limits { changes } => {
                let change = |change: &LimitChange| {
                    let label = label(&change.key).unwrap_or(&change.key).to_owned();
                    let verb = match change.grant.mode {
                        LimitMode::Set => "set to",
                        LimitMode::RaiseTo => "raised to",
                    };
                    format!("{label} {verb} {}", change.grant.value)
                };
                changes.iter().map(change).collect::<Vec<_>>().join(", ")
            }
        }
    }
}

#[cfg(test)]
mod tests;
