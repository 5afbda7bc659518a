//! Two tenants under two hostnames, and what holds while a tenant's settings change.

use chrono_tz::Europe::Zurich;
use reqwest::Method;
use sea_orm::{ActiveValue::Set, EntityTrait};
use support::prelude::*;
use vouchsafe::audit::Actor as By;
use vouchsafe::coupons::form::CouponForm;
use vouchsafe::coupons::save::{self, Outcome};
use vouchsafe::db::tables::memberships;
use vouchsafe::error::Error;
use vouchsafe::tenants::{self, Tenant};

/// A page as it answers at a hostname.
async fn at(actor: &Actor, host: &str, path: &str) -> Answer {
    actor.send(actor.request(Method::GET, path).header("Host", host)).await
}

async fn seeded(app: &App) -> Tenant {
    tenants::queries::by_id(app.db.read(), app.tenant).await.unwrap().unwrap()
}

fn offer(amount: &str) -> CouponForm {
    CouponForm {
        code: "AMOUNT-5".to_owned(),
        benefit: "fixed_amount".to_owned(),
        amount: amount.to_owned(),
        ..CouponForm::default()
    }
}

on_both_databases! {
    async fn nobody_but_a_trusted_proxy_says_that_another_hostname_was_meant(app: App) {
        make::hostname(&app, "harbour.test").await;
        make::tenant(&app, "rope", "rope.test").await;
        let visitor = app.anonymous();
        let request = |name: &str| visitor.request(Method::GET, "/sign-in").header("Host", "harbour.test").header(name, "rope.test");
        for name in ["X-Forwarded-Host", "X-Nothing"] {
            let page = visitor.send(request(name)).await.expect(200).page();
            assert!(page.words().contains("Harbour Works"), "{name}: {}", page.words());
        }
        let forwarded = visitor.request(Method::GET, "/sign-in").header("Host", "harbour.test").header("Forwarded", "host=rope.test");
        assert!(visitor.send(forwarded).await.expect(200).page().words().contains("Harbour Works"));
    }

    async fn each_hostname_shows_its_own_tenant_and_nobody_elses(app: App) {
        make::hostname(&app, "harbour.test").await;
        let rope = make::tenant(&app, "rope", "rope.test").await;
        let ours = make::coupon().code("OURS-10").create(&app).await;
        let admin = app.admin().await;
        let list = at(&admin, "harbour.test:8080", "/dashboard/coupons").await.expect(200).page();
        assert_eq!(list.texts("#coupons tbody th .code"), ["OURS-10"]);
        for path in ["/dashboard/coupons", "/audit", "/organization"] {
            at(&admin, "rope.test", path).await.expect(403);
        }
        let theirs = make::user().stranger().create(&app).await;
        let row = memberships::ActiveModel {
            tenant_id: Set(rope), user_id: Set(theirs.id), role: Set("admin".into()), created_at: Set(app.now()),
        };
        let tx = app.db.begin().await.unwrap();
        memberships::Entity::insert(row).exec_without_returning(&tx).await.unwrap();
        tx.commit().await.unwrap();
        let theirs = Actor::signed_in(&app, theirs).await;
        let list = at(&theirs, "ROPE.test", "/dashboard/coupons").await.expect(200).page();
        assert_eq!(list.text("#coupons h2"), "No coupons yet");
        at(&theirs, "rope.test", &format!("/dashboard/coupons/{}", ours.id)).await.expect(404);
        at(&theirs, "harbour.test", "/dashboard/coupons").await.expect(403);
        at(&admin, "nobody.test", "/sign-in").await.expect(404);
        let shown = at(&app.anonymous(), "rope.test", "/redeem?code=OURS-10").await.expect(404).page();
        assert!(shown.words().contains("not known"), "{}", shown.words());
    }

    async fn what_another_tenant_has_is_not_there_in_path_body_filter_or_list(app: App) {
        make::hostname(&app, "127.0.0.1").await;
        let rope = make::tenant(&app, "rope", "rope.test").await;
        let theirs = make::coupon().code("THEIRS-1").credit("5").create_in(&app, rope).await;
        let ours = make::coupon().code("OURS-1").create(&app).await;
        let (theirs, ours) = (theirs.id.to_string(), ours.id.to_string());
        let admin = app.admin().await;
        for path in ["", "/edit"] {
            admin.get(&format!("/dashboard/coupons/{theirs}{path}")).await.expect(404);
        }
        admin.get(&format!("/dashboard/coupons/new?from={theirs}")).await.expect(404);
        let edit = admin.get(&format!("/dashboard/coupons/{ours}/edit")).await.page().form("main form.form");
        let fields: Vec<(&str, &str)> = edit.fields.iter().map(|(name, value)| (&**name, &**value)).collect();
        admin.post_form(&format!("/dashboard/coupons/{theirs}"), &fields).await.expect(404);
        for query in ["code=THEIRS-1".to_owned(), format!("organization={theirs}"), format!("entry={theirs}")] {
            let page = admin.get(&format!("/audit?{query}")).await.expect(200).page();
            assert!(page.words().contains("No entry matches"), "{query}");
        }
        let member = app.member_of(&make::organization(&app, "Northwind").await).await;
        let page = member.get("/organization").await.page();
        let form = page.form("#apply").with("code", "THEIRS-1");
        let refused = member.submit(&form).await.expect(422).page().text("#apply-code-error");
        assert!(refused.contains("do not know this code"), "{refused}");
        member.submit(&form.with("organization", &theirs)).await.expect(404);
    }

    async fn one_code_may_exist_in_two_tenants(app: App) {
        make::hostname(&app, "harbour.test").await;
        make::tenant(&app, "rope", "rope.test").await;
        let platform = app.platform_admin().await;
        for host in ["harbour.test", "rope.test"] {
            let request = platform.request(Method::POST, "/dashboard/coupons").header("Host", host);
            let request = request.header("Content-Type", "application/x-www-form-urlencoded");
            platform.send(request.body("code=SAME-1&percent=10")).await.expect(303);
            let list = at(&platform, host, "/dashboard/coupons").await.page();
            assert_eq!(list.texts("#coupons tbody th .code"), ["SAME-1"], "{host}");
        }
    }

    async fn a_form_read_in_a_currency_that_changed_meanwhile_saves_nothing(app: App) {
        let before = seeded(&app).await;
        let admin = app.admin().await;
        let form = admin.get("/dashboard/settings").await.page().form("form[action='/dashboard/settings']");
        admin.submit(&form.with("currency", "JPY").with("minimum_charge", "")).await.expect(303);
        let tx = app.db.begin().await.unwrap();
        let made = save::make(&tx, &By::system("test"), &before, &offer("5.00"), app.now()).await;
        assert!(matches!(&made, Err(Error::Conflict(why)) if why.contains("JPY")), "{made:?}");
    }

    async fn a_change_of_the_currency_waits_for_amounts_on_their_way(app: App) {
        let tenant = seeded(&app).await;
        assert_eq!(tenant.zone, Zurich);
        let admin = app.admin().await;
        let form = admin.get("/dashboard/settings").await.page().form("form[action='/dashboard/settings']");
        let tx = app.db.begin().await.unwrap();
        let made = save::make(&tx, &By::system("test"), &tenant, &offer("5.00"), app.now()).await.unwrap();
        assert!(matches!(made, Outcome::Saved(_)), "{made:?}");
        let change = tokio::spawn(async move { admin.submit(&form.with("currency", "JPY").with("minimum_charge", "")).await });
        tokio::time::sleep(std::time::Duration::from_millis(150)).await;
        assert!(!change.is_finished(), "it waits");
        tx.commit().await.unwrap();
        let page = change.await.unwrap().expect(422).page();
        assert!(page.words().contains("Amounts exist in EUR"), "{}", page.words());
        assert_eq!(seeded(&app).await.row.currency, "EUR");
    }

    async fn a_tenants_own_message_stands_before_the_reason(app: App) {
        let admin = app.admin().await;
        let form = admin.get("/dashboard/settings").await.page().form("form[action='/dashboard/settings']");
        let form = form.with("message_no_discount", "That did not work.").with("message_requirements", "Not for <b>you</b>.");
        admin.submit(&form).await.expect(303);
        let member = app.member_of(&make::organization(&app, "Northwind Labs").await).await;
        make::coupon().code("PAUSED").credit("5").paused_at(app.now()).create(&app).await;
        make::coupon().code("SAME").raise("instances", 2).create(&app).await;
        let page = member.get("/organization").await.page();
        let said = |code| {
            let (member, form) = (&member, page.form("#apply").with("code", code));
            async move { member.submit(&form).await.expect(422).page().text("#apply-code-error") }
        };
        let paused = said("PAUSED").await;
        assert!(paused.contains("That did not work. This code is paused") && paused.contains("Contact"), "{paused}");
        assert!(said("SAME").await.contains("Not for <b>you</b>. Nothing would change"));
    }
}
