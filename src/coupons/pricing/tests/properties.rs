//! Random orders against what must always hold, and against a second, slower way to compute the prices: unit
//! by unit, as the design says it.

use std::collections::BTreeMap;

use proptest::prelude::*;

use crate::coupons::basket::Item;
use crate::coupons::benefit::Benefit;
use crate::coupons::coupon::{ProductKey, UsesPer};
use crate::coupons::pricing::{Line, Offer, Priced, Room, price};
use crate::coupons::refusal::Refusal;
use crate::coupons::rule::make::{item, sku};
use crate::money::{BasisPoints, Currency};

#[derive(Debug, Clone)]
struct Case {
    items: Vec<(Item, bool)>,
    benefit: Benefit,
    uses_per: UsesPer,
    minimum_charge: i64,
    room: Room,
}

fn run(case: &Case) -> Priced {
    let refusal = || Refusal::RetailLicensed { product: String::new() };
    let lines = case.items.iter().map(|(item, eligible)| Line { item, refusal: (!eligible).then(refusal) });
    let offer = Offer { benefit: &case.benefit, uses_per: case.uses_per, minimum_charge: case.minimum_charge };
    price(lines.collect(), offer, &case.room)
}

/// Prices typed in a currency with 0, 2, 3 or 4 decimals.
fn amounts() -> impl Strategy<Value = i64> {
    let currency = prop::sample::select(vec!["JPY", "CHF", "OMR", "CLF"]);
    (currency, 0_i64..40).prop_map(|(code, units)| {
        let currency = Currency::from_code(code).unwrap();
        let typed = if currency.exponent() == 0 { units.to_string() } else { format!("{units}.{}", units % 10) };
        crate::money::parse(&typed, currency).unwrap()
    })
}

fn cases() -> impl Strategy<Value = Case> {
    let one = (0_usize..4, prop_oneof![amounts(), 0_i64..60], 1_i64..6, prop::bool::weighted(0.8));
    let items = prop::collection::vec(one, 0..7).prop_map(|items| {
        let named = |(name, price, quantity, eligible)| (item(["A", "B", "C", "D"][name], price, quantity), eligible);
        items.into_iter().map(named).collect()
    });
    let percentage = (1_i64..=10_000, prop::option::of(0_i64..800)).prop_map(|(basis_points, max_discount)| {
        Benefit::Percentage { basis_points: BasisPoints::new(basis_points).unwrap(), max_discount }
    });
    let amount = prop_oneof![amounts(), 1_i64..100].prop_map(|amount| Benefit::FixedAmount { amount });
    let products =
        prop::collection::btree_map((0_usize..4).prop_map(|name| sku(["A", "B", "C", "D"][name])), 0_i64..5, 0..3);
    let room = (prop::option::of(0_i64..12), prop::option::of(0_i64..2000), products)
        .prop_map(|(uses, budget, products)| Room { uses, budget, products });
    let uses_per = prop::sample::select(vec![UsesPer::Unit, UsesPer::Order]);
    (items, prop_oneof![percentage, amount], uses_per, prop_oneof![Just(0_i64), 1_i64..80], room).prop_map(
        |(items, benefit, uses_per, minimum_charge, room)| Case { items, benefit, uses_per, minimum_charge, room },
    )
}

