//! New and edit: what is typed, what is refused, what is saved.

use sea_orm::ActiveValue::Set;
use support::prelude::*;
use vouchsafe::coupons::rows;

const LIST: &str = "/dashboard/coupons";

async fn load(app: &App, id: uuid::Uuid) -> vouchsafe::coupons::coupon::Coupon {
    rows::load(app.db.read(), app.tenant, &[id]).await.unwrap().remove(&id).unwrap()
}

/// The sentences of the error summary after these fields were sent.
async fn refused(admin: &Actor, fields: &[(&str, &str)]) -> Vec<String> {
    let answer = admin.post_form(LIST, fields).await.expect(422);
    let page = answer.page();
    assert!(page.text("title").starts_with("Error: "), "{answer:?}");
    page.texts(".errors li")
}

on_both_databases! {
    async fn two_fields_make_a_working_coupon(app: App) {
        let admin = app.admin().await;
        let answer = admin.post_form(LIST, &[("code", "welcome-10"), ("percent", "12.34")]).await.expect(303);
        let list = admin.follow(&answer).await.expect(200);
        assert_eq!(list.page().texts("#coupons tbody th .code"), ["WELCOME-10"]);
        assert!(list.page().status().contains("WELCOME-10 was created"), "{list:?}");
        assert!(list.page().words().contains("12.34"), "{list:?}");
    }

    async fn what_was_made_is_one_click_away(app: App) {
        let admin = app.admin().await;
        let answer = admin.post_form(LIST, &[("code", "NEW-1"), ("percent", "10")]).await.expect(303);
        let link = admin.follow(&answer).await.page().attribute("#status a", "href").unwrap();
        assert!(admin.get(&link).await.expect(200).page().text("h1").contains("NEW-1"));
        let part = admin.htmx_post(LIST, &[("code", "NEW-2"), ("percent", "10")]).await.expect(200).page();
        assert!(part.has("#status a[href^='/dashboard/coupons/']"), "{}", part.words());
    }

    async fn an_end_in_the_past_is_warned_of_and_saved(app: App) {
        let admin = app.admin().await;
        let fields = [("code", "LATE-1"), ("percent", "10"), ("valid_until", "2020-01-01")];
        let page = admin.follow(&admin.post_form(LIST, &fields).await.expect(303)).await.page();
        assert!(page.status().contains("the coupon is expired from the start"), "{}", page.status());
        let made = page.attribute("#status a", "href").unwrap();
        let copy = admin.get(&made.replace("coupons/", "coupons/new?from=")).await.expect(200).page();
        assert!(copy.text(".notice--warn").contains("expired from the start"), "{}", copy.words());
    }

    async fn the_summary_names_each_field_in_the_order_of_the_form(app: App) {
        let admin = app.admin().await;
        let long = "x".repeat(200);
        let fields = [("name", &*long), ("tags", &*long), ("percent", "none"), ("code", "!"), ("max_uses", "many")];
        let said = refused(&admin, &fields).await;
        let labels: Vec<&str> = said.iter().filter_map(|line| Some(line.split_once(": ")?.0)).collect();
        assert_eq!(labels, ["Code", "Percentage", "Uses in total", "Name", "Tags"], "{said:?}");
    }

    async fn a_code_that_reads_like_another_is_refused_and_a_deleted_one_can_be_restored(app: App) {
        make::coupon().code("SAVE-10").create(&app).await;
        let gone = make::coupon().code("OLD-ONE").deleted_at(app.now()).create(&app).await;
        let admin = app.admin().await;
        let said = refused(&admin, &[("code", "save.1o"), ("percent", "10")]).await;
        assert_eq!(said, ["Code: SAVE.1O reads like SAVE-10, which exists already."]);
        let page = admin.post_form(LIST, &[("code", "old one".replace(' ', "-").as_str()), ("percent", "10")]).await;
        let page = page.expect(422);
        assert!(page.body.contains(&format!("/dashboard/coupons/{}/restore", gone.id)), "{page:?}");
        let restored = admin.htmx_post(&format!("{LIST}/{}/restore", gone.id), &[("code", "OLD-ONE")]).await.expect(204);
        assert_eq!(restored.header("hx-redirect"), LIST);
        assert!(load(&app, gone.id).await.deleted_at.is_none());
    }

    async fn the_same_form_sent_twice_makes_one_coupon(app: App) {
        let admin = app.admin().await;
        let fields = [("request_key", "key-of-this-form"), ("code", "TWICE-1"), ("percent", "10")];
        admin.post_form(LIST, &fields).await.expect(303);
        admin.post_form(LIST, &fields).await.expect(303);
        assert_eq!(admin.get(LIST).await.page().texts("#coupons tbody th .code"), ["TWICE-1"]);
    }

    async fn an_edit_changes_what_was_typed_keeps_the_code_and_is_on_record(app: App) {
        let coupon = make::coupon().code("KEEP-ME").create(&app).await;
        let admin = app.admin().await;
        let path = format!("{LIST}/{}", coupon.id);
        let form = admin.get(&format!("{path}/edit")).await.expect(200).page().form("main form.form");
        let sent = form.clone().with("percent", "25").with("max_uses", "9").with("tags", "launch, spring");
        admin.submit(&sent).await.expect(303);
        let saved = load(&app, coupon.id).await;
        assert_eq!((saved.max_uses, saved.version, saved.tags.join(" ").as_str()), (Some(9), 2, "launch spring"));
        let page = admin.get(&path).await.expect(200).page().words();
        assert!(page.contains("Uses in total") && page.contains("25 % off"), "{page}");
        let other = form.with("version", "2").with("code", "ANOTHER");
        let answer = admin.submit(&other).await.expect(422);
        assert!(answer.page().words().contains("A code never changes"), "{answer:?}");
    }

    async fn who_saves_second_sees_both_sides_and_overwrites_nothing(app: App) {
        let coupon = make::coupon().create(&app).await;
        let admin = app.admin().await;
        let path = format!("{LIST}/{}", coupon.id);
        let form = admin.get(&format!("{path}/edit")).await.page().form("main form.form");
        admin.submit(&form.clone().with("max_uses", "5")).await.expect(303);
        let late = form.with("max_uses", "3");
        let answer = admin.submit(&late).await.expect(409);
        let page = answer.page();
        assert!(page.words().contains("Somebody else saved this coupon"), "{answer:?}");
        let cells = page.texts(".errors tbody td");
        assert_eq!(cells, ["3", "5"]);
        assert_eq!(page.value_of("max_uses").as_deref(), Some("3"));
        assert_eq!(load(&app, coupon.id).await.max_uses, Some(5));
        admin.submit(&page.form("main form.form")).await.expect(303);
        assert_eq!(load(&app, coupon.id).await.max_uses, Some(3));
    }

    async fn a_maximum_below_what_is_used_says_the_number_and_offers_to_close_there(app: App) {
        let coupon = make::coupon().with(|row| (row.uses, row.held) = (Set(3), Set(1))).create(&app).await;
        let admin = app.admin().await;
        let form = admin.get(&format!("{LIST}/{}/edit", coupon.id)).await.page().form("main form.form");
        let answer = admin.submit(&form.clone().with("max_uses", "2")).await.expect(422);
        assert!(answer.page().words().contains("Already used or held: 4."), "{answer:?}");
        assert!(answer.body.contains("Close at 4"), "{answer:?}");
        let filled = admin.submit(&form.with("max_uses", "2").with("then", "close_uses")).await.expect(200);
        assert_eq!(filled.page().value_of("max_uses").as_deref(), Some("4"));
        assert_eq!(load(&app, coupon.id).await.max_uses, None);
    }
}

