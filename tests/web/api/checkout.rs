//! `POST /billing/checkout`, its orders, and credit that is spent.

use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use serde_json::{Value, json};
use support::prelude::*;
use vouchsafe::db::tables::{audit_entries, credit_entries, orders};

const PATH: &str = "/billing/checkout";

async fn service(app: &App) -> Actor {
    app.key(&["organizations:write"]).await
}

async fn balance(key: &Actor, organization: &make::Organization) -> i64 {
    let path = format!("/api/v1/organizations/{}/credit", organization.id);
    key.get(&path).await.expect(200).json()["balance"].as_i64().unwrap()
}

fn order(organization: &make::Organization, amount: i64, code: Option<&str>) -> Value {
    let mut body = json!({ "organization_id": organization.id, "amount": amount });
    if let Some(code) = code {
        body["promo_code"] = json!(code);
    }
    body
}

fn at(order: &Value, step: &str) -> String {
    format!("/api/v1/orders/{}/{step}", order["order_id"].as_str().unwrap())
}

on_both_databases! {
    async fn a_checkout_redeems_its_code_and_draws_credit_in_one_step(app: App) {
        make::coupon().code("HELLO-50").credit("50").create(&app).await;
        let nord = make::organization(&app, "Nordwind").await;
        let key = service(&app).await;
        let done = key.call("POST", PATH, &order(&nord, 3_000, Some("hello 50"))).await.expect(201);
        let body = done.json();
        let id = body["order_id"].clone();
        assert_eq!(body, json!({ "order_id": id, "credit_granted": 5_000, "balance": 2_000, "amount_due": 0, "payment_required": false }));
        assert_eq!(done.header("location"), format!("/api/v1/orders/{}", id.as_str().unwrap()));
        let shown = key.get(done.header("location")).await.expect(200).json();
        assert_eq!((&shown["state"], &shown["credit_drawn"], &shown["code"]), (&json!("paid"), &json!(3_000), &json!("HELLO-50")));
        let rest = key.call("POST", PATH, &order(&nord, 3_000, None)).await.expect(201).json();
        assert_eq!((&rest["credit_granted"], &rest["balance"], &rest["amount_due"], &rest["payment_required"]), (&json!(0), &json!(0), &json!(1_000), &json!(true)));
        let again = key.call("POST", PATH, &order(&nord, 3_000, Some("hello 50"))).await.expect(409).json();
        assert_eq!(again["code"], "already_applied", "one use for each organization");
        assert_eq!(orders::Entity::find().all(app.db.read()).await.unwrap().len(), 2, "a refused code leaves no order");
    }

    async fn credit_comes_back_when_the_order_fails_and_the_grant_stays(app: App) {
        make::coupon().code("HELLO-50").credit("50").create(&app).await;
        let nord = make::organization(&app, "Nordwind").await;
        let key = service(&app).await;
        let placed = key.call("POST", PATH, &order(&nord, 9_000, Some("hello50"))).await.expect(201).json();
        assert_eq!((&placed["balance"], &placed["amount_due"]), (&json!(0), &json!(4_000)));
        for _ in 0..2 {
            let failed = key.call("POST", &at(&placed, "release"), &json!({ "reason": "card declined" })).await.expect(200).json();
            assert_eq!(failed["state"], "failed");
        }
        assert_eq!(balance(&key, &nord).await, 5_000, "once");
        let kinds: Vec<_> = credit_entries::Entity::find().all(app.db.read()).await.unwrap().iter().map(|it| (it.kind.clone(), it.amount)).collect();
        assert_eq!(kinds, [("grant".to_owned(), 5_000), ("spend".to_owned(), -5_000), ("return".to_owned(), 5_000)]);
        key.ask("POST", &at(&placed, "refund")).await.expect(409);
        // It was paid all the same, while the credit was still there.
        assert_eq!(key.ask("POST", &at(&placed, "confirm")).await.expect(200).json()["state"], "paid");
        assert_eq!(balance(&key, &nord).await, 0);
        let support = app.support().await;
        let unsaid = support.call("POST", &at(&placed, "refund"), &json!({ "reason": " " })).await.expect(422).json();
        assert_eq!(unsaid["errors"][0]["field"], "reason", "who is signed in says why");
        let refunded = support.call("POST", &at(&placed, "refund"), &json!({ "reason": "sent back" })).await.expect(200);
        assert_eq!(refunded.json()["state"], "refunded");
        let reasons: Vec<_> = audit_entries::Entity::find()
            .filter(audit_entries::Column::Action.is_in(["order.failed", "order.refunded"]))
            .order_by_asc(audit_entries::Column::Id)
            .all(app.db.read())
            .await
            .unwrap()
            .into_iter()
            .map(|entry| entry.reason.unwrap_or_default())
            .collect();
        assert_eq!(reasons, ["card declined", "sent back"]);
        assert_eq!(balance(&key, &nord).await, 5_000);
        assert_eq!(key.ask("POST", &at(&placed, "confirm")).await.expect(409).json()["state"], "refunded");
    }

    async fn an_order_that_nobody_pays_ends_and_its_credit_may_be_gone_when_it_is_paid_late(app: App) {
        make::coupon().code("HELLO-50").credit("50").create(&app).await;
        let nord = make::organization(&app, "Nordwind").await;
        let key = service(&app).await;
        let placed = key.call("POST", PATH, &order(&nord, 9_000, Some("hello50"))).await.expect(201).json();
        let desk = vouchsafe::redemptions::desk::Desk::open(app.db.clone());
        assert_eq!(vouchsafe::shop::orders::sweep(&app.db, &desk, app.now()).await.unwrap(), 0);
        let later = app.now() + chrono::Duration::minutes(46);
        assert_eq!(vouchsafe::shop::orders::sweep(&app.db, &desk, later).await.unwrap(), 1);
        assert_eq!(balance(&key, &nord).await, 5_000);
        let spend = format!("/api/v1/organizations/{}/credit/spend", nord.id);
        key.call("POST", &spend, &json!({ "amount": 1 })).await.expect(201);
        let late = key.ask("POST", &at(&placed, "confirm")).await.expect(409).json();
        assert_eq!((&late["code"], &late["balance"]), (&json!("too_late"), &json!(4_999)));
        let path = format!("/api/v1/orders/{}", placed["order_id"].as_str().unwrap());
        let shown = key.get(&path).await.expect(200).json();
        assert_eq!(shown["state"], "expired");
        assert!(shown["needs_attention"].as_str().unwrap().starts_with("It was paid after it had ended"), "{shown}");
        key.ask("POST", &at(&placed, "confirm")).await.expect(409);
        let action = audit_entries::Column::Action.eq("order.needs_attention");
        let told = audit_entries::Entity::find().filter(action).all(app.db.read()).await.unwrap();
        assert_eq!(told.len(), 1, "once, however often it is paid");
        let refunded = key.call("POST", &at(&placed, "refund"), &json!({ "reason": "too late" })).await.expect(200).json();
        assert_eq!((&refunded["state"], &refunded["needs_attention"]), (&json!("refunded"), &json!(null)));
        assert_eq!(balance(&key, &nord).await, 4_999, "its credit was back already");
    }

    async fn credit_that_an_order_gives_back_covers_a_reversed_code_first(app: App) {
        make::coupon().code("HELLO-30").credit("30").create(&app).await;
        let nord = make::organization(&app, "Nordwind").await;
        let key = app.key(&["organizations:write", "organizations:read", "redemptions:write", "redemptions:read"]).await;
        let placed = key.call("POST", PATH, &order(&nord, 3_500, Some("hello30"))).await.expect(201).json();
        let shown = key.get(&format!("/api/v1/orders/{}", placed["order_id"].as_str().unwrap())).await.json();
        let redemption = format!("/api/v1/redemptions/{}", shown["redemption_id"].as_str().unwrap());
        key.call("POST", &format!("{redemption}/reverse"), &json!({ "reason": "not theirs" })).await.expect(200);
        let missing = key.get(&redemption).await.json()["needs_attention"].clone();
        assert!(missing.as_str().unwrap().contains("30.00"), "{missing}");
        key.call("POST", &at(&placed, "release"), &json!({ "reason": "card declined" })).await.expect(200);
        assert_eq!(balance(&key, &nord).await, 0, "the code is not worth its credit twice");
        assert_eq!(key.get(&redemption).await.json()["needs_attention"], json!(null));
        let entries = credit_entries::Entity::find().order_by_asc(credit_entries::Column::Id).all(app.db.read()).await.unwrap();
        let kinds: Vec<_> = entries.iter().map(|it| (it.kind.as_str(), it.amount)).collect();
        assert_eq!(kinds, [("grant", 3_000), ("spend", -3_000), ("return", 3_000), ("reversal", -3_000)]);
    }

    async fn credit_is_spent_whole_or_not_at_all(app: App) {
        make::coupon().code("HELLO-50").credit("50").create(&app).await;
        let nord = make::organization(&app, "Nordwind").await;
        let key = service(&app).await;
        key.call("POST", &format!("/api/v1/organizations/{}/redemptions", nord.id), &json!({ "code": "hello50" })).await.expect(201);
        let path = format!("/api/v1/organizations/{}/credit/spend", nord.id);
        let body = json!({ "amount": 1_250, "external_ref": "usage-7", "memo": "Usage" });
        let request = || key.json_request("POST", &path, &body).header("Idempotency-Key", "k-1");
        let entry = key.send(request()).await.expect(201).json();
        assert_eq!((&entry["amount"], &entry["balance_after"], &entry["kind"], &entry["external_ref"]), (&json!(-1_250), &json!(3_750), &json!("spend"), &json!("usage-7")));
        let again = key.send(request()).await.expect(201);
        assert_eq!((again.json(), again.header("idempotency-replayed")), (entry, "true"));
        let more = key.call("POST", &path, &json!({ "amount": 4_000 })).await.expect(409).json();
        assert_eq!((&more["code"], &more["balance"], &more["missing_amount"]), (&json!("insufficient_credit"), &json!(3_750), &json!(250)));
        assert_eq!(balance(&key, &nord).await, 3_750);
        for body in [json!({ "amount": 0 }), json!({ "amount": -5 }), json!({ "amount": 1, "memo": "x".repeat(201) })] {
            key.call("POST", &path, &body).await.expect(422);
        }
        app.member_of(&nord).await.call("POST", &path, &json!({ "amount": 1 })).await.expect(403);
        let unknown = "/api/v1/organizations/01998a00-0000-7000-8000-000000000001/credit/spend";
        key.call("POST", unknown, &json!({ "amount": 1 })).await.expect(404);
    }

    async fn a_hundred_checkouts_at_once_never_draw_more_than_there_is(app: App) {
        make::coupon().code("HELLO-50").credit("50").create(&app).await;
        let nord = make::organization(&app, "Nordwind").await;
        let key = service(&app).await;
        key.call("POST", PATH, &order(&nord, 1, Some("hello50"))).await.expect(201);
        let all = (0..30).map(|_| {
            let (key, body) = (key.clone(), order(&nord, 700, None));
            async move { key.call("POST", PATH, &body).await.expect(201).json()["amount_due"].as_i64().unwrap() }
        });
        let due: i64 = futures_util::future::join_all(all).await.iter().sum();
        assert_eq!((30 * 700 - due, balance(&key, &nord).await), (4_999, 0));
    }

    async fn the_same_checkout_again_is_one_order(app: App) {
        make::coupon().code("HELLO-50").credit("50").create(&app).await;
        let nord = make::organization(&app, "Nordwind").await;
        let key = service(&app).await;
        for code in [None, Some("hello50")] {
            let body = order(&nord, 2_000, code);
            let named = code.unwrap_or("plain");
            let request = || key.json_request("POST", PATH, &body).header("Idempotency-Key", named);
            let first = key.send(request()).await.expect(201);
            let again = key.send(request()).await.expect(201);
            assert_eq!((again.json(), again.header("idempotency-replayed")), (first.json(), "true"), "{named}");
        }
        assert_eq!(orders::Entity::find().all(app.db.read()).await.unwrap().len(), 2);
    }

    async fn a_member_orders_products_at_their_price_for_an_own_organization(app: App) {
        let nord = make::organization(&app, "Nordwind").await;
        let sued = make::organization(&app, "Südwind").await;
        let desk = make::product("Desk").of_type("plan").price(Some(2_500)).create(&app).await;
        let hidden = make::product("Press pass").of_type("plan").price(None).create(&app).await;
        let member = app.member_of(&nord).await;
        let body = |organization: &make::Organization, rest: Value| {
            let mut body = json!({ "organization_id": organization.id });
            body.as_object_mut().unwrap().extend(rest.as_object().unwrap().clone());
            body
        };
        let done = member.call("POST", PATH, &body(&nord, json!({ "product_id": desk }))).await.expect(201);
        assert_eq!(done.json()["amount_due"], 2_500);
        member.get(done.header("location")).await.expect(200);
        app.member_of(&sued).await.get(done.header("location")).await.expect(404);
        let others = member.call("POST", PATH, &body(&sued, json!({ "product_id": desk }))).await.expect(422).json();
        assert_eq!(others["errors"][0]["field"], "organization_id");
        for rest in [json!({ "amount": 1 }), json!({ "amount": 1, "product_id": desk }), json!({}), json!({ "product_id": hidden }), json!({ "product_id": nord.id })] {
            member.call("POST", PATH, &body(&nord, rest)).await.expect(422);
        }
        make::coupon().code("TEN-10").create(&app).await;
        let wrong = body(&nord, json!({ "product_id": desk, "promo_code": "ten10" }));
        assert_eq!(member.call("POST", PATH, &wrong).await.expect(422).json()["code"], "not_for_organizations");
        app.anonymous().call("POST", PATH, &wrong).await.expect(401);
    }
}
