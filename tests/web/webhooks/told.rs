//! What is told, and when.

use super::{ALL, come, deliveries, endpoint, open, press, settled};
use sea_orm::{EntityTrait, PaginatorTrait};
use serde_json::{Value, json};
use support::hooks::Receiver;
use support::prelude::*;
use uuid::Uuid;
use vouchsafe::audit::{Actor as Author, Entry, record};
use vouchsafe::db::tables::webhook_outbox;

const REDEMPTIONS: &str = "/api/v1/redemptions";

/// The data of the only message, or of the last, of an event.
fn last(receiver: &Receiver, event: &str) -> Value {
    let calls = receiver.calls();
    let found = calls.iter().rev().find(|call| call.event() == event);
    found.unwrap_or_else(|| panic!("no {event} among {:?}", receiver.events())).json()["data"].clone()
}

fn hold(code: &str, order: &str) -> Value {
    let ticket = json!({ "sku": "concert", "product_type": "ticket", "unit_price": 1_000, "quantity": 1 });
    json!({ "code": code, "mode": "hold", "order_ref": order, "items": [ticket] })
}

/// Every field that a message says of something is the API's field, with the API's value.
fn are_the_same(told: &Value, shown: &Value) {
    for (field, value) in told.as_object().unwrap() {
        assert_eq!(Some(value), shown.get(field), "{field} of {shown}");
    }
}

#[tokio::test]
async fn a_redemption_is_told_from_hold_to_reversal_in_the_names_of_the_api() {
    open(|app, receiver| async move {
        endpoint(&app, &receiver.url, &ALL).await;
        make::coupon().code("SAVE-10").create(&app).await;
        let key = app.key(&["redemptions:write"]).await;
        let it = key.call("POST", REDEMPTIONS, &hold("SAVE-10", "A-1")).await.expect(201).json();
        let path = format!("{REDEMPTIONS}/{}", it["id"].as_str().unwrap());
        settled(&app).await;
        let told = last(&receiver, "redemption.held");
        assert_eq!((&told["redemption"]["state"], &told["redemption"]["total"]), (&json!("held"), &json!(900)));
        are_the_same(&told["redemption"], &key.get(&path).await.json());
        assert_eq!(told["actor"]["kind"], "key");
        key.ask("POST", &format!("{path}/confirm")).await.expect(200);
        settled(&app).await;
        are_the_same(&last(&receiver, "redemption.confirmed")["redemption"], &key.get(&path).await.json());
        key.call("POST", &format!("{path}/reverse"), &json!({ "reason": "returned" })).await.expect(200);
        settled(&app).await;
        let told = last(&receiver, "redemption.reversed");
        assert_eq!((&told["reason"], &told["redemption"]["state"]), (&json!("returned"), &json!("reversed")));
        let other = key.call("POST", REDEMPTIONS, &hold("SAVE-10", "A-2")).await.expect(201).json();
        let path = format!("{REDEMPTIONS}/{}/release", other["id"].as_str().unwrap());
        key.call("POST", &path, &json!({})).await.expect(200);
        settled(&app).await;
        assert_eq!(last(&receiver, "redemption.released")["redemption"]["id"], other["id"]);
        let said = ["held", "confirmed", "reversed", "held", "released"].map(|word| format!("redemption.{word}"));
        assert_eq!(receiver.events(), said, "each once, in their order");
        // A refusal is no change.
        key.call("POST", REDEMPTIONS, &hold("NOTHING", "A-3")).await.expect(404);
        settled(&app).await;
        assert_eq!(receiver.events().len(), 5);
    })
    .await;
}