#[tokio::test]
async fn every_message_stands_on_its_field() {
    support::app::tell(Database::Sqlite, |app| async move {
        let admin = app.admin().await;
        let ok = [("code", "FINE-123"), ("percent", "10")];
        for (field, value) in [
            ("code", ""),
            ("code", "  "),
            ("code", "ab"),
            ("code", "🎉🎉🎉"),
            ("percent", "0"),
            ("percent", "100.001"),
            ("percent", "1e3"),
            ("percent", "-5"),
            ("percent", "NaN"),
            ("percent", ""),
            ("percent", "12.345"),
            ("max_uses", "9223372036854775808"),
            ("max_uses", "-1"),
            ("max_uses", "1.5"),
            ("valid_until", "2027-02-30"),
            ("valid_until", "31/12/2027"),
            ("budget", "1e9"),
            ("minimum_amount", "-1"),
            ("discounted_periods", "0"),
            ("people", "nobody"),
            ("excluded_products", "NO-SUCH-SKU"),
            ("leak_uses", "5"),
        ] {
            let mut fields: Vec<(&str, &str)> = ok.iter().filter(|(name, _)| *name != field).copied().collect();
            fields.push((field, value));
            let answer = admin.post_form(LIST, &fields).await.expect(422);
            let page = answer.page();
            assert!(page.has(&format!("#coupon-{field}-error")), "{field}={value}: {:?}", page.texts(".errors li"));
            assert_eq!(page.texts(".errors li").len(), 1, "{field}={value}: {:?}", page.texts(".errors li"));
        }
        assert_eq!(admin.get(LIST).await.page().text("#coupons h2"), "No coupons yet");
    })
    .await;
}

