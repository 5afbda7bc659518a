use chrono::TimeDelta;

use super::*;
use crate::coupons::rule::make::{coupon, instant, percent, raise};

fn status(coupon: &Coupon) -> Status {
    coupon.status(instant())
}

#[test]
fn a_coupon_without_conditions_is_active() {
    assert_eq!(status(&coupon()), Status::Active);
}

#[test]
fn validity_is_half_open() {
    let microsecond = TimeDelta::microseconds(1);
    let starting = |at| status(&Coupon { valid_from: Some(at), ..coupon() });
    assert_eq!(starting(instant()), Status::Active);
    assert_eq!(starting(instant() + microsecond), Status::Scheduled);
    let ending = |at| status(&Coupon { valid_until: Some(at), ..coupon() });
    assert_eq!(ending(instant()), Status::Expired);
    assert_eq!(ending(instant() + microsecond), Status::Active);
}

#[test]
fn where_several_words_are_true_the_first_refusal_is_shown() {
    let past = Some(instant() - TimeDelta::days(1));
    let future = Some(instant() + TimeDelta::days(1));
    let mut all = Coupon {
        max_uses: Some(0),
        valid_from: future,
        valid_until: past,
        paused_at: past,
        deleted_at: past,
        ..coupon()
    };
    assert_eq!(status(&all), Status::Deleted);
    all.deleted_at = None;
    assert_eq!(status(&all), Status::Paused);
    all.paused_at = None;
    assert_eq!(status(&all), Status::Expired);
    all.valid_until = None;
    assert_eq!(status(&all), Status::Scheduled);
    all.valid_from = None;
    assert_eq!(status(&all), Status::Exhausted);
    all.max_uses = None;
    assert_eq!(status(&all), Status::Active);
    assert_eq!(Status::Exhausted.to_string(), "exhausted");
}

#[test]
fn only_confirmed_uses_exhaust_a_coupon() {
    let counters = |uses, held| Counters { uses, held, ..Counters::default() };
    let with = |counters| Coupon { max_uses: Some(3), counters, ..coupon() };
    assert_eq!(status(&with(counters(2, 1))), Status::Active);
    assert_eq!(status(&with(counters(3, 0))), Status::Exhausted);
    assert_eq!(with(counters(2, 1)).remaining(), Some(0));
    assert_eq!(with(counters(1, 1)).remaining(), Some(1));
    assert_eq!(coupon().remaining(), None);
}

#[test]
fn zero_is_closed_and_empty_is_unlimited() {
    assert_eq!(status(&Coupon { max_uses: Some(0), ..coupon() }), Status::Exhausted);
    let counters = Counters { uses: i64::MAX, ..Counters::default() };
    assert_eq!(status(&Coupon { max_uses: None, counters, ..coupon() }), Status::Active);
}

#[test]
fn limits_by_person_organization_or_product_do_not_show_in_the_status() {
    let closed = Some(0);
    let coupon = Coupon {
        max_uses_per_person: closed,
        max_uses_per_organization: closed,
        max_uses_per_product: closed,
        ..coupon()
    };
    assert_eq!(status(&coupon), Status::Active);
}

#[test]
fn a_budget_is_used_up_when_the_next_credit_does_not_fit() {
    let benefit = Benefit::Credit { amount: 1000 };
    let spent = |spent| Counters { spent, spent_held: 0, ..Counters::default() };
    let with = |counters| Coupon { benefit: benefit.clone(), budget: Some(2500), counters, ..coupon() };
    assert_eq!(status(&with(spent(1500))), Status::Active);
    assert_eq!(status(&with(spent(2000))), Status::Exhausted);
    assert_eq!(with(spent(2000)).remaining_budget(), Some(500));
    let percentage = Coupon { budget: Some(2500), counters: spent(2499), ..coupon() };
    assert_eq!(status(&percentage), Status::Active);
}

