use super::*;

#[test]
fn fifteen_percent_off_34_90_leaves_29_66() {
    let priced = per_unit(&percent(1500), &[item("A", 3490, 1)]);
    assert_eq!((priced.amount_before, priced.discount, priced.total, priced.uses), (3490, 524, 2966, 1));
}

#[test]
fn rounding_is_by_unit_and_half_up() {
    let grid = [
        (1, 5000, 1),
        (1, 4999, 0),
        (3, 5000, 2),
        (99, 3333, 33),
        (100, 3350, 34),
        (3490, 10_000, 3490),
        (10, 50, 0),
        (100, 50, 1),
    ];
    for (unit, basis_points, discount) in grid {
        assert_eq!(
            per_unit(&percent(basis_points), &[item("A", unit, 1)]).discount,
            discount,
            "{basis_points} of {unit}"
        );
    }
    // 3 × 0.99 at 33.33 %: 0.33 each, not 0.99 × 3 rounded once.
    assert_eq!(per_unit(&percent(3350), &[item("A", 99, 3)]).discount, 99);
}

#[test]
fn prices_of_all_currencies_are_plain_numbers() {
    // 1200 yen, 1.234 rial, 1.2345 units of account: only the minor units count.
    for (unit, discount) in [(1200, 180), (1234, 185), (12_345, 1852)] {
        assert_eq!(per_unit(&percent(1500), &[item("A", unit, 1)]).discount, discount);
    }
}

#[test]
fn three_items_with_two_uses_discount_the_two_dearest() {
    let items = [item("A", 1000, 1), item("B", 3000, 1), item("C", 2000, 1)];
    let priced = with_room(&percent(1000), &items, &uses(2));
    assert_eq!(discounts(&priced), [0, 300, 200]);
    assert_eq!(priced.lines[0].units[0].note, Note::NoUsesLeft);
    assert_eq!(priced.uses, 2);
}

#[test]
fn uses_may_run_out_in_the_middle_of_a_line() {
    let priced = with_room(&percent(1000), &[item("A", 1000, 5), item("B", 2000, 1)], &uses(3));
    assert_eq!(unit_discounts(&priced), [vec![100, 100, 0, 0, 0], vec![200]]);
}

#[test]
fn ties_go_by_product() {
    let priced = with_room(&percent(1000), &[item("B", 1000, 1), item("A", 1000, 1)], &uses(1));
    assert_eq!(discounts(&priced), [0, 100]);
}

#[test]
fn a_product_has_uses_of_its_own() {
    let room = Room { products: [(sku("B"), 1)].into(), ..Room::default() };
    let priced = with_room(&percent(1000), &[item("A", 1000, 2), item("B", 2000, 2), item("B", 500, 1)], &room);
    assert_eq!(unit_discounts(&priced), [vec![100, 100], vec![200, 0], vec![0]]);
    assert_eq!(priced.product_uses(), [(sku("A"), 2), (sku("B"), 1)].into());
}

#[test]
fn a_unit_whose_discount_does_not_fit_the_budget_keeps_its_price() {
    let room = Room { budget: Some(450), ..Room::default() };
    let priced = with_room(&percent(1000), &[item("A", 3000, 2), item("B", 1000, 3)], &room);
    assert_eq!(unit_discounts(&priced), [vec![300, 0], vec![100, 0, 0]]);
    assert_eq!(priced.lines[0].units[1].note, Note::BudgetTooSmall);
    assert_eq!(priced.uses, 2);
}

#[test]
fn a_maximum_discount_is_given_dearest_first_and_the_last_unit_gets_the_rest() {
    let benefit =
        Benefit::Percentage { basis_points: crate::money::BasisPoints::new(5000).unwrap(), max_discount: Some(1700) };
    let priced = per_unit(&benefit, &[item("A", 1000, 3), item("B", 2000, 1)]);
    assert_eq!(unit_discounts(&priced), [vec![500, 200, 0], vec![1000]]);
    assert_eq!(priced.lines[0].units[2].note, Note::MaximumReached);
    assert_eq!(priced.uses, 3);
}

#[test]
fn refused_lines_and_free_lines_keep_their_price_and_take_no_use() {
    let items = [item("A", 1000, 1), item("B", 5000, 2), item("C", 0, 1)];
    let mut lines = lines(&items);
    lines[1].refusal = Some(Refusal::RetailLicensed { product: "B".to_owned() });
    let priced = price(lines, offer(&percent(1000), UsesPer::Unit), &uses(5));
    assert_eq!(discounts(&priced), [100, 0, 0]);
    assert_eq!(priced.lines[1].units[0].note, Note::NotEligible);
    assert_eq!(priced.lines[2].units[0].note, Note::NothingOff);
    assert_eq!((priced.amount_before, priced.total, priced.uses), (11_000, 10_900, 1));
}

#[test]
fn something_without_a_price_is_given_by_a_full_discount_and_takes_its_use() {
    let plan = |quantity| Item { unit_price: None, private: true, ..item("P", 0, quantity) };
    let priced = with_room(&percent(10_000), &[plan(2)], &uses(2));
    assert_eq!((priced.total, priced.uses, priced.unpriced_units()), (0, 2, 0));
    assert_eq!(priced.free_units(), [(sku("P"), 2)].into());
    assert!(priced.has_effect());
    let priced = with_room(&percent(10_000), &[plan(3)], &uses(2));
    assert_eq!((priced.uses, priced.unpriced_units()), (2, 1));
}

#[test]
fn without_uses_nothing_happens() {
    for uses_per in [UsesPer::Unit, UsesPer::Order] {
        for benefit in [percent(10_000), Benefit::FixedAmount { amount: 5 }] {
            let priced = price(lines(&[item("A", 10, 1)]), offer(&benefit, uses_per), &uses(0));
            assert_eq!((priced.discount, priced.uses), (0, 0));
        }
    }
}

#[test]
fn a_percentage_may_count_the_order_as_one_use() {
    let benefit = percent(1000);
    let room = Room { uses: Some(1), products: [(sku("A"), 0)].into(), ..Room::default() };
    let priced = price(lines(&[item("A", 1000, 3)]), offer(&benefit, UsesPer::Order), &room);
    assert_eq!((priced.discount, priced.uses, priced.lines[0].uses), (300, 1, 0));
    assert!(priced.product_uses().is_empty());
}

#[test]
fn a_million_units_are_priced_as_fast_as_one() {
    let items = [item("A", 3490, 1_000_000_000), item("B", 1000, 1_000_000_000)];
    let priced = with_room(&percent(1500), &items, &uses(1_500_000_000));
    assert_eq!(priced.uses, 1_500_000_000);
    assert_eq!(per_order(7, &items).discount, 7);
}

#[test]
fn a_basket_whose_sums_do_not_fit_is_refused() {
    assert_eq!(Basket::new(vec![item("A", -1, 1)]), Err(BasketFault::NegativePrice));
    assert_eq!(Basket::new(vec![item("A", 1, 0)]), Err(BasketFault::NoQuantity));
    assert_eq!(Basket::new(vec![item("A", i64::MAX, 2)]), Err(BasketFault::TooLarge));
    assert_eq!(Basket::new(vec![item("A", i64::MAX, 1), item("B", 1, 1)]), Err(BasketFault::TooLarge));
    assert_eq!(Basket::new(vec![item("A", 0, i64::MAX), item("B", 0, 1)]), Err(BasketFault::TooLarge));
}