/// The prices unit by unit: what each (product, price) pays in total, sorted.
fn slowly(case: &Case) -> BTreeMap<(ProductKey, i64), i64> {
    let mut units: Vec<(ProductKey, i64)> = Vec::new();
    let mut paid: BTreeMap<(ProductKey, i64), i64> = BTreeMap::new();
    for (item, eligible) in &case.items {
        let key = (item.product.clone(), item.price());
        let fixed = paid.entry(key.clone()).or_default();
        if *eligible {
            units.extend((0..item.quantity).map(|_| key.clone()));
        } else {
            *fixed += item.amount();
        }
    }
    units.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    let shares = shares(case, &units);
    let per_unit = case.uses_per == UsesPer::Unit;
    let mut uses = case.room.uses.unwrap_or(i64::MAX);
    let mut budget = case.room.budget.unwrap_or(i64::MAX);
    let mut products = case.room.products.clone();
    let mut most = match case.benefit {
        Benefit::Percentage { max_discount, .. } => max_discount.unwrap_or(i64::MAX),
        _ => i64::MAX,
    };
    for ((product, price), share) in units.into_iter().zip(shares) {
        let given = share.min(most);
        let mut after = price - given;
        if given > 0 && after > 0 && after < case.minimum_charge {
            after = case.minimum_charge.min(price);
        }
        let product_left = products.get(&product).copied().unwrap_or(i64::MAX);
        let room =
            budget >= price - after && if per_unit { uses > 0 && product_left > 0 } else { case.room.uses != Some(0) };
        if after < price && !room {
            after = price;
        } else if given > 0 {
            most -= given;
            budget -= price - after;
            if after < price && per_unit {
                uses -= 1;
                products.entry(product.clone()).and_modify(|left| *left -= 1);
            }
        }
        *paid.entry((product, price)).or_default() += after;
    }
    paid
}

