//! `/audit/why-not`: what the rule would say, for support.

use sea_orm::ActiveValue::Set;
use serde_json::json;
use support::prelude::*;

/// What support reads who asks so.
async fn answer(app: &App, fields: &[(&str, &str)]) -> Page {
    let support = app.support().await;
    let mut form = support.get("/audit/why-not").await.expect(200).page().form("form[action='/audit/why-not']");
    for (name, value) in fields {
        form = form.with(name, value);
    }
    support.submit(&form).await.page()
}

on_both_databases! {
    async fn an_order_below_the_minimum_is_explained_in_its_own_money(app: App) {
        make::coupon().code("LARGE-1").with(|row| row.minimum_amount = Set(5_000)).create(&app).await;
        make::product("Tide Almanac").price(Some(1_490)).create(&app).await;
        let asked = [("code", "large 1"), ("product[]", "tide almanac"), ("quantity[]", "2")];
        let page = answer(&app, &asked).await;
        // First the sentence, then which check it was; all of them are folded.
        assert!(page.text("#answer-title").contains("20.20 EUR"), "{}", page.text("#answer-title"));
        assert!(page.words().contains("It would be refused: Below the minimum."), "{}", page.words());
        let trace = page.texts("details .trace li");
        let failed = trace.iter().find(|line| line.contains("The order is large enough")).unwrap();
        assert!(failed.contains("Refused") && failed.contains("Order from: 50.00 EUR · Counted: 29.80 EUR"), "{failed}");
        assert!(!trace.iter().any(|line| line.contains('_')), "{trace:?}");
        // What was typed stays, with room for more.
        assert_eq!(page.value_of("product[]").unwrap(), "tide almanac");
        assert_eq!(page.all("input[name='product[]']").len(), 3);
        let page = answer(&app, &[asked[0], asked[1], ("quantity[]", "4")]).await;
        assert_eq!(page.text("#answer-title"), "It would be accepted");
        assert!(page.words().contains("The order would cost 53.64 EUR in place of 59.60 EUR: 5.96 EUR off."), "{}", page.words());
    }

    async fn a_line_that_keeps_its_price_says_why(app: App) {
        make::coupon().code("SOME-1").create(&app).await;
        make::product("Chart").licensed().create(&app).await;
        let support = app.support().await;
        let lines = "product%5B%5D=chart&product_type%5B%5D=&unit_price%5B%5D=&quantity%5B%5D=\
            &product%5B%5D=SHOP-1&product_type%5B%5D=issue&unit_price%5B%5D=10&quantity%5B%5D=1";
        let page = support.get(&format!("/audit/why-not?code=some-1&{lines}")).await.expect(200).page();
        assert_eq!(page.text("#answer-title"), "It would be accepted");
        assert!(page.words().contains("Chart keeps its price."), "{}", page.words());
        let page = answer(&app, &[("code", "some-1"), ("product[]", "Chart")]).await;
        assert!(page.words().contains("It would be refused: Retail licence."), "{}", page.words());
        assert!(page.texts(".trace li").iter().any(|line| line.contains("Chart: refused")));
    }

    async fn a_line_that_cannot_be_is_named(app: App) {
        make::coupon().code("SOME-1").create(&app).await;
        for (field, value, said) in [
            ("product[]", "NOBODYS", "Line 1: The catalogue does not know this product"),
            ("quantity[]", "x", "Line 1:"),
            ("unit_price[]", "5", "Line 1: Say which product."),
        ] {
            let page = answer(&app, &[("code", "SOME-1"), (field, value)]).await;
            assert!(page.text("#why-items-error").contains(said), "{field}: {}", page.text("#why-items-error"));
            assert!(page.has("a[href='#why-items']"), "{field}");
        }
    }

    async fn more_lines_are_there_for_the_asking(app: App) {
        let support = app.support().await;
        let page = support.get("/audit/why-not?code=ANY&product%5B%5D=a&product%5B%5D=&product%5B%5D=&then=more").await.expect(200).page();
        assert_eq!(page.all("input[name='product[]']").len(), 6);
        assert!(!page.has("#answer-title"), "nothing is asked yet");
    }

    async fn the_trace_of_a_refused_attempt_is_in_the_same_words(app: App) {
        make::coupon().code("LARGE-1").with(|row| row.minimum_amount = Set(5_000)).create(&app).await;
        let item = json!({ "sku": "A", "product_type": "issue", "unit_price": 1_000, "quantity": 1 });
        let said = json!({ "code": "LARGE-1", "mode": "hold", "order_ref": "O-1", "items": [item] });
        app.key(&["redemptions:write"]).await.call("POST", "/api/v1/redemptions", &said).await.expect(422);
        let words = app.support().await.get("/audit/attempts").await.expect(200).page().words();
        assert!(words.contains("Order from: 50.00 EUR · Counted: 10.00 EUR") && !words.contains("minimum_amount"), "{words}");
    }

    async fn the_page_of_a_coupon_says_who_redeemed_and_for_which_order(app: App) {
        let coupon = make::coupon().code("WHO-1").create(&app).await;
        let item = json!({ "sku": "A", "product_type": "issue", "unit_price": 1_000, "quantity": 1 });
        let said = json!({
            "code": "WHO-1", "mode": "hold", "order_ref": "ORDER-77", "items": [item],
            "person": { "email": "jane@customer.test" },
        });
        app.key(&["redemptions:write"]).await.call("POST", "/api/v1/redemptions", &said).await.expect(201);
        let page = app.support().await.get(&format!("/dashboard/coupons/{}", coupon.id)).await.expect(200).page();
        let of = |label: &str| page.text(&format!("section[aria-labelledby='redemptions-title'] td[data-label='{label}']"));
        assert_eq!((of("Who"), of("Order")), ("jane@customer.test".to_owned(), "ORDER-77".to_owned()));
    }
}
