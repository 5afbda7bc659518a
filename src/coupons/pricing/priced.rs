//! What a code does to an order: per unit, per line, in total.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Line;
use crate::coupons::coupon::{ProductKey, UsesPer};
use crate::coupons::refusal::Refusal;

/// The prices of an order. `amount_before - discount == total`, and the lines add up to each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Priced {
    /// One for each item, in the order of the items.
    pub lines: Vec<PricedLine>,
    /// Before the discount.
    pub amount_before: i64,
    /// What comes off.
    pub discount: i64,
    /// What is left to pay; 0 needs no payment.
    pub total: i64,
    /// How many uses of the code this takes.
    pub uses: i64,
}

/// The prices of one line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PricedLine {
    /// What is sold.
    pub product: ProductKey,
    /// Its sku in the catalogue, if it is a product of that.
    pub sku: Option<String>,
    /// One unit before the discount; `None` if it has no price.
    pub unit_price: Option<i64>,
    /// How many.
    pub quantity: i64,
    /// Why the whole line keeps its price.
    pub refusal: Option<Refusal>,
    /// Its units, those with the same price together; their quantities add up to the line's.
    pub units: Vec<Units>,
    /// How many uses its discounted units take; 0 where the order as a whole takes one.
    pub uses: i64,
    /// What comes off all its units.
    pub discount: i64,
    /// What all its units cost then.
    pub total: i64,
}

/// Units of one line that cost the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Units {
    /// How many, at least 1.
    pub quantity: i64,
    /// What comes off each.
    pub discount: i64,
    /// What each costs then.
    pub price: i64,
    /// What happened to them.
    pub note: Note,
}

/// What happened to a unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Note {
    /// It has its discount.
    Discounted,
    /// It was raised to the minimum charge, so that less comes off, or nothing.
    RaisedToMinimum,
    /// There was nothing to take off: it costs nothing, or its share rounds to nothing.
    NothingOff,
    /// The uses were taken by dearer units.
    NoUsesLeft,
    /// Its discount is more than what is left of the budget.
    BudgetTooSmall,
    /// Dearer units had the whole maximum discount.
    MaximumReached,
    /// The code is not for this line.
    NotEligible,
}

impl Units {
    /// Whether these units have their discount, and so take uses: something comes off, or something without
    /// a price is given.
    #[must_use]
    pub fn discounted(&self) -> bool {
        self.discount > 0 || self.note == Note::Discounted
    }
}

impl PricedLine {
    /// How many units the code makes free.
    #[must_use]
    pub fn free_units(&self) -> i64 {
        self.units.iter().filter(|units| units.discounted() && units.price == 0).map(|units| units.quantity).sum()
    }

    fn new(line: Line<'_>, units: Vec<Units>, uses_per: UsesPer) -> Self {
        let sum = |of: fn(&Units) -> i64| units.iter().map(|units| of(units) * units.quantity).sum();
        let discounted = units.iter().filter(|units| units.discounted()).map(|units| units.quantity).sum();
        Self {
            product: line.item.product.clone(),
            sku: line.item.sku.clone(),
            unit_price: if line.item.has_no_price() { None } else { Some(line.item.price()) },
            quantity: line.item.quantity,
            refusal: line.refusal,
            uses: if uses_per == UsesPer::Unit { discounted } else { 0 },
            discount: sum(|units| units.discount),
            total: sum(|units| units.price),
            units,
        }
    }
}

impl Priced {
    pub(super) fn new(lines: Vec<Line<'_>>, units: Vec<Vec<Units>>, uses_per: UsesPer) -> Self {
        let lines: Vec<_> =
            lines.into_iter().zip(units).map(|(line, units)| PricedLine::new(line, units, uses_per)).collect();
        let sum = |of: fn(&PricedLine) -> i64| lines.iter().map(of).sum::<i64>();
        let (discount, total) = (sum(|line| line.discount), sum(|line| line.total));
        let has_effect = lines.iter().flat_map(|line| &line.units).any(Units::discounted);
        let uses = match uses_per {
            UsesPer::Unit => sum(|line| line.uses),
            UsesPer::Order => i64::from(has_effect),
        };
        Self { amount_before: discount + total, discount, total, uses, lines }
    }

    /// Whether the code does anything: a price is lower, or something without a price is given.
    #[must_use]
    pub const fn has_effect(&self) -> bool {
        self.uses > 0
    }

    /// Units without a price that the code does not reach either. While there are any, the order cannot be
    /// taken: its total leaves them out.
    #[must_use]
    pub fn unpriced_units(&self) -> i64 {
        let without_price = self.lines.iter().filter(|line| line.unit_price.is_none());
        let units = without_price.flat_map(|line| &line.units).filter(|units| !units.discounted());
        units.map(|units| units.quantity).sum()
    }

    /// The uses of each product, where each unit takes one.
    #[must_use]
    pub fn product_uses(&self) -> BTreeMap<ProductKey, i64> {
        self.by_product(|line| line.uses)
    }

    /// The units of each product that become free.
    #[must_use]
    pub fn free_units(&self) -> BTreeMap<ProductKey, i64> {
        self.by_product(PricedLine::free_units)
    }

    /// Whether units kept their price for this reason.
    #[must_use]
    pub fn has(&self, note: Note) -> bool {
        self.lines.iter().flat_map(|line| &line.units).any(|units| units.note == note)
    }

    fn by_product(&self, of: fn(&PricedLine) -> i64) -> BTreeMap<ProductKey, i64> {
        let mut sums = BTreeMap::new();
        for line in self.lines.iter().filter(|line| of(line) > 0) {
            *sums.entry(line.product.clone()).or_default() += of(line);
        }
        sums
    }
}
