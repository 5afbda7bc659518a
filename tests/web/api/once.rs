//! `Idempotency-Key`: the same call again gets the same answer, and happens once.

use super::coupons::{PATH, percentage, writer};
use futures_util::future::join_all;
use sea_orm::{EntityTrait, PaginatorTrait};
use serde_json::{Value, json};
use support::prelude::*;
use vouchsafe::db::tables::redemptions;

async fn send(actor: &Actor, key: &str, body: &Value) -> Answer {
    actor.send(actor.json_request("POST", PATH, body).header("Idempotency-Key", key)).await
}

on_both_databases! {
    async fn the_same_call_again_gets_the_first_answer(app: App) {
        let key = writer(&app).await;
        let body = percentage("ONCE-1");
        let first = send(&key, "k-1", &body).await.expect(201);
        assert_eq!(first.header("idempotency-replayed"), "");
        let again = send(&key, "k-1", &body).await.expect(201);
        assert_eq!(again.header("idempotency-replayed"), "true");
        assert_eq!((again.json(), again.location(), again.header("etag")), (first.json(), first.location(), "\"1\""));
        assert_eq!(again.body, first.body, "byte by byte");
        // The same content in another order is the same.
        let turned = r#"{"benefit":{"basis_points":1500,"kind":"percentage"}, "code":"ONCE-1"}"#;
        let request = key.request(reqwest::Method::POST, PATH).header("Content-Type", "application/json");
        key.send(request.header("Idempotency-Key", "k-1").body(turned)).await.expect(201);
        let problem = send(&key, "k-1", &percentage("ONCE-2")).await.expect(422).json();
        assert_eq!(problem["code"], "key_reused");
        // Another caller's key, and another path, are other calls.
        assert_eq!(send(&writer(&app).await, "k-1", &body).await.expect(409).json()["code"], "code_taken");
        let path = format!("{}/pause", first.location());
        let pause = key.request(reqwest::Method::POST, &path).header("Idempotency-Key", "k-1");
        assert_eq!(key.send(pause).await.expect(200).header("idempotency-replayed"), "");
    }

    async fn a_final_refusal_is_kept_and_changed_nothing(app: App) {
        let key = writer(&app).await;
        let there = make::coupon().code("THERE-1").create(&app).await;
        let first = send(&key, "k-1", &percentage("THERE-1")).await.expect(409);
        let again = send(&key, "k-1", &percentage("THERE-1")).await.expect(409);
        assert_eq!((first.header("idempotency-replayed"), again.header("idempotency-replayed")), ("", "true"));
        assert_eq!(again.header("content-type"), "application/problem+json");
        let (first, again) = (first.json(), again.json());
        for member in ["code", "detail", "coupon_id", "errors", "existing_code", "title", "status"] {
            assert_eq!(first[member], again[member], "{member}");
        }
        assert_eq!(first["coupon_id"], json!(there.id));
        assert_eq!(key.get(PATH).await.json()["items"].as_array().unwrap().len(), 1);
    }

    async fn a_key_that_is_malformed_or_there_twice_is_400(app: App) {
        let key = writer(&app).await;
        for bad in ["", "a b", &"x".repeat(129)] {
            let problem = send(&key, bad, &percentage("ONCE-1")).await.expect(400).json();
            assert_eq!((&problem["code"], &problem["errors"][0]["field"]), (&json!("invalid_header"), &json!("Idempotency-Key")));
        }
        let twice = key.json_request("POST", PATH, &percentage("ONCE-1")).header("Idempotency-Key", "a");
        key.send(twice.header("Idempotency-Key", "b")).await.expect(400);
        assert_eq!(key.get(PATH).await.json()["items"], json!([]));
    }

    async fn twins_at_the_same_time_make_one(app: App) {
        let key = writer(&app).await;
        let body = percentage("TWIN-1");
        let answers = join_all((0..12).map(|_| send(&key, "k-1", &body))).await;
        let first = answers.iter().filter(|answer| answer.header("idempotency-replayed").is_empty()).count();
        assert_eq!(first, 1, "{answers:?}");
        assert!(answers.iter().all(|answer| answer.status == 201 && answer.location() == answers[0].location()), "{answers:?}");
    }
    async fn one_key_with_two_contents_at_the_same_time_is_one_redemption_and_refusals(app: App) {
        const ROUNDS: usize = 8;
        let key = app.key(&["redemptions:write"]).await;
        let made = make::coupon().percent("100").create(&app).await;
        let body = |price: i64| {
            let item = json!({ "sku": "ticket", "product_type": "ticket", "unit_price": price, "quantity": 1 });
            json!({ "code": made.code, "mode": "instant", "items": [item] })
        };
        let bodies = [body(1_000), body(2_000)];
        for round in 0..ROUNDS {
            let name = format!("round-{round}");
            let call = |number: usize| {
                let request = key.json_request("POST", "/api/v1/redemptions", &bodies[number % 2]);
                key.send(request.header("Idempotency-Key", &name))
            };
            let answers = join_all((0..12).map(call)).await;
            let (done, refused): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.status == 201);
            assert_eq!((done.len(), refused.len()), (6, 6), "{answers:?}");
            assert!(done.iter().all(|answer| answer.json()["id"] == done[0].json()["id"]), "{done:?}");
            assert!(refused.iter().all(|answer| answer.json()["code"] == "key_reused"), "{refused:?}");
        }
        let redemptions = redemptions::Entity::find().count(app.db.read()).await.unwrap();
        assert_eq!(redemptions, ROUNDS as u64);
    }
}
