//! Pause, resume, delete, restore and duplicate, one by one and in bulk.

use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use support::prelude::*;
use vouchsafe::coupons::{rows, save};
use vouchsafe::db::tables::audit_entries;

const LIST: &str = "/dashboard/coupons";

async fn entries(app: &App, action: &str) -> u64 {
    let found = audit_entries::Entity::find().filter(audit_entries::Column::Action.eq(action));
    found.count(app.db.read()).await.unwrap()
}

on_both_databases! {
    async fn a_deleted_coupon_leaves_the_list_and_comes_back_by_undo(app: App) {
        let coupon = make::coupon().create(&app).await;
        let admin = app.admin().await;
        let deleted = admin.post_form(&format!("{LIST}/{}/delete", coupon.id), &[]).await.expect(303);
        let page = admin.follow(&deleted).await.expect(200).page();
        assert!(page.status().contains("was deleted"), "{}", page.status());
        assert!(!page.has("#coupons tbody .badge"), "{}", page.words());
        assert_eq!(page.texts("#kinds a .muted"), ["0", "0"]);
        let undo = page.form("#status form");
        // The list says where it is: with its badge, and with what brings it back.
        let bin = page.attribute("#also a", "href").expect("a link to what is deleted");
        let bin = admin.get(&bin).await.expect(200).page();
        assert_eq!((bin.text("#coupons tbody .badge"), bin.texts("#bulk button")), ("Deleted".into(), vec!["Restore".into()]));
        assert!(bin.has(&format!("form[action='{LIST}/{}/restore']", coupon.id)));
        let restored = admin.submit(&undo).await.expect(303);
        assert_eq!(admin.follow(&restored).await.page().text("#coupons tbody .badge"), "Active");
        assert_eq!((entries(&app, "coupon.deleted").await, entries(&app, "coupon.restored").await), (1, 1));
    }

    async fn doing_it_again_changes_nothing_and_writes_nothing(app: App) {
        let coupon = make::coupon().create(&app).await;
        let admin = app.admin().await;
        for _ in 0..2 {
            admin.post_form(&format!("{LIST}/{}/pause", coupon.id), &[]).await.expect(303);
        }
        assert_eq!(entries(&app, "coupon.paused").await, 1);
        admin.post_form(&format!("{LIST}/{}/resume", coupon.id), &[]).await.expect(303);
        assert_eq!(entries(&app, "coupon.resumed").await, 1);
    }

    async fn the_ticked_ones_are_paused_and_those_of_others_are_left_alone(app: App) {
        let mine = [make::coupon().create(&app).await, make::coupon().create(&app).await];
        let unknown = uuid::Uuid::now_v7().to_string();
        let admin = app.admin().await;
        let (first, second) = (mine[0].id.to_string(), mine[1].id.to_string());
        let fields = [("action", "pause"), ("ids", &*first), ("ids", &*second), ("ids", &*unknown), ("ids", "x")];
        let answer = admin.post_form(&format!("{LIST}/bulk"), &fields).await.expect(303);
        let page = admin.follow(&answer).await.expect(200).page();
        assert!(page.status().contains("2 coupons were paused"), "{}", page.status());
        assert!(page.status().contains("2 of the chosen coupons do not exist here"), "{}", page.status());
        assert_eq!(page.texts("#coupons tbody .badge"), ["Paused", "Paused"]);
        admin.submit(&page.form("#status form")).await.expect(303);
        let loaded = rows::load(app.db.read(), app.tenant, &[mine[0].id]).await.unwrap();
        assert!(loaded[&mine[0].id].paused_at.is_none());
        assert_eq!(entries(&app, "coupon.paused").await, 2);
    }

    async fn all_that_match_are_paused_beyond_the_page_and_resumed_by_undo(app: App) {
        for _ in 0..90 {
            make::coupon().name("Summer").create(&app).await;
        }
        make::coupon().code("OTHER-1").name("Winter").create(&app).await;
        let admin = app.admin().await;
        let list = admin.get(&format!("{LIST}?q=summer")).await.expect(200).page();
        assert_eq!(list.text("[data-bulk-all]"), "All 90 that match");
        let form = list.form("#bulk").and("action", "pause").and("all", "yes");
        let page = admin.follow(&admin.submit(&form).await.expect(303)).await.expect(200).page();
        assert!(page.status().contains("90 coupons were paused."), "{}", page.status());
        assert_eq!(entries(&app, "coupon.paused").await, 90);
        assert_eq!(admin.get(&format!("{LIST}?status=active")).await.page().texts("#coupons tbody th .code"), ["OTHER-1"]);
        admin.submit(&page.form("#status form")).await.expect(303);
        assert_eq!(entries(&app, "coupon.resumed").await, 90);
        // A page that has everything offers no more than its rows; without the box the ticked ones alone are meant.
        assert!(!admin.get(&format!("{LIST}?q=winter")).await.page().has("[data-bulk-all]"));
        let form = list.form("#bulk").and("action", "delete");
        let none = admin.follow(&admin.submit(&form).await.expect(303)).await.page();
        assert!(none.status().contains("Nothing was changed."), "{}", none.status());
    }

    async fn nobody_is_told_that_nothing_was_changed_when_some_of_many_were(app: App) {
        let oldest = make::coupon().name("Summer").create(&app).await;
        for _ in 0..104 {
            make::coupon().name("Summer").create(&app).await;
        }
        let admin = app.admin().await;
        let form = admin.get(&format!("{LIST}?q=summer")).await.page().form("#bulk").and("action", "pause").and("all", "yes");
        // Where rows are locked one by one, whatever comes before this one is paused.
        let tx = app.db.begin().await.unwrap();
        save::lock(&tx, app.tenant, oldest.id).await.unwrap().unwrap();
        let refused = admin.submit(&form).await.expect(503).page();
        drop(tx);
        let some = entries(&app, "coupon.paused").await > 0;
        assert_eq!(some, app.db.is_postgres());
        assert_eq!(refused.words().contains("Nothing was changed"), !some, "{}", refused.words());
        assert_eq!(refused.words().contains("Look before you try again"), some, "{}", refused.words());
    }

    async fn the_ticked_ones_are_resumed_and_paused_again_by_undo(app: App) {
        let paused = [make::coupon().create(&app).await, make::coupon().create(&app).await];
        let admin = app.admin().await;
        for coupon in &paused {
            admin.post_form(&format!("{LIST}/{}/pause", coupon.id), &[]).await.expect(303);
        }
        let page = admin.get(LIST).await.page();
        let word = page.attribute("#bulk button[value='resume']", "value").unwrap();
        let form = page.form("#bulk").with("action", &word);
        let form = paused.iter().fold(form, |form, coupon| form.and("ids", &coupon.id.to_string()));
        let page = admin.follow(&admin.submit(&form).await.expect(303)).await.page();
        assert!(page.status().contains("2 coupons were resumed."), "{}", page.status());
        assert_eq!(page.texts("#coupons tbody .badge"), ["Active", "Active"]);
        assert_eq!(entries(&app, "coupon.resumed").await, 2);
        let page = admin.follow(&admin.submit(&page.form("#status form")).await.expect(303)).await.page();
        assert_eq!(page.texts("#coupons tbody .badge"), ["Paused", "Paused"]);
    }

    async fn nobody_can_use_it_or_them_any_more(app: App) {
        let gone = [make::coupon().create(&app).await, make::coupon().create(&app).await, make::coupon().create(&app).await];
        let ids = gone.map(|coupon| coupon.id.to_string());
        let admin = app.admin().await;
        let one = admin.post_form(&format!("{LIST}/bulk"), &[("action", "delete"), ("ids", &*ids[0])]).await;
        assert!(admin.follow(&one).await.page().status().contains("Nobody can use it any more"));
        let fields = [("action", "delete"), ("ids", &*ids[1]), ("ids", &*ids[2])];
        let two = admin.post_form(&format!("{LIST}/bulk"), &fields).await;
        assert!(admin.follow(&two).await.page().status().contains("Nobody can use them any more"));
    }
}