#[tokio::test]
async fn a_changed_limit_is_told_by_its_key_with_before_and_after_whatever_changed_it() {
    open(|app, receiver| async move {
        endpoint(&app, &receiver.url, &["organization.limit_changed"]).await;
        let organization = make::organization(&app, "Nordwind").await;
        make::coupon().code("ROOM-8").raise("instances", 8).create(&app).await;
        let key = app.key(&["organizations:write", "redemptions:write"]).await;
        let path = format!("/api/v1/organizations/{}", organization.id);
        let redeem = key.call("POST", &format!("{path}/redemptions"), &json!({ "code": "ROOM-8" })).await;
        let redeemed = redeem.expect(201).json();
        settled(&app).await;
        let told = last(&receiver, "organization.limit_changed");
        assert_eq!(told["organization"], json!({ "id": organization.id, "name": "Nordwind" }));
        let of = |told: &Value| (told["limit"].clone(), told["before"].clone(), told["after"].clone());
        assert_eq!(of(&told), (json!("instances"), json!(3), json!(8)));
        assert_eq!(told["redemption_id"], redeemed["id"]);
        // Set by the host system: the default was 10.
        let set = async |limit: Value| {
            let body = json!({ "limits": [limit] });
            key.call("PUT", &format!("{path}/limits"), &body).await.expect(200);
            settled(&app).await;
        };
        set(json!({ "key": "seats", "base": 25 })).await;
        let told = last(&receiver, "organization.limit_changed");
        assert_eq!(of(&told), (json!("seats"), json!(10), json!(25)));
        assert_eq!((&told["redemption_id"], &told["actor"]["kind"]), (&Value::Null, &json!("key")));
        // What it may reach stays what it was: nothing to tell.
        set(json!({ "key": "seats", "in_use": 4, "locked": true })).await;
        set(json!({ "key": "instances", "base": 5 })).await;
        assert_eq!(receiver.calls().len(), 2);
        let back = format!("{REDEMPTIONS}/{}/reverse", redeemed["id"].as_str().unwrap());
        key.call("POST", &back, &json!({ "reason": "returned" })).await.expect(200);
        settled(&app).await;
        assert_eq!(of(&last(&receiver, "organization.limit_changed")), (json!("instances"), json!(8), json!(5)));
    })
    .await;
}

#[tokio::test]
async fn changed_credit_is_told_with_before_and_after_whatever_changed_it() {
    open(|app, receiver| async move {
        endpoint(&app, &receiver.url, &["organization.credit_changed"]).await;
        let organization = make::organization(&app, "Nordwind").await;
        make::coupon().code("CREDIT-5").credit("5").create(&app).await;
        let key = app.key(&["organizations:write", "redemptions:write"]).await;
        let path = format!("/api/v1/organizations/{}", organization.id);
        let redeem = key.call("POST", &format!("{path}/redemptions"), &json!({ "code": "CREDIT-5" })).await;
        let redeemed = redeem.expect(201).json();
        let spend = json!({ "amount": 200, "external_ref": "I-7", "memo": "Hosting" });
        key.call("POST", &format!("{path}/credit/spend"), &spend).await.expect(201);
        settled(&app).await;
        let reverse = format!("{REDEMPTIONS}/{}/reverse", redeemed["id"].as_str().unwrap());
        key.call("POST", &reverse, &json!({ "reason": "returned" })).await.expect(200);
        settled(&app).await;
        let told: Vec<Value> = receiver.calls().iter().map(|call| call.json()["data"].clone()).collect();
        let of = |told: &Value| {
            let number = |field: &str| told[field].as_i64().unwrap();
            (number("before"), number("amount"), number("after"), told["kind"].as_str().unwrap().to_owned())
        };
        let kinds = [(0, 500, 500, "grant"), (500, -200, 300, "spend"), (300, -300, 0, "reversal")];
        let kinds = kinds.map(|(before, amount, after, kind)| (before, amount, after, kind.to_owned()));
        assert_eq!(told.iter().map(of).collect::<Vec<_>>(), kinds);
        assert_eq!((&told[0]["redemption_id"], &told[0]["currency"]), (&redeemed["id"], &json!("EUR")));
        assert_eq!((&told[1]["external_ref"], &told[1]["memo"]), (&json!("I-7"), &json!("Hosting")));
        assert_eq!(told[1]["organization"], json!({ "id": organization.id, "name": "Nordwind" }));
    })
    .await;
}