#[tokio::test]
async fn conditions_that_contradict_each_other_are_refused() {
    support::app::tell(Database::Sqlite, |app| async move {
        let admin = app.admin().await;
        for (fields, said) in [
            (vec![("percent", "100"), ("discounted_periods", "3")], "99.99"),
            (vec![("percent", "10"), ("applies", "types")], "at least one product type"),
            (vec![("percent", "10"), ("valid_from", "2027-02-02"), ("valid_until", "2027-02-01")], "before it starts"),
            (vec![("benefit", "limits")], "at least one limit"),
            (vec![("percent", "10"), ("uses_per", "order"), ("max_uses_per_product", "1")], "one use per unit"),
            (vec![("percent", "10"), ("applies", "types"), ("product_types", "nonsense")], "does not exist"),
            (
                vec![("percent", "10"), ("applies", "types"), ("products", "00000000-0000-7000-8000-000000000000")],
                "does not exist",
            ),
        ] {
            let mut all = vec![("code", "CONTRA-1")];
            all.extend(fields.iter().copied());
            let sentences = refused(&admin, &all).await;
            assert!(sentences.iter().any(|sentence| sentence.contains(said)), "{fields:?}: {sentences:?}");
        }
        for fields in [vec![("benefit", "gold")], vec![("uses_per", "week")], vec![("colour", "red")]] {
            let mut all = vec![("code", "CHOICE-1"), ("percent", "10")];
            all.extend(fields);
            admin.post_form(LIST, &all).await.expect(400);
        }
    })
    .await;
}

#[tokio::test]
async fn a_benefit_that_could_lower_a_limit_is_saved_with_a_warning() {
    support::app::tell(Database::Sqlite, |app| async move {
        let admin = app.admin().await;
        let limit = [("benefit", "limits"), ("limit_key", "instances"), ("limit_value", "10")];
        let raise = [&limit[..], &[("limit_mode", "raise_to"), ("code", "RAISE-1")]].concat();
        let answer = admin.post_form(LIST, &raise).await.expect(303);
        assert!(!admin.follow(&answer).await.page().status().contains("lowers"));
        let lower = [&limit[..], &[("limit_mode", "set"), ("code", "LOWER-1")]].concat();
        let answer = admin.post_form(LIST, &lower).await.expect(303);
        assert!(admin.follow(&answer).await.page().status().contains("lowers it for organizations that have more"));
        let list = admin.get(LIST).await.page();
        let edit = list.attribute("#coupons tbody tr:first-child a[href$='/edit']", "href").unwrap();
        let page = admin.get(&edit).await.expect(200).page();
        assert!(page.text(".notice--warn").contains("lowers"), "{}", page.words());
    })
    .await;
}

