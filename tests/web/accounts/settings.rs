//! `/dashboard/settings` and `/platform`.

use super::last_changes;
use support::prelude::*;

async fn form(admin: &Actor) -> support::form::Form {
    admin.get("/dashboard/settings").await.expect(200).page().form("form[action='/dashboard/settings']")
}

on_both_databases! {
    async fn settings_are_saved_with_their_changes_on_record(app: App) {
        let admin = app.admin().await;
        let form = form(&admin).await.with("minimum_charge", "0.50").with("free_claims_per_person", "2");
        let saved = admin.submit(&form.without("full_discount_single_item")).await.expect(303);
        assert!(admin.follow(&saved).await.page().status().contains("saved"));
        let changes = last_changes(&app, "tenant.edited").await;
        let fields: Vec<_> = changes.as_array().unwrap().iter().map(|change| change["field"].clone()).collect();
        assert_eq!(fields, ["minimum_charge", "full_discount_single_item", "free_claims_per_person"]);
        assert_eq!(changes[0]["after"], "0.50 EUR");
    }

    async fn a_fault_is_said_on_its_field_and_saves_nothing(app: App) {
        let admin = app.admin().await;
        let form = form(&admin).await.with("hold_minutes", "0").with("base_url", "harbour").with("name", "Other");
        let page = admin.submit(&form).await.expect(422).page();
        assert_eq!(page.field_errors().len(), 2);
        assert_eq!(page.value_of("name").as_deref(), Some("Other"), "what was typed stays");
        assert_eq!(admin.get("/dashboard/settings").await.page().value_of("name").as_deref(), Some("Harbour Works"));
    }

    async fn an_edit_against_an_old_version_shows_both_sides(app: App) {
        let admin = app.admin().await;
        let (mine, theirs) = (form(&admin).await, form(&admin).await);
        admin.submit(&theirs.with("name", "Harbour Two")).await.expect(303);
        let page = admin.submit(&mine.with("support_contact", "0800 1")).await.expect(409).page();
        assert!(page.text(".notice--warn").contains("Harbour Two"));
        assert_eq!(page.value_of("support_contact").as_deref(), Some("0800 1"));
        admin.submit(&page.form("form[action='/dashboard/settings']")).await.expect(303);
    }

    async fn a_currency_with_amounts_cannot_change(app: App) {
        let admin = app.admin().await;
        admin.submit(&form(&admin).await.with("currency", "JPY").with("minimum_charge", "")).await.expect(303);
        admin.submit(&form(&admin).await.with("currency", "EUR")).await.expect(303);
        make::product("Poster").create(&app).await;
        let fixed = form(&admin).await;
        assert_eq!(fixed.value("currency"), Some("EUR"));
        let page = admin.submit(&fixed.with("currency", "JPY")).await.expect(422).page();
        assert!(page.words().contains("Amounts exist in EUR"));
    }

    async fn a_currency_in_which_something_was_redeemed_cannot_change(app: App) {
        let coupon = make::coupon().percent("15").create(&app).await;
        let key = app.key(&["redemptions:write"]).await;
        let item = serde_json::json!({ "sku": "ticket", "product_type": "ticket", "unit_price": 1_000 });
        let body = serde_json::json!({ "code": coupon.code, "mode": "hold", "order_ref": "A-1", "items": [item] });
        key.call("POST", "/api/v1/redemptions", &body).await.expect(201);
        let admin = app.admin().await;
        admin.submit(&form(&admin).await.with("currency", "JPY").with("minimum_charge", "")).await.expect(422);
    }

    async fn a_second_tenant_needs_hostnames_first(app: App) {
        let platform = app.platform_admin().await;
        let form = platform.get("/platform/tenants/new").await.page().form("form[action='/platform/tenants']");
        let form = form
            .with("name", "Rope")
            .with("slug", "rope")
            .with("hostname", "rope.test")
            .with("support_contact", "help@rope.test");
        let page = platform.submit(&form).await.expect(422).page();
        assert_eq!(page.field_errors(), ["Give Harbour Works a hostname first."]);
        let path = format!("/platform/tenants/{}", app.tenant);
        let edit = platform.get(&path).await.page().form(&format!("form[action='{path}']"));
        platform.submit(&edit.with("hostname", "127.0.0.1")).await.expect(303);
        platform.submit(&form.clone().with("hostname", "")).await.expect(422);
        platform.submit(&form.clone().with("hostname", "127.0.0.1")).await.expect(422);
        platform.submit(&form).await.expect(303);
        assert_eq!(platform.get("/platform").await.page().all("tbody tr").len(), 2);
        let edit = platform.get(&path).await.page().form(&format!("form[action='{path}']"));
        platform.submit(&edit.clone().with("hostname", "")).await.expect(422);
        platform.submit(&edit.with("hostname", "rope.test")).await.expect(422);
    }

    async fn coupons_switched_off_are_refused_and_not_in_the_menu(app: App) {
        let (platform, admin) = (app.platform_admin().await, app.admin().await);
        let path = format!("/platform/tenants/{}", app.tenant);
        let edit = platform.get(&path).await.page().form(&format!("form[action='{path}']"));
        platform.submit(&edit.without("coupons_enabled")).await.expect(303);
        admin.get("/dashboard/coupons").await.expect(403);
        let page = admin.get("/dashboard/settings").await.page();
        assert!(!page.has("#nav a[href='/dashboard/coupons']"));
    }
}
