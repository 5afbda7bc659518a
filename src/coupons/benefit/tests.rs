use super::*;
use crate::organizations::limits::{Grant, LimitValue};

fn percentage(basis_points: i64, max_discount: Option<i64>) -> Benefit {
    Benefit::Percentage { basis_points: BasisPoints::new(basis_points).unwrap(), max_discount }
}

fn limits() -> Benefit {
    let change = |key: &str, mode, value| LimitChange { key: key.to_owned(), grant: Grant { mode, value } };
    Benefit::Limits {
        changes: vec![
            change("instances", LimitMode::RaiseTo, LimitValue::Finite(10)),
            change("seats", LimitMode::Set, LimitValue::Unlimited),
        ],
    }
}

#[test]
fn a_benefit_is_said_in_words() {
    let chf = Currency::from_code("CHF").unwrap();
    let words = |benefit: &Benefit| benefit.words(chf, |_| None);
    assert_eq!(words(&percentage(1500, None)), "15 % off");
    assert_eq!(words(&percentage(1234, Some(2000))), "12.34 % off, at most 20.00 CHF");
    assert_eq!(words(&Benefit::FixedAmount { amount: 500 }), "5.00 CHF off");
    assert_eq!(words(&Benefit::Credit { amount: 1000 }), "10.00 CHF credit");
    let labelled = limits().words(chf, |key| (key == "instances").then_some("Instances"));
    assert_eq!(labelled, "Instances raised to 10, seats set to unlimited");
}

#[test]
fn a_benefit_is_for_orders_or_for_organizations() {
    for benefit in [percentage(1, None), Benefit::FixedAmount { amount: 1 }] {
        assert!(benefit.for_orders() && !benefit.for_organizations());
    }
    for benefit in [Benefit::Credit { amount: 1 }, limits()] {
        assert!(benefit.for_organizations() && !benefit.for_orders());
    }
}

#[test]
fn only_a_full_percentage_or_an_amount_can_be_meant_to_make_something_free() {
    assert!(percentage(10_000, None).could_make_free());
    assert!(Benefit::FixedAmount { amount: 1 }.could_make_free());
    assert!(!percentage(9_999, None).could_make_free());
    assert!(!Benefit::Credit { amount: 1 }.could_make_free());
    assert!(!Benefit::FixedAmount { amount: 1 }.is_full_discount());
}

#[test]
fn a_benefit_is_the_same_after_it_was_stored() {
    for benefit in
        [percentage(1234, Some(5)), Benefit::FixedAmount { amount: 5 }, Benefit::Credit { amount: 7 }, limits()]
    {
        let stored = serde_json::to_string(&benefit).unwrap();
        assert_eq!(serde_json::from_str::<Benefit>(&stored).unwrap(), benefit, "{stored}");
    }
    assert!(serde_json::from_str::<Benefit>(r#"{"kind":"percentage","basis_points":10001}"#).is_err());
}
