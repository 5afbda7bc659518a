//! Orders that are placed.

use super::{apply, counted, id_of, order, put, redeemed, row, standing};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use support::prelude::*;
use vouchsafe::db::tables::{order_lines, orders as rows, redemptions};

/// A member with one product at 10.00 in the cart.
async fn shopper(app: &App) -> Actor {
    let member = app.member().await;
    put(&member, make::product("Issue").price(Some(1_000)).create(app).await, "1").await;
    member
}

async fn orders(app: &App) -> Vec<rows::Model> {
    rows::Entity::find().filter(rows::Column::TenantId.eq(app.tenant)).all(app.db.read()).await.unwrap()
}

on_both_databases! {
    async fn an_order_costs_what_was_shown_and_holds_its_code_until_it_is_paid(app: App) {
        let coupon = make::coupon().code("SAVE-15").percent("15").max_uses(3).create(&app).await;
        let member = app.member().await;
        put(&member, make::product("Room").price(Some(3_490)).create(&app).await, "2").await;
        apply(&member, "SAVE-15").await;
        let path = order(&member, None).await;
        let page = member.get(&path).await.expect(200).page();
        assert!(page.words().contains("To be paid") && page.words().contains("59.32 EUR to pay"), "{}", page.words());
        assert!(page.words().contains("SAVE-15") && page.words().contains("Kept for you until"));
        let it = row(&app, &path).await;
        assert_eq!((it.channel.as_str(), it.amount, it.discount, it.code_text.as_deref()), ("shop", 5_932, 1_048, Some("SAVE-15")));
        assert_eq!((it.user_id, it.organization_id, it.credit_drawn), (Some(member.id()), None, 0));
        let lines = order_lines::Entity::find().filter(order_lines::Column::OrderId.eq(it.id)).all(app.db.read()).await.unwrap();
        assert_eq!(lines.iter().map(|line| (line.quantity, line.discount, line.total)).collect::<Vec<_>>(), [(2, 1_048, 5_932)]);
        assert_eq!((standing(&app, &path).await.as_str(), counted(&app, &coupon).await), ("held", (0, 2)));
        let held = redemptions::Entity::find_by_id((app.tenant, it.redemption_id.unwrap())).one(app.db.read()).await.unwrap().unwrap();
        assert_eq!((held.channel.as_str(), held.order_ref), ("shop", Some(it.id.to_string())));
        assert_eq!(held.held_until, it.expires_at, "both end together");
        assert!(member.get("/cart").await.page().words().contains("The cart is empty"));
        assert!(member.get("/orders").await.page().words().contains("To be paid"));
        let log = app.support().await.get("/audit?action=order.placed").await.page().words();
        assert!(log.contains("placed an order for"), "{log}");
    }

    async fn an_order_without_a_code_and_one_of_which_nothing_is_left_to_pay(app: App) {
        let free = make::coupon().code("ALL-OF-IT").percent("100").max_uses(1).create(&app).await;
        let member = shopper(&app).await;
        let plain = order(&member, None).await;
        assert_eq!((row(&app, &plain).await.amount, redeemed(&app).await), (1_000, 0));
        let member = shopper(&app).await;
        apply(&member, "all of it").await;
        let page = member.get("/checkout").await.page();
        assert!(page.words().contains("Nothing is left to pay"), "{}", page.words());
        let path = order(&member, None).await;
        let it = row(&app, &path).await;
        assert_eq!((it.state.as_str(), it.amount, it.discount), ("paid", 0, 1_000));
        assert_eq!((standing(&app, &path).await.as_str(), counted(&app, &free).await), ("confirmed", (1, 0)), "capped like any other");
        let second = shopper(&app).await;
        second.post_form("/cart/code", &[("code", "ALL-OF-IT")]).await.expect(422);
    }

    async fn the_same_form_sent_twice_is_one_order_even_at_once(app: App) {
        let coupon = make::coupon().code("SAVE-10").percent("10").create(&app).await;
        for code in [None, Some("SAVE-10")] {
            let before = orders(&app).await.len();
            let member = shopper(&app).await;
            if let Some(code) = code {
                apply(&member, code).await;
            }
            let form = member.get("/checkout").await.page().form("form[action='/orders']");
            let (one, two, three) = tokio::join!(member.submit(&form), member.submit(&form), member.submit(&form));
            let again = member.submit(&form).await.expect(303);
            for answer in [one, two, three] {
                assert_eq!(answer.expect(303).location(), again.location());
            }
            assert!(again.location().starts_with("/orders/"), "{}", again.location());
            assert_eq!(orders(&app).await.len(), before + 1, "{code:?}");
        }
        assert_eq!(counted(&app, &coupon).await, (0, 1));
    }

    async fn two_tabs_with_one_cart_make_one_order(app: App) {
        let member = shopper(&app).await;
        let form = |page: Answer| page.page().form("form[action='/orders']");
        let (one, two) = (form(member.get("/checkout").await), form(member.get("/checkout").await));
        let first = member.submit(&one).await.expect(303);
        assert!(first.location().starts_with("/orders/"));
        let second = member.submit(&two).await.expect(303);
        assert_eq!(second.location(), "/cart");
        assert!(member.follow(&second).await.page().status().contains("Nothing was ordered"));
        assert_eq!(orders(&app).await.len(), 1);
    }

    async fn a_price_that_changed_since_it_was_shown_orders_nothing(app: App) {
        let coupon = make::coupon().code("SAVE-10").percent("10").create(&app).await;
        let member = shopper(&app).await;
        let shown = member.get("/checkout").await.page().form("form[action='/orders']");
        apply(&member, "SAVE-10").await;
        let answer = member.submit(&shown).await.expect(303);
        assert!(member.follow(&answer).await.page().status().contains("9.00 EUR"), "it says what it would cost");
        // A price never comes from the browser.
        let cheap = member.get("/checkout").await.page().form("form[action='/orders']").with("total", "1");
        assert_eq!(member.submit(&cheap).await.expect(303).location(), "/cart");
        assert_eq!((orders(&app).await.len(), counted(&app, &coupon).await), (0, (0, 0)));
        for wrong in ["", "x", "-1"] {
            let status = member.submit(&cheap.clone().with("total", wrong)).await.status;
            assert!(status == 400 || status == 303, "{wrong}: {status}");
        }
    }

    async fn the_last_use_goes_to_one_of_many_who_order_at_once(app: App) {
        let coupon = make::coupon().code("LAST-TWO").percent("50").max_uses(2).create(&app).await;
        let product = make::product("Issue").price(Some(1_000)).create(&app).await;
        let mut forms = Vec::new();
        // SQLite has one process; PostgreSQL may have several.
        let servers = match app.database {
            Database::Sqlite => vec![app.url.clone()],
            Database::Postgres => vec![app.url.clone(), app.second_process().await],
        };
        for number in 0..8 {
            let user = make::user().role("member").create(&app).await;
            let member = Actor::signed_in(&app, user).await.at(&servers[number % servers.len()]);
            put(&member, product, "1").await;
            apply(&member, "LAST-TWO").await;
            let form = member.get("/checkout").await.expect(200).page().form("form[action='/orders']");
            forms.push((member, form));
        }
        let answers = futures_util::future::join_all(forms.iter().map(|(member, form)| member.submit(form))).await;
        let placed = answers.iter().filter(|answer| answer.location().starts_with("/orders/")).count();
        assert_eq!((placed, counted(&app, &coupon).await), (2, (0, 2)));
        assert_eq!(orders(&app).await.len(), 2, "a refused code leaves no order");
    }

    async fn credit_of_an_organization_pays_first(app: App) {
        make::coupon().code("HELLO-15").credit("15").create(&app).await;
        let coupon = make::coupon().code("HALF-OFF").percent("50").per_organization(Some(1)).create(&app).await;
        let nord = make::organization(&app, "Nordwind").await;
        let member = app.member_of(&nord).await;
        let fields = [("organization", nord.id.to_string()), ("code", "HELLO-15".to_owned()), ("request_key", "k1".to_owned())];
        let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        member.post_form("/organization/redemptions", &fields).await.expect(303);
        let product = make::product("Issue").price(Some(2_000)).create(&app).await;
        put(&member, product, "1").await;
        apply(&member, "half off").await;
        let page = member.get(&format!("/checkout?organization={}", nord.id)).await.expect(200).page();
        assert!(page.words().contains("−10.00 EUR") && page.words().contains("Nothing is left to pay"), "{}", page.words());
        let path = order(&member, Some(nord.id)).await;
        let it = row(&app, &path).await;
        assert_eq!((it.state.as_str(), it.amount, it.credit_drawn, it.organization_id), ("paid", 1_000, 1_000, Some(nord.id)));
        assert_eq!((standing(&app, &path).await.as_str(), counted(&app, &coupon).await), ("confirmed", (1, 0)));
        // The rest is drawn, what is missing is to be paid; the coupon was for one use of the organization.
        put(&member, product, "1").await;
        apply(&member, "half off").await;
        let refused = member.get(&format!("/checkout?organization={}", nord.id)).await.expect(303);
        assert_eq!(refused.location(), "/cart");
        member.post_form("/cart/code/remove", &[]).await.expect(303);
        let path = order(&member, Some(nord.id)).await;
        let it = row(&app, &path).await;
        assert_eq!((it.state.as_str(), it.credit_drawn), ("open", 500));
        assert!(member.get(&path).await.page().words().contains("15.00 EUR to pay"));
        let cancelled = member.post_form(&format!("{path}/cancel"), &[]).await.expect(303);
        assert!(member.follow(&cancelled).await.page().words().contains("Cancelled"));
        let page = member.get(&format!("/organization?id={}", nord.id)).await.page().words();
        assert!(page.contains("5.00 EUR"), "its credit is back: {page}");
        // Nobody orders for an organization of others.
        let south = make::organization(&app, "South").await;
        put(&member, product, "1").await;
        member.get(&format!("/checkout?organization={}", south.id)).await.expect(404);
        let form = member.get("/checkout").await.page().form("form[action='/orders']").with("organization", &south.id.to_string());
        let shown_first = member.submit(&form).await.expect(303);
        assert_eq!(shown_first.location(), format!("/checkout?organization={}", south.id));
        member.submit(&form.with("shown_for", &south.id.to_string())).await.expect(404);
        assert_eq!(id_of(&path), it.id);
    }

    async fn credit_that_was_spent_since_it_was_shown_orders_nothing(app: App) {
        make::coupon().code("HELLO-15").credit("15").create(&app).await;
        let nord = make::organization(&app, "Nordwind").await;
        let member = app.member_of(&nord).await;
        let key = app.key(&["organizations:write"]).await;
        let path = format!("/api/v1/organizations/{}", nord.id);
        key.call("POST", &format!("{path}/redemptions"), &serde_json::json!({ "code": "HELLO-15" })).await.expect(201);
        put(&member, make::product("Issue").price(Some(1_000)).create(&app).await, "1").await;
        let shown = member.get(&format!("/checkout?organization={}", nord.id)).await.page().form("form[action='/orders']");
        key.call("POST", &format!("{path}/credit/spend"), &serde_json::json!({ "amount": 1_400 })).await.expect(201);
        let answer = member.submit(&shown).await.expect(303);
        assert_eq!(answer.location(), "/cart");
        assert!(member.follow(&answer).await.page().status().contains("9.00 EUR would be left to pay"));
        assert!(orders(&app).await.is_empty());
        let again = member.get(&format!("/checkout?organization={}", nord.id)).await.page().form("form[action='/orders']");
        let path = member.submit(&again).await.expect(303).location().to_owned();
        assert_eq!(row(&app, &path).await.credit_drawn, 100);
    }

    async fn a_double_click_on_a_free_order_with_the_last_use_is_one_order(app: App) {
        let coupon = make::coupon().code("FREE-ONE").percent("100").max_uses(1).create(&app).await;
        let member = shopper(&app).await;
        apply(&member, "FREE-ONE").await;
        let form = member.get("/checkout").await.page().form("form[action='/orders']");
        let (one, two, three) = tokio::join!(member.submit(&form), member.submit(&form), member.submit(&form));
        for answer in [one, two, three] {
            assert!(answer.expect(303).location().starts_with("/orders/"));
        }
        assert_eq!((orders(&app).await.len(), counted(&app, &coupon).await), (1, (1, 0)));
    }

    async fn an_abandoned_order_never_keeps_its_own_buyer_from_ordering_again(app: App) {
        let coupon = make::coupon().code("ONLY-ONE").percent("20").max_uses(1).create(&app).await;
        let member = shopper(&app).await;
        apply(&member, "ONLY-ONE").await;
        let first = order(&member, None).await;
        let member = shopper(&app).await;
        apply(&member, "ONLY-ONE").await;
        let second = order(&member, None).await;
        assert_eq!((standing(&app, &first).await.as_str(), standing(&app, &second).await.as_str()), ("released", "held"));
        assert_eq!(counted(&app, &coupon).await, (0, 1));
        let page = member.get(&first).await.expect(200).page();
        assert!(page.words().contains("Its code was given up"), "{}", page.words());
        assert!(!page.words().contains("Kept for you until"));
    }
}
