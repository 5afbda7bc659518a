//! `/dashboard/redemptions/{id}`: support takes a use back, with a reason.

use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use support::prelude::*;
use vouchsafe::db::tables::{coupons, redemptions};

/// A member's redemption of a credit code, and where support sees it.
async fn redeemed(app: &App) -> (Actor, String, make::Coupon) {
    let member = app.member_of(&make::organization(app, "Northwind Labs").await).await;
    let coupon = make::coupon().code("CREDIT-5").credit("5").max_uses(1).create(app).await;
    let form = member.get("/organization").await.page().form("#apply").with("code", "CREDIT-5");
    member.submit(&form).await.expect(303);
    let row = redemptions::Entity::find()
        .filter(redemptions::Column::CouponId.eq(coupon.id))
        .one(app.db.read())
        .await
        .unwrap()
        .unwrap();
    (member, format!("/dashboard/redemptions/{}", row.id), coupon)
}

async fn uses(app: &App, coupon: &make::Coupon) -> i64 {
    let row = coupons::Entity::find().filter(coupons::Column::Id.eq(coupon.id)).one(app.db.read()).await;
    row.unwrap().unwrap().uses
}

on_both_databases! {
    async fn support_reverses_a_redemption_with_a_reason_and_the_credit_goes_back(app: App) {
        let (member, path, coupon) = redeemed(&app).await;
        let support = app.support().await;
        let form = support.get(&path).await.expect(200).page().form("main form");
        let answer = support.submit(&form.with("reason", "entered by mistake")).await.expect(303);
        let page = support.follow(&answer).await.expect(200).page();
        assert!(page.status().contains("was reversed"), "{}", page.status());
        assert_eq!(page.text(".badge"), "Reversed");
        assert_eq!(uses(&app, &coupon).await, 0, "the use came back");
        let page = member.get("/organization").await.page();
        assert!(page.text("#balance").starts_with("0.00"));
        assert!(page.words().contains("entered by mistake"));
        let log = support.get("/audit?action=redemption.reversed").await.expect(200).page();
        assert!(log.words().contains("entered by mistake"), "{}", log.words());
    }

    async fn a_reversal_without_a_reason_changes_nothing(app: App) {
        let (_, path, coupon) = redeemed(&app).await;
        let support = app.support().await;
        let form = support.get(&path).await.page().form("main form");
        let page = support.submit(&form.with("reason", "  ")).await.expect(422).page();
        assert!(page.field_errors().iter().any(|error| error.contains("Say why")), "{:?}", page.field_errors());
        assert_eq!(uses(&app, &coupon).await, 1);
    }

    async fn a_member_may_not_reverse(app: App) {
        let (member, path, coupon) = redeemed(&app).await;
        member.get(&path).await.expect(403);
        let fields = [("reason", "because"), ("request_key", "k")];
        member.post_form(&format!("{path}/reverse"), &fields).await.expect(403);
        assert_eq!(uses(&app, &coupon).await, 1);
    }

    async fn support_releases_a_hold_and_honours_what_was_paid_too_late(app: App) {
        let coupon = make::coupon().code("ONE").max_uses(1).with(|row| row.uses_per = sea_orm::ActiveValue::Set("order".to_owned())).create(&app).await;
        let (key, support) = (app.key(&["redemptions:write"]).await, app.support().await);
        let first = hold(&key, "A-1").await;
        let path = format!("/dashboard/redemptions/{first}");
        let form = support.get(&path).await.expect(200).page().form("main form").with("reason", "they called");
        let page = support.follow(&support.submit(&form).await.expect(303)).await.page();
        assert!(page.status().contains("released") && page.text(".badge") == "Released", "{}", page.status());
        let second = hold(&key, "A-2").await;
        key.ask("POST", &format!("/api/v1/redemptions/{second}/confirm")).await.expect(200);
        let late = key.ask("POST", &format!("/api/v1/redemptions/{first}/confirm")).await.expect(409).json();
        assert_eq!((&late["code"], &late["refusal"]), (&"too_late".into(), &"exhausted".into()));
        let page = support.get(&path).await.page();
        assert!(page.words().contains("paid after its hold was gone"), "{}", page.words());
        let form = page.form("main form").with("reason", "our delay");
        let page = support.follow(&support.submit(&form).await.expect(303)).await.page();
        assert!(page.status().contains("honoured"), "{}", page.status());
        assert_eq!(uses(&app, &coupon).await, 2);
        let log = support.get("/audit?action=redemption.honoured").await.expect(200).page();
        assert!(log.words().contains("our delay"), "{}", log.words());
    }

    async fn what_needs_attention_is_found_and_dealt_with_by_support(app: App) {
        make::coupon().code("ONE").max_uses(1).with(|row| row.uses_per = sea_orm::ActiveValue::Set("order".to_owned())).create(&app).await;
        let (key, support, admin) = (app.key(&["redemptions:write"]).await, app.support().await, app.admin().await);
        let first = hold(&key, "A-1").await;
        let path = format!("/dashboard/redemptions/{first}");
        key.call("POST", &format!("/api/v1/redemptions/{first}/release"), &serde_json::json!({})).await.expect(200);
        let second = hold(&key, "A-2").await;
        key.ask("POST", &format!("/api/v1/redemptions/{second}/confirm")).await.expect(200);
        assert!(!support.get("/audit").await.page().has("#attention-title"));
        key.ask("POST", &format!("/api/v1/redemptions/{first}/confirm")).await.expect(409);
        for (who, page) in [(&support, "/audit"), (&admin, "/dashboard")] {
            let page = who.get(page).await.expect(200).page();
            assert!(page.has(&format!("section.notice a[href='{path}']")) && page.words().contains("ONE for A-1"));
        }
        let form = support.get(&path).await.page().form("form[action$='/resolve']");
        let refused = support.submit(&form).await.expect(422).page();
        assert_eq!(refused.field_errors().len(), 1);
        let answer = support.submit(&form.with("reason", "refunded at the bank")).await.expect(303);
        let page = support.follow(&answer).await.page();
        assert!(page.status().contains("no longer needs attention"), "{}", page.status());
        assert!(!page.has("form[action$='/resolve']") && page.has("form[action$='/honour']"));
        assert!(!support.get("/audit").await.page().has("#attention-title"));
        let log = support.get("/audit?action=redemption.resolved").await.expect(200).page().words();
        assert!(log.contains("refunded at the bank") && log.contains("dealt with"), "{log}");
        let member = app.member().await;
        member.post_form(&format!("{path}/resolve"), &[("reason", "x"), ("request_key", "k")]).await.expect(403);
    }

    async fn support_takes_back_single_units_of_an_order(app: App) {
        let coupon = make::coupon().code("ONE").create(&app).await;
        let (key, support) = (app.key(&["redemptions:write"]).await, app.support().await);
        let id = hold(&key, "A-1").await;
        key.ask("POST", &format!("/api/v1/redemptions/{id}/confirm")).await.expect(200);
        let path = format!("/dashboard/redemptions/{id}");
        for wrong in ["x", "-1", "0", "4"] {
            let form = support.get(&path).await.page().form("main form");
            let answer = support.submit(&form.with("reason", "returned").with("quantity", wrong)).await.expect(422);
            assert!(!answer.page().words().is_empty());
            assert_eq!(uses(&app, &coupon).await, 3, "{wrong}");
        }
        let form = support.get(&path).await.page().form("main form").with("reason", "returned").with("quantity", "2");
        let page = support.follow(&support.submit(&form).await.expect(303)).await.page();
        assert!(page.status().contains("units were reversed") && page.words().contains("2 reversed"), "{}", page.words());
        assert_eq!(uses(&app, &coupon).await, 1);
    }

    async fn the_overview_counts_no_unit_that_was_reversed(app: App) {
        make::coupon().code("ONE").percent("10").create(&app).await;
        let (key, admin) = (app.key(&["redemptions:write"]).await, app.admin().await);
        let id = hold(&key, "A-1").await;
        key.ask("POST", &format!("/api/v1/redemptions/{id}/confirm")).await.expect(200);
        let figures = || async { admin.get("/dashboard").await.expect(200).page().texts(".figure").join(" | ") };
        let before = figures().await;
        assert!(before.contains("Uses today31 redemption") && before.contains("3.00 EUR given"), "{before}");
        let path = format!("/dashboard/redemptions/{id}");
        let form = admin.get(&path).await.page().form("main form").with("reason", "returned").with("quantity", "2");
        admin.submit(&form).await.expect(303);
        let after = figures().await;
        assert!(after.contains("Uses today11 redemption") && after.contains("1.00 EUR given"), "{after}");
    }

    async fn a_hold_that_cannot_be_retired_keeps_no_other_from_it(app: App) {
        make::coupon().code("ONE").create(&app).await;
        let key = app.key(&["redemptions:write"]).await;
        let broken = hold(&key, "A-1").await;
        make::coupon().code("TWO").create(&app).await;
        let other = hold_with(&key, "TWO", "A-2").await;
        let tx = app.db.begin().await.unwrap();
        let spoil = redemptions::Entity::update_many()
            .col_expr(redemptions::Column::Terms, sea_orm::sea_query::Expr::value(serde_json::json!({})))
            .filter(redemptions::Column::Id.eq(broken.parse::<uuid::Uuid>().unwrap()));
        assert_eq!(spoil.exec(&tx).await.unwrap().rows_affected, 1);
        tx.commit().await.unwrap();
        let desk = vouchsafe::redemptions::desk::Desk::open(app.db.clone());
        let later = app.now() + chrono::TimeDelta::minutes(46);
        assert_eq!(vouchsafe::redemptions::sweep::sweep(&app.db, &desk, None, later).await.unwrap(), 1);
        assert_eq!(key.get(&format!("/api/v1/redemptions/{other}")).await.expect(200).json()["state"], "expired");
    }

    async fn an_order_by_api_says_who_used_the_code_which_key_asked_and_leads_to_the_rest_of_it(app: App) {
        make::coupon().code("ONE").create(&app).await;
        let (key, support) = (app.key(&["redemptions:write"]).await, app.support().await);
        let items = [serde_json::json!({ "sku": "ticket", "product_type": "ticket", "unit_price": 1_000, "quantity": 1 })];
        let person = serde_json::json!({ "email": "ada@lovelace.test", "external_id": "customer-7" });
        let body = serde_json::json!({ "code": "ONE", "mode": "hold", "order_ref": "A 1", "items": items, "person": person });
        let held = key.call("POST", "/api/v1/redemptions", &body).await.expect(201).json();
        let page = support.get(&format!("/dashboard/redemptions/{}", held["id"].as_str().unwrap())).await.expect(200).page();
        let facts: Vec<_> = page.texts(".facts dt").into_iter().zip(page.texts(".facts dd")).collect();
        let person = "ada@lovelace.test · customer-7";
        for (name, said) in [("Person", person), ("Asked by", "Key “"), ("Through", "API"), ("Order", "A 1"), ("Code", "ONE")] {
            assert!(facts.iter().any(|(fact, value)| fact == name && value.starts_with(said)), "{name}: {facts:?}");
        }
        for query in ["person=ada%40lovelace.test", "order=A+1", "code=ONE"] {
            let link = format!("/dashboard/redemptions?{query}");
            assert!(page.has(&format!(".facts a[href='{link}']")), "{query}");
            assert_eq!(support.get(&link).await.expect(200).page().all("#redemptions tbody tr").len(), 1, "{query}");
        }
        let entry = support.get(&page.attribute(".facts a[href^='/audit?entry=']", "href").unwrap()).await.expect(200).page();
        assert!(entry.text(".log > li").contains("held"), "{}", entry.text(".log > li"));
    }

    async fn overdue_holds_are_swept(app: App) {
        let coupon = make::coupon().code("ONE").create(&app).await;
        let key = app.key(&["redemptions:write"]).await;
        let (first, second) = (hold(&key, "A-1").await, hold(&key, "A-2").await);
        let desk = vouchsafe::redemptions::desk::Desk::open(app.db.clone());
        let later = app.now() + chrono::TimeDelta::minutes(46);
        assert_eq!(vouchsafe::redemptions::sweep::sweep(&app.db, &desk, None, app.now()).await.unwrap(), 0);
        assert_eq!(vouchsafe::redemptions::sweep::sweep(&app.db, &desk, None, later).await.unwrap(), 2);
        assert_eq!(make::coupon_row(&app, coupon.id).await.held, 0);
        for id in [first, second] {
            assert_eq!(key.get(&format!("/api/v1/redemptions/{id}")).await.expect(200).json()["state"], "expired");
        }
        let log = app.support().await.get("/audit?action=redemption.expired").await.expect(200).page();
        assert!(log.words().contains("hold time"), "{}", log.words());
    }
}

/// Three tickets held with the code ONE; the id of the redemption.
async fn hold(key: &Actor, order: &str) -> String {
    hold_with(key, "ONE", order).await
}

/// The same with another code.
async fn hold_with(key: &Actor, code: &str, order: &str) -> String {
    let items = [
        serde_json::json!({ "sku": "ticket", "product_type": "ticket", "unit_price": 1_000, "quantity": if order == "A-1" { 3 } else { 1 } }),
    ];
    let body = serde_json::json!({ "code": code, "mode": "hold", "order_ref": order, "items": items });
    let held = key.call("POST", "/api/v1/redemptions", &body).await.expect(201).json();
    held["id"].as_str().expect("an id").to_owned()
}