#[tokio::test]
async fn a_deleted_coupon_is_not_edited_and_a_stranger_to_the_tenant_is_not_found() {
    support::app::tell(Database::Sqlite, |app| async move {
        let admin = app.admin().await;
        let gone = make::coupon().deleted_at(app.now()).create(&app).await;
        admin.get(&format!("{LIST}/{}/edit", gone.id)).await.expect(409);
        admin.get(&format!("{LIST}/{}", gone.id)).await.expect(200);
        let unknown = uuid::Uuid::now_v7();
        for path in ["", "/edit"] {
            admin.get(&format!("{LIST}/{unknown}{path}")).await.expect(404);
        }
        for path in ["/pause", "/delete", "/restore"] {
            admin.post_form(&format!("{LIST}/{unknown}{path}"), &[]).await.expect(404);
        }
        admin.post_form(&format!("{LIST}/bulk"), &[("action", "burn")]).await.expect(400);
    })
    .await;
}

#[tokio::test]
async fn a_duplicate_starts_with_everything_but_the_code() {
    support::app::tell(Database::Sqlite, |app| async move {
        let coupon = make::coupon().code("FIRST-1").name("First of its kind").max_uses(7).create(&app).await;
        let admin = app.admin().await;
        let page = admin.get(&format!("{LIST}/new?from={}", coupon.id)).await.expect(200).page();
        assert_eq!(page.value_of("code").as_deref(), Some(""));
        assert_eq!(page.value_of("max_uses").as_deref(), Some("7"));
        admin.submit(&page.form("main form.form").with("code", "SECOND-1")).await.expect(303);
        assert_eq!(admin.get(LIST).await.page().texts("#coupons tbody th .code"), ["SECOND-1", "FIRST-1"]);
    })
    .await;
}
