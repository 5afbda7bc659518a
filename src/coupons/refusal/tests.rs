mod sentences;

use chrono::TimeDelta;
use chrono_tz::Europe;

use super::*;
use crate::coupons::rule::make::{days, instant, minutes};
use crate::money::Currency;

fn eur() -> Currency {
    Currency::from_code("EUR").unwrap()
}

fn voice() -> Voice<'static> {
    Voice {
        currency: eur(),
        zone: Europe::Zurich,
        support_contact: "help@example.com",
        now: instant(),
        messages: Messages::default(),
    }
}

/// Every row of the design's table with its API status and what strangers see.
fn table() -> Vec<(Refusal, &'static str, u16, Option<u16>)> {
    let product = || "A".to_owned();
    let until = Some(minutes(12));
    let max = 2;
    vec![
        (Refusal::MalformedCode { fault: Malformed::Empty }, "malformed_code", 400, Some(400)),
        (Refusal::UnknownCode { because: UnknownBecause::CodeDeleted }, "unknown_code", 404, Some(404)),
        (Refusal::CouponsDisabled, "coupons_disabled", 403, Some(404)),
        (Refusal::NotForOrders, "not_for_orders", 422, None),
        (Refusal::NotForOrganizations, "not_for_organizations", 422, None),
        (Refusal::Paused, "paused", 410, Some(410)),
        (Refusal::Expired { ended_at: days(-1) }, "expired", 410, Some(410)),
        (Refusal::NotStarted { starts_at: days(1) }, "not_started", 422, Some(404)),
        (Refusal::SignInRequired, "sign_in_required", 401, None),
        (Refusal::NotAssigned, "not_assigned", 403, Some(404)),
        (Refusal::AlreadyApplied { holder: Holder::Person, applied_at: days(-1) }, "already_applied", 409, None),
        (Refusal::PersonLimit { max }, "person_limit", 409, None),
        (Refusal::OrganizationLimit { max }, "organization_limit", 409, None),
        (Refusal::Exhausted { limit: UsedUp::Coupon }, "exhausted", 410, Some(410)),
        (Refusal::BudgetExhausted, "budget_exhausted", 410, Some(410)),
        (Refusal::Held { limit: HeldLimit::Coupon, until }, "held", 409, Some(410)),
        (Refusal::CurrencyMismatch { expected: eur(), given: "USD".to_owned() }, "currency_mismatch", 422, None),
        (Refusal::ProductTypeNotEligible { product: product() }, "product_type_not_eligible", 422, None),
        (Refusal::ProductNotEligible { product: product() }, "product_not_eligible", 422, None),
        (Refusal::RetailLicensed { product: product() }, "retail_licensed", 422, None),
        (Refusal::FullDiscountRequired { product: product() }, "full_discount_required", 422, None),
        (Refusal::ProductLimit { product: product(), max }, "product_limit", 422, None),
        (Refusal::BelowMinimum { minimum: 2000, subtotal: 1580 }, "below_minimum", 422, None),
        (Refusal::FullDiscountSingleItem { products: 3 }, "full_discount_single_item", 422, None),
        (Refusal::FreeClaimsLimit { product: product(), max, left: 1 }, "free_claims_limit", 422, None),
        (Refusal::LimitUnchanged { limits: vec!["Seats".to_owned()] }, "limit_unchanged", 409, None),
        (Refusal::LimitNotApplicable { limits: vec![locked()] }, "limit_not_applicable", 409, None),
        (Refusal::NoEffect { because: NoEffectBecause::NothingOff }, "no_effect", 422, None),
    ]
}

fn locked() -> LimitObstacle {
    LimitObstacle { key: "seats".to_owned(), label: "Seats".to_owned(), obstacle: Obstacle::Locked }
}

#[test]
fn every_refusal_has_the_code_and_the_answers_of_the_table() {
    for (refusal, code, status, strangers) in table() {
        assert_eq!(refusal.code(), code);
        assert_eq!(refusal.status(), status, "{code}");
        assert_eq!(refusal.for_strangers().map(StrangerAnswer::status), strangers, "{code}");
    }
}

#[test]
fn every_refusal_is_the_same_after_it_was_stored_under_its_code() {
    for (refusal, code, ..) in table() {
        let stored = serde_json::to_value(&refusal).unwrap();
        assert_eq!(stored["code"], code);
        assert_eq!(serde_json::from_value::<Refusal>(stored).unwrap(), refusal);
    }
}

#[test]
fn only_what_is_held_says_when_to_come_back() {
    for (refusal, code, ..) in table() {
        assert_eq!(refusal.retry_after(instant()).is_some(), code == "held", "{code}");
    }
    let held = |until| Refusal::Held { limit: HeldLimit::Coupon, until }.retry_after(instant());
    assert_eq!(held(Some(minutes(12))), Some(720));
    assert_eq!(held(Some(instant() + TimeDelta::milliseconds(1500))), Some(2));
    assert_eq!(held(Some(minutes(-1))), Some(1));
    assert_eq!(held(None), Some(60));
}

#[test]
fn refusals_fall_into_three_families() {
    let family = |code: &str| table().into_iter().find(|row| row.1 == code).unwrap().0.family();
    assert_eq!(family("exhausted"), Family::NoValidDiscount);
    assert_eq!(family("unknown_code"), Family::NoValidDiscount);
    assert_eq!(family("retail_licensed"), Family::RequirementsNotMet);
    assert_eq!(family("below_minimum"), Family::RequirementsNotMet);
    assert_eq!(family("full_discount_single_item"), Family::FullDiscountForSeveral);
    let messages: std::collections::BTreeSet<&str> =
        table().iter().map(|(refusal, ..)| refusal.family().message()).collect();
    assert_eq!(messages.len(), 3);
}
