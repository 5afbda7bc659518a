use super::*;
use crate::coupons::benefit::Benefit;
use crate::coupons::refusal::LimitObstacle;
use crate::coupons::rule::facts::OrganizationFacts;
use crate::coupons::rule::make::{credit, limit, raise};
use crate::organizations::limits::{Grant, LimitChange, LimitMode, LimitValue, Obstacle, OrganizationLimit};

fn coupon(changes: Vec<LimitChange>) -> Coupon {
    Coupon { benefit: Benefit::Limits { changes }, ..credit() }
}

fn set(key: &str, value: LimitValue) -> LimitChange {
    LimitChange { key: key.to_owned(), grant: Grant { mode: LimitMode::Set, value } }
}

fn with(limits: Vec<OrganizationLimit>) -> Facts {
    Facts { organization: Some(OrganizationFacts { limits, ..OrganizationFacts::default() }), ..facts() }
}

fn obstacles(changes: Vec<LimitChange>, limits: Vec<OrganizationLimit>) -> Vec<(String, Obstacle)> {
    match refusal(&coupon(changes), &Entry::Organization, &with(limits)) {
        Refusal::LimitNotApplicable { limits } => {
            limits.into_iter().map(|LimitObstacle { key, obstacle, .. }| (key, obstacle)).collect()
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_credit_is_one_use_and_its_amount() {
    let quote = quote(&credit(), &Entry::Organization, &facts());
    assert_eq!(quote.effect, Effect::Credit { amount: 1000 });
    assert_eq!((quote.takes.uses, quote.takes.spent), (1, 1000));
}

#[test]
fn a_higher_limit_is_granted_with_what_was_before() {
    let quote = quote(&coupon(vec![raise("instances", 10)]), &Entry::Organization, &facts());
    let Effect::Limits(effects) = quote.effect else { panic!("no limits") };
    assert_eq!((effects[0].before, effects[0].after), (LimitValue::Finite(5), LimitValue::Finite(10)));
    assert_eq!((quote.takes.uses, quote.takes.spent), (1, 0));
}

#[test]
fn a_code_whose_limits_are_all_there_already_is_refused() {
    let changes = vec![raise("instances", 4), set("seats", LimitValue::Unlimited)];
    let unlimited = OrganizationLimit { base: Some(LimitValue::Unlimited), ..limit("seats", 1) };
    let refusal = refusal(&coupon(changes), &Entry::Organization, &with(vec![limit("instances", 5), unlimited]));
    assert_eq!(refusal, Refusal::LimitUnchanged { limits: vec!["instances".to_owned(), "seats".to_owned()] });
}

#[test]
fn a_limit_that_is_there_already_is_left_alone_beside_one_that_is_not() {
    let locked = OrganizationLimit { locked: true, ..limit("instances", 10) };
    let changes = vec![raise("instances", 10), raise("seats", 3)];
    let quote = quote(&coupon(changes), &Entry::Organization, &with(vec![locked, limit("seats", 1)]));
    let Effect::Limits(effects) = quote.effect else { panic!("no limits") };
    assert_eq!(effects.iter().map(|effect| effect.key.as_str()).collect::<Vec<_>>(), ["seats"]);
}

#[test]
fn every_limit_that_cannot_be_changed_says_why_and_none_is_changed() {
    let changes = vec![
        raise("instances", 10),
        raise("seats", 10),
        set("rooms", LimitValue::Finite(1)),
        raise("desks", 9),
        raise("doors", 3),
    ];
    let limits = vec![
        OrganizationLimit { locked: true, ..limit("instances", 5) },
        OrganizationLimit { maximum: Some(8), ..limit("seats", 5) },
        OrganizationLimit { in_use: Some(2), ..limit("rooms", 5) },
        limit("doors", 2),
    ];
    let expected = [
        ("instances".to_owned(), Obstacle::Locked),
        ("seats".to_owned(), Obstacle::OutsideBounds { minimum: None, maximum: Some(8) }),
        ("rooms".to_owned(), Obstacle::BelowInUse { in_use: 2 }),
        ("desks".to_owned(), Obstacle::UnknownKey),
    ];
    assert_eq!(obstacles(changes, limits), expected);
}

#[test]
fn without_an_organization_every_key_is_unknown() {
    let facts = Facts { organization: None, ..facts() };
    let refusal = refusal(&coupon(vec![raise("instances", 10)]), &Entry::Organization, &facts);
    assert_eq!(refusal.code(), "limit_not_applicable");
}

#[test]
fn the_second_of_two_clicks_changes_nothing() {
    let coupon = coupon(vec![raise("instances", 10)]);
    let granted = OrganizationLimit { grants: vec![raise("instances", 10).grant], ..limit("instances", 5) };
    assert_eq!(refusal(&coupon, &Entry::Organization, &with(vec![granted])).code(), "limit_unchanged");
}
