//! `/billing/vouchers`, as a billing service knows it.

use serde_json::{Value, json};
use std::collections::BTreeSet;
use support::prelude::*;

const PREVIEW: &str = "/billing/vouchers/redeem-preview";

async fn admin(app: &App) -> Actor {
    app.key(&["coupons:read", "coupons:write"]).await
}

fn hello() -> Value {
    json!({ "code": "hello", "credit": 5000, "currency": "eur", "description": "A start", "max_redemptions": 2 })
}

fn keys(value: &Value) -> BTreeSet<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

on_both_databases! {
    async fn a_voucher_is_issued_listed_previewed_and_revoked(app: App) {
        let key = admin(&app).await;
        let issued = key.call("POST", "/billing/vouchers/issue", &hello()).await.expect(201).json();
        assert_eq!(issued, json!({
            "code": "HELLO", "credit": 5000, "currency": "EUR", "description": "A start", "active": true,
            "max_redemptions": 2, "times_redeemed": 0, "deleted_at": null,
        }));
        let twice = key.call("POST", "/billing/vouchers/issue", &hello()).await.expect(409).json();
        assert_eq!((&twice["code"], &twice["detail"]), (&json!("code_taken"), &json!("HELLO exists already.")));
        assert_eq!(key.get("/billing/vouchers/list").await.expect(200).json(), json!([issued]));
        let preview = app.anonymous().call("POST", PREVIEW, &json!({ "code": " he llo " })).await.expect(200).json();
        assert_eq!(keys(&preview), ["code", "credit", "currency", "description", "active", "benefit"].into());
        assert_eq!((&preview["credit"], &preview["description"], &preview["active"]), (&json!(5000), &json!("A start"), &json!(true)));
        key.ask("DELETE", "/billing/vouchers/revoke/Hel%20lo").await.expect(204);
        key.ask("DELETE", "/billing/vouchers/revoke/HELLO").await.expect(204);
        key.ask("DELETE", "/billing/vouchers/revoke/NOBODY").await.expect(404);
        assert_eq!(key.get("/billing/vouchers/list").await.json(), json!([]));
        let all = key.get("/billing/vouchers/list?include_deleted=true").await.json();
        assert!(all[0]["deleted_at"].is_string() && all[0]["active"] == false, "{all}");
        app.anonymous().call("POST", PREVIEW, &json!({ "code": "hello" })).await.expect(404);
    }

    async fn a_voucher_without_a_code_gets_one_that_nobody_guesses(app: App) {
        let key = admin(&app).await;
        let issued = key.call("POST", "/billing/vouchers/issue", &json!({ "credit": 1 })).await.expect(201).json();
        let code: String = issued["code"].as_str().unwrap().replace('-', "");
        assert!(code.len() >= 12, "{issued}");
        let other = json!({ "code": "usd", "credit": 1, "currency": "USD" });
        assert_eq!(key.call("POST", "/billing/vouchers/issue", &other).await.expect(422).json()["errors"][0]["field"], "currency");
        for credit in [0, -1] {
            let body = json!({ "code": "none", "credit": credit });
            assert_eq!(key.call("POST", "/billing/vouchers/issue", &body).await.expect(422).json()["errors"][0]["field"], "credit");
        }
    }

    async fn one_code_of_many_is_revoked_alone(app: App) {
        let coupon = make::coupon().code("BATCH-1").credit("5").create(&app).await;
        make::code(&app, coupon.id, "BATCH-2").await;
        let key = admin(&app).await;
        key.ask("DELETE", "/billing/vouchers/revoke/BATCH-2").await.expect(204);
        app.anonymous().call("POST", PREVIEW, &json!({ "code": "BATCH-2" })).await.expect(404);
        app.anonymous().call("POST", PREVIEW, &json!({ "code": "BATCH-1" })).await.expect(200);
        // By many at once, it is on record once.
        make::code(&app, coupon.id, "BATCH-3").await;
        let revoke = || key.ask("DELETE", "/billing/vouchers/revoke/BATCH-3");
        for answer in futures_util::future::join_all((0..8).map(|_| revoke())).await {
            answer.expect(204);
        }
        let log = app.key(&["audit:read"]).await.get("/api/v1/audit-entries?action=code.deleted").await.json();
        assert_eq!(log["items"].as_array().unwrap().len(), 2, "{log}");
    }

    async fn the_older_addresses_answer_and_say_that_they_are_older(app: App) {
        let key = admin(&app).await;
        let old = key.call("POST", "/billing/admin/promos", &hello()).await.expect(201);
        let listed = key.get("/billing/admin/promos").await.expect(200);
        let gone = key.ask("DELETE", "/billing/admin/promos/HELLO").await.expect(204);
        let refused = app.anonymous().get("/billing/admin/promos").await.expect(401);
        for answer in [&old, &listed, &gone, &refused] {
            assert!(answer.header("deprecation").starts_with('@'), "{answer:?}");
        }
        let link = |answer: &Answer| answer.headers.get_all("link").iter().map(|it| it.to_str().unwrap().to_owned()).collect::<Vec<_>>();
        let successor = |path: &str| format!("<{path}>; rel=\"successor-version\"");
        assert_eq!(link(&old), [successor("/billing/vouchers/issue")]);
        assert_eq!(link(&listed), [successor("/billing/vouchers/list")]);
        assert_eq!(link(&gone), [successor("/billing/vouchers/revoke/HELLO")]);
        for code in ["one", "two", "three"] {
            key.call("POST", "/billing/admin/promos", &json!({ "code": code, "credit": 1 })).await.expect(201);
        }
        let page = key.get("/billing/admin/promos?limit=2").await.expect(200);
        let [next, after] = link(&page).try_into().unwrap();
        assert!(next.contains("rel=\"next\"") && after == successor("/billing/vouchers/list"), "{next} {after}");
        assert_eq!(key.get("/billing/vouchers/list").await.header("deprecation"), "");
    }

    async fn the_public_contract_is_404_200_410_400(app: App) {
        let key = admin(&app).await;
        key.call("POST", "/billing/vouchers/issue", &hello()).await.expect(201);
        let ended = json!({ "code": "gone", "credit": 700, "description": "It was good", "max_redemptions": 0 });
        key.call("POST", "/billing/vouchers/issue", &ended).await.expect(201);
        let paused = json!({ "code": "paused", "credit": 800, "description": "Later", "active": false });
        key.call("POST", "/billing/vouchers/issue", &paused).await.expect(201);
        for path in [PREVIEW, "/api/v1/previews"] {
            let anybody = app.anonymous();
            let live = anybody.call("POST", path, &json!({ "code": "hello" })).await.expect(200);
            let gone = anybody.call("POST", path, &json!({ "code": "gone" })).await.expect(410);
            let off = anybody.call("POST", path, &json!({ "code": "paused" })).await.expect(410);
            for body in [&live, &gone, &off] {
                for word in ["max", "times", "used", "uses", "remaining", "count"] {
                    assert!(!body.body.contains(word), "{word}: {}", body.body);
                }
            }
            assert_eq!((&gone.json()["benefit"]["amount"], &gone.json()["description"]), (&json!(700), &json!("It was good")));
            assert_eq!(off.json()["benefit"]["text"], "8.00 EUR credit");
            for blank in ["", " ", "\t\n", "\u{200b}", "- -"] {
                anybody.call("POST", path, &json!({ "code": blank })).await.expect(400);
            }
            anybody.call("POST", path, &json!({ "code": "nothing-like-it" })).await.expect(404);
        }
    }
}
