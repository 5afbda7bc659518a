mod amounts;
mod examples;
mod properties;
mod renewals;

use crate::coupons::basket::{Basket, BasketFault, Item};
use crate::coupons::benefit::Benefit;
use crate::coupons::coupon::UsesPer;
use crate::coupons::pricing::{Line, Note, Offer, Priced, Room, price};
use crate::coupons::refusal::Refusal;
use crate::coupons::rule::make::{item, percent, sku};

fn lines(items: &[Item]) -> Vec<Line<'_>> {
    items.iter().map(|item| Line { item, refusal: None }).collect()
}

fn offer(benefit: &Benefit, uses_per: UsesPer) -> Offer<'_> {
    Offer { benefit, uses_per, minimum_charge: 0 }
}

fn per_unit(benefit: &Benefit, items: &[Item]) -> Priced {
    price(lines(items), offer(benefit, UsesPer::Unit), &Room::default())
}

fn per_order(amount: i64, items: &[Item]) -> Priced {
    let benefit = Benefit::FixedAmount { amount };
    price(lines(items), offer(&benefit, UsesPer::Order), &Room::default())
}

fn with_room(benefit: &Benefit, items: &[Item], room: &Room) -> Priced {
    price(lines(items), offer(benefit, UsesPer::Unit), room)
}

fn uses(uses: i64) -> Room {
    Room { uses: Some(uses), ..Room::default() }
}

fn discounts(priced: &Priced) -> Vec<i64> {
    priced.lines.iter().map(|line| line.discount).collect()
}

/// Discounts of the single units, line by line.
fn unit_discounts(priced: &Priced) -> Vec<Vec<i64>> {
    let of = |units: &crate::coupons::pricing::Units| vec![units.discount; usize::try_from(units.quantity).unwrap()];
    priced.lines.iter().map(|line| line.units.iter().flat_map(of).collect()).collect()
}
