//! `/dashboard/redemptions`: support finds a use of a code by what somebody remembers of it.

use sea_orm::ActiveValue::Set;
use serde_json::{Value, json};
use support::prelude::*;
use vouchsafe::db::tables::coupons;

const LIST: &str = "/dashboard/redemptions";

/// An order of one ticket with the code, held for whoever is named; the id of the redemption.
async fn hold(key: &Actor, code: &str, order: &str, person: Value) -> String {
    let items = [json!({ "sku": "ticket", "product_type": "ticket", "unit_price": 4_000, "quantity": 1 })];
    let body = json!({ "code": code, "mode": "hold", "order_ref": order, "items": items, "person": person });
    let held = key.call("POST", "/api/v1/redemptions", &body).await.expect(201).json();
    held["id"].as_str().expect("an id").to_owned()
}

/// Two orders of two people, and a code that an organization's member applied.
async fn used(app: &App) -> (Actor, [String; 2], make::Coupon) {
    let coupon = make::coupon().code("SPRING-10").name("Spring sale").percent("10").create(app).await;
    make::code(app, coupon.id, "SPRING-VIP").await;
    let key = app.key(&["redemptions:write"]).await;
    let ada = hold(&key, "SPRING-10", "2026-0001", json!({ "email": "ada@lovelace.test" })).await;
    let bob = hold(&key, "SPRING-VIP", "2026-0002", json!({ "external_id": "customer-7" })).await;
    key.ask("POST", &format!("/api/v1/redemptions/{bob}/confirm")).await.expect(200);
    let member = app.member_of(&make::organization(app, "Northwind Labs").await).await;
    make::coupon().code("CREDIT-5").credit("5").create(app).await;
    let form = member.get("/organization").await.page().form("#apply").with("code", "CREDIT-5");
    member.submit(&form).await.expect(303);
    (member, [ada, bob], coupon)
}

async fn rows(who: &Actor, query: &str) -> Vec<String> {
    who.get(&format!("{LIST}{query}")).await.expect(200).page().texts("#redemptions tbody tr")
}

