//! `/dashboard/coupons`: the list.

use chrono::TimeDelta;
use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use support::prelude::*;
use vouchsafe::db::tables::coupons;

const LIST: &str = "/dashboard/coupons";

async fn codes(who: &Actor, path: &str) -> Vec<String> {
    who.get(path).await.expect(200).page().texts("#coupons tbody th .code")
}

on_both_databases! {
    async fn fifteen_coupons_a_page_newest_first_and_every_one_is_seen_once(app: App) {
        let mut made = Vec::new();
        for _ in 0..34 {
            made.push(make::coupon().create(&app).await.code);
        }
        made.reverse();
        let admin = app.admin().await;
        let (mut seen, mut path) = (Vec::new(), LIST.to_owned());
        loop {
            let page = admin.get(&path).await.expect(200).page();
            let rows = page.texts("#coupons tbody th .code");
            assert!(rows.len() <= 15);
            seen.extend(rows);
            match page.attribute("#pager-older", "href") {
                Some(next) => path = next,
                None => break,
            }
        }
        assert_eq!(seen, made);
        let back = admin.get(&path).await.page().attribute("#pager-newer", "href").unwrap();
        assert_eq!(codes(&admin, &back).await, made[15..30].to_vec());
    }

    async fn the_last_page_is_one_step_from_the_first_and_leads_back(app: App) {
        let mut made = Vec::new();
        for _ in 0..47 {
            made.push(make::coupon().create(&app).await.code);
        }
        made.reverse();
        let admin = app.admin().await;
        let first = admin.get(LIST).await.expect(200).page();
        assert!(first.attribute("#pager-first", "href").is_none() && first.attribute("#pager-newer", "href").is_none());
        let last = admin.get(&first.attribute("#pager-last", "href").unwrap()).await.expect(200).page();
        assert_eq!(last.texts("#coupons tbody th .code"), made[32..].to_vec());
        assert!(last.attribute("#pager-last", "href").is_none() && last.attribute("#pager-older", "href").is_none());
        assert_eq!(codes(&admin, &last.attribute("#pager-newer", "href").unwrap()).await, made[17..32].to_vec());
        assert_eq!(codes(&admin, &last.attribute("#pager-first", "href").unwrap()).await, made[..15].to_vec());
        assert!(last.words().contains("15 of 47 coupons"), "{}", last.words());
    }

    async fn the_totals_of_the_tabs_follow_what_becomes_a_gift(app: App) {
        make::coupon().create(&app).await;
        let moved = make::coupon().create(&app).await;
        make::coupon().with(|row| row.gift = Set(true)).create(&app).await;
        let admin = app.admin().await;
        let tabs = async || admin.get(LIST).await.expect(200).page().texts("#kinds a .muted");
        assert_eq!(tabs().await, ["2", "1"]);
        let row = coupons::ActiveModel { gift: Set(true), ..Default::default() };
        let tx = app.db.begin().await.unwrap();
        let of_it = coupons::Entity::update_many().set(row).filter(coupons::Column::Id.eq(moved.id));
        of_it.exec(&tx).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(tabs().await, ["1", "2"]);
    }

    async fn the_totals_of_the_tabs_leave_out_what_is_deleted(app: App) {
        let living = make::coupon().create(&app).await;
        make::coupon().create(&app).await;
        make::coupon().deleted_at(app.now()).create(&app).await;
        make::coupon().with(|row| row.gift = Set(true)).deleted_at(app.now()).create(&app).await;
        let admin = app.admin().await;
        let tabs = async || admin.get(LIST).await.expect(200).page().texts("#kinds a .muted");
        assert_eq!(tabs().await, ["2", "0"]);
        admin.post_form(&format!("{LIST}/{}/delete", living.id), &[]).await.expect(303);
        assert_eq!(tabs().await, ["1", "0"]);
        let row = coupons::ActiveModel { gift: Set(true), deleted_at: Set(None), ..Default::default() };
        let tx = app.db.begin().await.unwrap();
        coupons::Entity::update_many().set(row).filter(coupons::Column::Id.eq(living.id)).exec(&tx).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(tabs().await, ["1", "1"]);
    }

    async fn a_search_says_what_matches_among_gifts_and_what_is_deleted(app: App) {
        for code in ["SPRING-1", "SPRING-2"] {
            make::coupon().code(code).with(|row| row.gift = Set(true)).create(&app).await;
        }
        make::coupon().code("SPRING-GONE").deleted_at(app.now()).create(&app).await;
        make::coupon().code("OTHER-1").create(&app).await;
        let support = app.support().await;
        let links = async |path: &str| {
            let page = support.get(path).await.expect(200).page();
            let paths = page.all("#also a").iter().map(|link| link.attr("href").unwrap().to_owned()).collect::<Vec<_>>();
            page.texts("#also a").into_iter().zip(paths).collect::<Vec<_>>()
        };
        let found = links(&format!("{LIST}?q=spring")).await;
        let words: Vec<&str> = found.iter().map(|(words, _)| words.as_str()).collect();
        assert_eq!(words, ["2 more among gifts", "1 deleted coupon"]);
        assert_eq!(codes(&support, &found[0].1).await, ["SPRING-2", "SPRING-1"]);
        assert_eq!(codes(&support, &found[1].1).await, ["SPRING-GONE"]);
        // Beside what was found as well, and from the other tab.
        make::coupon().code("SPRING-3").create(&app).await;
        assert_eq!(links(&format!("{LIST}?q=spring")).await.len(), 2);
        assert_eq!(links(&format!("{LIST}?q=spring&tab=gifts")).await[0].0, "1 more among the other coupons");
        assert!(links(&format!("{LIST}?q=other")).await.is_empty() && links(LIST).await.is_empty());
    }

    async fn filters_are_folded_under_their_number_and_sorting_needs_no_head_of_a_table(app: App) {
        make::coupon().create(&app).await;
        let support = app.support().await;
        let label = async |path: &str| support.get(path).await.expect(200).page().text(".toolbar__more summary");
        assert_eq!((label(LIST).await, label(&format!("{LIST}?q=a&status=active&benefit=credit")).await), ("Filters".into(), "Filters (2)".into()));
        assert_eq!(label("/dashboard/redemptions?order=A&state=held").await, "Filters (1)");
        assert_eq!(label("/audit?person=a&action=coupon.paused").await, "Filters (2)");
        assert_eq!(label("/audit/attempts?code=A").await, "Filters");
        let part = support.htmx_get(&format!("{LIST}?status=active")).await.expect(200).page();
        assert_eq!(part.text("#filters-label"), "Filters (1)");
        let sorts = support.get(LIST).await.page();
        assert_eq!(sorts.texts(".sort-menu a"), ["Created, descending", "Name", "Valid until", "Uses"]);
        assert_eq!(sorts.attribute(".sort-menu a:nth-child(4)", "href").unwrap(), format!("{LIST}?sort=-uses"));
    }

    async fn sorting_by_uses_pages_through_equal_ones_without_a_gap(app: App) {
        for at in 0..20 {
            make::coupon().with(|row| row.uses = Set(at % 2)).create(&app).await;
        }
        let admin = app.admin().await;
        for sort in ["uses", "-uses", "name", "-name", "valid_until", "-valid_until", "created"] {
            let first = admin.get(&format!("{LIST}?sort={sort}")).await.expect(200).page();
            let mut all = first.texts("#coupons tbody th .code");
            all.extend(codes(&admin, &first.attribute("#pager-older", "href").unwrap()).await);
            all.sort();
            all.dedup();
            assert_eq!(all.len(), 20, "{sort}");
        }
    }

    async fn a_code_is_found_however_it_is_typed_and_a_name_by_any_part(app: App) {
        make::coupon().code("SUMMER-LOOK-10").name("Beach readers").create(&app).await;
        make::coupon().code("OTHER-77").name("100 % \\ 'quoted' _under").create(&app).await;
        let admin = app.admin().await;
        for typed in ["summer look", "5UMMER", "l0ok-1o", "MMER", "su", "each read", "BEACH"] {
            let found = codes(&admin, &format!("{LIST}?{}", query(typed))).await;
            let wanted: Vec<String> = if typed == "5UMMER" { vec![] } else { vec!["SUMMER-LOOK-10".to_owned()] };
            assert_eq!(found, wanted, "{typed}");
        }
        for typed in ["%", "_", "\\", "'", "0 % \\", "' _u", "\"", "'quoted'"] {
            let found = codes(&admin, &format!("{LIST}?{}", query(typed))).await;
            let wanted: Vec<String> = if typed == "\"" { vec![] } else { vec!["OTHER-77".to_owned()] };
            assert_eq!(found, wanted, "{typed}");
        }
    }

    async fn each_filter_leaves_what_it_names_and_stands_in_the_url(app: App) {
        let now = app.now();
        make::coupon().code("PLAIN-1").create(&app).await;
        make::coupon().code("CREDIT-1").credit("5.00").create(&app).await;
        make::coupon().code("PAUSED-1").paused_at(now).create(&app).await;
        make::coupon().code("GONE-1").deleted_at(now).create(&app).await;
        make::coupon().code("ENDED-1").ends_at(now - TimeDelta::days(1)).create(&app).await;
        make::coupon().code("GIFT-1").with(|row| row.gift = Set(true)).create(&app).await;
        let admin = app.admin().await;
        for (filter, wanted) in [
            ("status=paused", vec!["PAUSED-1"]),
            ("status=deleted", vec!["GONE-1"]),
            ("status=expired", vec!["ENDED-1"]),
            ("benefit=credit", vec!["CREDIT-1"]),
            ("tab=gifts", vec!["GIFT-1"]),
            ("status=active&sort=name", vec!["CREDIT-1", "PLAIN-1"]),
        ] {
            assert_eq!(codes(&admin, &format!("{LIST}?{filter}")).await, wanted, "{filter}");
        }
        let all = codes(&admin, LIST).await;
        assert_eq!(all, ["ENDED-1", "PAUSED-1", "CREDIT-1", "PLAIN-1"]);
        let fragment = admin.htmx_get(&format!("{LIST}?status=paused")).await.expect(200);
        assert!(fragment.body.trim_start().starts_with("<div id=\"coupons\"") && !fragment.body.contains("<html"));
        assert!(fragment.body.contains("1 coupon"));
    }
}

