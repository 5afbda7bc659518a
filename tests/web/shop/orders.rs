//! What becomes of orders.

use super::{apply, counted, id_of, order, put, row, sandbox, standing};
use chrono::Duration;
use serde_json::json;
use support::prelude::*;
use vouchsafe::redemptions::desk::Desk;

/// An order of one product at 10.00 with this code.
async fn ordered(app: &App, member: &Actor, code: &str) -> String {
    put(member, make::product("Issue").price(Some(1_000)).create(app).await, "1").await;
    apply(member, code).await;
    order(member, None).await
}

/// So long that an order is over, and whoever was signed in is not any more.
async fn let_it_run_out(app: &App, desk: &Desk) -> usize {
    app.pass(Duration::minutes(46));
    vouchsafe::shop::orders::sweep(&app.db, desk, app.now()).await.unwrap()
}

/// Settles an order by hand, with a reason.
async fn settle(who: &Actor, path: &str, step: &str) -> Answer {
    let page = who.get(&format!("/dashboard{path}")).await.expect(200).page();
    who.submit(&page.form(&format!("form[action$='/{step}']")).with("reason", "seen on the statement")).await
}

on_both_databases! {
    async fn a_paid_order_uses_its_code_and_a_refunded_one_gives_it_back(app: App) {
        let coupon = make::coupon().code("SAVE-10").percent("10").max_uses(1).create(&app).await;
        let member = app.member().await;
        let path = ordered(&app, &member, "SAVE-10").await;
        let admin = app.admin().await;
        let blank = admin.get(&format!("/dashboard{path}")).await.page().form("form[action$='/confirm']");
        let refused = admin.submit(&blank).await.expect(422).page();
        assert_eq!(refused.field_errors().len(), 1, "it takes a reason");
        let paid = settle(&admin, &path, "confirm").await.expect(303);
        assert!(admin.follow(&paid).await.page().status().contains("paid"));
        assert_eq!((row(&app, &path).await.state.as_str(), standing(&app, &path).await.as_str()), ("paid", "confirmed"));
        assert_eq!(counted(&app, &coupon).await, (1, 0));
        let support = app.support().await;
        settle(&support, &path, "refund").await.expect(303);
        assert_eq!((row(&app, &path).await.state.as_str(), standing(&app, &path).await.as_str()), ("refunded", "reversed"));
        assert_eq!(counted(&app, &coupon).await, (0, 0), "the use is free again");
        assert!(member.get(&path).await.page().words().contains("Refunded"));
        let log = support.get("/audit").await.page().words();
        assert!(log.contains("refunded the order of") && log.contains("seen on the statement"), "{log}");
        member.get(&format!("/dashboard{path}")).await.expect(403);
    }

    async fn a_cancelled_order_and_one_whose_payment_fails_free_their_code_at_once(app: App) {
        let coupon = make::coupon().code("ONLY-ONE").percent("10").max_uses(1).create(&app).await;
        let member = app.member().await;
        let path = ordered(&app, &member, "ONLY-ONE").await;
        for _ in 0..2 {
            member.post_form(&format!("{path}/cancel"), &[]).await.expect(303);
        }
        assert_eq!((row(&app, &path).await.state.as_str(), counted(&app, &coupon).await), ("failed", (0, 0)));
        sandbox(&app).await;
        let path = ordered(&app, &member, "ONLY-ONE").await;
        member.post_form(&format!("{path}/payment"), &[("outcome", "failed")]).await.expect(303);
        assert_eq!((row(&app, &path).await.state.as_str(), counted(&app, &coupon).await), ("failed", (0, 0)));
        let path = ordered(&app, &member, "ONLY-ONE").await;
        member.post_form(&format!("{path}/payment"), &[("outcome", "succeeded")]).await.expect(303);
        assert_eq!((row(&app, &path).await.state.as_str(), counted(&app, &coupon).await), ("paid", (1, 0)));
        member.post_form(&format!("{path}/cancel"), &[]).await.expect(409);
        member.post_form(&format!("{path}/payment"), &[("outcome", "gone")]).await.expect(400);
    }

    async fn payments_are_only_played_where_the_sandbox_is_on(app: App) {
        make::coupon().code("SAVE-10").percent("10").create(&app).await;
        let member = app.member().await;
        let path = ordered(&app, &member, "SAVE-10").await;
        assert!(!member.get(&path).await.page().has("form[action$='/payment']"));
        member.post_form(&format!("{path}/payment"), &[("outcome", "succeeded")]).await.expect(404);
        sandbox(&app).await;
        assert!(member.get(&path).await.page().has("form[action$='/payment']"));
    }

    async fn nobody_sees_or_settles_an_order_of_others(app: App) {
        make::coupon().code("SAVE-10").percent("10").create(&app).await;
        sandbox(&app).await;
        let member = app.member().await;
        let path = ordered(&app, &member, "SAVE-10").await;
        let other = Actor::signed_in(&app, make::user().role("member").create(&app).await).await;
        other.get(&path).await.expect(404);
        other.post_form(&format!("{path}/cancel"), &[]).await.expect(404);
        other.post_form(&format!("{path}/payment"), &[("outcome", "succeeded")]).await.expect(404);
        let api = format!("/api/v1{path}");
        other.get(&api).await.expect(404);
        assert_eq!(member.get(&api).await.expect(200).json()["lines"][0]["total"], 900);
        assert!(other.get("/orders").await.page().words().contains("No order yet"));
        let support = app.support().await;
        assert!(support.get("/dashboard/orders?state=open").await.page().words().contains("To be paid"));
        let found = support.get(&format!("/dashboard/orders?order={}", id_of(&path))).await.page();
        assert_eq!(found.all("tbody tr").len(), 1);
        assert!(support.get("/dashboard/orders?order=none").await.page().words().contains("No order matches"));
        support.get("/dashboard/orders?state=nonsense").await.expect(400);
        support.post_form(&format!("/dashboard{path}/confirm"), &[("reason", "x"), ("request_key", "k")]).await.expect(403);
    }

    async fn a_redemption_of_the_shop_is_settled_with_its_order_and_not_alone(app: App) {
        let coupon = make::coupon().code("SAVE-10").percent("10").create(&app).await;
        let path = ordered(&app, &app.member().await, "SAVE-10").await;
        let redemption = row(&app, &path).await.redemption_id.unwrap();
        let key = app.key(&["redemptions:write", "coupons:write"]).await;
        for step in ["confirm", "release", "honour"] {
            let body = if step == "confirm" { json!({}) } else { json!({ "reason": "x" }) };
            let refused = key.call("POST", &format!("/api/v1/redemptions/{redemption}/{step}"), &body).await.expect(409).json();
            assert_eq!((&refused["code"], &refused["order_id"]), (&json!("of_order"), &json!(id_of(&path))));
        }
        let support = app.support().await;
        let page = support.get(&format!("/dashboard/redemptions/{redemption}")).await.expect(200).page();
        assert!(!page.has("form[action$='/release']") && page.has(&format!("a[href='/dashboard{path}']")));
        let fields = [("reason", "x"), ("request_key", "k")];
        support.post_form(&format!("/dashboard/redemptions/{redemption}/release"), &fields).await.expect(409);
        assert_eq!(counted(&app, &coupon).await, (0, 1));
    }

    async fn an_order_of_an_organization_is_cancelled_by_who_ordered_it_or_an_owner(app: App) {
        make::coupon().code("SAVE-10").percent("10").create(&app).await;
        let nord = make::organization(&app, "Nordwind").await;
        let (member, colleague) = (app.member_of(&nord).await, app.member_of(&nord).await);
        let user = make::user().role("member").create(&app).await;
        nord.take_in(&app, user.id, "owner").await;
        let owner = Actor::signed_in(&app, user).await;
        put(&member, make::product("Issue").price(Some(1_000)).create(&app).await, "1").await;
        let path = order(&member, Some(nord.id)).await;
        assert!(!colleague.get(&path).await.expect(200).page().has("form[action$='/cancel']"));
        colleague.post_form(&format!("{path}/cancel"), &[]).await.expect(403);
        assert!(owner.get(&path).await.page().has("form[action$='/cancel']"));
        owner.post_form(&format!("{path}/cancel"), &[]).await.expect(303);
        assert_eq!(row(&app, &path).await.state, "failed");
    }

    async fn an_order_of_a_checkout_is_not_paid_in_the_shop(app: App) {
        sandbox(&app).await;
        let nord = make::organization(&app, "Nordwind").await;
        let member = app.member_of(&nord).await;
        let body = json!({ "organization_id": nord.id, "amount": 900 });
        let placed = app.key(&["organizations:write"]).await.call("POST", "/billing/checkout", &body).await.expect(201).json();
        let path = format!("/orders/{}", placed["order_id"].as_str().unwrap());
        let page = member.get(&path).await.expect(200).page();
        assert!(!page.has("form[action$='/payment']") && !page.has("form[action$='/cancel']"));
        member.post_form(&format!("{path}/payment"), &[("outcome", "succeeded")]).await.expect(409);
        assert!(app.support().await.get("/dashboard/orders").await.page().words().contains("Nordwind"));
    }

    async fn a_key_settles_an_order_of_the_shop_with_its_redemption(app: App) {
        let coupon = make::coupon().code("SAVE-10").percent("10").max_uses(1).create(&app).await;
        let member = app.member().await;
        let path = format!("/api/v1{}", ordered(&app, &member, "SAVE-10").await);
        let key = app.key(&["organizations:write"]).await;
        let shown = key.get(&path).await.expect(200).json();
        assert_eq!((&shown["channel"], &shown["amount"], &shown["discount"], &shown["organization_id"]), (&json!("shop"), &json!(900), &json!(100), &json!(null)));
        let paid = key.ask("POST", &format!("{path}/confirm")).await.expect(200).json();
        assert_eq!((&paid["state"], counted(&app, &coupon).await), (&json!("paid"), (1, 0)));
        key.ask("POST", &format!("{path}/confirm")).await.expect(200);
        assert_eq!(key.ask("POST", &format!("{path}/release")).await.expect(409).json()["state"], "paid");
        let back = key.call("POST", &format!("{path}/refund"), &json!({ "reason": "returned" })).await.expect(200).json();
        assert_eq!((&back["state"], counted(&app, &coupon).await), (&json!("refunded"), (0, 0)));
        let honour = format!("{path}/honour");
        key.call("POST", &honour, &json!({ "reason": "late" })).await.expect(403);
        let office = app.key(&["coupons:write"]).await;
        office.call("POST", &honour, &json!({ "reason": " " })).await.expect(422);
        office.call("POST", &honour, &json!({ "reason": "late" })).await.expect(409);
    }
}

