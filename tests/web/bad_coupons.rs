//! `/dashboard/coupons` under input that no page of ours would send, and in other hands.

use support::prelude::*;

/// Sends the form of a new coupon with these fields changed.
async fn create(admin: &Actor, fields: &[(&str, &str)]) -> Answer {
    let page = admin.get("/dashboard/coupons/new").await.expect(200);
    let form = page.page().form("form[action='/dashboard/coupons']");
    admin.submit(&fields.iter().fold(form, |form, (name, value)| form.with(name, value))).await
}

async fn refused(admin: &Actor, fields: &[(&str, &str)]) {
    let answer = create(admin, fields).await;
    assert_eq!(answer.status, 422, "{fields:?}: {answer:?}");
    assert!(!answer.page().field_errors().is_empty(), "{fields:?}: {answer:?}");
}

on_both_databases! {
    async fn two_fields_make_a_coupon_and_the_list_shows_it_first(app: App) {
        let admin = app.admin().await;
        make::coupon().code("OLDER-1").create(&app).await;
        let answer = create(&admin, &[("code", "welcome-10"), ("percent", "12.5")]).await;
        let list = admin.get("/dashboard/coupons").await.expect(200);
        assert_eq!(answer.status, 303, "{answer:?}");
        assert!(list.page().texts("tbody tr")[0].contains("WELCOME-10"), "{:?}", list.page().texts("tbody tr"));
        assert!(list.page().texts("tbody tr")[0].contains("12.5"), "{:?}", list.page().texts("tbody tr"));
    }

    async fn the_same_form_sent_twice_makes_one_coupon(app: App) {
        let admin = app.admin().await;
        let page = admin.get("/dashboard/coupons/new").await.expect(200).page();
        let form = page.form("form[action='/dashboard/coupons']").with("code", "TWICE-22").with("percent", "5");
        let first = admin.submit(&form).await.expect(303);
        let second = admin.submit(&form).await.expect(303);
        assert_eq!(first.location(), second.location());
        assert_eq!(admin.get("/dashboard/coupons?q=twice").await.page().all("tbody tr").len(), 1);
    }

    async fn percentages_that_are_none_are_refused_on_their_field(app: App) {
        let admin = app.admin().await;
        for percent in ["0", "100.001", "1e3", "-5", "NaN", "", "ten", "12,5,5", "0.001", "99999999999999999999"] {
            refused(&admin, &[("code", "PERCENT-1"), ("percent", percent)]).await;
        }
        create(&admin, &[("code", "PERCENT-1"), ("percent", "100")]).await.expect(303);
    }

    async fn codes_that_cannot_be_typed_are_refused_on_their_field(app: App) {
        let admin = app.admin().await;
        let long = "A".repeat(10_000);
        for code in ["  ", "😀😀😀", "no/good", "ß-ß-ß", &long, "ab"] {
            refused(&admin, &[("code", code), ("percent", "5")]).await;
        }
    }

    async fn numbers_and_dates_that_do_not_exist_are_refused_on_their_field(app: App) {
        let admin = app.admin().await;
        for (name, value) in [
            ("max_uses", "9223372036854775808"),
            ("max_uses", "-1"),
            ("max_uses", "1.5"),
            ("max_uses_per_person", "many"),
            ("valid_until", "2027-02-30"),
            ("valid_until", "tomorrow"),
            ("valid_from", "10000-01-01"),
        ] {
            refused(&admin, &[("code", "NUMBER-1"), ("percent", "5"), (name, value)]).await;
        }
        // The hour that the clocks skip in the tenant's zone.
        let skipped = [("valid_from", "2027-03-28"), ("valid_from_time", "02:30")];
        refused(&admin, &[("code", "NUMBER-1"), ("percent", "5"), skipped[0], skipped[1]]).await;
        refused(&admin, &[("code", "NUMBER-1"), ("percent", "5"), ("valid_from", "2027-05-02"), ("valid_until", "2027-05-01")]).await;
    }

    async fn words_and_fields_that_the_form_does_not_have_are_refused(app: App) {
        let admin = app.admin().await;
        let answer = create(&admin, &[("code", "WORDS-1"), ("percent", "5"), ("benefit", "gold")]).await;
        assert!([400, 422].contains(&answer.status), "{answer:?}");
        create(&admin, &[("code", "WORDS-1"), ("percent", "5"), ("uses", "0")]).await.expect(400);
        admin.get("/dashboard/coupons?colour=red").await.expect(400);
        assert!(admin.get("/dashboard/coupons?q=words").await.page().all("tbody tr").is_empty());
    }

    async fn markup_and_sql_are_shown_as_text(app: App) {
        let admin = app.admin().await;
        let nasty = "<script>alert('x')</script>\"'; DROP TABLE coupons; --";
        let fields = [("code", "NASTY-1"), ("percent", "5"), ("name", nasty), ("description", nasty), ("note", nasty)];
        let answer = create(&admin, &fields).await.expect(303);
        for path in ["/dashboard/coupons", "/audit", answer.location()] {
            let page = admin.get(path).await.expect(200);
            assert!(!page.body.contains("<script>alert"), "{path}");
        }
        assert!(admin.get("/dashboard/coupons").await.page().words().contains(nasty));
        for needle in ["%", "_", "'", "\\", "\"", "nasty\" OR 1", "*", "x' --"] {
            let query = serde_html_form::to_string([("q", needle)]).unwrap();
            admin.get(&format!("/dashboard/coupons?{query}")).await.expect(200);
        }
    }

    async fn a_code_is_found_however_it_is_written(app: App) {
        let admin = app.admin().await;
        make::coupon().code("SAVE-10").create(&app).await;
        for needle in ["save-10", " SAVE 10", "ave1", "sav e1o", "SAVE.10"] {
            let query = serde_html_form::to_string([("q", needle)]).unwrap();
            let list = admin.get(&format!("/dashboard/coupons?{query}")).await.expect(200);
            assert_eq!(list.page().all("tbody tr").len(), 1, "{needle}");
        }
        refused(&admin, &[("code", "SAVE1O"), ("percent", "5")]).await;
    }

    async fn another_tenants_coupon_is_not_there(app: App) {
        let admin = app.admin().await;
        let other = make::tenant(&app, "other-works", "other.test").await;
        let theirs = make::coupon().code("THEIRS-1").create_in(&app, other).await;
        let ours = make::coupon().code("OURS-1").create(&app).await;
        make::hostname(&app, "127.0.0.1").await;
        for (method, path) in [("get", "/edit"), ("post", "/pause"), ("post", "/delete"), ("post", "/restore"), ("post", "/resume")] {
            let path = format!("/dashboard/coupons/{}{path}", theirs.id);
            let answer = if method == "get" { admin.get(&path).await } else { admin.post_form(&path, &[]).await };
            assert_eq!(answer.status, 404, "{path}: {answer:?}");
        }
        let (ours_id, theirs_id) = (ours.id.to_string(), theirs.id.to_string());
        admin.post_form("/dashboard/coupons/bulk", &[("action", "pause"), ("ids", &ours_id), ("ids", &theirs_id)]).await;
        assert!(make::coupon_row(&app, theirs.id).await.paused_at.is_none());
        assert!(!admin.get("/dashboard/coupons?q=theirs").await.expect(200).body.contains("THEIRS-1"));
        assert!(!admin.get("/dashboard/coupons").await.expect(200).body.contains("THEIRS-1"));
    }

    async fn coupons_that_are_switched_off_are_not_served(app: App) {
        let admin = app.admin().await;
        make::switch_coupons_off(&app).await;
        for path in ["/dashboard/coupons", "/dashboard/coupons/new"] {
            admin.get(path).await.expect(403);
        }
        let menu = admin.get("/audit").await.expect(200).page();
        assert!(!menu.has("nav a[href='/dashboard/coupons']"));
    }
}
