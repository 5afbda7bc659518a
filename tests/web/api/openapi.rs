//! The JSON API as its own documents describe it.

use super::coupons::PATH;
use serde_json::Value;
use std::collections::BTreeSet;
use support::prelude::*;
use vouchsafe::app::openapi::{OPERATIONS, document};
use vouchsafe::app::routes::ROUTES;

/// Every `$ref` in a document.
fn references(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) => {
            if let Some(Value::String(reference)) = fields.get("$ref") {
                found.insert(reference.clone());
            }
            fields.values().for_each(|value| references(value, found));
        }
        Value::Array(items) => items.iter().for_each(|value| references(value, found)),
        _ => {}
    }
}

#[test]
fn every_route_has_its_entry_and_every_entry_its_route() {
    let of_api = |route: &&(&str, &str)| {
        let roots = ["/api/v1/", "/promo-codes", "/billing/"];
        roots.iter().any(|root| route.1.starts_with(root)) && route.1 != "/api/v1/openapi.json"
    };
    let routes: BTreeSet<_> = ROUTES.iter().filter(of_api).copied().collect();
    let entries: BTreeSet<_> = OPERATIONS.iter().map(|operation| (operation.method, operation.path)).collect();
    assert_eq!(routes, entries);
    let ids: BTreeSet<_> = OPERATIONS.iter().map(|operation| operation.id).collect();
    assert_eq!(ids.len(), OPERATIONS.len(), "each has a name of its own");
}

#[test]
fn every_entry_is_complete() {
    for operation in OPERATIONS.iter() {
        let id = operation.id;
        assert!(!operation.summary.is_empty() && !operation.also.is_empty() && !operation.tag.is_empty(), "{id}");
        assert!(operation.is_public() || vouchsafe::accounts::keys::SCOPES.contains(&operation.scope), "{id}");
        assert!(operation.answers.iter().any(|(status, ..)| (200..300).contains(status)), "{id}");
        if let Some((_, example)) = operation.body {
            assert!(serde_json::from_str::<Value>(example).unwrap().is_object(), "{id}");
        }
    }
}

#[test]
fn every_reference_leads_somewhere() {
    let document = document();
    let mut found = BTreeSet::new();
    references(document, &mut found);
    assert!(found.len() > 15, "{found:?}");
    for reference in found {
        let pointer = reference.strip_prefix('#').unwrap();
        assert!(document.pointer(pointer).is_some_and(Value::is_object), "{reference}");
    }
    let fields = &document["components"]["schemas"]["CouponFields"];
    assert_eq!(fields["additionalProperties"], false, "{fields}");
    assert!(fields["properties"]["max_uses"].is_object());
    let view = &document["components"]["schemas"]["CouponView"];
    for field in ["id", "status", "benefit", "max_uses", "remaining", "version"] {
        assert!(view["properties"][field].is_object(), "{field}: {view}");
    }
}

on_both_databases! {
    async fn the_example_of_a_coupon_makes_one_whose_fields_are_all_described(app: App) {
        let operation = OPERATIONS.iter().find(|operation| operation.id == "createCoupon").unwrap();
        let body: Value = serde_json::from_str(operation.body.unwrap().1).unwrap();
        let made = app.admin().await.call("POST", PATH, &body).await.expect(201).json();
        let document = app.anonymous().get("/api/v1/openapi.json").await.expect(200);
        assert_eq!(document.header("content-type"), "application/json");
        let described = document.json()["components"]["schemas"]["CouponView"]["properties"].clone();
        let unknown: Vec<_> = made.as_object().unwrap().keys().filter(|field| described.get(field).is_none()).collect();
        assert!(unknown.is_empty(), "{unknown:?}");
    }

    async fn the_pages_show_every_call_and_every_code(app: App) {
        let docs = app.anonymous().get("/api/docs").await.expect(200).page();
        let problems = app.anonymous().get("/api/docs/problems").await.expect(200).page();
        for operation in OPERATIONS.iter() {
            assert!(docs.has(&format!("#{}", operation.id)), "{}", operation.id);
            for (_, codes) in operation.all_faults() {
                assert!(codes.iter().all(|code| problems.has(&format!("#{code}"))), "{codes:?}");
            }
        }
        assert!(docs.words().contains("https://vouchsafe.test/api/v1/coupons"));
        let takes = |call: &str| docs.texts(&format!("#{call} details .code"));
        for (call, field) in [
            ("listAuditEntries", "action"),
            ("createCoupon", "benefit.limits[].value"),
            ("createRedemption", "items[].unit_price"),
            ("createRedemption", "person.external_id"),
            ("updateCoupon", "If-Match"),
            ("getOrder", "id"),
        ] {
            assert!(takes(call).contains(&field.to_owned()), "{call} takes {field}: {:?}", takes(call));
        }
        let required = docs.texts("#createRedemption details dl > div:has(strong) .code");
        assert_eq!(required, ["code", "mode", "items"]);
        let told = document()["webhooks"].clone();
        for event in &vouchsafe::webhooks::events::EVENTS {
            assert!(docs.words().contains(event.word));
            let schema = &told[event.word]["post"]["requestBody"]["content"]["application/json"]["schema"];
            assert_eq!(schema["properties"]["type"]["const"], event.word);
        }
    }
}
