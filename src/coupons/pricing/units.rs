//! A discount of its own for each unit: percentages, and amounts off each unit.

use std::collections::BTreeMap;

use super::{Line, Note, Offer, Room, Units, after_floor, dearest_first};
use crate::coupons::coupon::{ProductKey, UsesPer};

/// Every unit keeps its price, those of refused lines for their own reason.
pub(super) fn all_kept(lines: &[Line<'_>], note: Note) -> Vec<Vec<Units>> {
    let kept = |line: &Line<'_>| {
        let note = if line.refusal.is_some() { Note::NotEligible } else { note };
        vec![Units { quantity: line.item.quantity, discount: 0, price: line.item.price(), note }]
    };
    lines.iter().map(kept).collect()
}

/// Takes `share(price)` off each unit, dearest first, while uses, budget and `max_discount` last.
pub(super) fn discount(
    lines: &[Line<'_>],
    share: impl Fn(i64) -> i64,
    max_discount: Option<i64>,
    offer: Offer<'_>,
    room: &Room,
) -> Vec<Vec<Units>> {
    let mut all = all_kept(lines, Note::NothingOff);
    let mut left = Left::new(max_discount, offer, room);
    for place in dearest_first(lines) {
        if let (Some(line), Some(units)) = (lines.get(place), all.get_mut(place)) {
            *units = left.take(line, share(line.item.price()), offer.minimum_charge);
        }
    }
    all
}

/// What is still left while units are taken, `None` being without end.
struct Left {
    uses: Option<i64>,
    budget: Option<i64>,
    max_discount: Option<i64>,
    products: BTreeMap<ProductKey, i64>,
}

impl Left {
    fn new(max_discount: Option<i64>, offer: Offer<'_>, room: &Room) -> Self {
        let (uses, products) = match offer.uses_per {
            UsesPer::Unit => (room.uses, room.products.clone()),
            // One use is for the whole order; no unit takes one of its own.
            UsesPer::Order => (None, BTreeMap::new()),
        };
        Self { uses, budget: room.budget, max_discount, products }
    }

    /// The units of one line. All of them have the same share, so they are taken in runs, not one by one.
    fn take(&mut self, line: &Line<'_>, share: i64, minimum_charge: i64) -> Vec<Units> {
        let (price, free_of_price) = (line.item.price(), line.item.has_no_price());
        let mut units = Vec::new();
        let mut waiting = line.item.quantity;
        while waiting > 0 {
            let given = self.max_discount.map_or(share, |left| share.min(left));
            let (discount, raised) = after_floor(price, given, minimum_charge);
            let discounted = discount > 0 || free_of_price;
            let stop = if discounted { self.blocked(line, discount) } else { None };
            let (quantity, discount, note) = match stop {
                Some(note) => (waiting, 0, note),
                None if given == 0 && share > 0 => (waiting, 0, Note::MaximumReached),
                None if given == 0 && !free_of_price => (waiting, 0, Note::NothingOff),
                None => {
                    let quantity = self.run(line, waiting, share, given, discount, discounted);
                    self.pay(line, quantity, given, discount, discounted);
                    (quantity, discount, if raised { Note::RaisedToMinimum } else { Note::Discounted })
                }
            };
            units.push(Units { quantity, discount, price: price - discount, note });
            waiting -= quantity;
        }
        units
    }

    /// Why not even one more unit of this line can have this discount.
    fn blocked(&self, line: &Line<'_>, discount: i64) -> Option<Note> {
        let none_left = |left: Option<i64>| left.is_some_and(|left| left <= 0);
        if none_left(self.uses) || none_left(self.products.get(&line.item.product).copied()) {
            Some(Note::NoUsesLeft)
        } else if self.budget.is_some_and(|left| left < discount) {
            Some(Note::BudgetTooSmall)
        } else {
            None
        }
    }

    /// How many of the waiting units can have it, at least one.
    fn run(&self, line: &Line<'_>, waiting: i64, share: i64, given: i64, discount: i64, discounted: bool) -> i64 {
        let mut most = waiting;
        if discounted {
            most = most.min(self.uses.unwrap_or(waiting));
            most = most.min(self.products.get(&line.item.product).copied().unwrap_or(waiting));
        }
        if let Some(budget) = self.budget.filter(|_| discount > 0) {
            most = most.min(budget / discount);
        }
        if let Some(left) = self.max_discount.filter(|_| given > 0) {
            // The unit that gets the rest of the maximum stands alone.
            most = most.min(if given < share { 1 } else { left / given });
        }
        most.max(1)
    }

    fn pay(&mut self, line: &Line<'_>, quantity: i64, given: i64, discount: i64, discounted: bool) {
        let take = |left: &mut i64, amount: i64| *left = left.saturating_sub(amount);
        if discounted {
            self.uses.iter_mut().for_each(|left| take(left, quantity));
            self.products.get_mut(&line.item.product).into_iter().for_each(|left| take(left, quantity));
        }
        self.budget.iter_mut().for_each(|left| take(left, discount.saturating_mul(quantity)));
        // What the floor takes back is not redistributed, so the maximum counts what was given before it.
        self.max_discount.iter_mut().for_each(|left| take(left, given.saturating_mul(quantity)));
    }
}
