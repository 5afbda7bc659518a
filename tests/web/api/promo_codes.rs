//! `/promo-codes`, as a booking system knows it.

use sea_orm::ActiveValue::Set;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use support::prelude::*;

const PATH: &str = "/promo-codes";
const VALIDATE: &str = "/promo-codes/validate";

async fn admin(app: &App) -> Actor {
    app.key(&["coupons:read", "coupons:write", "validations", "redemptions:write"]).await
}

fn summer() -> Value {
    json!({ "code": "summer", "discountType": "percentage", "discountValue": 15 })
}

fn keys(value: &Value) -> BTreeSet<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

fn booking(code: &str, workspace: impl ToString, amount: i64) -> Value {
    json!({ "code": code, "workspaceId": workspace.to_string(), "bookingAmount": amount })
}

on_both_databases! {
    async fn a_promo_code_is_made_in_capital_letters_with_exactly_its_fields(app: App) {
        let key = admin(&app).await;
        let made = key.call("POST", PATH, &summer()).await.expect(201).json();
        let fields = [
            "id", "code", "discountType", "discountValue", "maxUses", "usedCount", "minBookingAmount",
            "applicableWorkspaceTypes", "expiresAt", "isActive", "createdAt", "updatedAt",
        ];
        assert_eq!(keys(&made), fields.into());
        let defaults = json!({
            "code": "SUMMER", "discountType": "percentage", "discountValue": 15, "maxUses": null, "usedCount": 0,
            "minBookingAmount": 0, "applicableWorkspaceTypes": null, "expiresAt": null, "isActive": true,
        });
        for (field, value) in defaults.as_object().unwrap() {
            assert_eq!(&made[field], value, "{field}");
        }
        assert!(made["id"].as_str().unwrap().parse::<uuid::Uuid>().is_ok());
        assert_eq!(made["createdAt"], made["updatedAt"]);
        let coupon = key.get(&format!("/api/v1/coupons/{}", made["id"].as_str().unwrap())).await.expect(200).json();
        assert_eq!((&coupon["max_uses_per_person"], &coupon["uses_per"]), (&json!(1), &json!("order")));
    }

    async fn values_have_their_bounds_and_a_duplicate_its_own_message(app: App) {
        let key = admin(&app).await;
        for (kind, value) in [("percentage", json!(0)), ("percentage", json!(101)), ("fixed_amount", json!(0)), ("fixed_amount", json!(1.5))] {
            let body = json!({ "code": "wrong", "discountType": kind, "discountValue": value });
            let problem = key.call("POST", PATH, &body).await.expect(422).json();
            assert_eq!(problem["errors"][0]["field"], "discountValue", "{problem}");
        }
        let half = json!({ "code": "half", "discountType": "percentage", "discountValue": 12.5 });
        assert_eq!(key.call("POST", PATH, &half).await.expect(201).json()["discountValue"], 12.5);
        key.call("POST", PATH, &summer()).await.expect(201);
        let problem = key.call("POST", PATH, &summer()).await.expect(409).json();
        assert_eq!((&problem["code"], &problem["detail"]), (&json!("code_taken"), &json!("SUMMER exists already.")));
        for body in [json!({ "code": "x" }), json!({ "colour": 1 }), json!({ "code": "a-b", "discountType": "free", "discountValue": 1 })] {
            key.call("POST", PATH, &body).await.expect(400);
        }
        let types = json!({ "code": "room", "discountType": "percentage", "discountValue": 5, "applicableWorkspaceTypes": ["sauna"] });
        assert_eq!(key.call("POST", PATH, &types).await.expect(422).json()["errors"][0]["field"], "applicableWorkspaceTypes");
    }

    async fn a_patch_keeps_what_is_absent_and_null_clears(app: App) {
        let key = admin(&app).await;
        let body = json!({
            "code": "summer", "discountType": "fixed_amount", "discountValue": 5000, "maxUses": 10, "minBookingAmount": 100,
            "applicableWorkspaceTypes": ["MEETING_ROOM"], "expiresAt": "2999-01-01T00:00:00Z",
        });
        let made = key.call("POST", PATH, &body).await.expect(201).json();
        assert_eq!(made["applicableWorkspaceTypes"], json!(["meeting_room"]));
        let path = format!("{PATH}/{}", made["id"].as_str().unwrap());
        let same = key.call("PATCH", &path, &json!({})).await.expect(200).json();
        assert_eq!(same, made);
        let off = key.call("PATCH", &path, &json!({ "isActive": false, "maxUses": 20 })).await.expect(200).json();
        assert_eq!((&off["isActive"], &off["maxUses"], &off["discountValue"]), (&json!(false), &json!(20), &json!(5000)));
        let clear = json!({ "maxUses": null, "minBookingAmount": null, "applicableWorkspaceTypes": null, "expiresAt": null, "isActive": true });
        let cleared = key.call("PATCH", &path, &clear).await.expect(200).json();
        for field in ["maxUses", "applicableWorkspaceTypes", "expiresAt"] {
            assert_eq!(cleared[field], Value::Null, "{field}");
        }
        assert_eq!((&cleared["minBookingAmount"], &cleared["isActive"]), (&json!(0), &json!(true)));
        let percent = json!({ "discountType": "percentage", "discountValue": 20, "code": "summer" });
        assert_eq!(key.call("PATCH", &path, &percent).await.expect(200).json()["discountValue"], 20);
        key.call("PATCH", &path, &json!({ "code": "winter" })).await.expect(422);
        key.call("PATCH", &path, &json!({ "discountType": "fixed_amount" })).await.expect(422);
        let minimal = key.send(key.json_request("PATCH", &path, &json!({ "maxUses": 5 })).header("Prefer", "return=minimal")).await;
        assert_eq!((minimal.status, minimal.body.as_str()), (204, ""));
    }

    async fn a_list_goes_on_and_forgets_what_was_deleted(app: App) {
        let key = admin(&app).await;
        make::coupon().code("CREDIT-1").credit("5").create(&app).await;
        let mut ids = Vec::new();
        for number in 1..=3 {
            let body = json!({ "code": format!("code-{number}"), "discountType": "fixed_amount", "discountValue": 100 });
            ids.push(key.call("POST", PATH, &body).await.expect(201).json()["id"].clone());
        }
        let page = key.get(&format!("{PATH}?limit=2")).await.expect(200);
        let codes = |answer: &Answer| answer.json().as_array().unwrap().iter().map(|it| it["code"].clone()).collect::<Vec<_>>();
        assert_eq!(codes(&page), [json!("CODE-3"), json!("CODE-2")]);
        let link = page.header("link");
        let next = link.split(['<', '>']).nth(1).unwrap();
        assert_eq!(codes(&key.get(next).await.expect(200)), [json!("CODE-1")]);
        let path = format!("{PATH}/{}", ids[0].as_str().unwrap());
        key.ask("DELETE", &path).await.expect(204);
        key.ask("DELETE", &path).await.expect(204);
        key.call("PATCH", &path, &json!({})).await.expect(409);
        assert_eq!(codes(&key.get(PATH).await).len(), 2);
        let all = key.get(&format!("{PATH}?include_deleted=true")).await.json();
        assert_eq!((all.as_array().unwrap().len(), &all[2]["isActive"]), (3, &json!(false)));
        let credit = make::coupon().code("CREDIT-2").credit("5").create(&app).await;
        key.ask("DELETE", &format!("{PATH}/{}", credit.id)).await.expect(404);
    }

    async fn only_admins_make_them_and_only_members_ask(app: App) {
        for who in [app.member().await, app.support().await] {
            who.call("POST", PATH, &summer()).await.expect(403);
        }
        app.anonymous().call("POST", PATH, &summer()).await.expect(401);
        app.anonymous().get(PATH).await.expect(401);
        app.member().await.get(PATH).await.expect(403);
        let id = "01998a00-0000-7000-8000-000000000001";
        app.anonymous().call("POST", VALIDATE, &booking("x", id, 1)).await.expect(401);
        let admin = app.admin().await;
        let made = admin.call("POST", PATH, &summer()).await.expect(201).json();
        app.member().await.call("PATCH", &format!("{PATH}/{}", made["id"].as_str().unwrap()), &json!({})).await.expect(403);
        app.member().await.ask("DELETE", &format!("{PATH}/{}", made["id"].as_str().unwrap())).await.expect(403);
    }

    async fn a_validation_has_exactly_its_fields_and_uses_nothing_up(app: App) {
        let room = make::product("Lighthouse room").of_type("meeting_room").create(&app).await;
        let key = admin(&app).await;
        let made = key.call("POST", PATH, &summer()).await.expect(201).json();
        let member = app.member().await;
        for _ in 0..100 {
            let said = key.call("POST", VALIDATE, &booking("Summer", room, 10_000)).await.expect(200).json();
            assert_eq!((&said["valid"], &said["finalAmount"]), (&json!(true), &json!(8_500)));
        }
        let said = member.call("POST", VALIDATE, &booking(" summer ", room, 3_490)).await.expect(200).json();
        assert_eq!(keys(&said), ["valid", "discountType", "discountValue", "finalAmount", "message"].into());
        assert_eq!(said, json!({
            "valid": true, "discountType": "percentage", "discountValue": 15, "finalAmount": 2_966,
            "message": "This code takes off 5.24 EUR.",
        }));
        let coupon = made["id"].as_str().unwrap().parse().unwrap();
        let row = make::coupon_row(&app, coupon).await;
        assert_eq!((row.uses, row.held), (0, 0));
        let fixed = json!({ "code": "five", "discountType": "fixed_amount", "discountValue": 5000 });
        key.call("POST", PATH, &fixed).await.expect(201);
        let said = key.call("POST", VALIDATE, &booking("five", room, 3_000)).await.expect(200).json();
        assert_eq!((&said["finalAmount"], &said["discountType"]), (&json!(0), &json!("fixed_amount")));
    }

    /// Each check of the six, in the order in which they are made: a code with several faults tells the first.
    async fn each_of_the_six_checks_has_its_message_in_their_order(app: App) {
        let room = make::product("Lighthouse room").of_type("meeting_room").create(&app).await;
        let key = admin(&app).await;
        let (past, now) = (app.now() - chrono::Duration::days(1), app.now());
        let bad = |code: &str, from: usize| {
            make::coupon().code(code).with(move |row| {
                if from < 1 { row.paused_at = Set(Some(now)); }
                if from < 2 { row.valid_until = Set(Some(past)); }
                if from < 3 { (row.max_uses, row.uses) = (Set(Some(1)), Set(1)); }
                row.minimum_amount = Set(5_000);
            })
        };
        for (from, code) in ["PAUSED-1", "OVER-1", "USED-1", "SMALL-1"].into_iter().enumerate() {
            bad(code, from).create(&app).await;
        }
        let typed = json!({ "code": "issues", "discountType": "percentage", "discountValue": 5, "minBookingAmount": 5000, "applicableWorkspaceTypes": ["issue"] });
        key.call("POST", PATH, &typed).await.expect(201);
        let expected = [
            ("NOBODY-1", "do not know this code"),
            ("PAUSED-1", "is paused"),
            ("OVER-1", "was valid until"),
            ("USED-1", "used up"),
            ("ISSUES", "not for products like Lighthouse room"),
            ("SMALL-1", "15.10 EUR more is needed: this code is for orders from 50.00 EUR"),
        ];
        for (code, words) in expected {
            let said = key.call("POST", VALIDATE, &booking(code, room, 3_490)).await.expect(200).json();
            let message = said["message"].as_str().unwrap();
            assert!(message.contains(words), "{code}: {message}");
            assert_eq!((&said["valid"], &said["finalAmount"], &said["discountType"]), (&json!(false), &json!(3_490), &Value::Null));
        }
        let enough = key.call("POST", VALIDATE, &booking("SMALL-1", room, 5_000)).await.expect(200).json();
        assert_eq!(enough["valid"], true, "equal passes");
        let nowhere = key.call("POST", VALIDATE, &booking("SMALL-1", "no-such-room", 5_000)).await.expect(200).json();
        assert!(nowhere["message"].as_str().unwrap().contains("no workspace with this id"), "{nowhere}");
    }

    async fn who_paid_with_it_once_is_told_so(app: App) {
        let room = make::product("Lighthouse room").of_type("meeting_room").create(&app).await;
        let key = admin(&app).await;
        key.call("POST", PATH, &summer()).await.expect(201);
        let ask = |user: &str| {
            let mut body = booking("summer", room, 1_000);
            body["userId"] = json!(user);
            body
        };
        assert_eq!(key.call("POST", VALIDATE, &ask("ada")).await.expect(200).json()["valid"], true);
        let hold = json!({
            "code": "summer", "mode": "hold", "order_ref": "B-1", "person": { "external_id": "ada" },
            "items": [{ "product_id": room, "unit_price": 1000 }],
        });
        let held = key.call("POST", "/api/v1/redemptions", &hold).await.expect(201).json();
        let count = || async { key.get(PATH).await.json()[0]["usedCount"].clone() };
        assert_eq!(count().await, 0, "a payment that only began uses nothing up");
        for _ in 0..2 {
            key.ask("POST", &format!("/api/v1/redemptions/{}/confirm", held["id"].as_str().unwrap())).await.expect(200);
        }
        assert_eq!(count().await, 1, "the same event twice is one use");
        let again = key.call("POST", VALIDATE, &ask("ada")).await.expect(200).json();
        assert!(again["message"].as_str().unwrap().contains("already used this code"), "{again}");
        assert_eq!(key.call("POST", VALIDATE, &ask("grace")).await.expect(200).json()["valid"], true);
        app.member().await.call("POST", VALIDATE, &ask("ada")).await.expect(422);
    }
}