#[tokio::test]
async fn free_for_all_is_saved_with_a_warning() {
    support::app::tell(Database::Sqlite, |app| async move {
        let admin = app.admin().await;
        let answer = admin.post_form(LIST, &[("code", "FREE-1"), ("percent", "100")]).await.expect(303);
        let page = admin.follow(&answer).await.expect(200).page();
        assert!(page.status().contains("free for whoever learns the code"), "{}", page.status());
    })
    .await;
}

#[tokio::test]
async fn generate_and_find_work_without_a_script_and_save_nothing() {
    support::app::tell(Database::Sqlite, |app| async move {
        make::product("Harbour Quarterly 41").create(&app).await;
        let admin = app.admin().await;
        let form = admin.get(&format!("{LIST}/new")).await.expect(200).page().form("main form.form");
        let filled =
            admin.submit(&form.clone().with("percent", "10").with("then", "generate")).await.expect(200).page();
        assert!(filled.value_of("code").is_some_and(|code| code.len() == 14));
        assert_eq!(filled.value_of("percent").as_deref(), Some("10"));
        let found = form.with("then", "find_products").with("product_search", "quarterly");
        let found = admin.submit(&found).await.expect(200).page();
        assert!(found.words().contains("Harbour Quarterly 41"));
        let fragment = admin.htmx_get(&format!("{LIST}/products?product_search=QUARTERLY")).await.expect(200);
        assert!(fragment.body.contains("Harbour Quarterly 41") && !fragment.body.contains("<form"));
        assert!(admin.htmx_get(&format!("{LIST}/code")).await.expect(200).body.starts_with("<input"));
        assert_eq!(admin.get(LIST).await.page().text("#coupons h2"), "No coupons yet");
    })
    .await;
}

#[tokio::test]
async fn the_dialog_closes_and_the_list_behind_it_is_new() {
    support::app::tell(Database::Sqlite, |app| async move {
        let admin = app.admin().await;
        let dialog = admin.htmx_get(&format!("{LIST}/new")).await.expect(200);
        assert!(dialog.body.contains("id=\"modal-title\"") && dialog.body.contains("hx-post"), "{dialog:?}");
        let made = admin.htmx_post(LIST, &[("code", "MODAL-1"), ("percent", "10")]).await.expect(200);
        assert_eq!(made.header("hx-trigger"), "modal-close");
        assert_eq!(made.page().texts("#kinds[hx-swap-oob] a"), ["All 1", "Gifts 0"], "the count goes with the list");
        assert!(made.body.contains("hx-swap-oob") && made.body.contains("MODAL-1 was created"), "{made:?}");
        let link = made.page().attribute("#coupons tbody th a", "href").unwrap();
        let fields = [("version", "1"), ("percent", "11")];
        let saved = admin.htmx_post(&link, &fields).await.expect(204);
        assert_eq!(saved.header("hx-trigger"), "modal-close, coupons-changed");
        let list = admin.htmx_get(LIST).await.expect(200);
        assert!(list.body.contains("MODAL-1 was saved") && list.body.contains("11 % off"), "{list:?}");
        let late = admin.htmx_post(&link, &fields).await.expect(422);
        assert!(late.body.contains("Somebody else saved"), "{late:?}");
    })
    .await;
}

#[tokio::test]
async fn markup_and_sql_in_every_text_field_are_shown_as_text() {
    support::app::tell(Database::Sqlite, |app| async move {
        let admin = app.admin().await;
        let nasty = "<script>alert(1)</script>'; DROP TABLE coupons; --";
        let fields = [
            ("code", "NASTY-1"),
            ("percent", "10"),
            ("name", nasty),
            ("description", nasty),
            ("note", nasty),
            ("tags", "<b>bold</b>"),
        ];
        let answer = admin.post_form(LIST, &fields).await.expect(303);
        let list = admin.follow(&answer).await.expect(200);
        assert!(!list.body.contains("<script>alert") && list.page().words().contains("<script>alert(1)"));
        let link = list.page().attribute("#coupons tbody th a", "href").unwrap();
        for path in [link.clone(), format!("{link}/edit")] {
            let page = admin.get(&path).await.expect(200);
            assert!(!page.body.contains("<script>alert") && !page.body.contains("<b>bold"), "{page:?}");
        }
    })
    .await;
}