fn query(typed: &str) -> String {
    let escaped: String = typed.bytes().map(|byte| format!("%{byte:02X}")).collect();
    format!("q={escaped}")
}

#[tokio::test]
async fn a_filter_that_does_not_exist_is_a_400() {
    support::app::tell(Database::Sqlite, |app| async move {
        let admin = app.admin().await;
        for filter in [
            "status=nice",
            "benefit=gold",
            "tab=x",
            "sort=colour",
            "product_type=none",
            "page=2",
            "after=x",
            "after=00000000-0000-7000-8000-000000000000",
            "q=%00",
        ] {
            admin.get(&format!("{LIST}?{filter}")).await.expect(400);
        }
    })
    .await;
}

#[tokio::test]
async fn nothing_yet_and_nothing_found_say_different_things() {
    support::app::tell(Database::Sqlite, |app| async move {
        let admin = app.admin().await;
        assert_eq!(admin.get(LIST).await.expect(200).page().text("#coupons h2"), "No coupons yet");
        make::coupon().code("HERE-1").create(&app).await;
        let none = admin.get(&format!("{LIST}?q=HERE&status=paused")).await.expect(200).page();
        assert_eq!(none.text("#coupons h2"), "No coupon matches");
        assert!(none.words().contains("1 would match"), "{}", none.words());
        let support = app.support().await.get(LIST).await.expect(200);
        assert!(!support.body.contains("New coupon") && !support.body.contains("bulk"));
    })
    .await;
}
