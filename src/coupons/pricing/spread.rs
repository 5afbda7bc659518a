//! One amount spread over the eligible units by largest remainder.

use std::cmp::Reverse;

use super::{Line, Note, Offer, Room, Units, after_floor, dearest_first, units};
use crate::coupons::coupon::ProductKey;

/// Spreads `amount`, cut to what the units cost and to the budget, in proportion to the prices. What
/// rounding down leaves over goes, one minor unit each, to the units that lost most by it.
pub(super) fn discount(lines: &[Line<'_>], amount: i64, offer: Offer<'_>, room: &Room) -> Vec<Vec<Units>> {
    let mut all = units::all_kept(lines, Note::NothingOff);
    let eligible: Vec<(usize, &Line<'_>)> =
        dearest_first(lines).into_iter().filter_map(|place| Some((place, lines.get(place)?))).collect();
    let total: i64 = eligible.iter().map(|(_, line)| line.item.amount()).sum();
    let wanted = amount.clamp(0, total);
    let spread = room.budget.map_or(wanted, |budget| wanted.min(budget.max(0)));
    if spread == 0 {
        let note = if wanted > 0 { Note::BudgetTooSmall } else { Note::NothingOff };
        return units::all_kept(lines, note);
    }

    let mut shares: Vec<Share<'_>> =
        eligible.iter().map(|&(place, line)| Share::of(place, line, spread, total)).collect();
    let mut over = spread - shares.iter().map(|share| share.each * share.line.item.quantity).sum::<i64>();
    shares.sort_by(|a, b| a.claim().cmp(&b.claim()));
    for share in shares {
        let one_more = over.min(share.line.item.quantity);
        over -= one_more;
        let price = share.line.item.price();
        let runs = [(one_more, share.each + 1), (share.line.item.quantity - one_more, share.each)];
        let runs = runs.into_iter().filter(|&(quantity, _)| quantity > 0);
        let priced = runs.map(|(quantity, share)| priced(price, share, quantity, offer.minimum_charge));
        if let Some(units) = all.get_mut(share.place) {
            *units = priced.collect();
        }
    }
    all
}

fn priced(price: i64, share: i64, quantity: i64, minimum_charge: i64) -> Units {
    let (discount, raised) = after_floor(price, share, minimum_charge);
    let note = match (share, raised) {
        (0, _) => Note::NothingOff,
        (_, true) => Note::RaisedToMinimum,
        (_, false) => Note::Discounted,
    };
    Units { quantity, discount, price: price - discount, note }
}

/// What each unit of a line gets at least, and what rounding it down took away.
struct Share<'a> {
    place: usize,
    line: &'a Line<'a>,
    each: i64,
    remainder: i128,
}

impl<'a> Share<'a> {
    fn of(place: usize, line: &'a Line<'a>, spread: i64, total: i64) -> Self {
        let exact = i128::from(spread) * i128::from(line.item.price());
        let total = i128::from(total.max(1));
        // A share of a price is at most the price.
        let each = i64::try_from(exact / total).unwrap_or(line.item.price());
        Self { place, line, each, remainder: exact % total }
    }

    /// Who gets what is left over first: the largest remainder, then by product, then the dearer.
    fn claim(&self) -> (Reverse<i128>, &ProductKey, Reverse<i64>) {
        (Reverse(self.remainder), &self.line.item.product, Reverse(self.line.item.price()))
    }
}
