//! Checks of an order as a whole, and its prices.

use std::collections::{BTreeMap, BTreeSet};

use super::Case;
use super::facts::OwnHold;
use super::holds::{Holds, Room};
use super::lines::standing;
use super::quote::{Effect, Takes};
use super::trace::{Check, inputs};
use crate::coupons::basket::{Basket, Item};
use crate::coupons::coupon::UseCounters;
use crate::coupons::pricing::{self, Line, Note, Offer, Priced, PricedLine};
use crate::coupons::refusal::{HeldLimit, NoEffectBecause, Refusal};

impl Case<'_> {
    /// From `currency_mismatch` to `no_effect`, for an order.
    pub(super) fn apply_to_order(
        &mut self,
        basket: &Basket,
        currency: Option<&str>,
    ) -> Result<(Effect, Takes), Refusal> {
        self.check_currency(currency)?;
        let lines = self.check_lines(basket)?;
        self.check_minimum(&lines)?;
        self.check_single_item(&lines)?;
        let priced = self.price(&lines);
        self.check_free_claims(basket, &priced)?;
        self.trace.left_out(&Check::OF_ORGANIZATIONS);
        self.check_effect(&lines, &priced)?;
        self.check_whole(basket, &priced)?;
        let takes = Takes {
            uses: priced.uses,
            spent: priced.discount,
            product_uses: priced.product_uses(),
            free_units: priced.free_units(),
        };
        Ok((Effect::Prices(priced), takes))
    }

    fn check_currency(&mut self, given: Option<&str>) -> Result<(), Refusal> {
        let expected = self.facts.tenant.currency;
        let other = given.filter(|given| !given.trim().eq_ignore_ascii_case(expected.code()));
        let seen = inputs([("currency", expected.code().into()), ("order_currency", given.into())]);
        let refusal = other.map(|given| Refusal::CurrencyMismatch { expected, given: given.trim().to_owned() });
        self.trace.check(Check::CurrencyMismatch, seen, refusal)
    }

    fn check_minimum(&mut self, lines: &[Line<'_>]) -> Result<(), Refusal> {
        let minimum = self.coupon.minimum_amount;
        let subtotal = standing(lines).map(Item::amount).sum();
        let refusal = if subtotal < minimum { Some(Refusal::BelowMinimum { minimum, subtotal }) } else { None };
        let seen = inputs([("minimum_amount", minimum.into()), ("subtotal", subtotal.into())]);
        self.trace.check(Check::BelowMinimum, seen, refusal)
    }

    fn check_single_item(&mut self, lines: &[Line<'_>]) -> Result<(), Refusal> {
        let products = standing(lines).map(|item| &item.product).collect::<BTreeSet<_>>().len();
        let single = self.facts.tenant.full_discount_single_item;
        let full = self.coupon.benefit.is_full_discount();
        let refused = single && full && products > 1;
        let seen = inputs([
            ("full_discount", full.into()),
            ("full_discount_single_item", single.into()),
            ("eligible_products", i64::try_from(products).unwrap_or(i64::MAX).into()),
        ]);
        let refusal = if refused { Some(Refusal::FullDiscountSingleItem { products }) } else { None };
        self.trace.check(Check::FullDiscountSingleItem, seen, refusal)
    }

    /// The prices with the room there is. If no discount fits into what is left of the budget and own holds
    /// are the reason, they are released.
    fn price(&mut self, lines: &[Line<'_>]) -> Priced {
        let priced = self.price_with(lines, &self.holds, self.money());
        if priced.has_effect() || !priced.has(Note::BudgetTooSmall) {
            return priced;
        }
        let without = self.holds.without(|hold| hold.spent);
        let roomier = self.price_with(lines, &without, self.money());
        if !roomier.has_effect() {
            return priced;
        }
        self.holds = without;
        roomier
    }

    fn price_with(&self, lines: &[Line<'_>], holds: &Holds<'_>, money: UseCounters) -> Priced {
        let (coupon, code) = (self.coupon, self.code);
        let person = self.facts.person.as_ref().map(|person| person.usage.counters);
        let organization = self.facts.organization.as_ref().map(|organization| organization.usage.counters);
        let uses = [
            holds.left(coupon.max_uses, coupon.counters.use_counters(), |hold| hold.coupon_uses),
            holds.left(code.max_uses, code.counters, |hold| hold.code_uses),
            person.and_then(|counters| holds.left(coupon.max_uses_per_person, counters, |hold| hold.person_uses)),
            organization.and_then(|counters| {
                holds.left(coupon.max_uses_per_organization, counters, |hold| hold.organization_uses)
            }),
        ];
        let limit = self.product_limit();
        let product_left = |item: &Item| Some((item.product.clone(), limit.left(holds, item)?));
        let room = pricing::Room {
            uses: uses.into_iter().flatten().min(),
            budget: holds.left(coupon.budget, money, |hold| hold.spent),
            products: standing(lines).filter_map(product_left).collect::<BTreeMap<_, _>>(),
        };
        let offer = Offer {
            benefit: &coupon.benefit,
            uses_per: coupon.uses_per,
            minimum_charge: self.facts.tenant.minimum_charge,
        };
        pricing::price(lines.to_vec(), offer, &room)
    }

    fn money(&self) -> UseCounters {
        UseCounters { uses: self.coupon.counters.spent, held: self.coupon.counters.spent_held }
    }

    /// One person may have so many free units of a product, over all coupons. More are refused, not cut: the
    /// rest would be charged to somebody who came for something free.
    fn check_free_claims(&mut self, basket: &Basket, priced: &Priced) -> Result<(), Refusal> {
        let max = self.facts.tenant.free_claims_per_person;
        let free = priced.free_units();
        let seen = inputs([("free_claims_per_person", max.into()), ("free_units", free.values().sum::<i64>().into())]);
        let mut items: Vec<&Item> = basket.items().iter().collect();
        items.sort_by(|a, b| a.turn().cmp(&b.turn()));
        let refusal = match max {
            Some(max) if !free.is_empty() && self.facts.person.is_some() => {
                items.into_iter().find_map(|item| self.free_claim_refusal(item, max, *free.get(&item.product)?))
            }
            // A small share can round to a whole price, which `sign_in_required` could not foresee.
            Some(_) if !free.is_empty() => Some(Refusal::SignInRequired),
            _ => None,
        };
        self.trace.check(Check::FreeClaimsLimit, seen, refusal)
    }

    fn free_claim_refusal(&mut self, item: &Item, max: i64, need: i64) -> Option<Refusal> {
        let usage = self.facts.products.get(&item.product).copied().unwrap_or_default().free;
        let takes = |hold: &OwnHold| hold.free_units.get(&item.product).copied().unwrap_or(0);
        let product = item.label();
        match self.holds.make_room(Some(max), usage.counters, need, takes) {
            Room::Enough => None,
            Room::Held => Some(Refusal::Held { limit: HeldLimit::FreeClaims { product }, until: usage.held_until }),
            Room::Full => {
                let left = max.saturating_sub(usage.counters.uses).max(0);
                Some(Refusal::FreeClaimsLimit { product, max, left })
            }
        }
    }

    fn check_effect(&mut self, lines: &[Line<'_>], priced: &Priced) -> Result<(), Refusal> {
        let refusal = if priced.has_effect() { None } else { Some(self.no_effect(lines, priced)) };
        let seen = inputs([("discount", priced.discount.into()), ("uses", priced.uses.into())]);
        self.trace.check(Check::NoEffect, seen, refusal)
    }

    /// An order that leaves units without a price cannot be taken: its total would leave them out.
    fn check_whole(&mut self, basket: &Basket, priced: &Priced) -> Result<(), Refusal> {
        let units = priced.unpriced_units();
        if units == 0 {
            return Ok(());
        }
        let is_left =
            |line: &&PricedLine| line.unit_price.is_none() && line.units.iter().any(|units| !units.discounted());
        let left = priced.lines.iter().find(is_left).map(|line| &line.product);
        let item = basket.items().iter().find(|item| Some(&item.product) == left);
        let product = item.map(Item::label).unwrap_or_default();
        let seen = inputs([("units_without_price", units.into())]);
        self.trace.check(Check::FullDiscountRequired, seen, Some(Refusal::FullDiscountRequired { product }))
    }

    fn no_effect(&self, lines: &[Line<'_>], priced: &Priced) -> Refusal {
        let because = if lines.is_empty() {
            NoEffectBecause::NothingToDiscount
        } else if priced.has(Note::BudgetTooSmall) {
            // Would the budget do if nothing were held?
            let confirmed = UseCounters { held: 0, ..self.money() };
            if self.price_with(lines, &self.holds, confirmed).has_effect() {
                return Refusal::Held { limit: HeldLimit::Budget, until: self.facts.coupon_held_until };
            }
            NoEffectBecause::BudgetTooSmall
        } else if priced.has(Note::RaisedToMinimum) {
            NoEffectBecause::MinimumCharge
        } else {
            NoEffectBecause::NothingOff
        };
        Refusal::NoEffect { because }
    }
}
