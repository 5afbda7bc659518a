//! Checks of single items. A line that fails keeps its price and says why; only if none is left is the entry
//! refused, with the reason of the line that got furthest, the dearest of those.

use std::collections::BTreeMap;

use super::Case;
use super::facts::{OwnHold, ProductFacts};
use super::holds::{Holds, Room};
use super::trace::{Check, ItemLine, Trace, Verdict};
use crate::coupons::basket::{Basket, Item};
use crate::coupons::coupon::{ProductKey, UsesPer};
use crate::coupons::pricing::Line;
use crate::coupons::refusal::{HeldLimit, Refusal};

impl<'a> Case<'a> {
    /// From `product_type_not_eligible` to `product_limit`.
    pub(super) fn check_lines<'b>(&mut self, basket: &'b Basket) -> Result<Vec<Line<'b>>, Refusal> {
        let mut lines: Vec<Line<'b>> = basket.items().iter().map(|item| Line { item, refusal: None }).collect();
        let (scope, full_discount) = (&self.coupon.scope, self.coupon.benefit.is_full_discount());
        filter(self.trace, &mut lines, Check::ProductTypeNotEligible, |item| {
            let refused = !scope.allows_type(&item.product_type);
            refused.then(|| Refusal::ProductTypeNotEligible { product: item.label() })
        })?;
        filter(self.trace, &mut lines, Check::ProductNotEligible, |item| {
            let refused = !scope.allows_product(&item.product, &item.product_type);
            refused.then(|| Refusal::ProductNotEligible { product: item.label() })
        })?;
        filter(self.trace, &mut lines, Check::RetailLicensed, |item| {
            item.retail_licensed.then(|| Refusal::RetailLicensed { product: item.label() })
        })?;
        filter(self.trace, &mut lines, Check::FullDiscountRequired, |item| {
            let refused = item.has_no_price() && !full_discount;
            refused.then(|| Refusal::FullDiscountRequired { product: item.label() })
        })?;
        self.check_product_limit(&mut lines)?;
        Ok(lines)
    }

    /// Counts units, so it needs one use per unit. Own holds are released only if no line would be left
    /// otherwise.
    fn check_product_limit(&mut self, lines: &mut [Line<'_>]) -> Result<(), Refusal> {
        if self.coupon.uses_per == UsesPer::Order {
            self.trace.left_out(&[Check::ProductLimit]);
            return Ok(());
        }
        let limit = self.product_limit();
        let standing: Vec<&Item> = standing(lines).collect();
        if standing.iter().all(|item| limit.room(&self.holds, item) != Room::Enough) {
            for item in standing {
                limit.make_room(&mut self.holds, item);
            }
        }
        filter(self.trace, lines, Check::ProductLimit, |item| limit.refusal(&self.holds, item))
    }

    /// The coupon's limit of each product.
    pub(super) const fn product_limit(&self) -> ProductLimit<'a> {
        ProductLimit { max: self.coupon.max_uses_per_product, products: &self.facts.products }
    }
}

/// How often a coupon may be used for any one product.
#[derive(Clone, Copy)]
pub(super) struct ProductLimit<'a> {
    max: Option<i64>,
    products: &'a BTreeMap<ProductKey, ProductFacts>,
}

impl ProductLimit<'_> {
    /// What is left for this product; `None` is unlimited.
    pub(super) fn left(&self, holds: &Holds<'_>, item: &Item) -> Option<i64> {
        holds.left(self.max, self.facts(item).usage.counters, takes(item))
    }

    fn room(&self, holds: &Holds<'_>, item: &Item) -> Room {
        holds.room(self.max, self.facts(item).usage.counters, 1, takes(item))
    }

    fn make_room(&self, holds: &mut Holds<'_>, item: &Item) {
        holds.make_room(self.max, self.facts(item).usage.counters, 1, takes(item));
    }

    fn refusal(&self, holds: &Holds<'_>, item: &Item) -> Option<Refusal> {
        let product = item.label();
        match self.room(holds, item) {
            Room::Enough => None,
            Room::Held => {
                let until = self.facts(item).usage.held_until;
                Some(Refusal::Held { limit: HeldLimit::Product { product }, until })
            }
            Room::Full => self.max.map(|max| Refusal::ProductLimit { product, max }),
        }
    }

    fn facts(&self, item: &Item) -> ProductFacts {
        self.products.get(&item.product).copied().unwrap_or_default()
    }
}

fn takes(item: &Item) -> impl Fn(&OwnHold) -> i64 {
    |hold| hold.product_uses.get(&item.product).copied().unwrap_or(0)
}

/// The items the code is still for.
pub(super) fn standing<'b>(lines: &[Line<'b>]) -> impl Iterator<Item = &'b Item> {
    lines.iter().filter(|line| line.refusal.is_none()).map(|line| line.item)
}

/// Asks `refuse` about each line that still stands. Fails if that leaves none, with the reason of the
/// dearest of those that stood until now; an order without items passes.
fn filter(
    trace: &mut Trace,
    lines: &mut [Line<'_>],
    check: Check,
    refuse: impl Fn(&Item) -> Option<Refusal>,
) -> Result<(), Refusal> {
    let mut seen = Vec::with_capacity(lines.len());
    let mut fallen: Vec<&Line<'_>> = Vec::new();
    for line in &mut *lines {
        let refused_before = line.refusal.is_some();
        if !refused_before {
            line.refusal = refuse(line.item);
        }
        let (verdict, refusal) = match &line.refusal {
            _ if refused_before => (Verdict::NotReached, None),
            Some(refusal) => (Verdict::Failed, Some(refusal.code())),
            None => (Verdict::Passed, None),
        };
        seen.push(ItemLine { product: line.item.label(), verdict, refusal });
        if verdict == Verdict::Failed {
            fallen.push(line);
        }
    }
    let last = fallen.into_iter().min_by(|a, b| a.item.turn().cmp(&b.item.turn()));
    let reason = last.and_then(|line| line.refusal.clone());
    let reason = reason.filter(|_| standing(lines).next().is_none());
    trace.check_items(check, Vec::new(), seen, reason)
}
