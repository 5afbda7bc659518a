//! `GET /api/v1/redemptions`: a caller finds what it held, by what it still knows of it.

use super::validations::ticket;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use support::prelude::*;

const PATH: &str = "/api/v1/redemptions";

async fn hold(key: &Actor, code: &str, order: &str, person: Value) -> Value {
    let items = [ticket(1_000, 1)];
    let body = json!({ "code": code, "mode": "hold", "order_ref": order, "items": items, "person": person });
    key.call("POST", PATH, &body).await.expect(201).json()
}

async fn found(who: &Actor, query: &str) -> Vec<Value> {
    let page = who.get(&format!("{PATH}{query}")).await.expect(200).json();
    page["items"].as_array().unwrap().clone()
}

on_both_databases! {
    async fn a_caller_that_died_after_its_hold_finds_it_by_the_order(app: App) {
        make::coupon().code("SAVE-10").percent("10").create(&app).await;
        let key = app.key(&["redemptions:write"]).await;
        let held = hold(&key, "SAVE-10", " A 1", json!({ "email": "ada@lovelace.test" })).await;
        hold(&key, "SAVE-10", "A-2", json!({ "email": "bob@example.test" })).await;
        let orders = found(&key, "?order_ref=%20A%201").await;
        assert_eq!(orders, [key.get(&format!("{PATH}/{}", held["id"].as_str().unwrap())).await.expect(200).json()]);
        assert_eq!((&orders[0]["lines"][0]["total"], &orders[0]["code"]), (&json!(900), &json!("SAVE-10")));
        assert!(found(&key, "?order_ref=A").await.is_empty(), "the whole reference");
    }

    async fn each_filter_of_the_call_finds_the_redemption_and_its_opposite_does_not(app: App) {
        let coupon = make::coupon().code("SAVE-10").percent("10").create(&app).await;
        let other = make::coupon().code("CREDIT-5").credit("5").create(&app).await;
        let (key, support) = (app.key(&["redemptions:write"]).await, app.support().await);
        let ada = hold(&key, "SAVE-10", "A-1", json!({ "email": "ada@lovelace.test", "external_id": "C-7" })).await;
        let organization = make::organization(&app, "Nordwind").await;
        let member = app.member_of(&organization).await;
        let body = json!({ "code": "CREDIT-5" });
        let path = format!("/api/v1/organizations/{}/redemptions", organization.id);
        let credit = member.call("POST", &path, &body).await.expect(201).json();
        let tomorrow = (app.now() + chrono::Duration::days(2)).format("%Y-%m-%d").to_string();
        let person = ada["person_id"].as_str().unwrap();
        for (query, one) in [
            ("?code=save%20l0".to_owned(), &ada),
            ("?person=ADA@lovelace.test".to_owned(), &ada),
            ("?person=C-7".to_owned(), &ada),
            (format!("?person={person}"), &ada),
            (format!("?person={}", member.user.clone().unwrap().email), &credit),
            (format!("?organization_id={}", organization.id), &credit),
            (format!("?coupon_id={}", coupon.id), &ada),
            ("?state=held".to_owned(), &ada),
            (format!("?state=confirmed&coupon_id={}&from=2020-01-01&until={tomorrow}", other.id), &credit),
        ] {
            for who in [&key, &support] {
                let found = found(who, &query).await;
                assert!(found.len() == 1 && found[0]["id"] == one["id"], "{query}: {found:?}");
            }
        }
        for query in [
            "?code=NONE", "?person=nobody", "?state=reversed", "?needs_attention=true", "?until=2020-01-01",
            "?state=held&code=CREDIT-5", &format!("?organization_id={}", coupon.id), &format!("?coupon_id={}", organization.id),
        ] {
            assert!(found(&key, query).await.is_empty(), "{query}");
        }
        assert_eq!(found(&key, "").await.len(), 2);
        for (query, field) in [
            ("?state=gone", "state"), ("?coupon_id=x", "coupon_id"), ("?from=2026-02-30", "from"), ("?after=x", "after"),
            ("?limit=0", "limit"), ("?order=A-1", "order"),
        ] {
            let problem = key.get(&format!("{PATH}{query}")).await.expect(400).json();
            assert_eq!((&problem["code"], &problem["errors"][0]["field"]), (&json!("invalid_query"), &json!(field)), "{problem}");
        }
        member.get(PATH).await.expect(403);
        app.key(&["coupons:read"]).await.get(PATH).await.expect(403);
    }

    async fn a_callers_own_id_is_found_also_where_it_looks_like_one_of_ours(app: App) {
        make::coupon().code("SAVE-10").percent("10").create(&app).await;
        let (key, theirs) = (app.key(&["redemptions:write"]).await, uuid::Uuid::now_v7());
        let held = hold(&key, "SAVE-10", "A-1", json!({ "external_id": theirs.to_string() })).await;
        for person in [theirs.to_string(), held["person_id"].as_str().unwrap().to_owned()] {
            let found = found(&key, &format!("?person={person}")).await;
            assert!(found.len() == 1 && found[0]["id"] == held["id"], "{person}: {found:?}");
        }
        assert!(found(&key, &format!("?person={}", uuid::Uuid::now_v7())).await.is_empty());
    }

    async fn the_list_goes_on_where_the_page_before_ended(app: App) {
        make::coupon().code("SAVE-10").percent("10").create(&app).await;
        let key = app.key(&["redemptions:write"]).await;
        let mut all = BTreeSet::new();
        for number in 0..5 {
            let person = json!({ "external_id": format!("C-{number}") });
            all.insert(hold(&key, "SAVE-10", &format!("A-{number}"), person).await["id"].to_string());
        }
        let (mut seen, mut after) = (Vec::new(), String::new());
        loop {
            let page = key.get(&format!("{PATH}?state=held&limit=2{after}")).await.expect(200).json();
            seen.extend(page["items"].as_array().unwrap().iter().map(|it| it["id"].to_string()));
            let Some(next) = page["next"].as_str() else { break };
            after = format!("&after={next}");
        }
        assert!(seen.is_sorted_by(|one, next| one > next), "newest first: {seen:?}");
        assert_eq!(seen.into_iter().collect::<BTreeSet<_>>(), all);
    }
}
