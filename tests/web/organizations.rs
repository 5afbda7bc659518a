//! `/dashboard/organizations` and `/dashboard/limits`: what an administrator does with customer accounts.

use serde_json::json;
use support::prelude::*;

const PATH: &str = "/dashboard/organizations";

on_both_databases! {
    async fn an_organization_is_made_renamed_and_found_by_its_name_and_its_members(app: App) {
        let admin = app.admin().await;
        let page = admin.get("/dashboard/organizations/new").await.expect(200).page();
        let form = page.form("main form").with("name", "  Nordlicht Ökö ");
        let made = admin.submit(&form).await.expect(303);
        let again = admin.submit(&form).await.expect(303);
        assert_eq!(made.location(), again.location(), "a double click makes one");
        let page = admin.follow(&made).await.expect(200).page();
        assert_eq!(page.text("h1"), "Nordlicht Ökö");
        let path = made.location().to_owned();
        admin.post_form(&format!("{path}/name"), &[("name", "Südlicht")]).await.expect(303);
        let fields = [("email", support::seed::MEMBER), ("role", "owner")];
        admin.post_form(&format!("{path}/members"), &fields).await.expect(303);
        for needle in ["s%C3%9CDL", "MEMBER%40harbour"] {
            let list = admin.get(&format!("{PATH}?q={needle}")).await.expect(200).page();
            assert_eq!(list.texts("tbody th"), ["Südlicht"], "{needle}");
        }
        assert!(admin.get(&format!("{PATH}?q=zz%25")).await.page().words().contains("No organization matches"));
    }

    async fn a_nameless_organization_is_refused_with_what_was_typed(app: App) {
        let admin = app.admin().await;
        let long = "x".repeat(121);
        for name in ["", "   ", &long] {
            let page = admin.post_form(PATH, &[("name", name), ("request_key", "k")]).await.expect(422).page();
            assert_eq!(page.field_errors().len(), 1);
            assert_eq!(page.value_of("name").as_deref(), Some(name));
        }
    }

    async fn a_base_a_lock_and_what_is_in_use_are_saved_as_one_table(app: App) {
        let admin = app.admin().await;
        let path = format!("{PATH}/{}", make::organization(&app, "Northwind").await.id);
        let fields = [("key[]", "seats"), ("was[]", "//"), ("base[]", "500"), ("in_use[]", "7"), ("locked[]", "seats")];
        admin.post_form(&format!("{path}/limits"), &fields).await.expect(303);
        let page = admin.get(&path).await.expect(200).page();
        assert_eq!(page.text("#limit-seats"), "500");
        assert!(page.has("input[name='locked[]'][value=seats][checked]"));
        let log = admin.get("/audit?action=organization.limit_set").await.expect(200).page().words();
        assert!(log.contains("set a limit of") && log.contains("500") && log.contains("Northwind"), "{log}");
        for (base, in_use) in [("x", ""), ("1001", ""), ("unlimited", ""), ("", "-1")] {
            let fields = [("key[]", "seats"), ("was[]", "500/7/locked"), ("base[]", base), ("in_use[]", in_use)];
            let refused = admin.post_form(&format!("{path}/limits"), &fields).await.expect(422).page();
            assert_eq!(refused.field_errors().len(), 1, "{base} {in_use}");
        }
        admin.post_form(&format!("{path}/limits"), &[("key[]", "seats"), ("base[]", "1")]).await.expect(400);
    }

    async fn a_table_of_limits_takes_back_nothing_that_was_said_while_it_was_open(app: App) {
        let admin = app.admin().await;
        let organization = make::organization(&app, "Northwind").await;
        let path = format!("{PATH}/{}", organization.id);
        let form = admin.get(&path).await.expect(200).page().form("form[action$='/limits']");
        let key = app.key(&["organizations:write"]).await;
        let said = json!({ "limits": [{ "key": "seats", "in_use": 9, "locked": true }] });
        key.call("PUT", &format!("/api/v1/organizations/{}/limits", organization.id), &said).await.expect(200);
        let keys: Vec<_> = form.fields.iter().filter(|(name, _)| name == "key[]").map(|(_, key)| key.clone()).collect();
        let with_base = keys.iter().fold(form.without("base[]"), |form, key| {
            form.and("base[]", if key == "seats" { "500" } else { "" })
        });
        let saved = admin.submit(&with_base).await.expect(303);
        let page = admin.follow(&saved).await.page();
        assert_eq!((page.text("#limit-seats"), page.attribute("#use-seats", "value")), ("500".to_owned(), Some("9".to_owned())));
        assert!(page.has("input[name='locked[]'][value=seats][checked]"), "the lock of the host system stays");
        let undone = admin.submit(&page.form("#status form")).await.expect(303);
        let page = admin.follow(&undone).await.page();
        assert_eq!((page.text("#limit-seats"), page.attribute("#use-seats", "value")), ("10".to_owned(), Some("9".to_owned())));
    }

    async fn credit_never_goes_below_zero_and_a_double_click_counts_once(app: App) {
        let admin = app.admin().await;
        let path = format!("{PATH}/{}", make::organization(&app, "Northwind").await.id);
        let form = admin.get(&path).await.page().form("form[action$='/credit']");
        let gift = form.with("amount", "20.50").with("memo", "a gift");
        admin.submit(&gift).await.expect(303);
        admin.submit(&gift).await.expect(303);
        assert!(admin.get(&path).await.page().text("#balance").starts_with("20.50"));
        let form = admin.get(&path).await.page().form("form[action$='/credit']");
        let page = admin.submit(&form.with("amount", "-20.51").with("memo", "too much")).await.expect(422).page();
        assert!(page.field_errors()[0].contains("cannot go below 0"), "{:?}", page.field_errors());
        assert_eq!(page.value_of("amount").as_deref(), Some("-20.51"));
        let form = page.form("form[action$='/credit']");
        admin.submit(&form.with("amount", "−20.50").with("memo", "taken back")).await.expect(303);
        assert!(admin.get(&path).await.page().text("#balance").starts_with("0.00"));
    }

    async fn only_people_of_the_tenant_become_members_and_a_removal_can_be_undone(app: App) {
        let admin = app.admin().await;
        let path = format!("{PATH}/{}", make::organization(&app, "Northwind").await.id);
        let stranger = make::user().stranger().create(&app).await;
        for email in ["", "nobody@harbour.test", &stranger.email] {
            let fields = [("email", email), ("role", "member")];
            let page = admin.post_form(&format!("{path}/members"), &fields).await.expect(422).page();
            assert_eq!(page.field_errors().len(), 1, "{email}");
        }
        let friend = make::user().create(&app).await;
        let fields = [("email", friend.email.as_str()), ("role", "owner")];
        admin.post_form(&format!("{path}/members"), &fields).await.expect(303);
        let removed = admin.post_form(&format!("{path}/members/{}/remove", friend.id), &[]).await.expect(303);
        let page = admin.follow(&removed).await.page();
        assert!(!page.words().contains(&friend.email));
        admin.submit(&page.form("#status form")).await.expect(303);
        assert!(admin.get(&path).await.page().words().contains(&friend.email));
    }

    async fn another_tenants_organization_is_not_there(app: App) {
        let admin = app.admin().await;
        let path = format!("{PATH}/01998a00-0000-7000-8000-000000000001");
        admin.get(&path).await.expect(404);
        admin.post_form(&format!("{path}/name"), &[("name", "Mine")]).await.expect(404);
        admin.post_form(&format!("{path}/limits"), &[]).await.expect(404);
        let fields = [("amount", "5"), ("memo", "mine"), ("request_key", "k")];
        admin.post_form(&format!("{path}/credit"), &fields).await.expect(404);
    }

    async fn a_limit_is_defined_once_and_edited_within_its_bounds(app: App) {
        let admin = app.admin().await;
        let path = "/dashboard/limits";
        let form = admin.get("/dashboard/limits/new").await.expect(200).page().form("main form");
        let form = form.with("label", "API calls").with("key", "api_calls").with("default", "100");
        admin.submit(&form).await.expect(303);
        let page = admin.submit(&form).await.expect(422).page();
        assert!(page.field_errors()[0].contains("already"));
        let edit = admin.get(&format!("{path}/api_calls")).await.expect(200).page().form("main form");
        let wrong = edit.clone().with("minimum", "200").with("maximum", "50");
        assert_eq!(admin.submit(&wrong).await.expect(422).page().field_errors().len(), 2);
        admin.submit(&edit.with("maximum", "500")).await.expect(303);
        assert!(admin.get(path).await.page().words().contains("500 or less"));
    }
}
