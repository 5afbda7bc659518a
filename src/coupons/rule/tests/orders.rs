use super::*;
use crate::coupons::coupon::{BenefitEnds, Counters, UsesPer};
use crate::coupons::refusal::NoEffectBecause;
use crate::coupons::rule::facts::{PersonFacts, ProductFacts};
use crate::coupons::rule::make::{amount_off, coupon, item, one_issue, order, percent, sku, usage};

fn full() -> Coupon {
    Coupon { benefit: percent(10_000), ..coupon() }
}

#[test]
fn a_quote_says_what_an_order_costs_and_what_it_takes() {
    let quote = quote(&coupon(), &order(vec![item("A", 3490, 1), item("B", 1000, 2)]), &facts());
    assert_eq!((quote.takes.uses, quote.takes.spent), (3, 824));
    assert!(quote.takes.free_units.is_empty());
    let Effect::Prices(priced) = quote.effect else { panic!("no prices") };
    assert_eq!(priced.total, 3490 + 2000 - 824);
}

#[test]
fn three_units_take_three_uses_or_one() {
    let entry = order(vec![item("A", 1000, 3)]);
    let uses = |uses_per| quote(&Coupon { uses_per, ..coupon() }, &entry, &facts()).takes.uses;
    assert_eq!(uses(UsesPer::Unit), 3);
    assert_eq!(uses(UsesPer::Order), 1);
    assert_eq!(quote(&amount_off(), &entry, &facts()).takes.uses, 1);
}

#[test]
fn the_smallest_rest_of_all_limits_decides_how_many_units_are_discounted() {
    let coupon = Coupon {
        max_uses: Some(10),
        max_uses_per_person: Some(3),
        counters: Counters { uses: 2, held: 3, ..Counters::default() },
        ..coupon()
    };
    let mut facts = facts();
    let entry = order(vec![item("A", 1000, 9)]);
    facts.person = Some(PersonFacts { usage: usage(1, 0), ..PersonFacts::default() });
    assert_eq!(quote(&coupon, &entry, &facts).takes.uses, 2);
    let coupon = Coupon { max_uses_per_person: None, ..coupon };
    assert_eq!(quote(&coupon, &entry, &facts).takes.uses, 5);
}

#[test]
fn the_minimum_amount_is_met_by_an_equal_subtotal_of_the_eligible_lines() {
    let coupon = Coupon { minimum_amount: 3000, ..coupon() };
    assert!(decision(&coupon, &order(vec![item("A", 1500, 2)]), &facts()).outcome.is_ok());
    let licensed = crate::coupons::basket::Item { retail_licensed: true, ..item("B", 5000, 1) };
    let short = refusal(&coupon, &order(vec![item("A", 2999, 1), licensed]), &facts());
    assert_eq!(short, Refusal::BelowMinimum { minimum: 3000, subtotal: 2999 });
    assert_eq!(short.missing_amount(), Some(1));
}

#[test]
fn an_order_in_another_currency_is_refused() {
    let in_currency = |currency: &str| {
        let Entry::Order { basket, .. } = one_issue() else { panic!("no order") };
        let entry = Entry::Order { basket, currency: Some(currency.to_owned()) };
        decision(&coupon(), &entry, &facts()).outcome
    };
    assert!(in_currency(" chf ").is_ok());
    let refusal = in_currency("EUR").unwrap_err();
    assert_eq!(refusal.code(), "currency_mismatch");
}

#[test]
fn a_full_discount_is_for_several_units_of_one_product_but_not_for_several_products() {
    let one = order(vec![item("A", 1000, 3), item("A", 500, 1)]);
    assert_eq!(quote(&full(), &one, &facts()).takes.uses, 4);
    let several = order(vec![item("A", 1000, 1), item("B", 500, 1)]);
    assert_eq!(refusal(&full(), &several, &facts()), Refusal::FullDiscountSingleItem { products: 2 });
    let mut relaxed = facts();
    relaxed.tenant.full_discount_single_item = false;
    assert_eq!(quote(&full(), &several, &relaxed).takes.spent, 1500);
    assert!(decision(&Coupon { benefit: percent(9_999), ..coupon() }, &several, &facts()).outcome.is_ok());
}

#[test]
fn free_units_are_counted_by_person_and_product_over_all_coupons() {
    let mut facts = facts();
    facts.tenant.free_claims_per_person = Some(3);
    facts.products.insert(sku("A"), ProductFacts { free: usage(1, 0), ..ProductFacts::default() });
    let tickets = |quantity| order(vec![item("A", 1000, quantity)]);
    assert_eq!(quote(&full(), &tickets(2), &facts).takes.free_units, [(sku("A"), 2)].into());
    let refused = Refusal::FreeClaimsLimit { product: "A".to_owned(), max: 3, left: 2 };
    assert_eq!(refusal(&full(), &tickets(3), &facts), refused);
    // What is cheaper is not free.
    let half = Coupon { benefit: percent(5000), ..coupon() };
    assert!(decision(&half, &tickets(9), &facts).outcome.is_ok());
}

#[test]
fn a_code_that_would_do_nothing_is_refused_and_says_why() {
    let because = |coupon: &Coupon, entry: &Entry, facts: &Facts| match refusal(coupon, entry, facts) {
        Refusal::NoEffect { because } => because,
        other => panic!("{other:?}"),
    };
    assert_eq!(because(&coupon(), &order(Vec::new()), &facts()), NoEffectBecause::NothingToDiscount);
    assert_eq!(because(&coupon(), &order(vec![item("A", 0, 1)]), &facts()), NoEffectBecause::NothingOff);
    assert_eq!(because(&amount_off(), &order(vec![item("A", 0, 1)]), &facts()), NoEffectBecause::NothingOff);
    let mut charging = facts();
    charging.tenant.minimum_charge = 100;
    assert_eq!(because(&coupon(), &order(vec![item("A", 100, 1)]), &charging), NoEffectBecause::MinimumCharge);
}

#[test]
fn a_quote_says_when_its_benefit_ends() {
    let coupon = Coupon { benefit_ends: BenefitEnds::EndOfRedeemMonth, ..coupon() };
    let ends = quote(&coupon, &one_issue(), &facts()).benefit_ends_at;
    assert_eq!(ends, Some("2026-11-30T23:00:00Z".parse().unwrap()));
}

#[test]
fn a_trace_can_be_shown_as_json() {
    let decision = decision(&Coupon { max_uses: Some(5), ..coupon() }, &one_issue(), &facts());
    let json = serde_json::to_value(&decision.trace).unwrap();
    assert_eq!(json.as_array().unwrap().len(), 28);
    assert_eq!(json[13]["check"], "exhausted");
    assert_eq!(json[13]["verdict"], "passed");
    assert_eq!(json[13]["inputs"]["max_uses"], 5);
    assert!(json[13]["inputs"]["code_max_uses"].is_null());
    assert_eq!(json[17]["items"][0]["product"], "A");
}
