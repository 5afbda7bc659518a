use super::LimitMode::{RaiseTo, Set};
use super::LimitValue::{Finite, Unlimited};
use super::*;

fn grant(mode: LimitMode, value: LimitValue) -> Grant {
    Grant { mode, value }
}

fn instances() -> OrganizationLimit {
    OrganizationLimit {
        key: "instances".to_owned(),
        label: "Instances".to_owned(),
        default: Finite(5),
        minimum: None,
        maximum: None,
        base: None,
        locked: false,
        in_use: None,
        grants: Vec::new(),
    }
}

#[test]
fn a_limit_is_its_base_or_the_default() {
    assert_eq!(effective(Finite(5), None, &[]), Finite(5));
    assert_eq!(effective(Finite(5), Some(Finite(0)), &[]), Finite(0));
    assert_eq!(effective(Finite(5), Some(Unlimited), &[]), Unlimited);
}

#[test]
fn grants_apply_in_order() {
    let grants =
        [grant(RaiseTo, Finite(10)), grant(Set, Finite(3)), grant(RaiseTo, Finite(7)), grant(RaiseTo, Finite(4))];
    assert_eq!(effective(Finite(5), None, &grants), Finite(7));
    assert_eq!(effective(Finite(5), None, &grants[..2]), Finite(3));
}

#[test]
fn withdrawing_a_grant_uncovers_what_was_under_it() {
    let grants = [grant(RaiseTo, Finite(10)), grant(Set, Unlimited)];
    assert_eq!(effective(Finite(5), None, &grants), Unlimited);
    assert_eq!(effective(Finite(5), None, &grants[..1]), Finite(10));
    assert_eq!(effective(Finite(5), None, &grants[1..]), Unlimited);
}

#[test]
fn raising_never_lowers_and_unlimited_is_above_every_number() {
    assert_eq!(grant(RaiseTo, Finite(10)).applied_to(Finite(20)), Finite(20));
    assert_eq!(grant(RaiseTo, Finite(i64::MAX)).applied_to(Unlimited), Unlimited);
    assert_eq!(grant(RaiseTo, Unlimited).applied_to(Finite(i64::MAX)), Unlimited);
    assert_eq!(grant(Set, Finite(10)).applied_to(Unlimited), Finite(10));
}

#[test]
fn a_locked_limit_takes_no_grant() {
    let limit = OrganizationLimit { locked: true, ..instances() };
    assert_eq!(limit.obstacle(grant(RaiseTo, Finite(10))), Some(Obstacle::Locked));
}

#[test]
fn a_grant_stays_within_the_bounds_of_the_definition() {
    let limit = OrganizationLimit { minimum: Some(2), maximum: Some(10), ..instances() };
    let outside = Some(Obstacle::OutsideBounds { minimum: Some(2), maximum: Some(10) });
    assert_eq!(limit.obstacle(grant(RaiseTo, Finite(10))), None);
    assert_eq!(limit.obstacle(grant(RaiseTo, Finite(11))), outside);
    assert_eq!(limit.obstacle(grant(Set, Unlimited)), outside);
    assert_eq!(limit.obstacle(grant(Set, Finite(2))), None);
    assert_eq!(limit.obstacle(grant(Set, Finite(1))), outside);
}

#[test]
fn a_grant_never_goes_below_what_is_in_use() {
    let limit = OrganizationLimit { in_use: Some(4), ..instances() };
    assert_eq!(limit.obstacle(grant(Set, Finite(4))), None);
    assert_eq!(limit.obstacle(grant(Set, Finite(3))), Some(Obstacle::BelowInUse { in_use: 4 }));
    assert_eq!(limit.obstacle(grant(Set, Unlimited)), None);
}

#[test]
fn a_row_whose_mode_nobody_knows_is_no_grant() {
    assert_eq!(Grant::of_row("set", None).unwrap(), grant(Set, Unlimited));
    assert_eq!(Grant::of_row("raise_to", Some(7)).unwrap(), grant(RaiseTo, Finite(7)));
    assert!(Grant::of_row("add", Some(7)).unwrap_err().to_string().contains("\"add\""));
}