on_both_databases! {
    at "2026-03-02T09:00:00Z".parse().unwrap();

    async fn an_order_that_nobody_pays_ends_with_its_hold_and_may_be_paid_late_while_its_use_is_free(app: App) {
        let coupon = make::coupon().code("ONLY-ONE").percent("10").max_uses(1).create(&app).await;
        let path = ordered(&app, &app.member().await, "ONLY-ONE").await;
        let desk = Desk::open(app.db.clone());
        app.pass(Duration::minutes(45));
        assert!(app.member().await.get(&path).await.page().words().contains("Expired"), "also before anybody has ended it");
        assert_eq!(let_it_run_out(&app, &desk).await, 1);
        assert_eq!((row(&app, &path).await.state.as_str(), standing(&app, &path).await.as_str()), ("expired", "expired"));
        assert_eq!(counted(&app, &coupon).await, (0, 0));
        settle(&app.admin().await, &path, "confirm").await.expect(303);
        assert_eq!((row(&app, &path).await.state.as_str(), counted(&app, &coupon).await), ("paid", (1, 0)));
        desk.close().await;
    }

    async fn an_order_that_is_paid_late_and_not_ended_yet_is_still_looked_at_afterwards(app: App) {
        let coupon = make::coupon().code("ONLY-ONE").percent("10").max_uses(1).create(&app).await;
        let path = ordered(&app, &app.member().await, "ONLY-ONE").await;
        app.pass(Duration::minutes(46));
        let other = Actor::signed_in(&app, make::user().role("member").create(&app).await).await;
        let taken = ordered(&app, &other, "ONLY-ONE").await;
        let (admin, desk) = (app.admin().await, Desk::open(app.db.clone()));
        settle(&admin, &taken, "confirm").await.expect(303);
        settle(&admin, &path, "confirm").await.expect(409);
        assert_eq!((row(&app, &path).await.state.as_str(), row(&app, &path).await.needs_attention.is_some()), ("open", true));
        assert_eq!(vouchsafe::shop::orders::sweep(&app.db, &desk, app.now()).await.unwrap(), 1);
        let it = row(&app, &path).await;
        assert!(it.state == "expired" && it.needs_attention.is_some(), "money came, and somebody has to know");
        let key = app.key(&["organizations:write"]).await;
        let refund = || key.json_request("POST", &format!("/api/v1{path}/refund"), &json!({ "reason": "late" })).header("Idempotency-Key", "k-1");
        assert_eq!(key.send(refund()).await.expect(200).json()["state"], "refunded");
        let again = key.send(refund()).await.expect(200);
        assert_eq!((again.json()["state"].clone(), again.header("idempotency-replayed")), (json!("refunded"), "true"));
        assert_eq!(counted(&app, &coupon).await, (1, 0));
        desk.close().await;
    }

    async fn a_late_payment_whose_credit_is_gone_uses_no_code_up(app: App) {
        make::coupon().code("HELLO-5").credit("5").create(&app).await;
        let coupon = make::coupon().code("SAVE-10").percent("10").create(&app).await;
        let nord = make::organization(&app, "Nordwind").await;
        let key = app.key(&["organizations:write"]).await;
        let at = format!("/api/v1/organizations/{}", nord.id);
        key.call("POST", &format!("{at}/redemptions"), &json!({ "code": "HELLO-5" })).await.expect(201);
        let member = app.member_of(&nord).await;
        put(&member, make::product("Issue").price(Some(1_000)).create(&app).await, "1").await;
        apply(&member, "SAVE-10").await;
        let path = order(&member, Some(nord.id)).await;
        let desk = Desk::open(app.db.clone());
        assert_eq!(let_it_run_out(&app, &desk).await, 1);
        key.call("POST", &format!("{at}/credit/spend"), &json!({ "amount": 400 })).await.expect(201);
        let late = key.ask("POST", &format!("/api/v1{path}/confirm")).await.expect(409).json();
        assert_eq!((&late["code"], &late["balance"]), (&json!("too_late"), &json!(100)));
        let it = row(&app, &path).await;
        assert!(it.state == "expired" && it.needs_attention.is_some());
        assert_eq!((standing(&app, &path).await.as_str(), counted(&app, &coupon).await), ("expired", (0, 0)));
        settle(&app.support().await, &path, "honour").await.expect(303);
        let it = row(&app, &path).await;
        assert_eq!((it.state.as_str(), it.credit_drawn, counted(&app, &coupon).await), ("paid", 100, (1, 0)));
        desk.close().await;
    }

    async fn an_order_that_is_paid_when_its_code_is_used_up_needs_attention_until_it_is_honoured_or_refunded(app: App) {
        let coupon = make::coupon().code("ONLY-ONE").percent("10").max_uses(1).create(&app).await;
        let desk = Desk::open(app.db.clone());
        let mut late = Vec::new();
        for _ in 0..2 {
            late.push(ordered(&app, &app.member().await, "ONLY-ONE").await);
            assert_eq!(let_it_run_out(&app, &desk).await, 1);
        }
        let (member, admin) = (app.member().await, app.admin().await);
        let other = Actor::signed_in(&app, make::user().role("member").create(&app).await).await;
        let taken = ordered(&app, &other, "ONLY-ONE").await;
        settle(&admin, &taken, "confirm").await.expect(303);
        for path in &late {
            let refused = settle(&admin, path, "confirm").await.expect(409).page();
            assert!(refused.words().contains("used up"), "{}", refused.words());
            let page = member.get(path).await.page();
            assert!(page.words().contains("We are looking at it"), "{}", page.words());
        }
        let waiting = admin.get("/dashboard/orders?state=attention").await.page();
        assert_eq!(waiting.all("tbody tr").len(), 2);
        settle(&admin, &late[0], "honour").await.expect(303);
        let it = row(&app, &late[0]).await;
        assert_eq!((it.state.as_str(), it.needs_attention, standing(&app, &late[0]).await.as_str()), ("paid", None, "confirmed"));
        assert_eq!(counted(&app, &coupon).await, (2, 0), "its maximum was raised by what it takes");
        settle(&admin, &late[1], "refund").await.expect(303);
        let it = row(&app, &late[1]).await;
        assert_eq!((it.state.as_str(), it.needs_attention), ("refunded", None));
        assert!(admin.get("/dashboard/orders?state=attention").await.page().words().contains("No order matches"));
        let waiting = admin.get("/dashboard/redemptions?state=attention").await.page().words();
        assert!(waiting.contains("No redemption matches"), "its redemption is dealt with, too: {waiting}");
        desk.close().await;
    }
}