/// What each unit would get if uses, budget and maximum had no end.
fn shares(case: &Case, units: &[(ProductKey, i64)]) -> Vec<i64> {
    let amount = match case.benefit {
        Benefit::Percentage { basis_points, .. } => {
            return units.iter().map(|(_, price)| basis_points.of(*price)).collect();
        }
        Benefit::FixedAmount { amount } if case.uses_per == UsesPer::Unit => {
            return units.iter().map(|(_, price)| amount.min(*price)).collect();
        }
        Benefit::FixedAmount { amount } => amount,
        _ => unreachable!("benefits of orders only"),
    };
    let total: i64 = units.iter().map(|(_, price)| price).sum();
    let spread = amount.min(total).min(case.room.budget.unwrap_or(i64::MAX));
    let mut shares: Vec<i64> =
        units.iter().map(|(_, price)| if total == 0 { 0 } else { spread * price / total }).collect();
    let mut order: Vec<usize> = (0..units.len()).collect();
    order.sort_by_key(|&unit| {
        let (product, price) = &units[unit];
        (
            std::cmp::Reverse(if total == 0 { 0 } else { spread * price % total }),
            product.clone(),
            std::cmp::Reverse(*price),
        )
    });
    let over = spread.max(0) - shares.iter().sum::<i64>();
    for &unit in order.iter().take(usize::try_from(over).unwrap()) {
        shares[unit] += 1;
    }
    shares
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn prices_are_what_the_slow_way_gives(case in cases()) {
        let mut paid: BTreeMap<(ProductKey, i64), i64> = BTreeMap::new();
        for line in run(&case).lines {
            *paid.entry((line.product, line.unit_price.unwrap_or(0))).or_default() += line.total;
        }
        prop_assert_eq!(paid, slowly(&case));
    }

    #[test]
    fn units_add_up_to_lines_and_lines_to_totals(case in cases()) {
        let priced = run(&case);
        for (line, (item, _)) in priced.lines.iter().zip(&case.items) {
            prop_assert_eq!(line.units.iter().map(|units| units.quantity).sum::<i64>(), item.quantity);
            prop_assert_eq!(line.units.iter().map(|units| units.discount * units.quantity).sum::<i64>(), line.discount);
            prop_assert_eq!(line.units.iter().map(|units| units.price * units.quantity).sum::<i64>(), line.total);
            prop_assert_eq!(line.discount + line.total, item.amount());
        }
        prop_assert_eq!(priced.lines.len(), case.items.len());
        prop_assert_eq!(priced.lines.iter().map(|line| line.total).sum::<i64>(), priced.total);
        prop_assert_eq!(priced.lines.iter().map(|line| line.discount).sum::<i64>(), priced.discount);
        prop_assert_eq!(priced.amount_before - priced.discount, priced.total);
        prop_assert_eq!(priced.amount_before, case.items.iter().map(|(item, _)| item.amount()).sum::<i64>());
    }

    #[test]
    fn no_price_rises_falls_below_zero_or_below_the_minimum_charge(case in cases()) {
        for (line, (item, eligible)) in run(&case).lines.iter().zip(&case.items) {
            for units in &line.units {
                prop_assert!(units.quantity > 0);
                prop_assert!((0..=item.price()).contains(&units.price));
                prop_assert_eq!(units.price + units.discount, item.price());
                let floor = case.minimum_charge.min(item.price());
                prop_assert!(units.discount == 0 || units.price == 0 || units.price >= floor);
                prop_assert!(*eligible || units.discount == 0);
            }
        }
    }

    #[test]
    fn uses_budget_maximum_and_product_limits_are_never_exceeded(case in cases()) {
        let priced = run(&case);
        prop_assert!(priced.uses <= case.room.uses.unwrap_or(i64::MAX));
        prop_assert!(priced.discount <= case.room.budget.unwrap_or(i64::MAX));
        for (product, uses) in priced.product_uses() {
            prop_assert!(uses <= case.room.products.get(&product).copied().unwrap_or(i64::MAX));
        }
        match case.benefit {
            Benefit::Percentage { max_discount: Some(most), .. } => prop_assert!(priced.discount <= most),
            Benefit::FixedAmount { amount } if case.uses_per == UsesPer::Order => prop_assert!(priced.discount <= amount),
            _ => {}
        }
        let discounted: i64 = priced.lines.iter().flat_map(|line| &line.units).filter(|units| units.discount > 0).map(|units| units.quantity).sum();
        match case.uses_per {
            UsesPer::Unit => prop_assert_eq!(priced.uses, discounted),
            UsesPer::Order => prop_assert_eq!(priced.uses, i64::from(discounted > 0)),
        }
    }

    #[test]
    fn the_order_of_the_items_never_matters(case in cases(), seed in any::<prop::sample::Index>()) {
        let results = |case: &Case| {
            let priced = run(case);
            let mut sold: BTreeMap<(ProductKey, i64, bool), Vec<(i64, i64)>> = BTreeMap::new();
            for (line, (item, eligible)) in priced.lines.iter().zip(&case.items) {
                let units = line.units.iter().flat_map(|units| (0..units.quantity).map(|_| (units.discount, units.price)));
                sold.entry((item.product.clone(), item.price(), *eligible)).or_default().extend(units);
            }
            sold.values_mut().for_each(|units| units.sort_unstable());
            (sold, priced.discount, priced.total, priced.uses)
        };
        let mut shuffled = case.clone();
        if !shuffled.items.is_empty() {
            let places = shuffled.items.len();
            shuffled.items.rotate_left(seed.index(places));
            shuffled.items[..places.div_ceil(2)].reverse();
        }
        prop_assert_eq!(results(&case), results(&shuffled));
    }

    #[test]
    fn large_orders_never_overflow(unit in 0..=i64::MAX, quantity in 1_i64..=1000, basis_points in 1_i64..=10_000, amount in 1..=i64::MAX) {
        let items = [item("A", unit / quantity, quantity)];
        for (benefit, uses_per) in [
            (Benefit::Percentage { basis_points: BasisPoints::new(basis_points).unwrap(), max_discount: None }, UsesPer::Unit),
            (Benefit::FixedAmount { amount }, UsesPer::Unit),
            (Benefit::FixedAmount { amount }, UsesPer::Order),
        ] {
            let line = Line { item: &items[0], refusal: None };
            let priced = price(vec![line], Offer { benefit: &benefit, uses_per, minimum_charge: 50 }, &Room::default());
            prop_assert_eq!(priced.discount + priced.total, items[0].amount());
        }
    }
}
