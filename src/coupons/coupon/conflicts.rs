//! What keeps a coupon from being saved: conditions that contradict each other, or what is used already.

use thiserror::Error;

use super::{Coupon, UsesPer};
use crate::coupons::benefit::Benefit;

/// Why a coupon cannot be saved as it is. The sentence is for the field it names.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Conflict {
    /// An amount of 0 or less.
    #[error("Please give an amount above 0.")]
    NoAmount,
    /// A maximum discount of 0 or less.
    #[error("The maximum discount is above 0, or empty for none.")]
    NoMaximumDiscount,
    /// No limit to change.
    #[error("Please choose at least one limit.")]
    NoLimits,
    /// A limit is named twice.
    #[error("The limit “{0}” is there twice.")]
    LimitTwice(String),
    /// 100 % for some periods only.
    #[error("100 % cannot be limited to some periods. Use at most 99.99 %, or leave the periods unlimited.")]
    FullDiscountForSomePeriods,
    /// No discounted period at all.
    #[error("At least one period is discounted. Leave it empty for all of them.")]
    NoPeriods,
    /// A limit by product where the order as a whole is one use.
    #[error("A limit by product needs one use per unit.")]
    ProductLimitNeedsUnits,
    /// The end is not after the start.
    #[error("It would end before it starts.")]
    EndsBeforeItStarts,
    /// A number below 0.
    #[error("This cannot be below 0.")]
    BelowZero(&'static str),
    /// Fewer uses than there are.
    #[error("Already used or held: {used}. Close it at {used} instead.")]
    MaximumBelowUses {
        /// Confirmed and held uses.
        used: i64,
    },
    /// Less money than was given.
    #[error("More than that is spent or held already. Close it at what is spent instead.")]
    BudgetBelowSpent {
        /// Minor units, confirmed and held.
        spent: i64,
    },
}

impl Conflict {
    /// The field it belongs to.
    #[must_use]
    pub const fn field(&self) -> &'static str {
        match self {
            Self::NoAmount => "amount",
            Self::NoMaximumDiscount => "max_discount",
            Self::NoLimits | Self::LimitTwice(_) => "limits",
            Self::FullDiscountForSomePeriods | Self::NoPeriods => "discounted_periods",
            Self::ProductLimitNeedsUnits => "max_uses_per_product",
            Self::EndsBeforeItStarts => "valid_until",
            Self::BelowZero(field) => field,
            Self::MaximumBelowUses { .. } => "max_uses",
            Self::BudgetBelowSpent { .. } => "budget",
        }
    }
}

impl Coupon {
    /// Everything that keeps it from being saved. With `max_uses` or `budget` empty its counters do not
    /// matter.
    #[must_use]
    pub fn conflicts(&self) -> Vec<Conflict> {
        let mut conflicts = self.benefit_conflicts();
        if self.benefit.is_full_discount() && self.discounted_periods.is_some() {
            conflicts.push(Conflict::FullDiscountForSomePeriods);
        } else if self.discounted_periods.is_some_and(|periods| periods < 1) {
            conflicts.push(Conflict::NoPeriods);
        }
        if self.max_uses_per_product.is_some() && self.uses_per == UsesPer::Order {
            conflicts.push(Conflict::ProductLimitNeedsUnits);
        }
        if self.valid_from.zip(self.valid_until).is_some_and(|(from, until)| until <= from) {
            conflicts.push(Conflict::EndsBeforeItStarts);
        }
        conflicts.extend(self.negatives().map(Conflict::BelowZero));
        let used = self.counters.uses.saturating_add(self.counters.held);
        if self.max_uses.is_some_and(|max| (0..used).contains(&max)) {
            conflicts.push(Conflict::MaximumBelowUses { used });
        }
        let spent = self.counters.spent.saturating_add(self.counters.spent_held);
        if self.budget.is_some_and(|budget| (0..spent).contains(&budget)) {
            conflicts.push(Conflict::BudgetBelowSpent { spent });
        }
        conflicts
    }

    fn benefit_conflicts(&self) -> Vec<Conflict> {
        match &self.benefit {
            Benefit::Percentage { max_discount: Some(most), .. } if *most < 1 => vec![Conflict::NoMaximumDiscount],
            Benefit::FixedAmount { amount } | Benefit::Credit { amount } if *amount < 1 => {
                vec![Conflict::NoAmount]
            }
            Benefit::Limits { changes } if changes.is_empty() => vec![Conflict::NoLimits],
            Benefit::Limits { changes } => {
                let mut keys: Vec<&str> = changes.iter().map(|change| change.key.as_str()).collect();
                keys.sort_unstable();
                let (_, twice) = keys.split_at(1.min(keys.len()));
                let twice = keys.iter().zip(twice).find(|(a, b)| a == b);
                twice.map(|(key, _)| Conflict::LimitTwice((*key).to_owned())).into_iter().collect()
            }
            _ => Vec::new(),
        }
    }

    fn negatives(&self) -> impl Iterator<Item = &'static str> {
        let numbers = [
            ("minimum_amount", Some(self.minimum_amount)),
            ("max_uses", self.max_uses),
            ("max_uses_per_person", self.max_uses_per_person),
            ("max_uses_per_organization", self.max_uses_per_organization),
            ("max_uses_per_product", self.max_uses_per_product),
            ("budget", self.budget),
        ];
        numbers.into_iter().filter(|(_, number)| number.is_some_and(|number| number < 0)).map(|(field, _)| field)
    }
}
