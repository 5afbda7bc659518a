//! A hold that nobody paid in time: what people and systems see of it, and when it goes.

use chrono::Duration;
use sea_orm::EntityTrait;
use serde_json::{Value, json};
use support::prelude::*;
use vouchsafe::coupons::save;
use vouchsafe::db::tables::redemptions::Entity;

/// Two tickets held for a second; the redemption.
async fn hold_for_a_second(key: &Actor) -> Value {
    let items = [json!({ "sku": "ticket", "product_type": "ticket", "unit_price": 1_000, "quantity": 2 })];
    let body = json!({ "code": "ONE", "mode": "hold", "order_ref": "A-1", "hold_seconds": 1, "items": items });
    key.call("POST", "/api/v1/redemptions", &body).await.expect(201).json()
}

/// Until the hold is over.
async fn wait_for_its_end(app: &App, held: &Value) {
    let until: chrono::DateTime<chrono::Utc> = held["held_until"].as_str().unwrap().parse().unwrap();
    tokio::time::sleep((until - app.now()).max(Duration::zero()).to_std().unwrap()).await;
}

on_both_databases! {
    async fn a_hold_that_is_over_is_expired_and_its_uses_are_free_although_nobody_could_retire_it_yet(app: App) {
        let coupon = make::coupon().code("ONE").percent("10").max_uses(3).create(&app).await;
        let (key, support) = (app.key(&["redemptions:write", "coupons:read"]).await, app.support().await);
        let held = hold_for_a_second(&key).await;
        let path = format!("/redemptions/{}", held["id"].as_str().unwrap());
        let of_coupon = format!("/api/v1/coupons/{}", coupon.id);
        let figures = |said: Value| ["held", "spent_held", "remaining"].map(|name| said[name].as_i64().unwrap());
        assert_eq!(figures(key.get(&of_coupon).await.expect(200).json()), [2, 200, 1]);
        // Whoever retires it waits for this transaction.
        let tx = app.db.begin().await.unwrap();
        save::lock(&tx, app.tenant, coupon.id).await.unwrap().unwrap();
        wait_for_its_end(&app, &held).await;
        let said = key.get(&format!("/api/v1{path}")).await.expect(200).json();
        assert_eq!((&said["state"], &said["held_until"], &said["ended_at"]), (&json!("expired"), &Value::Null, &held["held_until"]));
        assert_eq!(said["payment_required"], false);
        assert_eq!(figures(key.get(&of_coupon).await.expect(200).json()), [0, 0, 3]);
        assert_eq!(figures(key.get("/api/v1/coupons").await.expect(200).json()["items"][0].clone()), [0, 0, 3]);
        let code = key.get(&format!("{of_coupon}/codes")).await.expect(200).json()["items"][0].clone();
        let alone = key.get(&format!("/api/v1/codes/{}", code["id"].as_str().unwrap())).await.expect(200).json();
        assert_eq!((&code["held"], &alone["held"]), (&json!(0), &json!(0)));
        let page = support.get(&format!("/dashboard{path}")).await.expect(200).page();
        assert!(page.words().contains("Expired") && page.has(&format!("form[action='/dashboard{path}/honour']")), "{}", page.words());
        let rows = async |state: &str| {
            let list = support.get(&format!("/dashboard/redemptions?state={state}")).await.expect(200).page();
            list.texts("#redemptions tbody tr")
        };
        assert!(rows("held").await.is_empty());
        assert!(rows("expired").await.iter().all(|row| row.contains("Expired")) && rows("expired").await.len() == 1);
        let page = support.get(&format!("/dashboard/coupons/{}", coupon.id)).await.expect(200).page();
        let held_now = page.texts(".figure").into_iter().find(|figure| figure.starts_with("Held"));
        assert_eq!(held_now.as_deref(), Some("Held0"));
        let id = held["id"].as_str().unwrap().parse().unwrap();
        let row = Entity::find_by_id((app.tenant, id)).one(app.db.read()).await.unwrap().unwrap();
        assert_eq!(row.state, "held", "nobody could retire it");
    }

    async fn a_hold_that_is_over_is_retired_within_seconds(app: App) {
        make::coupon().code("ONE").percent("10").create(&app).await;
        let key = app.key(&["redemptions:write", "audit:read"]).await;
        hold_for_a_second(&key).await;
        let retired = async || {
            let log = key.get("/api/v1/audit-entries?action=redemption.expired").await.expect(200).json();
            log["items"].as_array().unwrap().len() == 1
        };
        let patience = tokio::time::timeout(std::time::Duration::from_secs(20), async {
            while !retired().await {
                tokio::time::sleep(std::time::Duration::from_millis(200)).await;
            }
        });
        patience.await.expect("it is retired");
    }
}
