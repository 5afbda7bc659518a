//! The shop and the cart.

use super::{apply, counted, put, redeemed};
use support::prelude::*;

on_both_databases! {
    async fn the_shop_shows_what_is_for_sale_and_neither_private_nor_archived_products(app: App) {
        let member = app.member().await;
        let empty = member.get("/shop").await.expect(200).page();
        assert!(empty.words().contains("Nothing is for sale yet"));
        let issue = make::product("Quarterly 41").create(&app).await;
        let plan = make::product("Reader").of_type("plan").price(Some(890)).create(&app).await;
        make::product("Press pass").of_type("plan").price(None).create(&app).await;
        let old = make::product("Quarterly 1").create(&app).await;
        app.admin().await.post_form(&format!("/dashboard/products/{old}/archive"), &[]).await.expect(303);
        let page = member.get("/shop").await.expect(200).page();
        assert_eq!(page.texts("tbody th"), ["Reader", "Quarterly 41"]);
        assert!(page.has(&format!("a[href='/plans/{plan}']")) && page.has(&format!("a[href='/products/{issue}']")));
        let found = member.get("/shop?q=QUARTER&kind=issue").await.expect(200).page();
        assert_eq!(found.texts("tbody th"), ["Quarterly 41"]);
        assert!(member.get("/shop?q=nothing").await.expect(200).page().words().contains("Nothing matches"));
        // The address of a plan is another one, and either leads there with its code.
        let moved = member.get(&format!("/products/{plan}?code=STUDENT")).await.expect(303);
        assert_eq!(moved.location(), format!("/plans/{plan}?code=STUDENT"));
        assert_eq!(member.follow(&moved).await.page().value_of("code").as_deref(), Some("STUDENT"));
        app.anonymous().get("/shop").await.expect(303);
    }

    async fn a_product_is_put_in_and_its_quantity_changed_and_taken_out(app: App) {
        let member = app.member().await;
        assert!(member.get("/cart").await.expect(200).page().words().contains("The cart is empty"));
        let issue = make::product("Quarterly 41").price(Some(1_490)).create(&app).await;
        let shop = member.get("/shop").await.page();
        let added = member.submit(&shop.form("tbody form")).await.expect(303);
        assert_eq!(added.location(), "/shop");
        assert!(member.follow(&added).await.page().status().contains("Quarterly 41 is in the cart"));
        let found = member.get("/shop?q=quarterly&kind=issue").await.page().form("tbody form");
        assert_eq!(member.submit(&found).await.expect(303).location(), "/shop?q=quarterly&kind=issue");
        let away = member.submit(&found.clone().with("then", "//elsewhere.test/shop")).await.expect(303);
        assert_eq!(away.location(), "/cart");
        member.post_form("/cart", &[("product[]", &issue.to_string()), ("quantity[]", "1")]).await.expect(303);
        put(&member, issue, "2").await;
        let page = member.get("/cart").await.page();
        assert!(page.words().contains("44.70 EUR"), "{}", page.words());
        let id = issue.to_string();
        for wrong in ["-1", "1000", "two", "", "1.5"] {
            let fields = [("product[]", id.as_str()), ("quantity[]", wrong)];
            let page = member.post_form("/cart", &fields).await.expect(422).page();
            assert_eq!(page.value_of("quantity[]").as_deref(), Some(wrong), "what was typed stays");
            assert!(page.text("#cart-quantity-error").contains("whole numbers"));
        }
        let changed = member.post_form("/cart", &[("product[]", &id), ("quantity[]", "1")]).await.expect(303);
        assert!(member.follow(&changed).await.page().words().contains("14.90 EUR"));
        let removed = member.post_form(&format!("/cart/items/{id}/remove"), &[]).await.expect(303);
        assert!(member.follow(&removed).await.page().words().contains("The cart is empty"));
        for wrong in ["0", "1000", "x"] {
            member.post_form("/cart/items", &[("product", &id), ("quantity", wrong)]).await.expect(422);
        }
        let nobody = "01998a00-0000-7000-8000-000000000001";
        member.post_form("/cart/items", &[("product", nobody), ("quantity", "1")]).await.expect(404);
        assert!(app.support().await.get("/cart").await.page().words().contains("The cart is empty"), "each has a cart");
    }

    async fn one_code_takes_its_discount_off_the_eligible_items_of_a_cart_and_uses_nothing_up(app: App) {
        let coupon = make::coupon().code("SAVE-15").percent("15").max_uses(2).create(&app).await;
        let member = app.member().await;
        let cheap = make::product("Issue").price(Some(990)).create(&app).await;
        let room = make::product("Room").price(Some(3_490)).create(&app).await;
        let licensed = make::product("Newsstand").price(Some(5_000)).licensed().create(&app).await;
        for (product, quantity) in [(cheap, "1"), (room, "2"), (licensed, "1")] {
            put(&member, product, quantity).await;
        }
        let page = member.submit(&member.get("/cart").await.page().form("form[action='/cart/code']").with("code", " save15 ")).await;
        let page = member.follow(&page.expect(303)).await.page();
        // The dearest units take the uses there are: 34.90 at 15 % is 29.66, twice; the rest keeps its price and says why.
        assert_eq!(page.text(".ticket__code"), "SAVE-15");
        let words = page.words();
        assert!(words.contains("59.32 EUR") && words.contains("−10.48 EUR") && words.contains("119.22 EUR"), "{words}");
        assert!(words.contains("the code has no more uses") && words.contains("retail"), "{words}");
        assert_eq!((counted(&app, &coupon).await, redeemed(&app).await), ((0, 0), 0), "looking uses nothing up");
        let out = member.post_form("/cart/code/remove", &[]).await.expect(303);
        assert!(member.follow(&out).await.page().words().contains("129.70 EUR"));
    }

    async fn a_refused_code_keeps_what_was_typed_says_why_and_is_on_record(app: App) {
        make::coupon().code("OTHER-TYPE").percent("10").with(|row| row.minimum_amount = sea_orm::Set(5_000)).create(&app).await;
        make::coupon().code("FOR-ORGS").credit("5").create(&app).await;
        make::coupon().code("GOOD-10").percent("10").create(&app).await;
        let member = app.member().await;
        put(&member, make::product("Issue").price(Some(1_000)).create(&app).await, "1").await;
        apply(&member, "GOOD-10").await;
        for (code, says) in [("OTHER-TYPE", "40.00 EUR more"), ("FOR-ORGS", "organization"), ("NEVER-WAS", "do not know"), ("né", "")] {
            let page = member.post_form("/cart/code", &[("code", code)]).await.expect(422).page();
            let error = page.text("#cart-code-error");
            assert!(error.contains(says) && error.contains("Contact help@harbour.test"), "{code}: {error}");
            assert_eq!(page.value_of("code").as_deref(), Some(code));
            assert_eq!(page.text(".ticket__code"), "GOOD-10", "the code that is in the cart stays");
        }
        let attempts = app.support().await.get("/audit/attempts").await.expect(200).page().words();
        assert!(attempts.contains("OTHER-TYPE") && attempts.contains("in the shop"), "{attempts}");
        let fragment = member.htmx_post("/cart/code", &[("code", "NEVER-WAS")]).await.expect(422);
        assert!(fragment.page().has("#cart #cart-code-error") && !fragment.page().has("header"));
    }

    async fn who_guesses_codes_in_the_cart_has_to_wait(app: App) {
        let member = app.member().await;
        put(&member, make::product("Issue").create(&app).await, "1").await;
        let mut statuses = Vec::new();
        for number in 0..12 {
            statuses.push(member.post_form("/cart/code", &[("code", &format!("GUESS-{number}"))]).await.status);
        }
        assert!(statuses.starts_with(&[422; 10]) && statuses.ends_with(&[429]), "{statuses:?}");
        let page = member.htmx_post("/cart/code", &[("code", "GUESS-13")]).await.expect(429);
        assert_eq!(page.header("hx-retarget"), "#cart");
        assert!(page.page().text("#cart-code-error").contains("Try again in"));
    }

    async fn a_code_that_ends_in_the_cart_is_refused_there_and_never_silently_left_out(app: App) {
        let coupon = make::coupon().code("SOON-OVER").percent("50").create(&app).await;
        let member = app.member().await;
        put(&member, make::product("Issue").price(Some(1_000)).create(&app).await, "1").await;
        apply(&member, "soon over").await;
        assert!(member.get("/cart").await.page().has("a[href='/checkout']"));
        let shown = member.get("/checkout").await.expect(200).page().form("form[action='/orders']");
        app.admin().await.post_form(&format!("/dashboard/coupons/{}/pause", coupon.id), &[]).await.expect(303);
        let page = member.get("/cart").await.expect(200).page();
        assert!(page.text("#cart-code-error").contains("paused") && !page.has("a[href='/checkout']"), "{}", page.words());
        assert_eq!(member.get("/checkout").await.expect(303).location(), "/cart");
        assert!(page.has("form[action='/cart/code/remove']"), "and there is a way on");
        let refused = member.submit(&shown).await.expect(303);
        assert_eq!(refused.location(), "/cart");
        assert!(member.follow(&refused).await.page().status().contains("paused"));
        assert_eq!(redeemed(&app).await, 0);
        member.submit(&page.form("form[action='/cart/code']").with("code", " ")).await.expect(303);
        assert!(member.get("/cart").await.page().has("a[href='/checkout']"), "an empty code is none");
    }

    async fn a_code_that_is_in_the_cart_stays_good_whatever_else_is_guessed(app: App) {
        make::coupon().code("GOOD-10").percent("10").create(&app).await;
        let member = app.member().await;
        put(&member, make::product("Issue").price(Some(1_000)).create(&app).await, "1").await;
        apply(&member, "GOOD-10").await;
        let mut last = None;
        for number in 0..12 {
            last = Some(member.post_form("/cart/code", &[("code", &format!("GUESS-{number}"))]).await);
        }
        let last = last.unwrap().expect(429);
        assert!(last.header("retry-after").parse::<i64>().unwrap() > 0);
        let page = member.get("/cart").await.expect(200).page();
        assert!(page.words().contains("9.00 EUR") && page.has("a[href='/checkout']"), "{}", page.words());
    }

    async fn a_cart_that_is_more_than_an_order_can_be_says_so_and_can_be_made_smaller(app: App) {
        make::coupon().code("GOOD-10").percent("10").create(&app).await;
        let member = app.member().await;
        let dear = make::product("Ship").price(Some(900_000_000_000_000)).create(&app).await;
        put(&member, dear, "999").await;
        let page = member.get("/cart").await.expect(200).page();
        assert!(page.words().contains("Ship") && page.words().contains("too large") && !page.has("a[href='/checkout']"), "{}", page.words());
        let page = member.post_form("/cart/code", &[("code", "NEVER-WAS")]).await.expect(422).page();
        assert!(!page.has(".ticket__code"), "a code that was not looked at is not kept");
        member.post_form("/cart", &[("product[]", &dear.to_string()), ("quantity[]", "1")]).await.expect(303);
        assert!(member.get("/cart").await.page().has("a[href='/checkout']"));
    }

    async fn a_plan_page_takes_a_code_at_once_and_brings_it_along(app: App) {
        make::coupon().code("STUDENT").percent("33.33").create(&app).await;
        let plan = make::product("Archive, yearly").of_type("plan").price(Some(9_900)).create(&app).await;
        let member = app.member().await;
        let page = member.get(&format!("/plans/{plan}")).await.expect(200).page();
        assert!(page.words().contains("99.00 EUR") && page.words().contains("For the first period"));
        let form = page.form("form[action='/cart/items']").with("code", "student");
        let looked = Form { action: format!("/plans/{plan}"), ..form.clone() };
        let page = member.submit(&looked).await.expect(200).page();
        assert!(page.words().contains("66.00 EUR") && page.value_of("code").as_deref() == Some("student"));
        let wrong = member.submit(&looked.with("code", "STUDENTS")).await.expect(422).page();
        assert_eq!(wrong.field_errors().len(), 1);
        let not_in = member.submit(&form.clone().with("code", "STUDENTS")).await.expect(422).page();
        assert!(not_in.field_errors()[0].contains("do not know"));
        assert!(member.get("/cart").await.page().words().contains("The cart is empty"), "a refused code puts nothing in");
        let added = member.submit(&form).await.expect(303);
        let cart = member.follow(&added).await.page();
        assert_eq!(cart.text(".ticket__code"), "STUDENT");
        assert!(cart.words().contains("66.00 EUR"));
    }

    async fn a_private_product_without_a_price_needs_a_code_for_all_of_it(app: App) {
        make::coupon().code("HALF").percent("50").create(&app).await;
        make::coupon().code("PRESS").percent("100").max_uses(5).create(&app).await;
        let pass = make::product("Press pass").of_type("plan").price(None).create(&app).await;
        let member = app.member().await;
        put(&member, pass, "1").await;
        let page = member.get("/cart").await.page();
        assert!(page.words().contains("Press pass has no price") && !page.has("a[href='/checkout']"), "{}", page.words());
        let half = member.post_form("/cart/code", &[("code", "HALF")]).await.expect(422).page();
        assert!(half.text("#cart-code-error").contains("needs a code for a total discount"), "{}", half.text("#cart-code-error"));
        apply(&member, "PRESS").await;
        let page = member.get("/cart").await.page();
        assert!(page.has("a[href='/checkout']"));
    }

    async fn the_code_of_another_tenant_and_its_products_are_unknown_here(app: App) {
        make::hostname(&app, "127.0.0.1").await;
        let other = make::tenant(&app, "south", "south.test").await;
        make::coupon().code("SOUTH-10").percent("10").create_in(&app, other).await;
        let member = app.member().await;
        let issue = make::product("Issue").create(&app).await;
        put(&member, issue, "1").await;
        let page = member.post_form("/cart/code", &[("code", "SOUTH-10")]).await.expect(422).page();
        assert!(page.text("#cart-code-error").contains("do not know"));
        let there = |path: &str| member.request(reqwest::Method::GET, path).header("Host", "south.test");
        member.send(there(&format!("/products/{issue}"))).await.expect(403);
        member.send(there("/orders")).await.expect(403);
    }

    async fn a_link_with_a_code_leads_past_sign_in_into_the_cart(app: App) {
        make::coupon().code("SAVE-10").percent("10").create(&app).await;
        let issue = make::product("Issue").price(Some(1_000)).create(&app).await;
        let stranger = app.anonymous();
        let page = stranger.get("/redeem?code=save10").await.expect(200).page();
        assert!(page.words().contains("Use it in the shop"), "{}", page.words());
        let link = page.attribute(".ticket a.button", "href").unwrap();
        assert_eq!(link, "/shop?code=SAVE-10");
        assert_eq!(stranger.get(&link).await.expect(303).location(), "/sign-in?next=%2Fshop%3Fcode%3DSAVE-10");
        let member = app.member().await;
        let page = member.get(&link).await.expect(200).page();
        assert!(page.words().contains("You bring the code SAVE-10") && page.has(&format!("a[href='/products/{issue}?code=SAVE-10']")));
        assert!(member.get("/cart").await.page().words().contains("The cart is empty"), "it is shown, not applied");
        let cart = member.follow(&member.submit(&page.form("tbody form")).await.expect(303)).await.page();
        assert_eq!(cart.text(".ticket__code"), "SAVE-10");
        assert!(cart.words().contains("9.00 EUR"));
    }
}
