//! `POST /api/v1/validations`.

use sea_orm::ActiveValue::Set;
use serde_json::{Value, json};
use support::prelude::*;

const PATH: &str = "/api/v1/validations";

/// A ticket at this price.
pub fn ticket(price: i64, quantity: i64) -> Value {
    json!({ "sku": "concert", "product_type": "ticket", "unit_price": price, "quantity": quantity })
}

async fn call_here(who: &Actor, body: &Value) -> Answer {
    who.send(who.json_request("POST", PATH, body).header("Host", "harbour.test")).await
}

on_both_databases! {
    async fn a_validation_says_what_a_code_would_do_and_consumes_nothing(app: App) {
        let coupon = make::coupon().code("SAVE-15").percent("15").max_uses(3).create(&app).await;
        let key = app.key(&["validations"]).await;
        let body = json!({ "code": " save l5 ", "items": [ticket(3490, 1)], "currency": "eur" });
        for _ in 0..3 {
            let said = key.call("POST", PATH, &body).await.expect(200).json();
            assert_eq!((&said["valid"], &said["quote"]["total"], &said["quote"]["discount"]), (&json!(true), &json!(2966), &json!(524)));
            assert_eq!(said["quote"]["lines"][0]["units"][0], json!({ "quantity": 1, "discount": 524, "price": 2966, "note": "discounted" }));
            assert!(said.get("trace").is_none(), "the trace is for staff");
        }
        let row = make::coupon_row(&app, coupon.id).await;
        assert_eq!((row.uses, row.held), (0, 0));
    }

    async fn a_refusal_is_a_decision_with_what_is_missing(app: App) {
        make::coupon().code("MIN-50").with(|row| row.minimum_amount = Set(5_000)).create(&app).await;
        let key = app.key(&["validations", "audit:read"]).await;
        let said = key.call("POST", PATH, &json!({ "code": "min50", "items": [ticket(4_580, 1)] })).await.expect(200).json();
        assert_eq!((&said["valid"], &said["refusal"]["code"]), (&json!(false), &json!("below_minimum")));
        assert_eq!(said["refusal"]["missing_amount"], 420);
        assert!(said["refusal"]["message"].as_str().unwrap().contains("4.20"), "{said}");
        assert!(said["trace"].is_array() || said["trace"].is_object(), "a key that reads the audit log sees the trace");
    }

    async fn what_a_validation_grants_a_hold_grants_too(app: App) {
        make::coupon().code("SAVE-15").percent("15").create(&app).await;
        let key = app.key(&["validations", "redemptions:write", "audit:read"]).await;
        let preview = json!({ "sku": "preview", "product_type": "ticket", "private": true });
        let items = json!([preview, ticket(1_000, 1)]);
        let asked = key.call("POST", PATH, &json!({ "code": "SAVE-15", "items": items })).await.expect(200).json();
        assert_eq!((&asked["valid"], &asked["refusal"]["code"]), (&json!(false), &json!("full_discount_required")));
        let body = json!({ "code": "SAVE-15", "mode": "hold", "order_ref": "A-1", "items": items });
        let problem = key.call("POST", "/api/v1/redemptions", &body).await.expect(422).json();
        assert_eq!((&problem["code"], &problem["detail"]), (&asked["refusal"]["code"], &asked["refusal"]["message"]));
        let attempts = app.support().await.get("/audit/attempts").await.page();
        assert!(attempts.words().contains("SAVE-15"), "{}", attempts.words());
    }

    async fn guesses_by_both_ways_at_once_never_wait_in_a_circle(app: App) {
        use futures_util::future::join_all;
        let key = app.key(&["validations", "redemptions:write"]).await;
        let asked = join_all((0..40).map(|number| {
            let key = &key;
            async move {
                let mut body = json!({
                    "code": format!("WRONG-{number}"), "items": [ticket(1_000, 1)], "client_address": "192.0.2.7",
                    "person": { "external_id": "C-7" },
                });
                let path = if number % 2 == 0 { PATH } else { "/api/v1/redemptions" };
                if number % 2 == 1 {
                    body["mode"] = json!("instant");
                }
                key.call("POST", path, &body).await.status
            }
        }));
        for status in asked.await {
            assert!([200, 404, 429].contains(&status), "{status}");
        }
    }

    async fn a_member_asks_at_the_catalogues_prices_only(app: App) {
        make::coupon().code("SAVE-10").create(&app).await;
        let product = make::product("Issue 7").price(Some(990)).create(&app).await;
        let member = app.member().await;
        let said = member.call("POST", PATH, &json!({ "code": "save10", "items": [{ "product_id": product, "quantity": 2 }] })).await;
        let said = said.expect(200).json();
        assert_eq!((&said["quote"]["amount_before"], &said["quote"]["discount"]), (&json!(1_980), &json!(198)), "{said}");
        let cheeky = json!({ "code": "save10", "items": [{ "product_id": product, "unit_price": 1 }] });
        let problem = member.call("POST", PATH, &cheeky).await.expect(422).json();
        assert_eq!(problem["errors"][0]["field"], "items[0].unit_price");
        member.call("POST", PATH, &json!({ "code": "save10", "items": [ticket(1, 1)] })).await.expect(422);
    }

    async fn a_caller_may_say_more_of_a_product_than_the_catalogue_and_never_less(app: App) {
        make::coupon().code("SAVE-10").create(&app).await;
        let licensed = make::product("Headset").licensed().create(&app).await;
        let free = make::product("Issue 7").create(&app).await;
        let key = app.key(&["validations"]).await;
        for (product, said) in [(licensed, json!(false)), (licensed, json!(null)), (free, json!(true))] {
            let asked = json!({ "code": "save10", "items": [{ "product_id": product, "retail_licensed": said }] });
            let told = key.call("POST", PATH, &asked).await.expect(200).json();
            assert_eq!(told["refusal"]["code"], "retail_licensed", "{told}");
        }
    }

    async fn items_that_cannot_be_are_told_with_their_fields(app: App) {
        make::coupon().code("SAVE-10").create(&app).await;
        let key = app.key(&["validations"]).await;
        for (item, field) in [
            (json!({ "sku": "x", "product_type": "t", "unit_price": -1 }), "items[0].unit_price"),
            (json!({ "sku": "x", "product_type": "t", "unit_price": 1, "quantity": 0 }), "items[0].quantity"),
            (json!({ "sku": "x", "product_type": "t" }), "items[0].unit_price"),
            (json!({ "sku": "x", "unit_price": 1 }), "items[0].product_type"),
            (json!({ "unit_price": 1 }), "items[0].sku"),
            (json!({ "product_id": "01998a00-0000-7000-8000-000000000001" }), "items[0].product_id"),
            (json!({ "sku": "x", "product_type": "t", "unit_price": i64::MAX, "quantity": 2 }), "items"),
        ] {
            let problem = key.call("POST", PATH, &json!({ "code": "save10", "items": [item] })).await.expect(422).json();
            assert_eq!(problem["errors"][0]["field"], field, "{problem}");
        }
        for body in [json!({ "code": 5 }), json!({ "code": "x", "colour": 1 }), json!({ "items": [] }), json!([])] {
            key.call("POST", PATH, &body).await.expect(400);
        }
    }

    async fn who_guesses_waits_and_a_key_only_for_the_person_it_names(app: App) {
        make::coupon().code("SAVE-10").create(&app).await;
        let key = app.key(&["validations"]).await;
        let guess = |person: &str| json!({ "code": "no-such-code", "person": { "external_id": person } });
        let mut waits = 0;
        for _ in 0..14 {
            let answer = key.call("POST", PATH, &guess("mallory")).await;
            waits += i32::from(answer.status == 429);
        }
        assert!(waits >= 2, "{waits}");
        let last = key.call("POST", PATH, &guess("mallory")).await.expect(429);
        assert!(last.header("retry-after").parse::<i64>().unwrap() >= 1);
        key.call("POST", PATH, &guess("ada")).await.expect(200);
    }

    async fn another_tenants_key_and_organization_are_as_if_they_were_not(app: App) {
        let organization = make::organization(&app, "Nordwind").await;
        make::hostname(&app, "harbour.test").await;
        let other = make::tenant(&app, "other", "other.test").await;
        let foreign = app.key_of(other, &["validations"]).await;
        call_here(&foreign, &json!({ "code": "x" })).await.expect(401);
        let key = app.key(&["validations"]).await;
        let body = json!({ "code": "x", "organization_id": organization.id });
        call_here(&key, &body).await.expect(200);
        let unknown = json!({ "code": "x", "organization_id": "01998a00-0000-7000-8000-000000000001" });
        let problem = call_here(&key, &unknown).await.expect(422).json();
        assert_eq!(problem["errors"][0]["field"], "organization_id");
        let member = app.member().await;
        let request = member.json_request("POST", PATH, &body);
        member.send(request.header("Host", "harbour.test").header("Origin", "http://harbour.test")).await.expect(422);
    }

    async fn a_network_is_one_place_where_guesses_are_counted(app: App) {
        let key = app.key(&["validations"]).await;
        let guess = async |address: &str| {
            let body = json!({ "code": "no-such-code", "client_address": address });
            key.call("POST", PATH, &body).await.header("ratelimit").split(';').nth(1).unwrap().to_owned()
        };
        assert_eq!(guess("10.9.8.7").await, "r=59");
        assert_eq!(guess("::ffff:10.9.8.7").await, "r=58");
        assert_eq!(guess("2001:db8:1:2::1").await, "r=59");
        assert_eq!(guess("2001:db8:1:2:ffff::9").await, "r=58");
        assert_eq!(guess("2001:db8:1:3::1").await, "r=59");
    }

    async fn a_line_has_the_sku_it_was_named_by(app: App) {
        make::coupon().code("SAVE-10").create(&app).await;
        let product = make::product("Issue 7").price(Some(990)).create(&app).await;
        let sku = vouchsafe::shop::products::by_id(app.db.read(), app.tenant, product).await.unwrap().unwrap().sku;
        let key = app.key(&["validations", "redemptions:write"]).await;
        for item in [json!({ "sku": sku }), json!({ "product_id": product })] {
            let said = key.call("POST", PATH, &json!({ "code": "save10", "items": [item] })).await.expect(200).json();
            let line = &said["quote"]["lines"][0];
            assert_eq!((&line["sku"], &line["product_id"]), (&json!(sku), &json!(product)));
            let hold = json!({ "code": "save10", "mode": "hold", "items": [item] });
            let held = key.call("POST", "/api/v1/redemptions", &hold).await.expect(201).json();
            let shown = key.get(&format!("/api/v1/redemptions/{}", held["id"].as_str().unwrap())).await.json();
            for it in [&held, &shown] {
                assert_eq!((&it["lines"][0]["sku"], &it["lines"][0]["product_id"]), (&json!(sku), &json!(product)));
            }
        }
    }
}
