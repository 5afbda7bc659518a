//! A coupon's fields as the audit log shows them, and which of them an edit changed.

use crate::accounts::persons::Alias;
use crate::audit::Change;
use crate::calendar;
use crate::coupons::benefit::Benefit;
use crate::coupons::coupon::{Coupon, ProductKey};
use crate::tenants::Tenant;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use uuid::Uuid;

/// What names the things a coupon points at.
#[derive(Clone, Debug, Default)]
pub struct Names {
    /// Products of the catalogue.
    pub products: BTreeMap<Uuid, String>,
    /// Persons, by the address they were assigned under.
    pub people: BTreeMap<Uuid, String>,
}

impl Names {
    /// The addresses of these persons. A member may be assigned twice, as the user and by the address: that is one name.
    #[must_use]
    pub fn addresses(&self, people: &[Uuid]) -> Vec<String> {
        let mut told: Vec<(Option<Alias>, String)> = Vec::new();
        for name in people.iter().filter_map(|id| self.people.get(id)) {
            let alias = Alias::email(name);
            match told.iter_mut().find(|(known, _)| *known == alias) {
                // As its owner writes it, rather than folded.
                Some((_, known)) if known.len() < name.len() => known.clone_from(name),
                Some(_) => {}
                None => told.push((alias, name.clone())),
            }
        }
        told.into_iter().map(|(_, name)| name).collect()
    }
}

/// Every field of a coupon in the order of the form, as people read it; an empty one is null.
#[must_use]
pub fn fields(tenant: &Tenant, coupon: &Coupon, people: &[Uuid], names: &Names) -> Vec<(&'static str, Value)> {
    let money = |amount: Option<i64>| amount.map(|amount| tenant.currency.money(amount).to_string());
    let leak = coupon.leak_threshold;
    vec![
        ("benefit", json!(coupon.benefit.words(tenant.currency, |_| None))),
        ("product_types", list(coupon.scope.product_types.iter().cloned())),
        ("products", list(coupon.scope.products.keys().map(|key| product(key, names)))),
        ("excluded_products", list(coupon.scope.excluded.iter().map(|key| product(key, names)))),
        ("people", list(names.addresses(people).into_iter())),
        ("minimum_amount", json!(money(Some(coupon.minimum_amount).filter(|amount| *amount > 0)))),
        ("uses_per", json!(coupon.uses_per.word())),
        ("max_uses", json!(coupon.max_uses)),
        ("max_uses_per_person", json!(coupon.max_uses_per_person)),
        ("max_uses_per_organization", json!(coupon.max_uses_per_organization)),
        ("max_uses_per_product", json!(coupon.max_uses_per_product)),
        ("budget", json!(money(coupon.budget))),
        ("valid_from", json!(coupon.valid_from.map(|from| calendar::moment(from, tenant.zone)))),
        ("valid_until", json!(coupon.valid_until.map(|until| calendar::end_moment(until, tenant.zone)))),
        ("discounted_periods", json!(coupon.discounted_periods)),
        ("benefit_ends", json!(coupon.benefit_ends.word())),
        ("restore_uses", json!(coupon.restore_uses.word())),
        ("gift", json!(coupon.gift)),
        ("leak_uses", json!(leak.map(|leak| leak.uses))),
        ("leak_minutes", json!(leak.map(|leak| leak.within_minutes))),
        ("name", json!(coupon.name)),
        ("description", text(&coupon.description)),
        ("note", text(&coupon.note)),
        ("tags", list(coupon.tags.iter().cloned())),
    ]
}

/// The fields that differ.
#[must_use]
pub fn between(before: Vec<(&'static str, Value)>, after: Vec<(&'static str, Value)>) -> Vec<Change> {
    let pairs = before.into_iter().zip(after);
    pairs.filter(|(old, new)| old.1 != new.1).map(|(old, new)| Change::new(old.0, old.1, new.1)).collect()
}

/// The fields a new coupon starts with: those that say something.
#[must_use]
pub fn first(after: Vec<(&'static str, Value)>) -> Vec<Change> {
    let said = |value: &Value| !matches!(value, Value::Null | Value::Bool(false));
    after.into_iter().filter(|(_, value)| said(value)).map(|(field, value)| Change::new(field, (), value)).collect()
}

/// What people read for a field: the label of the form.
#[must_use]
pub fn label(field: &str) -> &str {
    match field {
        "benefit" => "Benefit",
        "product_types" => "Product types",
        "products" => "Only these products",
        "excluded_products" => "Never these products",
        "people" => "Only these people",
        "minimum_amount" => "Order from",
        "uses_per" => "One use is",
        "max_uses" => "Uses in total",
        "max_uses_per_person" => "Uses per person",
        "max_uses_per_organization" => "Uses per organization",
        "max_uses_per_product" => "Uses per product",
        "budget" => "Budget",
        "valid_from" => "Valid from",
        "valid_until" => "Valid until",
        "discounted_periods" => "Discounted periods",
        "benefit_ends" => "Benefit ends",
        "restore_uses" => "Uses after a reversal",
        "gift" => "Gift",
        "leak_uses" => "Alarm at uses",
        "leak_minutes" => "Alarm within minutes",
        "name" => "Name",
        "description" => "Description",
        "note" => "Note",
        "tags" => "Tags",
        "codes" => "Codes",
        "paused_at" => "Paused",
        "deleted_at" => "Deleted",
        other => other,
    }
}

/// Products of a benefit's scope, by id, that a page or an entry has to name.
#[must_use]
pub fn listed_products(coupon: &Coupon) -> Vec<Uuid> {
    let keys = coupon.scope.products.keys().chain(&coupon.scope.excluded);
    keys.filter_map(|key| if let ProductKey::Id(id) = key { Some(*id) } else { None }).collect()
}

/// Whether a benefit could leave an organization with less than it has.
#[must_use]
pub fn could_lower(benefit: &Benefit) -> bool {
    use crate::organizations::limits::{LimitMode, LimitValue};
    let lowers = |grant: crate::organizations::limits::Grant| {
        grant.mode == LimitMode::Set && grant.value != LimitValue::Unlimited
    };
    matches!(benefit, Benefit::Limits { changes } if changes.iter().any(|change| lowers(change.grant)))
}

fn product(key: &ProductKey, names: &Names) -> String {
    match key {
        ProductKey::Id(id) => names.products.get(id).cloned().unwrap_or_else(|| id.to_string()),
        ProductKey::Sku(sku) => sku.clone(),
    }
}

fn text(text: &str) -> Value {
    if text.is_empty() { Value::Null } else { json!(text) }
}

fn list(items: impl Iterator<Item = String>) -> Value {
    let mut items: Vec<String> = items.collect();
    items.sort();
    if items.is_empty() { Value::Null } else { json!(items.join(", ")) }
}
