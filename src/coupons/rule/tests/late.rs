use uuid::Uuid;

use super::*;
use crate::coupons::code::Code;
use crate::coupons::coupon::Counters;
use crate::coupons::refusal::{HeldLimit, UsedUp};
use crate::coupons::rule::facts::{OrganizationFacts, OwnHold, PersonFacts, ProductFacts};
use crate::coupons::rule::late_confirm;
use crate::coupons::rule::make::{counters, coupon, days, sku, usage};
use crate::coupons::rule::quote::Takes;

fn takes() -> Takes {
    Takes { uses: 2, spent: 500, product_uses: [(sku("A"), 2)].into(), free_units: [(sku("A"), 1)].into() }
}

fn confirm(coupon: &Coupon, facts: &Facts) -> Result<Vec<Uuid>, Refusal> {
    late_confirm(coupon, &code(), &takes(), facts)
}

#[test]
fn a_late_payment_does_not_care_about_pause_dates_or_deletion() {
    let gone = Some(days(-1));
    let coupon = Coupon { paused_at: gone, deleted_at: gone, valid_until: gone, max_uses: Some(2), ..coupon() };
    assert_eq!(confirm(&coupon, &facts()), Ok(Vec::new()));
}

#[test]
fn a_late_payment_needs_all_its_uses_at_once() {
    let with =
        |uses, held| Coupon { max_uses: Some(3), counters: Counters { uses, held, ..Counters::default() }, ..coupon() };
    assert!(confirm(&with(1, 0), &facts()).is_ok());
    assert_eq!(confirm(&with(2, 0), &facts()), Err(Refusal::Exhausted { limit: UsedUp::Coupon }));
    assert!(matches!(confirm(&with(1, 1), &facts()), Err(Refusal::Held { limit: HeldLimit::Coupon, .. })));
}

#[test]
fn a_late_payment_is_refused_by_every_limit() {
    let code_refusal =
        late_confirm(&coupon(), &Code { max_uses: Some(2), counters: counters(1, 0), ..code() }, &takes(), &facts());
    assert_eq!(code_refusal, Err(Refusal::Exhausted { limit: UsedUp::Code }));
    let budget = Coupon { budget: Some(499), ..coupon() };
    assert_eq!(confirm(&budget, &facts()), Err(Refusal::BudgetExhausted));

    let mut facts = facts();
    facts.person = Some(PersonFacts { usage: usage(2, 0), ..PersonFacts::default() });
    let person = Coupon { max_uses_per_person: Some(3), ..coupon() };
    assert_eq!(confirm(&person, &facts), Err(Refusal::PersonLimit { max: 3 }));
    facts.organization = Some(OrganizationFacts { usage: usage(2, 0), ..OrganizationFacts::default() });
    let organization = Coupon { max_uses_per_organization: Some(3), ..coupon() };
    assert_eq!(confirm(&organization, &facts), Err(Refusal::OrganizationLimit { max: 3 }));
    facts.products.insert(sku("A"), ProductFacts { usage: usage(2, 0), free: usage(1, 0) });
    let product = Coupon { max_uses_per_product: Some(3), ..coupon() };
    assert_eq!(confirm(&product, &facts), Err(Refusal::ProductLimit { product: "A".to_owned(), max: 3 }));
    facts.tenant.free_claims_per_person = Some(1);
    let free = Refusal::FreeClaimsLimit { product: "A".to_owned(), max: 1, left: 0 };
    assert_eq!(confirm(&coupon(), &facts), Err(free));
}

#[test]
fn a_late_payment_may_push_out_this_persons_own_holds() {
    let mut facts = facts();
    let redemption_id = Uuid::from_u128(7);
    facts.own_holds = vec![OwnHold { redemption_id, coupon_uses: 1, ..OwnHold::default() }];
    let coupon = Coupon { max_uses: Some(2), counters: Counters { held: 1, ..Counters::default() }, ..coupon() };
    assert_eq!(confirm(&coupon, &facts), Ok(vec![redemption_id]));
}
