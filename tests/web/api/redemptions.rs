//! `/api/v1/redemptions` and the codes of organizations, as a checkout calls them.

use super::validations::ticket;
use sea_orm::ActiveValue::Set;
use sea_orm::EntityTrait;
use serde_json::{Value, json};
use support::prelude::*;
use vouchsafe::db::tables::limits;

const PATH: &str = "/api/v1/redemptions";

fn hold(code: &str, order: &str) -> Value {
    json!({ "code": code, "mode": "hold", "order_ref": order, "items": [ticket(1_000, 1)] })
}

async fn held(key: &Actor, code: &str, order: &str) -> Value {
    key.call("POST", PATH, &hold(code, order)).await.expect(201).json()
}

fn at(redemption: &Value, step: &str) -> String {
    format!("{PATH}/{}/{step}", redemption["id"].as_str().unwrap())
}

on_both_databases! {
    async fn a_checkout_holds_then_confirms_and_reverses(app: App) {
        make::coupon().code("SAVE-10").create(&app).await;
        let key = app.key(&["redemptions:write"]).await;
        let answer = key.call("POST", PATH, &hold("save 10", "A-1")).await.expect(201);
        let it = answer.json();
        assert_eq!(answer.header("location"), format!("{PATH}/{}", it["id"].as_str().unwrap()));
        assert_eq!((&it["state"], &it["total"], &it["payment_required"]), (&json!("held"), &json!(900), &json!(true)));
        let confirmed = key.call("POST", &at(&it, "confirm"), &json!({})).await.expect(200).json();
        assert_eq!((&confirmed["state"], &confirmed["payment_required"]), (&json!("confirmed"), &json!(false)));
        let again = key.ask("POST", &at(&it, "confirm")).await.expect(200).json();
        assert_eq!(again, confirmed);
        let reversed = key.call("POST", &at(&it, "reverse"), &json!({ "reason": "returned" })).await.expect(200).json();
        assert_eq!((&reversed["state"], &reversed["lines"][0]["reversed"]["amount"]), (&json!("reversed"), &json!(900)));
        let shown = key.get(&format!("{PATH}/{}", it["id"].as_str().unwrap())).await.expect(200).json();
        assert_eq!((&shown["state"], &shown["code"], &shown["reason"]), (&json!("reversed"), &json!("SAVE-10"), &json!("returned")));
    }

    async fn a_failed_payment_releases_and_the_same_order_holds_again(app: App) {
        make::coupon().code("SAVE-10").max_uses(1).create(&app).await;
        let key = app.key(&["redemptions:write"]).await;
        let it = held(&key, "SAVE-10", "A-1").await;
        let other = key.call("POST", PATH, &hold("SAVE-10", "A-2")).await.expect(409);
        assert_eq!(other.json()["code"], "held");
        assert!(other.header("retry-after").parse::<i64>().unwrap() > 60);
        key.call("POST", &at(&it, "release"), &json!({})).await.expect(200);
        held(&key, "SAVE-10", "A-1").await;
    }

    async fn the_same_order_again_extends_with_200_and_another_content_swaps_with_201(app: App) {
        make::coupon().code("SAVE-10").create(&app).await;
        let key = app.key(&["redemptions:write"]).await;
        let it = held(&key, "SAVE-10", "A-1").await;
        let again = key.call("POST", PATH, &hold("SAVE-10", "A-1")).await.expect(200).json();
        assert_eq!(again["id"], it["id"]);
        let mut other = hold("SAVE-10", "A-1");
        other["items"] = json!([ticket(1_000, 2)]);
        let swapped = key.call("POST", PATH, &other).await.expect(201).json();
        assert_ne!(swapped["id"], it["id"]);
        key.ask("POST", &at(&swapped, "confirm")).await.expect(200);
        let taken = key.call("POST", PATH, &hold("SAVE-10", "A-1")).await.expect(409).json();
        assert_eq!((&taken["code"], &taken["redemption_id"]), (&json!("order_taken"), &swapped["id"]));
    }

    async fn an_order_without_anything_to_pay_is_redeemed_at_once_under_the_same_limits(app: App) {
        make::coupon().code("FREE").percent("100").max_uses(2).create(&app).await;
        let key = app.key(&["redemptions:write"]).await;
        let instant = |quantity| json!({ "code": "FREE", "mode": "instant", "items": [ticket(1_000, quantity)] });
        let it = key.call("POST", PATH, &instant(2)).await.expect(201).json();
        assert_eq!((&it["state"], &it["total"], &it["payment_required"]), (&json!("confirmed"), &json!(0), &json!(false)));
        assert_eq!(key.call("POST", PATH, &instant(1)).await.expect(410).json()["code"], "exhausted");
        make::coupon().code("HALF").percent("50").create(&app).await;
        let half = json!({ "code": "HALF", "mode": "instant", "items": [ticket(1_000, 1)] });
        let problem = key.call("POST", PATH, &half).await.expect(422).json();
        assert_eq!((&problem["code"], &problem["total"]), (&json!("payment_required"), &json!(500)));
    }

    async fn figures_that_cannot_be_summed_are_refused_and_break_nothing(app: App) {
        make::coupon().code("FREE").percent("100").with(|row| row.max_uses = Set(None)).create(&app).await;
        let key = app.key(&["redemptions:write", "validations"]).await;
        let order = |price: i64, quantity: i64| json!({ "code": "FREE", "mode": "instant", "items": [ticket(price, quantity)] });
        for (price, quantity) in [(i64::MAX, 1), (0, i64::MAX), (1_000_000_000_000_001, 1), (1, 1_000_000_001)] {
            let problem = key.call("POST", PATH, &order(price, quantity)).await.expect(422).json();
            assert!(problem["errors"][0]["field"].as_str().unwrap().starts_with("items"), "{problem}");
            let asked = json!({ "code": "FREE", "items": [ticket(price, quantity)] });
            key.call("POST", "/api/v1/validations", &asked).await.expect(422);
        }
        for _ in 0..2 {
            key.call("POST", PATH, &order(1_000_000_000_000_000, 1)).await.expect(201);
        }
    }

    async fn a_name_or_a_path_without_end_is_refused(app: App) {
        make::coupon().code("SAVE-10").create(&app).await;
        let key = app.key(&["redemptions:write", "validations", "coupons:write"]).await;
        let long = "x7Kq".repeat(1_000);
        let mut body = hold("SAVE-10", "A-1");
        body["person"] = json!({ "email": format!("{long}@example.org") });
        let problem = key.call("POST", PATH, &body).await.expect(422).json();
        assert_eq!(problem["errors"][0]["field"], "person.email");
        let path = format!("/billing/vouchers/revoke/{long}");
        let revoke = key.request(reqwest::Method::DELETE, &path).header("Idempotency-Key", "k-1");
        let status = key.send(revoke).await.status;
        assert!((400..500).contains(&status), "{status}");
    }

    async fn each_refusal_has_its_status(app: App) {
        let now = app.now();
        let day = chrono::TimeDelta::days(1);
        make::coupon().code("PAUSED").paused_at(now).create(&app).await;
        make::coupon().code("ENDED").ends_at(now - day).create(&app).await;
        make::coupon().code("SOON").starts_at(now + day).create(&app).await;
        make::coupon().code("GONE").deleted_at(now).create(&app).await;
        make::coupon().code("USED-UP").max_uses(0).create(&app).await;
        make::coupon().code("CREDIT").credit("5").create(&app).await;
        make::coupon().code("MINIMUM").with(|row| row.minimum_amount = Set(5_000)).create(&app).await;
        make::coupon().code("EACH-ONCE").with(|row| row.max_uses_per_person = Set(Some(1))).create(&app).await;
        make::coupon().code("BROKE").with(|row| row.budget = Set(Some(0))).create(&app).await;
        let key = app.key(&["redemptions:write"]).await;
        for (code, status, reason) in [
            ("ß", 400, "malformed_code"),
            ("NEVER-WAS", 404, "unknown_code"),
            ("GONE", 404, "unknown_code"),
            ("CREDIT", 422, "not_for_orders"),
            ("PAUSED", 410, "paused"),
            ("ENDED", 410, "expired"),
            ("SOON", 422, "not_started"),
            ("EACH-ONCE", 401, "sign_in_required"),
            ("USED-UP", 410, "exhausted"),
            ("BROKE", 410, "budget_exhausted"),
            ("MINIMUM", 422, "below_minimum"),
        ] {
            let answer = key.call("POST", PATH, &hold(code, "A-1")).await.expect(status);
            assert_eq!(answer.header("content-type"), "application/problem+json");
            assert_eq!(answer.json()["code"], reason, "{code}");
        }
        let mut foreign = hold("SOON", "A-1");
        make::coupon().code("SAVE").create(&app).await;
        (foreign["code"], foreign["currency"]) = (json!("SAVE"), json!("CHF"));
        assert_eq!(key.call("POST", PATH, &foreign).await.expect(422).json()["code"], "currency_mismatch");
        make::switch_coupons_off(&app).await;
        assert_eq!(key.call("POST", PATH, &hold("SAVE", "A-1")).await.expect(403).json()["code"], "coupons_disabled");
    }

    async fn the_same_key_gets_the_same_answer_once_and_another_body_422(app: App) {
        let coupon = make::coupon().code("SAVE-10").create(&app).await;
        let key = app.key(&["redemptions:write"]).await;
        let send = |body: Value| key.send(key.json_request("POST", PATH, &body).header("Idempotency-Key", "order-1"));
        let first = send(hold("SAVE-10", "A-1")).await.expect(201);
        let again = send(hold("SAVE-10", "A-1")).await.expect(201);
        assert_eq!(first.json(), again.json());
        assert_eq!((first.header("idempotency-replayed"), again.header("idempotency-replayed")), ("", "true"));
        send(hold("SAVE-10", "A-2")).await.expect(422);
        assert_eq!(make::coupon_row(&app, coupon.id).await.held, 1);
        let twins = (0..50).map(|_| {
            let request = key.json_request("POST", PATH, &hold("SAVE-10", "B-1")).header("Idempotency-Key", "order-2");
            key.send(request)
        });
        let answers = futures_util::future::join_all(twins).await;
        assert!(answers.iter().all(|it| it.status == 201 && it.json() == answers[0].json()));
        assert_eq!(make::coupon_row(&app, coupon.id).await.held, 2);
    }

    async fn staff_release_and_reverse_with_a_reason_but_never_say_a_price(app: App) {
        make::coupon().code("SAVE-10").create(&app).await;
        let (key, support) = (app.key(&["redemptions:write"]).await, app.support().await);
        let it = held(&key, "SAVE-10", "A-1").await;
        support.call("POST", PATH, &hold("SAVE-10", "A-2")).await.expect(403);
        support.call("POST", &at(&it, "confirm"), &json!({})).await.expect(403);
        let problem = support.call("POST", &at(&it, "release"), &json!({})).await.expect(422).json();
        assert_eq!(problem["errors"][0]["field"], "reason");
        support.call("POST", &at(&it, "release"), &json!({ "reason": "called in" })).await.expect(200);
        let wrong = support.call("POST", &at(&it, "reverse"), &json!({ "reason": "x" })).await.expect(409).json();
        assert_eq!((&wrong["code"], &wrong["state"]), (&json!("wrong_state"), &json!("released")));
        let key = app.key(&["validations"]).await;
        let missing = key.call("POST", PATH, &hold("SAVE-10", "A-2")).await.expect(403).json();
        assert_eq!((&missing["code"], &missing["scope"]), (&json!("missing_scope"), &json!("redemptions:write")));
    }

    async fn what_was_paid_too_late_is_honoured_by_staff_or_a_key_that_may_raise_maxima_and_with_a_reason(app: App) {
        let coupon = make::coupon().code("ONE").max_uses(1).create(&app).await;
        let (key, support) = (app.key(&["redemptions:write"]).await, app.support().await);
        let first = held(&key, "ONE", "A-1").await;
        let said = json!({ "reason": "our delay" });
        let wrong = support.call("POST", &at(&first, "honour"), &said).await.expect(409).json();
        assert_eq!((&wrong["code"], &wrong["state"]), (&json!("wrong_state"), &json!("held")));
        key.ask("POST", &at(&first, "release")).await.expect(200);
        let second = held(&key, "ONE", "A-2").await;
        key.ask("POST", &at(&second, "confirm")).await.expect(200);
        assert_eq!(key.ask("POST", &at(&first, "confirm")).await.expect(409).json()["code"], "too_late");
        let missing = key.call("POST", &at(&first, "honour"), &said).await.expect(403).json();
        assert_eq!(missing["scope"], "coupons:write", "a till cannot raise a maximum");
        app.member().await.call("POST", &at(&first, "honour"), &said).await.expect(403);
        let office = app.key(&["coupons:write"]).await;
        for who in [&office, &support] {
            for (said, status) in [(json!({}), 400), (json!({ "reason": "  " }), 422)] {
                let problem = who.call("POST", &at(&first, "honour"), &said).await.expect(status).json();
                assert_eq!(problem["errors"][0]["field"], "reason", "{problem}");
            }
        }
        let honoured = office.call("POST", &at(&first, "honour"), &said).await.expect(200).json();
        assert_eq!((&honoured["state"], &honoured["needs_attention"]), (&json!("confirmed"), &Value::Null));
        let again = support.call("POST", &at(&first, "honour"), &said).await.expect(200).json();
        assert_eq!(again, honoured);
        let row = make::coupon_row(&app, coupon.id).await;
        assert_eq!((row.uses, row.max_uses), (2, Some(2)));
        let log = support.get("/api/v1/audit-entries?action=redemption.honoured").await.expect(200).json();
        assert_eq!((log["items"].as_array().unwrap().len(), &log["items"][0]["reason"]), (1, &json!("our delay")));
    }

    async fn a_reason_is_as_long_by_api_as_on_the_page(app: App) {
        make::coupon().code("SAVE-10").create(&app).await;
        let (key, support) = (app.key(&["redemptions:write"]).await, app.support().await);
        let it = held(&key, "SAVE-10", "A-1").await;
        let page = format!("/dashboard/redemptions/{}", it["id"].as_str().unwrap());
        let sentence = "A reason has at most 300 characters.";
        let long = json!({ "reason": "ü".repeat(301) });
        let problem = key.call("POST", &at(&it, "release"), &long).await.expect(422).json();
        assert_eq!(problem["errors"][0]["message"], sentence);
        let form = support.get(&page).await.page().form("main form").with("reason", &"ü".repeat(301));
        let errors = support.submit(&form).await.expect(422).page().field_errors();
        assert!(errors.iter().any(|error| error.contains(sentence)), "{errors:?}");
        key.call("POST", &at(&it, "release"), &json!({ "reason": "ü".repeat(300) })).await.expect(200);
    }

    async fn a_code_of_limits_tells_machines_what_each_was_and_is(app: App) {
        make::coupon().code("TEAM").raise("seats", 25).create(&app).await;
        make::coupon().code("ENDLESS").set("seats", None).create(&app).await;
        let tx = app.db.begin().await.unwrap();
        let no_maximum = limits::ActiveModel { maximum: Set(None), ..Default::default() };
        limits::Entity::update_many().set(no_maximum).exec(&tx).await.unwrap();
        tx.commit().await.unwrap();
        let organization = make::organization(&app, "Nordwind").await;
        let path = format!("/api/v1/organizations/{}/redemptions", organization.id);
        let key = app.key(&["organizations:write", "validations"]).await;
        let seats = || async {
            let it = key.get(&format!("/api/v1/organizations/{}", organization.id)).await.expect(200).json();
            it["limits"].as_array().unwrap().iter().find(|limit| limit["key"] == "seats").unwrap().clone()
        };
        let before = seats().await;
        let asked = json!({ "code": "TEAM", "organization_id": organization.id });
        let quoted = key.call("POST", "/api/v1/validations", &asked).await.expect(200).json();
        let said = key.send(key.json_request("POST", &path, &json!({ "code": "TEAM" })).header("Idempotency-Key", "team-1"));
        let it = said.await.expect(201).json();
        let moved = json!([{ "key": "seats", "label": before["label"], "before": before["value"], "after": 25 }]);
        assert_eq!((&it["limits"], &quoted["quote"]["limits"]), (&moved, &moved), "{it}");
        assert!(it["message"].as_str().unwrap().contains("25"), "and in words: {it}");
        let again = key.send(key.json_request("POST", &path, &json!({ "code": "TEAM" })).header("Idempotency-Key", "team-1"));
        assert_eq!(again.await.expect(201).json(), it, "a replay says the same");
        let endless = key.call("POST", &path, &json!({ "code": "ENDLESS" })).await.expect(201).json();
        assert_eq!((&endless["limits"][0]["before"], &endless["limits"][0]["after"]), (&json!(25), &Value::Null));
    }

    async fn a_renewal_costs_the_frozen_terms_until_its_periods_run_out(app: App) {
        make::coupon().code("THREE").percent("20").with(|row| row.discounted_periods = Set(Some(3))).create(&app).await;
        let key = app.key(&["redemptions:write"]).await;
        let it = held(&key, "THREE", "A-1").await;
        let ask = |period: i64| { let path = format!("{}?period={period}&amount=1000", at(&it, "renewal")); let key = &key; async move { key.get(&path).await } };
        assert_eq!(ask(2).await.expect(409).json()["code"], "wrong_state");
        key.ask("POST", &at(&it, "confirm")).await.expect(200);
        assert_eq!(ask(3).await.expect(200).json()["amount"], 800);
        let over = ask(4).await.expect(200).json();
        assert_eq!((&over["amount"], &over["over"]), (&json!(1_000), &json!(true)));
        ask(0).await.expect(422);
    }

    async fn an_organizations_code_is_applied_by_key_and_by_its_members_only(app: App) {
        make::coupon().code("CREDIT-5").credit("5").create(&app).await;
        let organization = make::organization(&app, "Nordwind").await;
        let path = format!("/api/v1/organizations/{}/redemptions", organization.id);
        let body = json!({ "code": "credit 5" });
        app.member().await.call("POST", &path, &body).await.expect(404);
        let member = app.member_of(&organization).await;
        let it = member.call("POST", &path, &body).await.expect(201).json();
        assert_eq!((&it["state"], &it["organization_id"]), (&json!("confirmed"), &json!(organization.id)));
        assert!(it["message"].as_str().unwrap().contains("5.00"), "{it}");
        assert_eq!((&it["total"], &it["amount_before"]), (&json!(0), &json!(0)), "there is nothing to pay: {it}");
        assert_eq!(it["credit"], 500, "what it gave, for machines: {it}");
        let key = app.key(&["organizations:write"]).await;
        assert_eq!(key.call("POST", &path, &body).await.expect(409).json()["code"], "already_applied");
    }

    async fn another_tenants_redemption_is_not_found(app: App) {
        make::coupon().code("SAVE-10").create(&app).await;
        let key = app.key(&["redemptions:write"]).await;
        let it = held(&key, "SAVE-10", "A-1").await;
        make::hostname(&app, "harbour.test").await;
        let other = make::tenant(&app, "other", "other.test").await;
        let foreign = app.key_of(other, &["redemptions:write"]).await;
        let call = |method: &str, path: &str| {
            foreign.send(foreign.json_request(method, path, &json!({})).header("Host", "other.test"))
        };
        for step in ["confirm", "release", "reverse"] {
            call("POST", &at(&it, step)).await.expect(404);
        }
        call("GET", &format!("{PATH}/{}", it["id"].as_str().unwrap())).await.expect(404);
        call("GET", &format!("{PATH}/nonsense")).await.expect(404);
    }

    async fn a_refusal_that_comes_again_is_marked_as_such(app: App) {
        let now = app.now();
        make::coupon().code("PAUSED").paused_at(now).create(&app).await;
        let organization = make::organization(&app, "Nordwind").await;
        let key = app.key(&["redemptions:write", "organizations:write"]).await;
        let unknown = "01998a00-0000-7000-8000-000000000001";
        let mut nowhere = hold("PAUSED", "A-1");
        nowhere["organization_id"] = json!(unknown);
        let confirm = format!("{PATH}/{unknown}/confirm");
        let apply = format!("/api/v1/organizations/{}/redemptions", organization.id);
        let checkout = json!({ "organization_id": organization.id, "amount": 5, "promo_code": "NOBODY" });
        for (path, body, status) in [
            (PATH, hold("PAUSED", "A-1"), 410),
            (PATH, hold("NOBODY", "A-2"), 404),
            (PATH, nowhere, 422),
            (&confirm, json!({}), 404),
            (&apply, json!({ "code": "NOBODY" }), 404),
            ("/billing/checkout", checkout, 404),
        ] {
            let send = || key.send(key.json_request("POST", path, &body).header("Idempotency-Key", format!("{status}-{path}")));
            let (first, again) = (send().await.expect(status), send().await.expect(status));
            let marks = (first.header("idempotency-replayed"), again.header("idempotency-replayed"));
            assert_eq!(marks, ("", "true"), "{path}: {again:?}");
            assert_eq!((&first.json()["code"], &first.json()["detail"]), (&again.json()["code"], &again.json()["detail"]));
        }
    }

    async fn an_organization_that_nobody_has_is_a_fault_of_its_field(app: App) {
        make::coupon().code("SAVE-10").create(&app).await;
        make::hostname(&app, "harbour.test").await;
        let other = make::tenant(&app, "other", "other.test").await;
        let foreign = app.key_of(other, &["redemptions:write", "organizations:write", "validations"]).await;
        let organization = make::organization(&app, "Nordwind").await;
        for id in [organization.id.to_string(), "01998a00-0000-7000-8000-000000000001".to_owned()] {
            let mut order = hold("SAVE-10", "A-1");
            order["organization_id"] = json!(id);
            let asked = json!({ "code": "SAVE-10", "organization_id": id });
            let checkout = json!({ "organization_id": id, "amount": 5 });
            for (path, body) in [(PATH, order), ("/api/v1/validations", asked), ("/billing/checkout", checkout)] {
                let request = foreign.json_request("POST", path, &body).header("Host", "other.test");
                let problem = foreign.send(request).await.expect(422).json();
                assert_eq!((&problem["code"], &problem["errors"][0]["field"]), (&json!("invalid"), &json!("organization_id")));
            }
        }
    }

    async fn a_guess_says_how_many_are_left(app: App) {
        let organization = make::organization(&app, "Nordwind").await;
        let key = app.key(&["redemptions:write", "organizations:write"]).await;
        let guess = key.call("POST", PATH, &hold("NOBODY", "A-1")).await.expect(404);
        assert_eq!(guess.header("ratelimit-policy"), "\"guesses\";q=100;w=3600");
        assert!(guess.header("ratelimit").starts_with("\"guesses\";r=99;t="), "{guess:?}");
        let path = format!("/api/v1/organizations/{}/redemptions", organization.id);
        let guess = key.call("POST", &path, &json!({ "code": "NOBODY" })).await.expect(404);
        assert!(guess.header("ratelimit").starts_with("\"guesses\";r=98;t="), "{guess:?}");
    }

    async fn a_reversal_that_cannot_be_points_at_its_place_in_the_request(app: App) {
        make::coupon().code("SAVE-10").create(&app).await;
        let key = app.key(&["redemptions:write"]).await;
        let mut body = hold("SAVE-10", "A-1");
        body["items"] = json!([ticket(1_000, 2), ticket(900, 1)]);
        let it = key.call("POST", PATH, &body).await.expect(201).json();
        key.ask("POST", &at(&it, "confirm")).await.expect(200);
        let line = |line: i64, quantity: i64| json!({ "line": line, "quantity": quantity });
        for (lines, status, field, said) in [
            (json!([line(1, 1), line(7, 1)]), 422, "lines[1].line", "no such line"),
            (json!([line(1, 0)]), 422, "lines[0].quantity", "at least 1"),
            (json!([line(1, 1), line(0, 3)]), 422, "lines[1].quantity", "2 units"),
            (json!([line(0, 1), line(0, 2)]), 422, "lines[1].quantity", "1 unit"),
            (json!([line(-1, 1)]), 400, "lines[0].line", "a whole number from 0"),
        ] {
            let problem = key.call("POST", &at(&it, "reverse"), &json!({ "lines": lines })).await.expect(status).json();
            let error = &problem["errors"][0];
            assert_eq!(error["field"], field, "{problem}");
            assert!(error["message"].as_str().unwrap().contains(said), "{problem}");
        }
    }

    async fn what_needs_no_fields_needs_no_body(app: App) {
        make::coupon().code("SAVE-10").create(&app).await;
        let (key, support) = (app.key(&["redemptions:write"]).await, app.support().await);
        let (first, second) = (held(&key, "SAVE-10", "A-1").await, held(&key, "SAVE-10", "A-2").await);
        let problem = support.ask("POST", &at(&first, "release")).await.expect(422).json();
        assert_eq!(problem["errors"][0]["field"], "reason");
        assert_eq!(key.ask("POST", &at(&first, "release")).await.expect(200).json()["state"], "released");
        key.ask("POST", &at(&second, "confirm")).await.expect(200);
        assert_eq!(key.ask("POST", &at(&second, "reverse")).await.expect(200).json()["state"], "reversed");
    }
}
