//! Builders for tests: each says only what matters.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Europe;
use uuid::Uuid;

use super::facts::{Facts, OrganizationFacts, PersonFacts, TenantRules, Usage};
use super::{Entry, Found};
use crate::coupons::basket::{Basket, Item};
use crate::coupons::benefit::Benefit;
use crate::coupons::code::{Code, CodeText};
use crate::coupons::coupon::{
    BenefitEnds, Counters, Coupon, ProductKey, ProductScope, RestoreUses, UseCounters, UsesPer,
};
use crate::money::{BasisPoints, Currency};
use crate::organizations::limits::{Grant, LimitChange, LimitMode, LimitValue, OrganizationLimit};

pub(crate) fn instant() -> DateTime<Utc> {
    "2026-11-20T12:00:00Z".parse().unwrap()
}

pub(crate) fn days(days: i64) -> DateTime<Utc> {
    instant() + TimeDelta::days(days)
}

pub(crate) fn minutes(minutes: i64) -> DateTime<Utc> {
    instant() + TimeDelta::minutes(minutes)
}

pub(crate) fn percent(basis_points: i64) -> Benefit {
    Benefit::Percentage { basis_points: BasisPoints::new(basis_points).unwrap(), max_discount: None }
}

pub(crate) fn raise(key: &str, value: i64) -> LimitChange {
    let grant = Grant { mode: LimitMode::RaiseTo, value: LimitValue::Finite(value) };
    LimitChange { key: key.to_owned(), grant }
}

/// 15 % off everything, without any limit.
pub(crate) fn coupon() -> Coupon {
    Coupon {
        id: Uuid::from_u128(1),
        tenant_id: Uuid::from_u128(2),
        name: "Welcome".to_owned(),
        description: String::new(),
        note: String::new(),
        tags: Vec::new(),
        benefit: percent(1500),
        scope: ProductScope::default(),
        assigned_people_only: false,
        minimum_amount: 0,
        valid_from: None,
        valid_until: None,
        uses_per: UsesPer::Unit,
        max_uses: None,
        max_uses_per_person: None,
        max_uses_per_organization: None,
        max_uses_per_product: None,
        budget: None,
        discounted_periods: None,
        benefit_ends: BenefitEnds::Never,
        restore_uses: RestoreUses::Always,
        gift: false,
        leak_threshold: None,
        created_by: None,
        created_at: days(-30),
        paused_at: None,
        resumed_at: None,
        deleted_at: None,
        counters: Counters::default(),
        version: 1,
    }
}

/// Credit of 10.00 for organizations.
pub(crate) fn credit() -> Coupon {
    Coupon { benefit: Benefit::Credit { amount: 1000 }, uses_per: UsesPer::Order, ..coupon() }
}

/// 5.00 off the order.
pub(crate) fn amount_off() -> Coupon {
    Coupon { benefit: Benefit::FixedAmount { amount: 500 }, uses_per: UsesPer::Order, ..coupon() }
}

pub(crate) fn code() -> Code {
    Code {
        id: Uuid::from_u128(3),
        coupon_id: Uuid::from_u128(1),
        text: CodeText::create("WELCOME-10").unwrap(),
        batch_id: None,
        max_uses: None,
        canary: false,
        counters: UseCounters::default(),
        deleted_at: None,
        is_void: false,
    }
}

pub(crate) fn sku(sku: &str) -> ProductKey {
    ProductKey::Sku(sku.to_owned())
}

/// An issue with this sku and price.
pub(crate) fn item(name: &str, unit_price: i64, quantity: i64) -> Item {
    Item {
        product: sku(name),
        sku: None,
        name: None,
        product_type: "issue".to_owned(),
        unit_price: Some(unit_price),
        quantity,
        retail_licensed: false,
        private: false,
    }
}

pub(crate) fn order(items: Vec<Item>) -> Entry {
    Entry::Order { basket: Basket::new(items).unwrap(), currency: None }
}

/// One issue at 34.90.
pub(crate) fn one_issue() -> Entry {
    order(vec![item("A", 3490, 1)])
}

pub(crate) fn tenant() -> TenantRules {
    TenantRules {
        coupons_enabled: true,
        currency: Currency::from_code("CHF").unwrap(),
        time_zone: Europe::Zurich,
        minimum_charge: 0,
        full_discount_single_item: true,
        free_claims_per_person: None,
    }
}

/// A known person and an organization that never used anything.
pub(crate) fn facts() -> Facts {
    Facts {
        tenant: tenant(),
        person: Some(PersonFacts::default()),
        organization: Some(OrganizationFacts { limits: vec![limit("instances", 5)], ..OrganizationFacts::default() }),
        products: BTreeMap::new(),
        coupon_held_until: Some(minutes(12)),
        code_held_until: Some(minutes(13)),
        own_holds: Vec::new(),
    }
}

pub(crate) fn limit(key: &str, default: i64) -> OrganizationLimit {
    OrganizationLimit {
        key: key.to_owned(),
        label: key.to_owned(),
        default: LimitValue::Finite(default),
        minimum: None,
        maximum: None,
        base: None,
        locked: false,
        in_use: None,
        grants: Vec::new(),
    }
}

pub(crate) fn counters(uses: i64, held: i64) -> UseCounters {
    UseCounters { uses, held }
}

pub(crate) fn usage(uses: i64, held: i64) -> Usage {
    Usage { counters: counters(uses, held), held_until: Some(minutes(14)) }
}

pub(crate) fn found<'a>(coupon: &'a Coupon, code: &'a Code) -> Found<'a> {
    Found::Code { coupon, code }
}
