//! `/api/v1/coupons`: made, read, listed, deleted, paused.

use serde_json::{Value, json};
use support::prelude::*;

pub const PATH: &str = "/api/v1/coupons";

/// A coupon of 15 % with this code.
pub fn percentage(code: &str) -> Value {
    json!({ "code": code, "benefit": { "kind": "percentage", "basis_points": 1500 } })
}

pub async fn writer(app: &App) -> Actor {
    app.key(&["coupons:read", "coupons:write"]).await
}

on_both_databases! {
    async fn a_coupon_for_somebody_with_a_callers_id_can_still_be_edited(app: App) {
        let key = writer(&app).await;
        let mut body = percentage("FOR-ADA");
        body["people"] = json!(["ada@example.org"]);
        let made = key.call("POST", PATH, &body).await.expect(201);
        let hold = json!({
            "code": "FOR-ADA", "mode": "hold", "order_ref": "A-1",
            "items": [{ "sku": "ticket", "product_type": "ticket", "unit_price": 1_000 }],
            "person": { "email": "ada@example.org", "external_id": "C-7" },
        });
        app.key(&["redemptions:write"]).await.call("POST", "/api/v1/redemptions", &hold).await.expect(201);
        let edited = key.call("PATCH", made.location(), &json!({ "note": "x" })).await.expect(200).json();
        assert_eq!((&edited["people"], &edited["note"]), (&json!(["ada@example.org"]), &json!("x")));
    }

    async fn a_coupon_for_a_members_address_is_for_whoever_a_shop_names_by_it_too(app: App) {
        let key = writer(&app).await;
        let member = make::user().role("member").create(&app).await;
        let mut body = percentage("FOR-ADA");
        body["people"] = json!([member.email]);
        let made = key.call("POST", PATH, &body).await.expect(201);
        let read = key.ask("GET", made.location()).await.expect(200).json();
        assert_eq!(read["people"], json!([member.email]), "one name, however she is known");
        let shop = app.key(&["validations"]).await;
        for (person, valid) in [
            (json!({ "email": member.email }), true),
            (json!({ "user_id": member.id }), true),
            (json!({ "email": "somebody@else.test" }), false),
        ] {
            let ask = json!({ "code": "FOR-ADA", "person": person, "items": [crate::api::validations::ticket(1_000, 1)] });
            let said = shop.call("POST", "/api/v1/validations", &ask).await.expect(200).json();
            assert_eq!(said["valid"], valid, "{person}: {said}");
        }
        let admin = app.admin().await;
        let form = admin.get(&format!("/dashboard/coupons/{}/edit", made.json()["id"].as_str().unwrap())).await.page();
        assert_eq!(form.text("[name=people]"), member.email);
    }

    async fn a_coupon_is_made_and_read_with_every_field(app: App) {
        let key = writer(&app).await;
        let product = make::product("Tide Almanac").of_type("issue").create(&app).await;
        let other = make::product("Old Almanac").of_type("issue").create(&app).await;
        let body = json!({
            "code": " spring-15 ", "name": "Spring", "description": "15 % in spring", "note": "ask Mira",
            "tags": ["spring", "2027"],
            "benefit": { "kind": "percentage", "percentage": "12.5", "maximum_discount": 5000 },
            "product_types": ["issue"], "products": [product], "excluded_products": [other],
            "people": ["mira@elsewhere.test"],
            "minimum_amount": 1000, "valid_from": "2027-03-01T00:00:00+01:00", "valid_until": "2027-06-01T10:20:30.123456Z",
            "uses_per": "unit", "max_uses": 100, "max_uses_per_person": 1, "max_uses_per_organization": 2,
            "max_uses_per_product": 3, "budget": 90000, "discounted_periods": 3, "benefit_ends": "end_of_redeem_month",
            "restore_uses": "never", "gift": true, "leak_threshold": { "uses": 10, "within_minutes": 5 },
        });
        let made = key.call("POST", PATH, &body).await.expect(201);
        let coupon = made.json();
        let path = format!("{PATH}/{}", coupon["id"].as_str().unwrap());
        assert_eq!((made.location(), made.header("etag")), (path.as_str(), "\"1\""));
        let read = key.get(&path).await.expect(200);
        assert_eq!((read.json(), read.header("etag")), (coupon.clone(), "\"1\""));
        for (field, sent) in body.as_object().unwrap() {
            let expected = match field.as_str() {
                "code" => json!("SPRING-15"),
                "tags" => json!(["2027", "spring"]),
                "valid_from" => json!("2027-02-28T23:00:00Z"),
                "benefit" => json!({ "kind": "percentage", "basis_points": 1250, "percentage": "12.5", "maximum_discount": 5000 }),
                _ => sent.clone(),
            };
            assert_eq!(coupon[field], expected, "{field}");
        }
        let derived = json!({
            "status": "scheduled", "codes": 1, "currency": "EUR", "uses": 0, "held": 0, "remaining": 100, "spent": 0,
            "spent_held": 0, "remaining_budget": 90000, "created_by": null, "paused_at": null, "deleted_at": null, "version": 1,
        });
        for (field, value) in derived.as_object().unwrap() {
            assert_eq!(&coupon[field], value, "{field}");
        }
        assert!(coupon["created_at"].as_str().unwrap().ends_with('Z'));
        let entry = app.key(&["audit:read"]).await.get("/api/v1/audit-entries?action=coupon.created").await.json();
        assert_eq!((&entry["items"][0]["actor"]["kind"], &entry["items"][0]["code"]), (&json!("key"), &json!("SPRING-15")));
    }

    async fn each_kind_of_benefit_can_be_made(app: App) {
        let admin = app.admin().await;
        let limit = [("key", "rooms"), ("label", "Rooms"), ("unit", "room"), ("default", "1"), ("minimum", ""), ("maximum", "")];
        admin.post_form("/dashboard/limits", &limit).await.expect(303);
        let kinds = [
            (json!({ "kind": "fixed_amount", "amount": 500 }), "order", Value::Null),
            (json!({ "kind": "credit", "amount": 2000 }), "order", json!(1)),
            (
                json!({ "kind": "limits", "limits": [
                    { "key": "rooms", "mode": "set", "value": null },
                    { "key": "seats", "mode": "raise_to", "value": 40 },
                ] }),
                "order",
                json!(1),
            ),
        ];
        for (number, (benefit, uses_per, per_organization)) in kinds.into_iter().enumerate() {
            let body = json!({ "code": format!("KIND-{number}"), "benefit": benefit });
            let coupon = admin.call("POST", PATH, &body).await.expect(201).json();
            assert_eq!((&coupon["benefit"], &coupon["uses_per"]), (&benefit, &json!(uses_per)));
            assert_eq!((&coupon["max_uses_per_organization"], &coupon["created_by"]), (&per_organization, &json!(admin.id())));
        }
        let unlimited = json!({ "code": "FREE-FOR-ALL", "benefit": { "kind": "credit", "amount": 1 }, "max_uses_per_organization": null });
        assert!(admin.call("POST", PATH, &unlimited).await.expect(201).json()["max_uses_per_organization"].is_null());
    }

    async fn what_cannot_be_is_said_on_its_field_and_makes_nothing(app: App) {
        let key = writer(&app).await;
        let with = |field: &str, value: Value| {
            let mut body = percentage("WRONG-1");
            body[field] = value;
            body
        };
        let benefit = |value: Value| with("benefit", value);
        let cases = [
            (400, with("colour", json!(1)), "colour"),
            (400, with("max_uses", json!("10")), "max_uses"),
            (400, with("max_uses", json!(1.5)), "max_uses"),
            (400, with("uses_per", json!("week")), "uses_per"),
            (400, with("valid_from", json!("tomorrow")), "valid_from"),
            (400, with("status", json!("active")), "status"),
            (400, benefit(json!({ "kind": "gold" })), "benefit.kind"),
            (400, benefit(json!({ "kind": "percentage", "percent": 10 })), "benefit.percent"),
            (422, with("benefit", Value::Null), "benefit"),
            (422, benefit(json!({ "basis_points": 10 })), "benefit.kind"),
            (422, benefit(json!({ "kind": "percentage" })), "benefit.basis_points"),
            (422, benefit(json!({ "kind": "percentage", "basis_points": 10001 })), "benefit.basis_points"),
            (422, benefit(json!({ "kind": "percentage", "basis_points": 1000, "percentage": "11" })), "benefit.basis_points"),
            (422, benefit(json!({ "kind": "percentage", "basis_points": 1000, "amount": 1 })), "benefit.amount"),
            (422, benefit(json!({ "kind": "fixed_amount", "amount": 0 })), "benefit.amount"),
            (422, benefit(json!({ "kind": "fixed_amount", "amount": -5 })), "benefit.amount"),
            (422, benefit(json!({ "kind": "limits", "limits": [] })), "benefit.limits"),
            (422, benefit(json!({ "kind": "limits", "limits": [{ "key": "none", "mode": "set", "value": 1 }] })), "benefit.limits"),
            (422, with("code", json!("no/good")), "code"),
            (422, with("code", Value::Null), "code"),
            (422, with("code", json!("")), "code"),
            (422, with("max_uses", json!(-1)), "max_uses"),
            (422, with("max_uses_per_person", json!(i64::MIN)), "max_uses_per_person"),
            (422, with("minimum_amount", json!(-1)), "minimum_amount"),
            (422, with("product_types", json!(["nothing"])), "product_types"),
            (422, with("products", json!([app.tenant])), "products"),
            (422, with("excluded_products", json!([app.tenant])), "excluded_products"),
            (422, with("people", json!(["nobody"])), "people"),
            (422, with("people", json!(["a@b.test, c@d.test"])), "people"),
            (422, with("tags", json!(["a,b"])), "tags"),
            (422, with("valid_from", json!("9999-12-31T23:59:59Z")), "valid_from"),
            (422, with("discounted_periods", json!(0)), "discounted_periods"),
            (422, with("leak_threshold", json!({ "uses": 3 })), "leak_threshold.uses"),
            (422, with("name", json!("x".repeat(121))), "name"),
            (422, with("note", json!("a\u{7}b")), "note"),
        ];
        for (status, body, field) in cases {
            let problem = key.call("POST", PATH, &body).await.expect(status).json();
            assert_eq!(problem["errors"][0]["field"], field, "{body}: {problem}");
            assert!(problem["errors"][0]["message"].as_str().is_some_and(|said| !said.is_empty()), "{problem}");
        }
        assert_eq!(key.get(PATH).await.expect(200).json()["items"], json!([]));
    }

    async fn a_body_that_is_none_is_refused_before_anything_else(app: App) {
        let key = writer(&app).await;
        let send = async |kind: &str, body: String| {
            let request = key.request(reqwest::Method::POST, PATH).header("Content-Type", kind).body(body);
            let answer = key.send(request).await;
            (answer.status, answer.json()["code"].as_str().unwrap().to_owned())
        };
        let json = "application/json; charset=utf-8";
        assert_eq!(send(json, "{".to_owned()).await, (400, "malformed_json".to_owned()));
        assert_eq!(send(json, String::new()).await, (400, "malformed_json".to_owned()));
        assert_eq!(send(json, "[]".to_owned()).await, (400, "invalid_body".to_owned()));
        assert_eq!(send(json, r#"{"code": "A1B", "code": "A1C"}"#.to_owned()).await, (400, "invalid_body".to_owned()));
        assert_eq!(send(json, r#"{"name": "\u0000"}"#.to_owned()).await, (400, "invalid_body".to_owned()));
        assert_eq!(send("text/plain", "{}".to_owned()).await, (415, "unsupported_media_type".to_owned()));
        assert_eq!(send("application/x-www-form-urlencoded", "code=A".to_owned()).await.0, 415);
        let packed = key.json_request("POST", PATH, &json!({})).header("Content-Encoding", "gzip");
        let problem = key.send(packed).await.expect(415).json();
        assert_eq!(problem["detail"], "Send the body as it is, without Content-Encoding.");
        assert_eq!(send(json, format!("{{\"name\": \"{}\"}}", "x".repeat(300_000))).await, (413, "too_large".to_owned()));
    }

    async fn a_code_that_reads_like_another_is_409_and_names_it(app: App) {
        let key = writer(&app).await;
        let first = key.call("POST", PATH, &percentage("SAVE-1O")).await.expect(201).json();
        let problem = key.call("POST", PATH, &percentage("save10")).await.expect(409).json();
        assert_eq!((&problem["code"], &problem["existing_code"]), (&json!("code_taken"), &json!("SAVE-1O")));
        assert_eq!((&problem["coupon_id"], &problem["deleted"]), (&first["id"], &json!(false)));
        assert!(problem.get("restore").is_none(), "{problem}");
        let path = format!("{PATH}/{}", first["id"].as_str().unwrap());
        key.ask("DELETE", &path).await.expect(204);
        let problem = key.call("POST", PATH, &percentage("save10")).await.expect(409).json();
        assert_eq!((&problem["deleted"], &problem["restore"]), (&json!(true), &json!(format!("{path}/restore"))));
        let back = key.ask("POST", problem["restore"].as_str().unwrap()).await.expect(200).json();
        assert_eq!((&back["status"], &back["deleted_at"]), (&json!("active"), &Value::Null));
    }

    async fn a_deleted_coupon_can_be_read_and_restored_and_nothing_else(app: App) {
        let key = writer(&app).await;
        let coupon = make::coupon().code("GONE-1").create(&app).await;
        let path = format!("{PATH}/{}", coupon.id);
        let answer = key.ask("DELETE", &path).await.expect(204);
        assert_eq!(answer.body, "");
        key.ask("DELETE", &path).await.expect(204);
        assert_eq!(key.get(&path).await.expect(200).json()["status"], "deleted");
        for answer in [
            key.call("PATCH", &path, &json!({ "name": "A" })).await,
            key.ask("POST", &format!("{path}/pause")).await,
            key.call("POST", &format!("{path}/codes"), &json!({ "code": "MORE-1" })).await,
        ] {
            assert_eq!(answer.expect(409).json()["code"], "deleted");
        }
        let list = async |query: &str| key.get(&format!("{PATH}{query}")).await.expect(200).json()["items"].as_array().unwrap().len();
        assert_eq!((list("").await, list("?include_deleted=true").await, list("?status=deleted").await), (0, 1, 1));
        key.ask("POST", &format!("{path}/restore")).await.expect(200);
        assert_eq!(list("").await, 1);
    }

    async fn pausing_and_resuming_answer_with_the_coupon(app: App) {
        let key = writer(&app).await;
        let path = format!("{PATH}/{}", make::coupon().create(&app).await.id);
        for (verb, status) in [("pause", "paused"), ("pause", "paused"), ("resume", "active"), ("resume", "active")] {
            let coupon = key.ask("POST", &format!("{path}/{verb}")).await.expect(200).json();
            assert_eq!((&coupon["status"], &coupon["version"]), (&json!(status), &json!(1)), "{verb}");
        }
        let quiet = key.request(reqwest::Method::POST, &format!("{path}/pause")).header("Prefer", "return=minimal");
        let answer = key.send(quiet).await.expect(204);
        assert_eq!((answer.header("preference-applied"), answer.header("etag")), ("return=minimal", "\"1\""));
    }

    async fn a_list_is_filtered_sorted_and_read_page_by_page(app: App) {
        let key = app.key(&["coupons:read"]).await;
        for number in 0..5 {
            make::coupon().code(&format!("ONE-{number}")).name(&format!("N{number}")).used(number).create(&app).await;
        }
        make::coupon().code("CREDIT-1").credit("5.00").create(&app).await;
        let list = async |query: &str| key.get(&format!("{PATH}{query}")).await.expect(200).json();
        let codes = |page: &Value| -> Vec<String> {
            page["items"].as_array().unwrap().iter().map(|row| row["code"].as_str().unwrap().to_owned()).collect()
        };
        let first = list("?limit=2").await;
        assert_eq!(codes(&first), ["CREDIT-1", "ONE-4"]);
        let second = list(&format!("?limit=2&after={}", first["next"].as_str().unwrap())).await;
        assert_eq!(codes(&second), ["ONE-3", "ONE-2"]);
        let last = list(&format!("?limit=2&after={}", second["next"].as_str().unwrap())).await;
        assert_eq!((codes(&last), &last["next"]), (vec!["ONE-1".to_owned(), "ONE-0".to_owned()], &Value::Null));
        assert_eq!(codes(&list("?q=one+3").await), ["ONE-3"]);
        assert_eq!(codes(&list("?benefit=credit").await), ["CREDIT-1"]);
        assert_eq!(codes(&list("?sort=-uses&limit=1").await), ["ONE-4"]);
        assert_eq!(list("?gift=true").await["items"], json!([]));
        for query in ["?limit=0", "?limit=101", "?limit=x", "?status=odd", "?benefit=gold", "?sort=colour", "?after=x", "?gift=maybe"] {
            let problem = key.get(&format!("{PATH}{query}")).await.expect(400);
            assert_eq!(problem.header("content-type"), "application/problem+json", "{query}");
        }
    }

    async fn coupons_of_another_tenant_and_ids_that_are_none_are_404(app: App) {
        let coupon = make::coupon().create(&app).await;
        let other = make::tenant(&app, "other", "other.test").await;
        make::hostname(&app, "harbour.test").await;
        let key = app.key_of(other, &["coupons:read", "coupons:write"]).await;
        let mut paths = Vec::new();
        for id in [coupon.id.to_string(), app.tenant.to_string(), "no-id".to_owned(), "%00".to_owned(), "1".to_owned()] {
            paths.extend([("GET", format!("{PATH}/{id}")), ("DELETE", format!("{PATH}/{id}"))]);
            paths.extend(["pause", "resume", "restore"].map(|verb| ("POST", format!("{PATH}/{id}/{verb}"))));
            paths.push(("GET", format!("{PATH}/{id}/codes")));
            paths.push(("GET", format!("/api/v1/codes/{id}")));
        }
        for (method, path) in paths {
            let method_of = reqwest::Method::from_bytes(method.as_bytes()).unwrap();
            let answer = key.send(key.request(method_of, &path).header("Host", "other.test")).await.expect(404);
            assert_eq!(answer.json()["code"], "not_found", "{method} {path}");
        }
    }

    async fn coupons_that_are_switched_off_are_not_to_be_had(app: App) {
        let key = writer(&app).await;
        make::switch_coupons_off(&app).await;
        for answer in [key.get(PATH).await, key.call("POST", PATH, &percentage("A-1")).await, app.admin().await.get(PATH).await] {
            assert_eq!(answer.expect(403).json()["code"], "coupons_disabled");
        }
    }

    async fn each_call_asks_for_its_own_scope(app: App) {
        let path = format!("{PATH}/{}", make::coupon().create(&app).await.id);
        let reads = [PATH.to_owned(), path.clone(), format!("{path}/codes")];
        let (reader, writer) = (app.key(&["coupons:read"]).await, app.key(&["coupons:write"]).await);
        for read in &reads {
            reader.get(read).await.expect(200);
            assert_eq!(writer.get(read).await.expect(403).json()["scope"], "coupons:read");
            app.support().await.get(read).await.expect(200);
            app.member().await.get(read).await.expect(403);
            app.anonymous().get(read).await.expect(401);
        }
        for actor in [reader, app.support().await, app.member().await] {
            actor.call("POST", PATH, &percentage("A-1")).await.expect(403);
            actor.call("PATCH", &path, &json!({})).await.expect(403);
            actor.ask("DELETE", &path).await.expect(403);
        }
    }
}
