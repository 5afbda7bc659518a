//! `/dashboard/coupons/{id}/codes`: every code of a coupon.

use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use support::prelude::*;
use vouchsafe::db::tables::codes;

async fn texts(who: &Actor, path: &str) -> Vec<String> {
    who.get(path).await.expect(200).page().texts("#codes tbody th .code")
}

async fn change(app: &App, text: &str, change: codes::ActiveModel) {
    let tx = app.db.begin().await.unwrap();
    let one = codes::Entity::update_many().set(change).filter(codes::Column::Text.eq(text)).exec(&tx).await.unwrap();
    assert_eq!(one.rows_affected, 1);
    tx.commit().await.unwrap();
}

on_both_databases! {
    async fn every_code_of_a_coupon_is_reached_page_by_page_there_and_back(app: App) {
        let names: Vec<String> = (100..170).map(|number| format!("CARD-{number}")).collect();
        let coupon = make::many_codes(&app.db, app.tenant, make::coupon(), &names, app.now()).await;
        make::coupon().code("CARD-1").create(&app).await;
        let support = app.support().await;
        let page = support.get(&format!("/dashboard/coupons/{coupon}")).await.expect(200).page();
        let all = format!("/dashboard/coupons/{coupon}/codes");
        assert_eq!(page.text(&format!("a[href='{all}']")), "All 70 codes");
        let first = support.get(&all).await.expect(200).page();
        let older = first.attribute("#pager-older", "href").unwrap();
        let second = support.get(&older).await.expect(200).page();
        let (mut seen, rest) = (first.texts("#codes tbody th .code"), second.texts("#codes tbody th .code"));
        assert_eq!((seen.len(), rest.len()), (50, 20));
        seen.extend(rest);
        assert_eq!(seen, names);
        assert_eq!(texts(&support, &second.attribute("#pager-newer", "href").unwrap()).await, names[..50]);
    }

    async fn a_code_is_found_by_its_beginning_however_it_is_typed(app: App) {
        let coupon = make::coupon().code("SPRING-10").create(&app).await;
        for text in ["SPRING-20", "LATE-1", "LATE-10"] {
            make::code(&app, coupon.id, text).await;
        }
        let support = app.support().await;
        let path = |q: &str| format!("/dashboard/coupons/{}/codes?q={q}", coupon.id);
        assert_eq!(texts(&support, &path("spr%20x")).await, [] as [&str; 0]);
        assert_eq!(texts(&support, &path("spr-")).await, ["SPRING-10", "SPRING-20"]);
        assert_eq!(texts(&support, &path("late1")).await, ["LATE-1", "LATE-10"]);
        for q in ["pring", "%F0%9F%8E%89"] {
            let page = support.get(&path(q)).await.expect(200).page();
            assert!(page.words().contains("No code matches"), "{q}: {}", page.words());
        }
        let part = support.htmx_get(&path("late")).await.expect(200);
        assert!(part.body.trim_start().starts_with("<div id=\"codes\"") && part.page().text("#count") == "2 codes");
    }

    async fn a_code_says_how_it_stands_and_leads_to_its_redemptions(app: App) {
        let coupon = make::coupon().code("LIVE-1").create(&app).await;
        for text in ["GONE-1", "FULL-1"] {
            make::code(&app, coupon.id, text).await;
        }
        change(&app, "GONE-1", codes::ActiveModel { deleted_at: Set(Some(app.now())), ..Default::default() }).await;
        let full = codes::ActiveModel { max_uses: Set(Some(3)), uses: Set(2), held: Set(1), ..Default::default() };
        change(&app, "FULL-1", full).await;
        let support = app.support().await;
        for path in [format!("/dashboard/coupons/{}", coupon.id), format!("/dashboard/coupons/{}/codes", coupon.id)] {
            let page = support.get(&path).await.expect(200).page();
            let rows = page.texts("table tbody tr");
            for said in [&["LIVE-1", "Active", "Unlimited"][..], &["GONE-1", "Deleted", "None"], &["FULL-1", "Exhausted", "2 of 3"]] {
                assert!(rows.iter().any(|row| said.iter().all(|word| row.contains(word))), "{path}: {said:?} in {rows:?}");
            }
            assert!(page.has("a[href='/dashboard/redemptions?code=FULL-1']"), "{path}");
        }
        support.get(&format!("/dashboard/coupons/{}/codes", app.tenant)).await.expect(404);
    }

    async fn an_admin_adds_one_code_with_a_maximum_of_its_own(app: App) {
        let coupon = make::coupon().code("FIRST-1").create(&app).await;
        let (page, admin) = (format!("/dashboard/coupons/{}", coupon.id), app.admin().await);
        for from in [page.clone(), format!("{page}/codes")] {
            assert!(admin.get(&from).await.page().has(&format!("a[href='{page}/codes/new']")), "{from}");
            assert!(!app.support().await.get(&from).await.page().has("a[href$='/codes/new']"), "{from}");
        }
        let form = admin.get(&format!("{page}/codes/new")).await.expect(200).page().form(&format!("form[action='{page}/codes']"));
        let form = form.with("code", "friends-2").with("max_uses", "5");
        // A double click adds it once, and is answered the same.
        for _ in 0..2 {
            let added = admin.submit(&form).await.expect(303);
            assert_eq!(added.location(), page);
            let shown = admin.follow(&added).await.page();
            assert!(shown.status().contains("FRIENDS-2 was added."), "{}", shown.status());
            let rows = shown.texts("section[aria-labelledby='codes-title'] tbody tr");
            assert!(rows.len() == 2 && rows[1].contains("FRIENDS-2") && rows[1].contains("of 5"), "{rows:?}");
        }
        // Empty is unlimited, and a code that is given to nobody says so.
        let trap = admin.get(&format!("{page}/codes/new")).await.page().form("form[action$='/codes']");
        assert_eq!(admin.get(&format!("{page}/codes/new")).await.page().attribute("#coupon-max_uses", "placeholder").unwrap(), "Unlimited");
        let added = admin.submit(&trap.with("code", "TRAP-1").and("canary", "yes")).await.expect(303);
        let rows = admin.follow(&added).await.page().texts("section[aria-labelledby='codes-title'] tbody tr");
        assert!(rows[2].contains("TRAP-1") && rows[2].contains("A trap") && rows[2].contains("Unlimited"), "{rows:?}");
        let log = app.key(&["audit:read"]).await.get("/api/v1/audit-entries?action=code.created").await.json();
        assert_eq!(log["items"].as_array().unwrap().len(), 2);
    }

    async fn a_code_that_cannot_be_added_keeps_what_was_typed_and_says_why(app: App) {
        let coupon = make::coupon().code("FIRST-1").create(&app).await;
        let admin = app.admin().await;
        let path = format!("/dashboard/coupons/{}/codes", coupon.id);
        let form = admin.get(&format!("{path}/new")).await.page().form("form[action$='/codes']");
        let refused = admin.submit(&form.clone().with("code", "f1rst_1").with("max_uses", "7")).await.expect(422).page();
        assert!(refused.words().contains("F1RST_1 reads like FIRST-1, which exists already."), "{}", refused.words());
        assert_eq!((refused.value_of("code").unwrap(), refused.value_of("max_uses").unwrap()), ("f1rst_1".into(), "7".into()));
        let wrong = admin.submit(&form.clone().with("code", "AB").with("max_uses", "-1")).await.expect(422).page();
        assert_eq!(wrong.field_errors().len(), 2, "{:?}", wrong.field_errors());
        // What is deleted is offered to come back.
        make::code(&app, coupon.id, "GONE-1").await;
        change(&app, "GONE-1", codes::ActiveModel { deleted_at: Set(Some(app.now())), ..Default::default() }).await;
        let offer = admin.submit(&form.with("code", "gone-1")).await.expect(422).page();
        let restore = offer.attribute("button[formaction$='/restore']", "formaction").expect("an offer to restore it");
        admin.post_form(&restore, &[]).await.expect(303);
        assert_eq!(texts(&admin, &path).await, ["FIRST-1", "GONE-1"]);
        // A deleted coupon gets none.
        admin.post_form(&format!("/dashboard/coupons/{}/delete", coupon.id), &[]).await.expect(303);
        admin.get(&format!("{path}/new")).await.expect(409);
    }

    async fn one_code_is_deleted_after_a_question_and_comes_back_by_undo(app: App) {
        let coupon = make::coupon().code("STAYS-1").credit("5").create(&app).await;
        make::code(&app, coupon.id, "GOES-1").await;
        let used = codes::ActiveModel { uses: Set(3), held: Set(1), ..Default::default() };
        change(&app, "GOES-1", used).await;
        let admin = app.admin().await;
        let list = format!("/dashboard/coupons/{}/codes", coupon.id);
        assert!(!app.support().await.get(&list).await.page().has("form[action$='/delete'], form[action$='/restore']"));
        let page = admin.get(&list).await.page();
        let question = page.texts("#codes .menu__note").remove(0);
        assert!(question.contains("It was used 3 times") && question.contains("One use is held by an order"), "{question}");
        let deletion = page.form("form[action^='/dashboard/codes/'][action$='/delete']");
        let preview = async |code: &str| app.anonymous().call("POST", "/api/v1/previews", &serde_json::json!({ "code": code })).await.status;
        assert_eq!(preview("GOES-1").await, 200);
        let deleted = admin.submit(&deletion).await.expect(303);
        admin.submit(&deletion).await.expect(303);
        let shown = admin.follow(&deleted).await.page();
        assert!(shown.status().contains("GOES-1 was deleted. Nobody can use it any more; what was redeemed stays."), "{}", shown.status());
        // Strangers know it no more, support is told, and nobody else gets its text.
        assert_eq!((preview("GOES-1").await, preview("STAYS-1").await), (404, 200));
        let why = app.support().await.get("/audit/why-not?code=GOES-1").await.page();
        assert!(why.words().contains("deleted"), "{}", why.words());
        let form = admin.get(&format!("{list}/new")).await.page().form("form[action$='/codes']");
        admin.submit(&form.with("code", "goes1")).await.expect(422);
        admin.submit(&shown.form("#status form")).await.expect(303);
        assert_eq!(preview("GOES-1").await, 200);
        let key = app.key(&["audit:read"]).await;
        for action in ["code.deleted", "code.restored"] {
            let log = key.get(&format!("/api/v1/audit-entries?action={action}")).await.json();
            assert_eq!((log["items"].as_array().unwrap().len(), &log["items"][0]["code"]), (1, &"GOES-1".into()), "{action}");
        }
    }

    async fn a_link_to_share_has_a_code_that_can_be_used(app: App) {
        let coupon = make::coupon().code("OLD-1").create(&app).await;
        make::code(&app, coupon.id, "NEW-1").await;
        change(&app, "OLD-1", codes::ActiveModel { deleted_at: Set(Some(app.now())), ..Default::default() }).await;
        let page = app.support().await.get(&format!("/dashboard/coupons/{}", coupon.id)).await.page();
        assert!(page.text("#share-link").ends_with("/redeem?code=NEW-1"), "{}", page.text("#share-link"));
    }
}