on_both_databases! {
    async fn a_redemption_says_who_used_which_code_for_what_and_how_it_stands(app: App) {
        let (member, [ada, _], coupon) = used(&app).await;
        let support = app.support().await;
        let page = support.get(LIST).await.expect(200).page();
        let rows = page.texts("#redemptions tbody tr");
        assert_eq!(rows.len(), 3);
        let name = member.user.clone().unwrap().display_name;
        for (row, said) in [
            (&rows[0], &["CREDIT-5", "Northwind Labs", name.as_str(), "Organization page", "5.00", "Confirmed"][..]),
            (&rows[1], &["SPRING-VIP", "Spring sale", "customer-7", "2026-0002", "API", "Confirmed"]),
            (&rows[2], &["SPRING-10", "ada@lovelace.test", "2026-0001", "40.00", "4.00", "36.00", "Held", "over in"]),
        ] {
            for word in said {
                assert!(row.contains(word), "{word}: {row}");
            }
        }
        assert!(page.has(&format!("#redemptions a[href='{LIST}/{ada}']")));
        assert!(page.has(&format!("#redemptions a[href='/dashboard/coupons/{}']", coupon.id)));
    }

    async fn each_filter_finds_the_redemption_and_its_opposite_does_not(app: App) {
        let (member, _, coupon) = used(&app).await;
        let support = app.support().await;
        let user = member.user.clone().unwrap();
        let tomorrow = (app.now() + chrono::Duration::days(2)).format("%Y-%m-%d").to_string();
        for (query, code) in [
            ("?order=2026-0001".to_owned(), "SPRING-10"),
            ("?code=spring%20v1p".to_owned(), "SPRING-VIP"),
            ("?person=Ada%2Bshop@lovelace.test".to_owned(), "SPRING-10"),
            ("?person=customer-7".to_owned(), "SPRING-VIP"),
            (format!("?person={}", user.email), "CREDIT-5"),
            ("?organization=NORTHw".to_owned(), "CREDIT-5"),
            ("?state=held".to_owned(), "SPRING-10"),
            (format!("?state=confirmed&coupon={}", coupon.id), "SPRING-VIP"),
            (format!("?code=spring-vip&coupon={}&from=2020-01-01&until={tomorrow}", coupon.id), "SPRING-VIP"),
        ] {
            let found = rows(&support, &query).await;
            assert!(found.len() == 1 && found[0].contains(code), "{query}: {found:?}");
        }
        let credit = make::coupon().create(&app).await.id;
        for query in [
            "?order=2026", "?code=NOTHING", "?code=%F0%9F%8E%89", "?person=nobody@lovelace.test", "?organization=nobody",
            "?state=reversed", "?state=attention", "?until=2020-01-01", "?coupon=none", "?state=held&code=spring-vip",
            "?person=customer-7&order=2026-0001", &format!("?code=spring-vip&coupon={credit}"),
        ] {
            let page = support.get(&format!("{LIST}{query}")).await.expect(200).page();
            assert!(page.words().contains("No redemption matches"), "{query}: {}", page.words());
        }
    }

    async fn who_used_which_codes_of_a_coupon_is_found_from_its_page(app: App) {
        let (_, _, coupon) = used(&app).await;
        let support = app.support().await;
        let page = support.get(&format!("/dashboard/coupons/{}", coupon.id)).await.expect(200).page();
        let all = format!("{LIST}?coupon={}", coupon.id);
        assert!(page.text(&format!("a[href='{all}']")).contains("All redemptions"));
        let page = support.get(&all).await.expect(200).page();
        assert_eq!(page.all("#redemptions tbody tr").len(), 2);
        assert_eq!(page.text("#filter-coupon option[selected]"), "Spring sale");
    }

    async fn a_coupon_of_orders_says_what_it_gave_so_far_and_how_much_of_its_budget_that_is(app: App) {
        let budget = |row: &mut coupons::ActiveModel| row.budget = Set(Some(10_000));
        let coupon = make::coupon().code("SPRING-10").percent("10").with(budget).create(&app).await;
        let (key, support) = (app.key(&["redemptions:write"]).await, app.support().await);
        let id = hold(&key, "SPRING-10", "2026-0001", json!({ "external_id": "customer-7" })).await;
        key.ask("POST", &format!("/api/v1/redemptions/{id}/confirm")).await.expect(200);
        let page = support.get(&format!("/dashboard/coupons/{}", coupon.id)).await.expect(200).page();
        let facts = page.texts(".facts div");
        let given = facts.iter().find(|fact| fact.starts_with("Discount given")).unwrap();
        assert!(["4.00", "4 % of the budget of 100.00"].iter().all(|word| given.contains(word)), "{given}");
        assert!(page.text("td[data-label='Discount']").contains("4.00"));
    }

    async fn what_was_released_and_needs_attention_is_found_by_its_order_and_as_such(app: App) {
        let per_order = |row: &mut coupons::ActiveModel| row.uses_per = Set("order".to_owned());
        make::coupon().code("ONE").max_uses(1).with(per_order).create(&app).await;
        let (key, support) = (app.key(&["redemptions:write"]).await, app.support().await);
        let person = || json!({ "email": "ada@lovelace.test" });
        let first = hold(&key, "ONE", "2026-0001", person()).await;
        key.call("POST", &format!("/api/v1/redemptions/{first}/release"), &json!({})).await.expect(200);
        let second = hold(&key, "ONE", "2026-0002", person()).await;
        key.ask("POST", &format!("/api/v1/redemptions/{second}/confirm")).await.expect(200);
        key.ask("POST", &format!("/api/v1/redemptions/{first}/confirm")).await.expect(409);
        let found = rows(&support, "?order=2026-0001").await;
        assert!(found.len() == 1 && found[0].contains("Released") && found[0].contains("Needs attention"), "{found:?}");
        for query in ["?state=attention", "?state=released&code=one", "?state=released&person=ada@lovelace.test"] {
            assert_eq!(rows(&support, query).await, found, "{query}");
        }
        assert_eq!(rows(&support, "?person=ada@lovelace.test").await.len(), 2);
    }

    async fn every_redemption_is_seen_once_page_by_page_there_and_back(app: App) {
        make::coupon().code("SPRING-10").percent("10").create(&app).await;
        let (key, support) = (app.key(&["redemptions:write"]).await, app.support().await);
        for number in 0..53 {
            hold(&key, "SPRING-10", &format!("order {number:02}"), json!({ "email": format!("p{number}@a.test") })).await;
        }
        for query in ["", "?code=SPRING-10", "?state=held"] {
            let first = support.get(&format!("{LIST}{query}")).await.expect(200).page();
            assert_eq!(first.all("#redemptions tbody tr").len(), 50);
            let second = support.get(&first.attribute("#pager-older", "href").unwrap()).await.expect(200).page();
            let left = second.texts("#redemptions tbody tr");
            assert!(left.len() == 3 && left[0].contains("order 02"), "{query}: {left:?}");
            let back = support.get(&second.attribute("#pager-newer", "href").unwrap()).await.page();
            assert!(back.texts("#redemptions tbody tr")[0].contains("order 52"));
        }
    }

    async fn without_any_redemption_the_page_says_where_they_come_from(app: App) {
        let page = app.support().await.get(LIST).await.expect(200).page();
        assert!(page.words().contains("Nothing was redeemed yet"), "{}", page.words());
    }

    async fn a_filter_of_redemptions_that_there_is_not_is_refused(app: App) {
        let support = app.support().await;
        for query in ["colour=red", "state=eaten", "from=2026-02-30", "until=tomorrow", "after=x", "before=1"] {
            support.get(&format!("{LIST}?{query}")).await.expect(400);
        }
    }

    async fn htmx_gets_the_redemptions_alone(app: App) {
        used(&app).await;
        let part = app.support().await.htmx_get(&format!("{LIST}?code=spring10")).await.expect(200);
        assert!(part.body.trim_start().starts_with("<div id=\"redemptions\""), "{}", part.body);
        assert!(part.page().text("#count") == "1 redemption" && !part.page().has("main"));
    }
}
