//! Prices: what a percentage or an amount does to each unit of an order.
//!
//! The discount is computed per unit, half up, in integers. Units are taken dearest first; ties go by
//! product, so that the order in which items were put in never matters. Each discounted unit takes a use
//! while uses last and the budget has room for its discount; the rest keep their price. A discounted unit
//! is raised to the tenant's minimum charge unless it is 0, and never above its price; what that takes back
//! is given to nobody else. The units always add up to the totals.

mod priced;
mod renewal;
mod spread;
mod units;

use std::collections::BTreeMap;

use super::basket::Item;
use super::benefit::Benefit;
use super::coupon::{ProductKey, UsesPer};
use super::refusal::Refusal;

pub use priced::{Note, Priced, PricedLine, Units};
pub use renewal::{Renewal, renewal};

/// What the discount of an order depends on, beside its items.
#[derive(Debug, Clone, Copy)]
pub struct Offer<'a> {
    /// A percentage or a fixed amount; any other benefit changes no price.
    pub benefit: &'a Benefit,
    /// What one use is.
    pub uses_per: UsesPer,
    /// The least a discounted price may be unless it is 0, in minor units.
    pub minimum_charge: i64,
}

/// What is left for this order: of uses, of money, of each product. `None` and a missing product are unlimited.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Room {
    /// Uses.
    pub uses: Option<i64>,
    /// Minor units.
    pub budget: Option<i64>,
    /// Uses of single products; counts only with one use per unit.
    pub products: BTreeMap<ProductKey, i64>,
}

/// A line of an order, with the reason why it keeps its price.
#[derive(Debug, Clone)]
pub struct Line<'a> {
    /// What is sold.
    pub item: &'a Item,
    /// Why the code is not for it.
    pub refusal: Option<Refusal>,
}

/// The prices of an order.
///
/// The items come from one [`Basket`](super::basket::Basket), so that their sums fit.
#[must_use]
pub fn price(lines: Vec<Line<'_>>, offer: Offer<'_>, room: &Room) -> Priced {
    let units = match *offer.benefit {
        _ if room.uses == Some(0) => units::all_kept(&lines, Note::NoUsesLeft),
        Benefit::Percentage { basis_points, max_discount } => {
            units::discount(&lines, |price| basis_points.of(price), max_discount, offer, room)
        }
        Benefit::FixedAmount { amount } if offer.uses_per == UsesPer::Unit => {
            units::discount(&lines, |price| amount.clamp(0, price), None, offer, room)
        }
        Benefit::FixedAmount { amount } => spread::discount(&lines, amount, offer, room),
        Benefit::Credit { .. } | Benefit::Limits { .. } => units::all_kept(&lines, Note::NothingOff),
    };
    Priced::new(lines, units, offer.uses_per)
}

/// The places of the lines a code is for, dearest first, then by product.
fn dearest_first(lines: &[Line<'_>]) -> Vec<usize> {
    let mut eligible: Vec<(usize, &Line<'_>)> =
        lines.iter().enumerate().filter(|(_, line)| line.refusal.is_none()).collect();
    eligible.sort_by(|(_, a), (_, b)| a.item.turn().cmp(&b.item.turn()));
    eligible.into_iter().map(|(place, _)| place).collect()
}

/// What really comes off a price: the rest is raised to the minimum charge unless it is 0, never above the
/// price itself. The second value says whether it was raised.
fn after_floor(price: i64, discount: i64, minimum_charge: i64) -> (i64, bool) {
    let rest = price - discount;
    if discount == 0 || rest == 0 || rest >= minimum_charge {
        (discount, false)
    } else {
        (price - minimum_charge.min(price), true)
    }
}

#[cfg(test)]
mod tests;
