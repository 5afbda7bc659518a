//! Amounts off units and orders, and the minimum charge.

use super::*;

#[test]
fn an_amount_comes_off_each_unit_or_once_off_the_order() {
    let benefit = Benefit::FixedAmount { amount: 700 };
    let items = [item("A", 1000, 2), item("B", 500, 1)];
    assert_eq!(unit_discounts(&per_unit(&benefit, &items)), [vec![700, 700], vec![500]]);
    let spread = per_order(700, &items);
    assert_eq!(unit_discounts(&spread), [vec![280, 280], vec![140]]);
    assert_eq!((spread.discount, spread.uses), (700, 1));
}

#[test]
fn an_amount_is_spread_by_largest_remainder() {
    let priced = per_order(100, &[item("B", 100, 1), item("A", 100, 1), item("C", 100, 1)]);
    assert_eq!(discounts(&priced), [33, 34, 33]);
    let priced = per_order(10, &[item("A", 300, 3)]);
    assert_eq!(unit_discounts(&priced), [vec![4, 3, 3]]);
    // 7 over 500, 300, 200: exact 3.5, 2.1, 1.4.
    assert_eq!(discounts(&per_order(7, &[item("A", 500, 1), item("B", 300, 1), item("C", 200, 1)])), [4, 2, 1]);
}

#[test]
fn an_amount_never_exceeds_what_it_is_taken_from() {
    let priced = per_order(5000, &[item("A", 3000, 1)]);
    assert_eq!((priced.discount, priced.total), (3000, 0));
    let huge = [item("A", i64::MAX / 4, 3), item("B", 1, 1)];
    assert_eq!(per_order(i64::MAX, &huge).total, 0);
    assert_eq!(per_unit(&percent(10_000), &huge).total, 0);
}

#[test]
fn a_spread_amount_is_cut_to_the_budget() {
    let benefit = Benefit::FixedAmount { amount: 500 };
    let room = Room { budget: Some(120), ..Room::default() };
    let priced = price(lines(&[item("A", 1000, 1), item("B", 1000, 1)]), offer(&benefit, UsesPer::Order), &room);
    assert_eq!(discounts(&priced), [60, 60]);
    let none = Room { budget: Some(0), ..Room::default() };
    let priced = price(lines(&[item("A", 1000, 1)]), offer(&benefit, UsesPer::Order), &none);
    assert!(!priced.has_effect() && priced.has(Note::BudgetTooSmall));
}

#[test]
fn a_discounted_unit_is_raised_to_the_minimum_charge_unless_it_is_free() {
    let charge = |benefit: Benefit, unit: i64| {
        let items = [item("A", unit, 1)];
        let offer = Offer { benefit: &benefit, uses_per: UsesPer::Unit, minimum_charge: 50 };
        let priced = price(lines(&items), offer, &Room::default());
        (priced.total, priced.uses, priced.lines[0].units[0].note)
    };
    assert_eq!(charge(percent(9000), 100), (50, 1, Note::RaisedToMinimum));
    assert_eq!(charge(percent(5000), 100), (50, 1, Note::Discounted));
    assert_eq!(charge(percent(10_000), 100), (0, 1, Note::Discounted));
    assert_eq!(charge(percent(1000), 40), (40, 0, Note::RaisedToMinimum));
    assert_eq!(charge(percent(1000), 50), (50, 0, Note::RaisedToMinimum));
    assert_eq!(charge(Benefit::FixedAmount { amount: 80 }, 100), (50, 1, Note::RaisedToMinimum));
}

#[test]
fn what_the_floor_takes_back_is_given_to_nobody() {
    let benefit =
        Benefit::Percentage { basis_points: crate::money::BasisPoints::new(9000).unwrap(), max_discount: Some(150) };
    let items = [item("A", 100, 1), item("B", 100, 1)];
    let offer = Offer { benefit: &benefit, uses_per: UsesPer::Unit, minimum_charge: 50 };
    let priced = price(lines(&items), offer, &Room::default());
    // 90 of the 150 went to A, though the floor left it 50: B gets the other 60, and is raised too.
    assert_eq!(discounts(&priced), [50, 50]);
    let items = [item("A", 100, 1), item("B", 70, 1), item("C", 60, 1)];
    let offer = Offer { minimum_charge: 50, ..offer };
    let priced = price(lines(&items), offer, &Room::default());
    assert_eq!(discounts(&priced), [50, 20, 0]);
    assert_eq!(priced.lines[2].units[0].note, Note::MaximumReached);
}