#[test]
fn products_narrow_their_own_type() {
    let product = |sku: &str| ProductKey::Sku(sku.to_owned());
    let scope = |types: &[&str], products: &[(&str, &str)], excluded: &[&str]| ProductScope {
        product_types: types.iter().map(|t| (*t).to_owned()).collect(),
        products: products.iter().map(|(sku, t)| (product(sku), (*t).to_owned())).collect(),
        excluded: excluded.iter().map(|sku| product(sku)).collect(),
    };
    let allows =
        |scope: &ProductScope, sku: &str, t: &str| scope.allows_type(t) && scope.allows_product(&product(sku), t);

    let everything = scope(&[], &[], &["c"]);
    assert!(allows(&everything, "a", "issue") && !allows(&everything, "c", "issue"));
    let plans = scope(&["plan"], &[], &[]);
    assert!(allows(&plans, "p", "plan") && !allows(&plans, "a", "issue"));
    let one_issue_and_plans = scope(&["issue", "plan"], &[("a", "issue")], &[]);
    assert!(allows(&one_issue_and_plans, "a", "issue") && !allows(&one_issue_and_plans, "b", "issue"));
    assert!(allows(&one_issue_and_plans, "p", "plan"));
    let one_product = scope(&[], &[("a", "issue")], &[]);
    assert!(allows(&one_product, "a", "issue") && !allows(&one_product, "p", "plan"));
    let listed_and_excluded = scope(&["issue"], &[("a", "issue")], &["a"]);
    assert!(!allows(&listed_and_excluded, "a", "issue"));
}

#[test]
fn a_benefit_may_end_with_the_month_of_its_redemption() {
    let zone = chrono_tz::Europe::Zurich;
    assert_eq!(coupon().benefit_ends_at(zone, instant()), None);
    let monthly = Coupon { benefit_ends: BenefitEnds::EndOfRedeemMonth, ..coupon() };
    assert_eq!(monthly.benefit_ends_at(zone, instant()), Some("2026-11-30T23:00:00Z".parse().unwrap()));
}

#[test]
fn terms_are_the_same_after_they_were_stored() {
    let terms = coupon().terms(50, chrono_tz::Europe::Zurich, instant());
    let stored = serde_json::to_string(&terms).unwrap();
    assert_eq!(serde_json::from_str::<Terms>(&stored).unwrap(), terms);
}

fn conflicts(coupon: &Coupon) -> Vec<Conflict> {
    coupon.conflicts()
}

#[test]
fn a_full_discount_cannot_be_limited_to_some_periods() {
    let with = |benefit, discounted_periods| Coupon { benefit, discounted_periods, ..coupon() };
    assert_eq!(conflicts(&with(percent(10_000), Some(3))), [Conflict::FullDiscountForSomePeriods]);
    assert_eq!(conflicts(&with(percent(10_000), None)), []);
    assert_eq!(conflicts(&with(percent(9_999), Some(3))), []);
    assert_eq!(conflicts(&with(percent(1_000), Some(0))), [Conflict::NoPeriods]);
}

#[test]
fn a_maximum_below_what_is_used_and_held_offers_to_close_it_there() {
    let counters = Counters { uses: 38, held: 2, spent: 300, spent_held: 100 };
    let with = |max_uses, budget| Coupon { max_uses, budget, counters, ..coupon() };
    assert_eq!(conflicts(&with(Some(39), None)), [Conflict::MaximumBelowUses { used: 40 }]);
    assert_eq!(conflicts(&with(Some(40), Some(400))), []);
    assert_eq!(conflicts(&with(None, Some(399))), [Conflict::BudgetBelowSpent { spent: 400 }]);
    let message = conflicts(&with(Some(0), None))[0].to_string();
    assert_eq!(message, "Already used or held: 40. Close it at 40 instead.");
}

#[test]
fn conditions_that_contradict_each_other_are_found_with_their_field() {
    let fields = |coupon: &Coupon| conflicts(coupon).iter().map(Conflict::field).collect::<Vec<_>>();
    let by_order = Coupon { uses_per: UsesPer::Order, max_uses_per_product: Some(1), ..coupon() };
    assert_eq!(fields(&by_order), ["max_uses_per_product"]);
    let backwards = Coupon { valid_from: Some(instant()), valid_until: Some(instant()), ..coupon() };
    assert_eq!(fields(&backwards), ["valid_until"]);
    let negative = Coupon { minimum_amount: -1, max_uses: Some(-1), budget: Some(-1), ..coupon() };
    assert_eq!(fields(&negative), ["minimum_amount", "max_uses", "budget"]);
    let benefit = |benefit| fields(&Coupon { benefit, ..coupon() });
    assert_eq!(benefit(Benefit::FixedAmount { amount: 0 }), ["amount"]);
    assert_eq!(benefit(Benefit::Credit { amount: -1 }), ["amount"]);
    assert_eq!(benefit(Benefit::Limits { changes: Vec::new() }), ["limits"]);
    assert_eq!(benefit(Benefit::Limits { changes: vec![raise("a", 1), raise("b", 2), raise("a", 3)] }), ["limits"]);
    assert!(benefit(Benefit::Limits { changes: vec![raise("a", 1), raise("b", 2)] }).is_empty());
}
