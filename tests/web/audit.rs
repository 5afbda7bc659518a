//! `/audit` and `/audit/attempts`: what support reads.

use sea_orm::{ActiveValue::Set, EntityTrait};
use support::prelude::*;
use vouchsafe::db::tables::memberships;

/// Makes an organization and applies a code to it as its member.
async fn redeemed(app: &App, name: &str, code: &str) -> make::Organization {
    let organization = make::organization(app, name).await;
    make::coupon().code(code).raise("instances", 10).create(app).await;
    enter(app, &organization, code).await.expect(303);
    organization
}

async fn enter(app: &App, organization: &make::Organization, code: &str) -> Answer {
    let member = app.member_of(organization).await;
    let page = member.get(&format!("/organization?id={}", organization.id)).await.page();
    member.submit(&page.form("form[action='/organization/redemptions']").with("code", code)).await
}

on_both_databases! {
    async fn an_entry_says_who_applied_which_code_to_whom_and_what_was_before(app: App) {
        redeemed(&app, "Northwind", "WELCOME-10").await;
        let page = app.support().await.get("/audit").await.expect(200).page();
        let first = &page.texts(".log li")[0];
        for said in ["redeemed", "WELCOME-10", "for", "Northwind", "instances", "10"] {
            assert!(first.contains(said), "{said}: {first}");
        }
        assert!(page.has(".log li del") && page.has(".log li ins"));
    }

    async fn each_filter_finds_the_entry_and_its_opposite_does_not(app: App) {
        redeemed(&app, "Northwind", "WELCOME-10").await;
        let support = app.support().await;
        let today = app.now().format("%Y-%m-%d").to_string();
        let tomorrow = (app.now() + chrono::Duration::days(2)).format("%Y-%m-%d").to_string();
        let found = ["code=welc0me%2010", "organization=NORTHw", "action=redemption.confirmed"];
        for query in found.map(str::to_owned).into_iter().chain([format!("from=2020-01-01&until={tomorrow}")]) {
            let words = support.get(&format!("/audit?{query}")).await.expect(200).page().words();
            assert!(words.contains("WELCOME-10"), "{query} at {today}: {words}");
        }
        for query in ["code=OTHER", "code=%F0%9F%8E%89", "organization=nobody", "action=coupon.paused", "until=2020-01-01"] {
            let page = support.get(&format!("/audit?{query}")).await.expect(200).page();
            assert!(page.words().contains("No entry matches"), "{query}: {}", page.words());
        }
    }

    async fn what_happens_to_a_coupon_is_found_under_each_of_its_codes(app: App) {
        let coupon = make::coupon().code("FIRST-1").create(&app).await;
        make::coupon().code("OTHER-9").create(&app).await;
        make::code(&app, coupon.id, "SECOND-2").await;
        let admin = app.admin().await;
        admin.post_form(&format!("/dashboard/coupons/{}/pause", coupon.id), &[]).await.expect(303);
        for code in ["first-1", "second 2"] {
            let rows = admin.get(&format!("/audit?code={}", code.replace(' ', "%20"))).await.expect(200).page();
            let rows = rows.texts(".log > li");
            assert_eq!(rows.len(), 1, "{code}: {rows:?}");
            assert!(rows[0].contains("paused coupon FIRST-1"), "{rows:?}");
        }
        assert_eq!(admin.get("/audit?code=other-9").await.page().all(".log > li").len(), 0);
    }

    async fn an_entry_leads_to_its_redemption(app: App) {
        let organization = redeemed(&app, "Northwind", "WELCOME-10").await;
        let support = app.support().await;
        let page = support.get("/audit?action=redemption.confirmed").await.page();
        let link = page.attribute(".log li .log__more a[href^='/dashboard/redemptions/']", "href").unwrap();
        assert!(support.get(&link).await.expect(200).page().text("h1").contains("WELCOME-10"));
        let page = app.admin().await.get(&format!("/dashboard/organizations/{}", organization.id)).await.page();
        assert_eq!(page.attribute("section[aria-labelledby='history-title'] tbody a", "href"), Some(link));
    }

    async fn days_in_the_wrong_order_are_told_above_the_list(app: App) {
        let support = app.support().await;
        for path in ["/audit", "/audit/attempts"] {
            let query = format!("{path}?from=2026-03-02&until=2026-03-01");
            let page = support.get(&query).await.expect(200).page();
            assert_eq!(page.text("main .list p"), "Until is before From.");
            assert_eq!(support.htmx_get(&query).await.page().text("#count"), "Until is before From.");
            let one_day = support.get(&format!("{path}?from=2026-03-02&until=2026-03-02")).await.page();
            assert!(!one_day.words().contains("Until is before From"), "{path}");
        }
    }

    async fn an_entry_has_an_address_of_its_own(app: App) {
        redeemed(&app, "Northwind", "WELCOME-10").await;
        redeemed(&app, "Southwind", "WELCOME-20").await;
        let support = app.support().await;
        let page = support.get("/audit").await.page();
        let link = page.attribute(".log li .log__more a[href*='entry=']", "href").unwrap();
        let alone = support.get(&link).await.expect(200).page();
        assert_eq!(alone.all(".log > li").len(), 1);
        assert!(alone.text(".log > li").contains("WELCOME-20") && alone.has(".log details[open]"));
        let nothing = support.get("/audit?entry=nonsense").await.expect(200).page();
        assert!(nothing.words().contains("No entry matches"));
    }

    async fn a_filter_that_there_is_not_is_refused(app: App) {
        let support = app.support().await;
        for query in ["colour=red", "action=coupon.eaten", "from=2026-02-30", "until=tomorrow", "after=x", "before=1", "entry=none&until=h", "code=%F0%9F%8E%89&from=h"] {
            support.get(&format!("/audit?{query}")).await.expect(400);
        }
        for query in ["reason=bad_mood", "from=31/12/2026", "page=2"] {
            support.get(&format!("/audit/attempts?{query}")).await.expect(400);
        }
    }

    async fn the_log_is_read_page_by_page_there_and_back(app: App) {
        let admin = app.admin().await;
        for number in 0..60 {
            let fields = [("name", &*format!("Organization {number:02}")), ("request_key", &*format!("key-{number}"))];
            admin.post_form("/dashboard/organizations", &fields).await.expect(303);
        }
        let first = admin.get("/audit").await.page();
        assert_eq!(first.all(".log > li").len(), 50);
        assert!(first.texts(".log > li")[0].contains("Organization 59"));
        let older = first.attribute("#pager-older", "href").unwrap();
        let second = admin.get(&older).await.page();
        assert!(second.texts(".log > li")[0].contains("Organization 09"), "{:?}", second.texts(".log > li"));
        let newer = second.attribute("#pager-newer", "href").unwrap();
        let back = admin.get(&newer).await.page();
        assert!(back.texts(".log > li")[0].contains("Organization 59"));
    }

    async fn htmx_gets_the_entries_alone_and_they_stand_in_the_page(app: App) {
        redeemed(&app, "Northwind", "WELCOME-10").await;
        let support = app.support().await;
        let part = support.htmx_get("/audit?code=welcome10").await.expect(200);
        assert!(part.body.trim_start().starts_with("<div id=\"entries\""), "{}", part.body);
        assert!(part.page().has("#count") && !part.page().has("main"));
    }

    async fn a_refused_entry_is_listed_with_its_reason_and_its_checks(app: App) {
        let organization = redeemed(&app, "Northwind", "WELCOME-10").await;
        enter(&app, &organization, " welcome 10").await.expect(422);
        enter(&app, &organization, "NOTHING").await.expect(422);
        let support = app.support().await;
        let all = support.get("/audit/attempts").await.expect(200).page();
        assert_eq!(all.all(".log > li").len(), 2);
        for query in ["code=WELC0ME-10", "reason=already_applied", "code=welcome10&organization=north"] {
            let page = support.get(&format!("/audit/attempts?{query}")).await.expect(200).page();
            let rows = page.texts(".log > li");
            assert_eq!(rows.len(), 1, "{query}");
            assert!(rows[0].contains("Already applied") && page.has(".trace .is-failed"), "{rows:?}");
        }
        assert!(support.get("/audit/attempts?reason=paused").await.page().words().contains("No attempt matches"));
    }

    async fn the_overview_counts_what_happened_today(app: App) {
        let organization = redeemed(&app, "Northwind", "WELCOME-10").await;
        enter(&app, &organization, "WELCOME-10").await.expect(422);
        let page = app.admin().await.get("/dashboard").await.expect(200).page();
        let figures = page.texts(".figure");
        assert!(figures.iter().any(|figure| figure.contains("Uses today") && figure.contains('1')), "{figures:?}");
        assert!(page.words().contains("Already applied"));
        assert!(page.attribute("svg.chart", "aria-label").unwrap().contains("1 in all"));
    }

    async fn somebody_is_found_however_many_of_another_tenant_have_the_same_name(app: App) {
        make::hostname(&app, "127.0.0.1").await;
        let rope = make::tenant(&app, "rope", "rope.test").await;
        let anna = make::user().role("admin").email("anna@harbour.test").create(&app).await;
        let fields = [("name", "Northwind"), ("request_key", "key-1")];
        let herself = Actor::signed_in(&app, anna.clone()).await;
        herself.post_form("/dashboard/organizations", &fields).await.expect(303);
        for number in 0..25 {
            let other = make::user().stranger().email(&format!("anna-{number}@rope.test")).create(&app).await;
            let row = memberships::ActiveModel {
                tenant_id: Set(rope), user_id: Set(other.id), role: Set("member".into()), created_at: Set(app.now()),
            };
            let tx = app.db.begin().await.unwrap();
            memberships::Entity::insert(row).exec_without_returning(&tx).await.unwrap();
            tx.commit().await.unwrap();
        }
        let support = app.support().await;
        let found = support.get("/audit?person=Anna").await.expect(200).page().texts(".log > li");
        assert!(found.len() == 1 && found[0].contains("Northwind"), "{found:?}");
        app.admin().await.post_form(&format!("/dashboard/people/{}/remove", anna.id), &[]).await.expect(303);
        let page = support.get("/audit?person=anna%40").await.expect(200).page().words();
        assert!(page.contains("Northwind"), "whoever left is found still: {page}");
    }

    async fn what_a_key_entered_stands_under_its_name(app: App) {
        let till = Actor::with_key(&app, &make::key().name("Till of the shop").scopes(&["redemptions:write"]).create(&app).await);
        let items = serde_json::json!([{ "sku": "t", "product_type": "ticket", "unit_price": 1_000, "quantity": 1 }]);
        let body = serde_json::json!({ "code": "NOTHING", "mode": "hold", "order_ref": "A-1", "items": items });
        till.call("POST", "/api/v1/redemptions", &body).await.expect(404);
        let row = &app.support().await.get("/audit/attempts").await.expect(200).page().texts(".log > li")[0];
        assert!(row.contains("Till of the shop entered NOTHING through the API"), "{row}");
    }
}
