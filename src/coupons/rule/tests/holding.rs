//! Held against used up, at every limit.

use super::*;
use crate::coupons::benefit::Benefit;
use crate::coupons::code::Code;
use crate::coupons::coupon::{Counters, UsesPer};
use crate::coupons::refusal::{HeldLimit, UsedUp};
use crate::coupons::rule::facts::{OrganizationFacts, PersonFacts, ProductFacts};
use crate::coupons::rule::make::{amount_off, counters, coupon, credit, minutes, one_issue, sku, usage};

fn uses(max: i64, uses: i64, held: i64) -> Coupon {
    Coupon { max_uses: Some(max), counters: Counters { uses, held, ..Counters::default() }, ..coupon() }
}

fn money(budget: i64, spent: i64, spent_held: i64) -> Coupon {
    Coupon { budget: Some(budget), counters: Counters { spent, spent_held, ..Counters::default() }, ..coupon() }
}

fn held(limit: HeldLimit, until: i64) -> Refusal {
    Refusal::Held { limit, until: Some(minutes(until)) }
}

#[test]
fn what_others_hold_is_not_used_up_yet() {
    assert_eq!(refusal(&uses(2, 1, 1), &one_issue(), &facts()), held(HeldLimit::Coupon, 12));
    assert_eq!(refusal(&uses(2, 2, 0), &one_issue(), &facts()), Refusal::Exhausted { limit: UsedUp::Coupon });
    assert!(decision(&uses(2, 1, 0), &one_issue(), &facts()).outcome.is_ok());
}

#[test]
fn a_code_has_uses_of_its_own() {
    let look = |code: &Code| decide(found(&coupon(), code), &one_issue(), &facts(), instant()).outcome;
    let code = |uses, held| Code { max_uses: Some(1), counters: counters(uses, held), ..code() };
    assert!(look(&code(0, 0)).is_ok());
    assert_eq!(look(&code(0, 1)).unwrap_err(), held(HeldLimit::Code, 13));
    assert_eq!(look(&code(1, 0)).unwrap_err(), Refusal::Exhausted { limit: UsedUp::Code });
}

#[test]
fn a_budget_is_held_or_exhausted() {
    assert_eq!(refusal(&money(1000, 400, 600), &one_issue(), &facts()), held(HeldLimit::Budget, 12));
    assert_eq!(refusal(&money(1000, 1000, 0), &one_issue(), &facts()), Refusal::BudgetExhausted);
    let credit = |spent, spent_held| Coupon {
        benefit: credit().benefit,
        uses_per: UsesPer::Order,
        ..money(2500, spent, spent_held)
    };
    assert_eq!(refusal(&credit(1600, 0), &Entry::Organization, &facts()), Refusal::BudgetExhausted);
    assert_eq!(refusal(&credit(1000, 600), &Entry::Organization, &facts()), held(HeldLimit::Budget, 12));
    assert!(decision(&credit(1500, 0), &Entry::Organization, &facts()).outcome.is_ok());
}

#[test]
fn nobody_is_told_to_wait_for_what_is_used_up_anyway() {
    let spent =
        Coupon { budget: Some(5), counters: Counters { held: 1, spent: 5, ..Counters::default() }, ..uses(1, 0, 1) };
    assert_eq!(refusal(&spent, &one_issue(), &facts()), Refusal::BudgetExhausted);
}

#[test]
fn persons_organizations_and_products_can_be_held_too() {
    let person = PersonFacts { usage: usage(0, 1), ..PersonFacts::default() };
    let facts_of = |person| Facts { person: Some(person), ..facts() };
    let coupon = Coupon { max_uses_per_person: Some(1), ..coupon() };
    assert_eq!(refusal(&coupon, &one_issue(), &facts_of(person)), held(HeldLimit::Person, 14));

    let organization = OrganizationFacts { usage: usage(0, 1), ..OrganizationFacts::default() };
    let facts_of = |organization| Facts { organization: Some(organization), ..facts() };
    let coupon = Coupon { max_uses_per_organization: Some(1), ..credit() };
    assert_eq!(refusal(&coupon, &Entry::Organization, &facts_of(organization)), held(HeldLimit::Organization, 14));

    let mut facts = facts();
    facts.products.insert(sku("A"), ProductFacts { usage: usage(0, 1), ..ProductFacts::default() });
    let coupon = Coupon { max_uses_per_product: Some(1), ..super::super::make::coupon() };
    let limit = HeldLimit::Product { product: "A".to_owned() };
    assert_eq!(refusal(&coupon, &one_issue(), &facts), held(limit, 14));
    facts.products.insert(sku("A"), ProductFacts { usage: usage(1, 0), ..ProductFacts::default() });
    assert_eq!(refusal(&coupon, &one_issue(), &facts), Refusal::ProductLimit { product: "A".to_owned(), max: 1 });
}

#[test]
fn a_spread_amount_is_cut_to_what_others_leave_of_the_budget() {
    let coupon = Coupon { benefit: Benefit::FixedAmount { amount: 500 }, ..amount_off() };
    let coupon = Coupon {
        budget: Some(1000),
        counters: Counters { spent: 300, spent_held: 400, ..Counters::default() },
        ..coupon
    };
    assert_eq!(quote(&coupon, &one_issue(), &facts()).takes.spent, 300);
}