#[tokio::test]
async fn a_coupon_is_told_paused_changed_and_used_up_once_each_time() {
    open(|app, receiver| async move {
        endpoint(&app, &receiver.url, &["coupon.exhausted", "coupon.paused", "coupon.changed"]).await;
        let coupon = make::coupon().code("FREE-2").percent("100").max_uses(2).create(&app).await;
        let path = format!("/api/v1/coupons/{}", coupon.id);
        let key = app.key(&["coupons:read", "coupons:write", "redemptions:write"]).await;
        press(&app, coupon.id, "pause").await;
        settled(&app).await;
        let told = last(&receiver, "coupon.paused");
        are_the_same(&told["coupon"], &key.get(&path).await.expect(200).json());
        assert_eq!((&told["action"], &told["coupon"]["status"]), (&json!("coupon.paused"), &json!("paused")));
        press(&app, coupon.id, "resume").await;
        settled(&app).await;
        let body = json!({ "name": "<script>alert(1)</script>" });
        key.call("PATCH", &path, &body).await.expect(200);
        settled(&app).await;
        let told = last(&receiver, "coupon.changed");
        assert_eq!((&told["action"], &told["changed"]), (&json!("coupon.edited"), &json!(["name"])));
        assert_eq!(told["coupon"]["name"], "<script>alert(1)</script>");
        let take = async || {
            let mut body = hold("FREE-2", "");
            body["mode"] = json!("instant");
            body.as_object_mut().unwrap().remove("order_ref");
            key.call("POST", REDEMPTIONS, &body).await.expect(201).json()["id"].as_str().unwrap().to_owned()
        };
        take().await;
        settled(&app).await;
        assert!(!receiver.events().contains(&"coupon.exhausted".to_owned()));
        let second = take().await;
        settled(&app).await;
        let told = last(&receiver, "coupon.exhausted");
        are_the_same(&told["coupon"], &key.get(&path).await.json());
        assert_eq!((&told["coupon"]["uses"], &told["coupon"]["status"]), (&json!(2), &json!("exhausted")));
        // One comes back and is taken again: used up once more. A lower maximum does it as well.
        let reverse = json!({ "reason": "returned" });
        key.call("POST", &format!("{REDEMPTIONS}/{second}/reverse"), &reverse).await.expect(200);
        take().await;
        key.call("PATCH", &path, &json!({ "max_uses": 5 })).await.expect(200);
        key.call("PATCH", &path, &json!({ "max_uses": 2 })).await.expect(200);
        settled(&app).await;
        let used_up: Vec<_> = receiver.calls().into_iter().filter(|call| call.event() == "coupon.exhausted").collect();
        assert_eq!(used_up.len(), 3, "{:?}", receiver.events());
        assert!(used_up[0].id() != used_up[1].id() && used_up[1].id() != used_up[2].id());
    })
    .await;
}

#[tokio::test]
async fn only_what_was_chosen_is_told_and_each_endpoint_has_the_same_id_for_the_same_message() {
    open(|app, receiver| async move {
        let other = Receiver::start().await;
        endpoint(&app, &receiver.url, &["coupon.paused"]).await;
        endpoint(&app, &other.url, &["coupon.paused", "coupon.changed"]).await;
        let coupon = make::coupon().percent("10").create(&app).await;
        for action in ["pause", "resume", "delete"] {
            press(&app, coupon.id, action).await;
        }
        come(&app, &other, 3).await;
        settled(&app).await;
        assert_eq!(receiver.events(), ["coupon.paused"]);
        assert_eq!(other.events(), ["coupon.paused", "coupon.changed", "coupon.changed"]);
        assert_eq!(receiver.calls()[0].id(), other.calls()[0].id());
        let call = &receiver.calls()[0];
        assert!(call.line.starts_with("POST /hooks?of=test HTTP/1.1"), "{}", call.line);
        assert_eq!(call.headers["content-type"], "application/json");
        assert!(call.headers["user-agent"].starts_with("Vouchsafe/"));
        assert!(call.json()["timestamp"].as_str().unwrap().ends_with('Z'));
    })
    .await;
}

/// Writes down that a coupon was paused, in a transaction that is then kept or not.
async fn note(app: &App, kept: bool) -> u64 {
    let coupon = make::coupon().create(app).await;
    let tx = app.db.begin().await.unwrap();
    let entry = Entry {
        action: "coupon.paused",
        subject_kind: "coupon",
        subject_id: coupon.id.to_string(),
        coupon_id: Some(coupon.id),
        ..Entry::default()
    };
    record(&tx, &Author::system("test"), app.tenant, entry, app.now()).await.unwrap();
    let noted = webhook_outbox::Entity::find().count(&tx).await.unwrap();
    if kept {
        tx.commit().await.unwrap()
    } else {
        tx.rollback().await.unwrap()
    }
    noted
}

#[tokio::test]
async fn what_is_not_committed_is_never_told_and_what_is_committed_always() {
    open(|app, receiver| async move {
        assert_eq!(note(&app, true).await, 0, "nobody wants to know");
        endpoint(&app, &receiver.url, &ALL).await;
        settled(&app).await;
        assert_eq!(note(&app, false).await, 1, "noted in the transaction of the change");
        settled(&app).await;
        assert!(deliveries(&app).await.is_empty());
        assert_eq!(note(&app, true).await, 1);
        settled(&app).await;
        assert_eq!(receiver.events(), ["coupon.paused"]);
        // Another tenant's changes are none of its business.
        let other = make::tenant(&app, "other", "other.test").await;
        let tx = app.db.begin().await.unwrap();
        let entry = Entry { action: "coupon.paused", subject_kind: "coupon", ..Entry::default() };
        record(&tx, &Author::system("test"), other, entry, app.now()).await.unwrap();
        assert_eq!(webhook_outbox::Entity::find().count(&tx).await.unwrap(), 0);
        tx.commit().await.unwrap();
        assert_eq!(deliveries(&app).await.len(), 1);
        assert_ne!(other, Uuid::nil());
    })
    .await;
}
