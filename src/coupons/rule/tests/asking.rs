use super::*;
use crate::coupons::benefit::Benefit;
use crate::coupons::refusal::Holder;
use crate::coupons::rule::facts::{OrganizationFacts, PersonFacts};
use crate::coupons::rule::make::{amount_off, coupon, credit, days, item, one_issue, order, percent, usage};
use crate::coupons::rule::trace::{Check, Verdict};

fn guest() -> Facts {
    Facts { person: None, ..facts() }
}

fn person(person: PersonFacts) -> Facts {
    Facts { person: Some(person), ..facts() }
}

#[test]
fn a_guest_signs_in_only_where_a_person_is_counted() {
    assert!(decision(&coupon(), &one_issue(), &guest()).outcome.is_ok());
    let per_person = Coupon { max_uses_per_person: Some(3), ..coupon() };
    let assigned = Coupon { assigned_people_only: true, ..coupon() };
    for coupon in [per_person, assigned] {
        assert_eq!(refusal(&coupon, &one_issue(), &guest()), Refusal::SignInRequired);
    }
}

#[test]
fn a_guest_signs_in_where_free_claims_are_counted_and_the_benefit_could_make_something_free() {
    let mut guest = guest();
    let full = Coupon { benefit: percent(10_000), ..coupon() };
    assert!(decision(&full, &one_issue(), &guest).outcome.is_ok());
    guest.tenant.free_claims_per_person = Some(5);
    for coupon in [full, amount_off()] {
        assert_eq!(refusal(&coupon, &one_issue(), &guest), Refusal::SignInRequired);
    }
    assert!(decision(&coupon(), &one_issue(), &guest).outcome.is_ok());
    assert!(decision(&credit(), &Entry::Organization, &guest).outcome.is_ok());
    // 60 % of 0.01 rounds to 0.01: free, though nobody meant it.
    let cheap = order(vec![item("A", 1, 1)]);
    assert_eq!(refusal(&Coupon { benefit: percent(6000), ..coupon() }, &cheap, &guest), Refusal::SignInRequired);
}

#[test]
fn a_coupon_for_some_people_is_for_them_only() {
    let coupon = Coupon { assigned_people_only: true, ..coupon() };
    assert_eq!(refusal(&coupon, &one_issue(), &facts()), Refusal::NotAssigned);
    let assigned = person(PersonFacts { assigned: true, ..PersonFacts::default() });
    assert!(decision(&coupon, &one_issue(), &assigned).outcome.is_ok());
}

#[test]
fn a_limit_of_one_allows_exactly_one_use() {
    let coupon = Coupon { max_uses_per_person: Some(1), ..coupon() };
    let used = |uses| person(PersonFacts { usage: usage(uses, 0), ..PersonFacts::default() });
    assert!(decision(&coupon, &one_issue(), &used(0)).outcome.is_ok());
    assert_eq!(refusal(&coupon, &one_issue(), &used(1)), Refusal::PersonLimit { max: 1 });
}

#[test]
fn who_used_this_very_code_before_is_told_when() {
    let applied_at = days(-3);
    let again = PersonFacts { usage: usage(1, 0), applied_at: Some(applied_at), ..PersonFacts::default() };
    let once = Coupon { max_uses_per_person: Some(1), ..coupon() };
    let expected = Refusal::AlreadyApplied { holder: Holder::Person, applied_at };
    assert_eq!(refusal(&once, &one_issue(), &person(again.clone())), expected);

    // With a limit of two it is a matter of counting.
    let twice = Coupon { max_uses_per_person: Some(2), ..coupon() };
    assert!(decision(&twice, &one_issue(), &person(again.clone())).outcome.is_ok());
    let used_twice = PersonFacts { usage: usage(2, 0), ..again };
    assert_eq!(refusal(&twice, &one_issue(), &person(used_twice)), Refusal::PersonLimit { max: 2 });
}

#[test]
fn an_organization_that_used_this_very_code_before_is_told_when() {
    let applied_at = days(-3);
    let organization = OrganizationFacts { usage: usage(1, 0), applied_at: Some(applied_at), limits: Vec::new() };
    let facts = Facts { organization: Some(organization), ..facts() };
    let coupon = Coupon { max_uses_per_organization: Some(1), ..credit() };
    let expected = Refusal::AlreadyApplied { holder: Holder::Organization, applied_at };
    assert_eq!(refusal(&coupon, &Entry::Organization, &facts), expected);
    let unlimited = Coupon { max_uses_per_organization: None, ..credit() };
    assert!(decision(&unlimited, &Entry::Organization, &facts).outcome.is_ok());
}

#[test]
fn a_use_that_was_reversed_and_given_back_is_no_earlier_use() {
    let facts = person(PersonFacts { usage: usage(0, 0), applied_at: Some(days(-3)), ..PersonFacts::default() });
    assert!(decision(&Coupon { max_uses_per_person: Some(1), ..coupon() }, &one_issue(), &facts).outcome.is_ok());
}

#[test]
fn closed_for_persons_or_organizations_is_not_unlimited() {
    let closed = Coupon { max_uses_per_person: Some(0), ..coupon() };
    assert_eq!(refusal(&closed, &one_issue(), &facts()), Refusal::PersonLimit { max: 0 });
    let closed = Coupon { max_uses_per_organization: Some(0), ..credit() };
    assert_eq!(refusal(&closed, &Entry::Organization, &facts()), Refusal::OrganizationLimit { max: 0 });
}

#[test]
fn an_order_for_nobody_in_particular_leaves_out_the_organization() {
    let facts = Facts { organization: None, ..facts() };
    let decision = decision(&Coupon { max_uses_per_organization: Some(1), ..coupon() }, &one_issue(), &facts);
    assert_eq!(decision.trace.line(Check::OrganizationLimit).unwrap().verdict, Verdict::LeftOut);
    assert!(decision.outcome.is_ok());
}

#[test]
fn a_code_typed_in_the_wrong_place_says_so() {
    assert_eq!(refusal(&credit(), &one_issue(), &facts()), Refusal::NotForOrders);
    assert_eq!(refusal(&coupon(), &Entry::Organization, &facts()), Refusal::NotForOrganizations);
    let nothing = Coupon { benefit: Benefit::Limits { changes: Vec::new() }, ..credit() };
    assert_eq!(refusal(&nothing, &one_issue(), &facts()), Refusal::NotForOrders);
}
