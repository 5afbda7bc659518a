//! `POST /api/v1/previews`: what strangers may know, and how they are slowed down.

use chrono::Duration;
use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use support::prelude::*;
use vouchsafe::db::tables::{attempts, audit_entries, codes, coupon_people, persons};

const PATH: &str = "/api/v1/previews";

fn code(text: &str) -> Value {
    json!({ "code": text })
}

async fn actions(app: &App, action: &str) -> Vec<audit_entries::Model> {
    let find = audit_entries::Entity::find().filter(audit_entries::Column::Action.eq(action));
    find.all(app.db.read()).await.unwrap()
}

on_both_databases! {
    async fn a_preview_says_the_benefit_and_the_description_and_uses_nothing_up(app: App) {
        let coupon = make::coupon().code("SAVE-15").percent("15").max_uses(3).with(|row| row.description = Set("15 % in spring".into())).create(&app).await;
        for _ in 0..3 {
            let said = app.anonymous().call("POST", PATH, &code(" save l5 ")).await.expect(200);
            let body = said.json();
            let keys: BTreeSet<_> = body.as_object().unwrap().keys().map(String::as_str).collect();
            assert_eq!(keys, ["code", "benefit", "currency", "description", "valid_until"].into());
            assert_eq!(body["benefit"], json!({ "kind": "percentage", "text": "15 % off", "basis_points": 1500 }));
            assert_eq!((&body["code"], &body["description"]), (&json!("SAVE-15"), &json!("15 % in spring")));
            assert_eq!(said.header("ratelimit"), "\"guesses\";r=15;t=3600");
            assert_eq!(said.header("ratelimit-policy"), "\"guesses\";q=15;w=3600");
        }
        let row = make::coupon_row(&app, coupon.id).await;
        assert_eq!((row.uses, row.held), (0, 0));
        make::coupon().code("SEATS-9").raise("seats", 90).create(&app).await;
        let limits = app.anonymous().call("POST", PATH, &code("seats9")).await.expect(200).json();
        assert_eq!(limits["benefit"]["limits"], json!([{ "key": "seats", "mode": "raise_to", "value": 90 }]));
        assert_eq!(limits["benefit"]["text"], "Seats raised to 90", "people read what the limit is called");
        let page = app.anonymous().get("/redeem?code=seats9").await.expect(200).page().words();
        assert!(page.contains("Seats raised to 90"), "{page}");
        let page = app.anonymous().get("/redeem?code=save15").await.expect(200).page().words();
        assert!(page.contains("Enter it when you order."), "{page}");
    }

    async fn unknown_deleted_foreign_and_whatever_else_strangers_do_not_know_are_equal_to_the_byte(app: App) {
        let now = app.now();
        make::coupon().code("DELETED-1").deleted_at(now).create(&app).await;
        make::coupon().code("LATER-1").starts_at(now + Duration::days(1)).create(&app).await;
        let trap = make::coupon().code("TRAP-1").create(&app).await;
        let canary = codes::Entity::update_many().col_expr(codes::Column::Canary, sea_orm::sea_query::Expr::value(true)).filter(codes::Column::Id.eq(trap.code_id));
        let picky = make::coupon().code("PICKY-1").create(&app).await;
        let tx = app.db.begin().await.unwrap();
        canary.exec(&tx).await.unwrap();
        let person = uuid::Uuid::now_v7();
        let row = persons::ActiveModel { tenant_id: Set(app.tenant), id: Set(person), created_at: Set(now) };
        persons::Entity::insert(row).exec_without_returning(&tx).await.unwrap();
        let row = coupon_people::ActiveModel { tenant_id: Set(app.tenant), coupon_id: Set(picky.id), person_id: Set(person) };
        coupon_people::Entity::insert(row).exec_without_returning(&tx).await.unwrap();
        tx.commit().await.unwrap();
        make::hostname(&app, "127.0.0.1").await;
        let other = make::tenant(&app, "other", "other.test").await;
        make::coupon().code("FOREIGN-1").create_in(&app, other).await;
        let mut bodies = BTreeSet::new();
        for path in [PATH, "/billing/vouchers/redeem-preview"] {
            for typed in ["UNKNOWN-1", "DELETED-1", "LATER-1", "PICKY-1", "TRAP-1", "FOREIGN-1"] {
                let answer = app.anonymous().call("POST", path, &code(typed)).await.expect(404);
                assert_eq!(answer.header("content-type"), "application/problem+json");
                bodies.insert(answer.body);
            }
        }
        assert_eq!(bodies.len(), 1, "{bodies:?}");
        let entries = actions(&app, "code.canary_tried").await;
        assert_eq!(entries.len(), 2);
        assert_eq!((entries[0].code_text.as_deref(), entries[0].coupon_id), (Some("TRAP-1"), Some(trap.id)));
        assert!(entries[0].reason.as_ref().unwrap().contains("127.0.0.1"), "{entries:?}");
    }

    async fn a_canary_is_no_code_for_anybody_and_each_way_to_try_it_is_on_record(app: App) {
        let trap = make::coupon().code("TRAP-1").create(&app).await;
        let tx = app.db.begin().await.unwrap();
        let canary = codes::Entity::update_many().col_expr(codes::Column::Canary, sea_orm::sea_query::Expr::value(true)).filter(codes::Column::Id.eq(trap.code_id));
        canary.exec(&tx).await.unwrap();
        tx.commit().await.unwrap();
        let key = app.key(&["validations", "redemptions:write", "audit:read"]).await;
        let items = json!([{ "sku": "x", "product_type": "ticket", "unit_price": 100 }]);
        let said = key.call("POST", "/api/v1/validations", &json!({ "code": "trap 1", "items": items })).await.expect(200).json();
        assert_eq!(said["refusal"]["code"], "unknown_code");
        let hold = json!({ "code": "trap1", "mode": "hold", "items": items });
        key.call("POST", "/api/v1/redemptions", &hold).await.expect(404);
        app.anonymous().get("/redeem?code=trap1").await.expect(404);
        assert_eq!(actions(&app, "code.canary_tried").await.len(), 3);
        let listed = key.get("/api/v1/audit-entries?action=code.canary_tried").await.expect(200).json();
        assert_eq!(listed["items"][0]["code"], "TRAP-1");
        assert_eq!(attempts::Entity::find().all(app.db.read()).await.unwrap().len(), 1, "a hold is an entry");
    }

    async fn guesses_wait_longer_each_time_and_nothing_forged_helps(app: App) {
        make::coupon().code("SAVE-10").create(&app).await;
        let mut free = 0;
        for number in 0..20 {
            let typed = if number % 2 == 0 { "no-such-code" } else { "NO-SUCH-CODE" };
            let anybody = app.anonymous();
            let request = anybody.json_request("POST", PATH, &code(typed)).header("X-Forwarded-For", format!("203.0.113.{number}"));
            let answer = anybody.send(request).await;
            if answer.status == 404 {
                free += 1;
                continue;
            }
            assert_eq!(answer.status, 429);
            assert!(answer.header("retry-after").parse::<i64>().unwrap() >= 1);
            assert!(answer.header("ratelimit").starts_with("\"guesses\";r=0;t="), "{answer:?}");
        }
        assert_eq!(free, 16, "fifteen are free, the sixteenth sets the wait");
        app.anonymous().call("POST", PATH, &code("SAVE-10")).await.expect(429);
        app.anonymous().call("POST", "/billing/vouchers/redeem-preview", &code("SAVE-10")).await.expect(429);
        app.member().await.call("POST", PATH, &code("SAVE-10")).await.expect(429);
        let second = app.second_process().await;
        app.anonymous().at(&second).call("POST", PATH, &code("SAVE-10")).await.expect(429);
    }

    async fn a_burst_counts_each_of_its_codes(app: App) {
        let asked = (0..60).map(|number| {
            let app = app.clone();
            async move { app.anonymous().call("POST", PATH, &code(&format!("guess-{number}"))).await.status }
        });
        let statuses = futures_util::future::join_all(asked).await;
        let told = statuses.iter().filter(|status| **status == 404).count();
        assert_eq!((told, statuses.iter().filter(|status| **status == 429).count()), (16, 44), "{statuses:?}");
    }

    async fn a_tenants_guesses_raise_an_alarm_that_tightens_strangers_only(app: App) {
        make::coupon().code("SAVE-10").create(&app).await;
        let key = app.key(&["validations"]).await;
        for number in 0..200 {
            let body = json!({ "code": format!("guess-{number}"), "client_address": format!("203.0.{}.{}", number / 100, number % 100) });
            key.call("POST", "/api/v1/validations", &body).await.expect(200);
        }
        let alarms = actions(&app, "tenant.guessing").await;
        assert_eq!(alarms.len(), 1, "{alarms:?}");
        assert!(alarms[0].reason.as_ref().unwrap().starts_with("200 "), "{alarms:?}");
        let answer = app.anonymous().call("POST", PATH, &code("guess")).await.expect(404);
        assert_eq!(answer.header("ratelimit-policy"), "\"guesses\";q=3;w=3600");
        for _ in 0..3 {
            app.anonymous().call("POST", PATH, &code("guess")).await.expect(404);
        }
        let blocked = app.anonymous().call("POST", PATH, &code("guess")).await.expect(429);
        assert!(blocked.header("retry-after").parse::<i64>().unwrap() > 20, "{blocked:?}");
        let known = json!({ "code": "guess", "client_address": "203.0.113.1" });
        for _ in 0..5 {
            key.call("POST", "/api/v1/validations", &known).await.expect(200);
        }
        assert_eq!(actions(&app, "tenant.guessing").await.len(), 1, "once an hour");
    }
}
