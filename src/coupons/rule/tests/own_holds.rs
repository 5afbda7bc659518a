//! The asker's own unpaid holds step aside when only they are in the way.

use uuid::Uuid;

use super::*;
use crate::coupons::coupon::Counters;
use crate::coupons::refusal::{HeldLimit, NoEffectBecause, UsedUp};
use crate::coupons::rule::facts::{OwnHold, PersonFacts, ProductFacts};
use crate::coupons::rule::make::{coupon, item, minutes, one_issue, order, percent, sku, usage};

fn uses(max: i64, uses: i64, held: i64) -> Coupon {
    Coupon { max_uses: Some(max), counters: Counters { uses, held, ..Counters::default() }, ..coupon() }
}

fn money(budget: i64, spent: i64, spent_held: i64) -> Coupon {
    Coupon { budget: Some(budget), counters: Counters { spent, spent_held, ..Counters::default() }, ..coupon() }
}

fn mine(id: u128) -> OwnHold {
    OwnHold { redemption_id: Uuid::from_u128(id), coupon_uses: 1, code_uses: 1, person_uses: 1, ..OwnHold::default() }
}

fn with_holds(own_holds: Vec<OwnHold>) -> Facts {
    Facts { own_holds, ..facts() }
}

fn held(limit: HeldLimit, until: i64) -> Refusal {
    Refusal::Held { limit, until: Some(minutes(until)) }
}

#[test]
fn nobody_is_blocked_by_their_own_abandoned_cart() {
    let facts = with_holds(vec![mine(7)]);
    let quote = quote(&uses(1, 0, 1), &one_issue(), &facts);
    assert_eq!(quote.release, [Uuid::from_u128(7)]);
    assert_eq!(quote.takes.uses, 1);
}

#[test]
fn own_holds_stay_where_there_is_room_beside_them() {
    assert!(quote(&uses(2, 0, 1), &one_issue(), &with_holds(vec![mine(7)])).release.is_empty());
    assert!(quote(&coupon(), &one_issue(), &with_holds(vec![mine(7)])).release.is_empty());
}

#[test]
fn own_holds_stay_where_releasing_them_would_not_help() {
    let elsewhere = OwnHold { coupon_uses: 0, code_uses: 0, ..mine(7) };
    let facts = with_holds(vec![elsewhere]);
    assert_eq!(refusal(&uses(1, 0, 1), &one_issue(), &facts), held(HeldLimit::Coupon, 12));
    assert_eq!(
        refusal(&uses(1, 1, 0), &one_issue(), &with_holds(vec![mine(7)])),
        Refusal::Exhausted { limit: UsedUp::Coupon }
    );
}

#[test]
fn a_hold_that_is_swapped_out_counts_nowhere() {
    let facts = with_holds(vec![OwnHold { swapped_out: true, ..mine(7) }]);
    let quote = quote(&uses(1, 0, 1), &one_issue(), &facts);
    assert!(quote.release.is_empty());
}

#[test]
fn a_swapped_order_has_the_uses_of_its_old_hold_again() {
    let old = OwnHold { swapped_out: true, coupon_uses: 2, ..mine(7) };
    let entry = order(vec![item("A", 1000, 3)]);
    let quote = quote(&uses(3, 0, 2), &entry, &with_holds(vec![old]));
    assert_eq!((quote.takes.uses, quote.release.len()), (3, 0));
}

#[test]
fn the_own_hold_of_one_limit_frees_the_others_with_it() {
    let coupon = Coupon { max_uses_per_person: Some(1), budget: Some(600), ..uses(1, 0, 1) };
    let coupon = Coupon { counters: Counters { spent_held: 524, ..coupon.counters }, ..coupon };
    let mut facts = with_holds(vec![OwnHold { spent: 524, ..mine(7) }]);
    facts.person = Some(PersonFacts { usage: usage(0, 1), ..PersonFacts::default() });
    let quote = quote(&coupon, &one_issue(), &facts);
    assert_eq!((quote.release.len(), quote.takes.spent), (1, 524));
}

#[test]
fn own_holds_of_a_product_are_released_if_no_line_is_left_otherwise() {
    let coupon = Coupon { max_uses_per_product: Some(1), ..coupon() };
    let mut facts = with_holds(vec![OwnHold { product_uses: [(sku("A"), 1)].into(), ..mine(7) }]);
    facts.products.insert(sku("A"), ProductFacts { usage: usage(0, 1), ..ProductFacts::default() });
    assert_eq!(quote(&coupon, &one_issue(), &facts).release, [Uuid::from_u128(7)]);
    let both = order(vec![item("A", 3490, 1), item("B", 100, 1)]);
    let quote = quote(&coupon, &both, &facts);
    assert!(quote.release.is_empty());
    assert_eq!(quote.takes.product_uses, [(sku("B"), 1)].into());
}

#[test]
fn an_own_hold_that_leaves_too_little_budget_for_any_unit_is_released() {
    // 10 is left, each unit's discount is 524.
    let coupon = money(1000, 0, 990);
    assert_eq!(refusal(&coupon, &one_issue(), &facts()), held(HeldLimit::Budget, 12));
    let facts_with = |spent| with_holds(vec![OwnHold { spent, ..mine(7) }]);
    assert_eq!(quote(&coupon, &one_issue(), &facts_with(600)).release, [Uuid::from_u128(7)]);
    assert_eq!(refusal(&coupon, &one_issue(), &facts_with(100)), held(HeldLimit::Budget, 12));
    let because = NoEffectBecause::BudgetTooSmall;
    assert_eq!(refusal(&money(1000, 990, 0), &one_issue(), &facts()), Refusal::NoEffect { because });
}

#[test]
fn own_holds_of_free_units_are_released_too() {
    let coupon = Coupon { benefit: percent(10_000), ..coupon() };
    let mut facts = with_holds(vec![OwnHold {
        free_units: [(sku("A"), 1)].into(),
        ..OwnHold { coupon_uses: 0, code_uses: 0, person_uses: 0, ..mine(9) }
    }]);
    facts.tenant.free_claims_per_person = Some(1);
    facts.products.insert(sku("A"), ProductFacts { free: usage(0, 1), ..ProductFacts::default() });
    assert_eq!(quote(&coupon, &one_issue(), &facts).release, [Uuid::from_u128(9)]);
    facts.own_holds.clear();
    assert_eq!(refusal(&coupon, &one_issue(), &facts), held(HeldLimit::FreeClaims { product: "A".to_owned() }, 14));
}
