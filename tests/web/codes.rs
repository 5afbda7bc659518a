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
            for said in [&["LIVE-1", "Active", "Unlimited"][..], &["GONE-1", "Deleted"], &["FULL-1", "Exhausted", "2 of 3"]] {
                assert!(rows.iter().any(|row| said.iter().all(|word| row.contains(word))), "{path}: {said:?} in {rows:?}");
            }
            assert!(page.has("a[href='/dashboard/redemptions?code=FULL-1']"), "{path}");
        }
        support.get(&format!("/dashboard/coupons/{}/codes", app.tenant)).await.expect(404);
    }
}
