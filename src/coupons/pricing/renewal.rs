//! What the next period of a discounted subscription costs.

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::Serialize;

use super::after_floor;
use crate::coupons::benefit::Benefit;
use crate::coupons::coupon::Terms;

/// The price of one period, in minor units.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Renewal {
    /// Counted from 1, the period of the redemption itself.
    pub period: i64,
    /// Before the discount.
    pub amount_before: i64,
    /// What comes off.
    pub discount: i64,
    /// What is to be paid.
    pub amount: i64,
    /// How many periods after this one still have a discount; `None` if there is no end by count.
    pub periods_left: Option<i64>,
    /// Whether the benefit has run out, by its periods or by its end.
    pub over: bool,
}

/// What `period` costs at `now`, where one unit would cost `amount`: the redemption's terms until their
/// periods or their end run out, the full price from then on. A maximum discount counts for each period.
#[must_use]
pub fn renewal(terms: &Terms, period: i64, amount: i64, now: DateTime<Utc>) -> Renewal {
    let amount_before = amount.max(0);
    let ended = terms.benefit_ends_at.is_some_and(|end| now >= end);
    let over = ended || terms.discounted_periods.is_some_and(|periods| period > periods);
    let share = match terms.benefit {
        _ if over => 0,
        Benefit::Percentage { basis_points, max_discount } => {
            let share = basis_points.of(amount_before);
            max_discount.map_or(share, |most| share.min(most.max(0)))
        }
        Benefit::FixedAmount { amount } => amount.clamp(0, amount_before),
        Benefit::Credit { .. } | Benefit::Limits { .. } => 0,
    };
    let (discount, _) = after_floor(amount_before, share, terms.minimum_charge);
    let left = |periods: i64| {
        if over { 0 } else { periods.saturating_sub(period.max(0)) }
    };
    let periods_left = if ended { Some(0) } else { terms.discounted_periods.map(left) };
    Renewal { period, amount_before, discount, amount: amount_before - discount, periods_left, over }
}
