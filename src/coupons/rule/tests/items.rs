use super::*;
use crate::coupons::basket::Item;
use crate::coupons::coupon::{ProductScope, UsesPer};
use crate::coupons::rule::make::{coupon, item, order, percent, sku};
use crate::coupons::rule::trace::{Check, Verdict};

fn plan(name: &str, price: i64) -> Item {
    Item { product_type: "plan".to_owned(), ..item(name, price, 1) }
}

fn licensed(name: &str, price: i64) -> Item {
    Item { retail_licensed: true, ..item(name, price, 1) }
}

fn for_issues() -> Coupon {
    let scope = ProductScope { product_types: ["issue".to_owned()].into(), ..ProductScope::default() };
    Coupon { scope, ..coupon() }
}

#[test]
fn lines_the_code_is_not_for_keep_their_price_and_say_why() {
    let priced = priced(&for_issues(), &order(vec![plan("P", 5000), item("A", 1000, 1), licensed("B", 9000)]));
    let why: Vec<Option<&str>> = priced.lines.iter().map(|line| line.refusal.as_ref().map(Refusal::code)).collect();
    assert_eq!(why, [Some("product_type_not_eligible"), None, Some("retail_licensed")]);
    assert_eq!((priced.discount, priced.total), (150, 14_850));
}

#[test]
fn if_no_line_is_left_the_reason_is_that_of_the_line_that_got_furthest() {
    let entry = order(vec![plan("P", 5000), licensed("B", 100), licensed("C", 900), plan("Q", 99_000)]);
    let reason = Refusal::RetailLicensed { product: "C".to_owned() };
    assert_eq!(refusal(&for_issues(), &entry, &facts()), reason);
    let reversed = order(vec![licensed("C", 900), plan("Q", 99_000), plan("P", 5000), licensed("B", 100)]);
    assert_eq!(refusal(&for_issues(), &reversed, &facts()), reason);
}

#[test]
fn the_trace_says_what_became_of_each_item() {
    let decision = decision(&for_issues(), &order(vec![plan("P", 5000), item("A", 1000, 1)]), &facts());
    let verdicts = |check| {
        let line = decision.trace.line(check).unwrap();
        line.items.iter().map(|item| item.verdict).collect::<Vec<_>>()
    };
    assert_eq!(decision.trace.line(Check::ProductTypeNotEligible).unwrap().verdict, Verdict::Passed);
    assert_eq!(verdicts(Check::ProductTypeNotEligible), [Verdict::Failed, Verdict::Passed]);
    assert_eq!(verdicts(Check::RetailLicensed), [Verdict::NotReached, Verdict::Passed]);
}

#[test]
fn listed_and_excluded_products_decide_before_licences() {
    let scope = ProductScope { products: [(sku("A"), "issue".to_owned())].into(), ..ProductScope::default() };
    let only_a = Coupon { scope, ..coupon() };
    let refused = Refusal::ProductNotEligible { product: "B".to_owned() };
    assert_eq!(refusal(&only_a, &order(vec![licensed("B", 100)]), &facts()), refused);
    let scope = ProductScope { excluded: [sku("B")].into(), ..ProductScope::default() };
    let not_b = Coupon { scope, ..coupon() };
    assert_eq!(refusal(&not_b, &order(vec![item("B", 100, 1)]), &facts()), refused);
    assert!(decision(&not_b, &order(vec![item("A", 100, 1)]), &facts()).outcome.is_ok());
}

#[test]
fn a_private_plan_without_a_price_takes_a_full_discount_only() {
    let plan = Item { unit_price: None, private: true, ..plan("P", 0) };
    let entry = order(vec![plan]);
    let full = Coupon { benefit: percent(10_000), ..coupon() };
    let almost = Coupon { benefit: percent(9_999), ..coupon() };
    assert_eq!(refusal(&almost, &entry, &facts()), Refusal::FullDiscountRequired { product: "P".to_owned() });
    let quote = quote(&full, &entry, &facts());
    assert_eq!(quote.takes.uses, 1);
    assert_eq!(quote.takes.free_units, [(sku("P"), 1)].into());
}

#[test]
fn product_limits_count_units_over_all_lines_of_a_product() {
    let coupon = Coupon { max_uses_per_product: Some(2), ..coupon() };
    let priced = priced(&coupon, &order(vec![item("A", 1000, 1), item("A", 2000, 2), item("B", 100, 1)]));
    assert_eq!(priced.product_uses(), [(sku("A"), 2), (sku("B"), 1)].into());
    assert_eq!(priced.lines[0].discount, 0);
}

#[test]
fn an_order_that_counts_as_one_use_has_no_product_limit() {
    let coupon = Coupon { max_uses_per_product: Some(0), uses_per: UsesPer::Order, ..coupon() };
    let decision = decision(&coupon, &order(vec![item("A", 1000, 1)]), &facts());
    assert_eq!(decision.trace.line(Check::ProductLimit).unwrap().verdict, Verdict::LeftOut);
    assert!(decision.outcome.unwrap().takes.product_uses.is_empty());
}
