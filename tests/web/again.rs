//! Pages and previews that are asked for again: they are not made again while nothing has changed, and are as true as if
//! they were.

use chrono::{Duration, SubsecRound};
use reqwest::Method;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::json;
use std::collections::BTreeSet;
use support::prelude::*;
use vouchsafe::clock::Clock;
use vouchsafe::db::tables::{coupons, memberships, sessions};

const LIST: &str = "/dashboard/coupons";
const PREVIEWS: &str = "/api/v1/previews";

/// So often that what is sent again would be.
async fn thrice(who: &Actor, path: &str) -> [String; 3] {
    [who.get(path).await.expect(200).body, who.get(path).await.expect(200).body, who.get(path).await.expect(200).body]
}

/// Changes the coupon as another process does.
async fn rename(app: &App, name: &str) {
    let tx = app.db.begin().await.unwrap();
    let all = coupons::Entity::update_many().col_expr(coupons::Column::Name, Expr::value(name));
    all.exec(&tx).await.unwrap();
    tx.commit().await.unwrap();
}

async fn preview(app: &App, code: &str) -> u16 {
    app.anonymous().call("POST", PREVIEWS, &json!({ "code": code })).await.status
}

on_both_databases! {
    at Clock::System.now().trunc_subsecs(0);

    async fn a_page_is_sent_again_within_its_second_and_made_anew_after_it(app: App) {
        make::coupon().name("Spring").ends_at(app.now() + Duration::milliseconds(500)).create(&app).await;
        let (admin, support) = (app.admin().await, app.support().await);
        let badges = async |who: &Actor| who.get(LIST).await.expect(200).page().texts("tbody .badge");
        thrice(&admin, LIST).await;
        assert_eq!(badges(&support).await, ["Active"]);
        app.pass(Duration::milliseconds(600));
        assert_eq!(badges(&admin).await, ["Active"], "what was true in this second");
        assert_eq!(badges(&support).await, ["Expired"], "what was asked for once is not kept");
        app.pass(Duration::milliseconds(400));
        assert_eq!(badges(&admin).await, ["Expired"]);
    }

    async fn a_form_with_a_key_of_its_own_has_another_each_time(app: App) {
        let admin = app.admin().await;
        let organization = make::organization(&app, "Northwind").await.id;
        for path in ["/dashboard/api-keys", "/dashboard/coupons/new", &format!("/dashboard/organizations/{organization}")] {
            let keys: BTreeSet<_> = thrice(&admin, path).await.map(|page| Page::read(&page).value_of("request_key")).into();
            assert_eq!(keys.len(), 3, "{path}");
        }
    }

    async fn what_another_process_changed_is_on_the_page_with_the_next_request(app: App) {
        make::coupon().name("Spring").create(&app).await;
        let support = app.support().await;
        let second = app.second_process().await;
        for name in ["Summer", "Autumn", "Winter"] {
            assert!(!thrice(&support, LIST).await[2].contains(name));
            rename(&app, name).await;
            assert!(support.get(LIST).await.expect(200).body.contains(name));
            assert!(support.at(&second).get(LIST).await.expect(200).body.contains(name));
        }
    }

    async fn who_has_lost_a_right_or_a_session_is_sent_no_page_again(app: App) {
        let (support, admin) = (app.support().await, app.admin().await);
        for who in [&support, &admin] {
            thrice(who, LIST).await;
        }
        let tx = app.db.begin().await.unwrap();
        let role = memberships::Entity::delete_many().filter(memberships::Column::UserId.eq(support.id()));
        role.exec(&tx).await.unwrap();
        tx.commit().await.unwrap();
        support.get(LIST).await.expect(403);
        thrice(&admin, LIST).await;
        let tx = app.db.begin().await.unwrap();
        sessions::Entity::delete_many().filter(sessions::Column::UserId.eq(admin.id())).exec(&tx).await.unwrap();
        tx.commit().await.unwrap();
        admin.get(LIST).await.expect(303);
    }

    async fn nobody_is_sent_what_was_made_for_another_or_in_another_form(app: App) {
        make::coupon().name("Spring").create(&app).await;
        let (support, admin) = (app.support().await, app.admin().await);
        let of_support = thrice(&support, LIST).await[2].clone();
        let of_admin = thrice(&admin, LIST).await[2].clone();
        assert!(of_admin.contains("/dashboard/coupons/new") && !of_support.contains("/dashboard/coupons/new"));
        let fragment = support.send(support.htmx(Method::GET, LIST)).await.expect(200);
        assert!(!fragment.body.contains("<html"), "{}", fragment.body);
        app.anonymous().get(LIST).await.expect(303);
        // What is counted is counted each time.
        for _ in 0..3 {
            app.anonymous().get("/redeem?code=no-such-code").await.expect(404);
        }
        let left = app.anonymous().call("POST", PREVIEWS, &json!({ "code": "no-such-code" })).await.expect(404);
        assert!(left.header("ratelimit").starts_with("\"guesses\";r=11;"), "{left:?}");
    }

    async fn no_preview_says_valid_after_a_pause_an_end_a_deletion_or_the_last_use(app: App) {
        let coupon = make::coupon().code("SAVE-10").percent("100").max_uses(1).ends_at(app.now() + Duration::hours(1)).create(&app).await;
        let (admin, key) = (app.key(&["coupons:write"]).await, app.key(&["redemptions:write"]).await);
        let path = format!("/api/v1/coupons/{}", coupon.id);
        let valid = async || {
            for _ in 0..3 {
                assert_eq!(preview(&app, "SAVE-10").await, 200);
            }
        };
        valid().await;
        admin.call("POST", &format!("{path}/pause"), &json!({})).await.expect(200);
        assert_eq!(preview(&app, "SAVE-10").await, 410);
        admin.call("POST", &format!("{path}/resume"), &json!({})).await.expect(200);
        valid().await;
        let items = json!([{ "sku": "x", "product_type": "ticket", "unit_price": 100 }]);
        let hold = json!({ "code": "SAVE-10", "mode": "hold", "hold_seconds": 60, "items": items });
        let held = key.call("POST", "/api/v1/redemptions", &hold).await.expect(201).json();
        assert_eq!(preview(&app, "SAVE-10").await, 410, "the last use is held");
        assert_eq!(preview(&app, "SAVE-10").await, 410);
        // Nobody writes anything, and yet the use is free again.
        app.pass(Duration::seconds(60));
        valid().await;
        let instant = json!({ "code": "SAVE-10", "mode": "instant", "items": items });
        let last = key.call("POST", "/api/v1/redemptions", &instant).await.expect(201).json();
        assert_ne!(last["id"], held["id"]);
        assert_eq!(preview(&app, "SAVE-10").await, 410, "the last use is gone");
        key.call("POST", &format!("/api/v1/redemptions/{}/reverse", last["id"].as_str().unwrap()), &json!({ "reason": "refund" })).await.expect(200);
        valid().await;
        app.pass(Duration::hours(1));
        assert_eq!(preview(&app, "SAVE-10").await, 410, "it is over");
        rename(&app, "still over").await;
        assert_eq!(preview(&app, "SAVE-10").await, 410);
        make::coupon().code("SAVE-20").percent("20").create(&app).await;
        assert_eq!([preview(&app, "SAVE-20").await, preview(&app, "SAVE-20").await], [200, 200]);
        let found = coupons::Entity::find().filter(coupons::Column::Id.ne(coupon.id)).one(app.db.read()).await.unwrap().unwrap();
        admin.call("DELETE", &format!("/api/v1/coupons/{}", found.id), &json!({})).await.expect(204);
        assert_eq!(preview(&app, "SAVE-20").await, 404);
    }

    async fn a_key_or_a_tenant_that_is_known_is_looked_at_again_when_it_changes(app: App) {
        make::coupon().code("SAVE-10").create(&app).await;
        let key = make::key().scopes(&["coupons:read"]).until(app.now() + Duration::seconds(10)).create(&app).await;
        let key = Actor::with_key(&app, &key);
        for _ in 0..3 {
            key.get("/api/v1/coupons").await.expect(200);
        }
        app.pass(Duration::seconds(10));
        key.get("/api/v1/coupons").await.expect(401);
        assert_eq!(preview(&app, "SAVE-10").await, 200);
        make::hostname(&app, "elsewhere.test").await;
        make::tenant(&app, "other", "other.test").await;
        assert_eq!(preview(&app, "SAVE-10").await, 404, "nobody answers at this hostname any more");
    }
}
