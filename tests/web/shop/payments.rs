//! What providers tell of payments.

use super::{apply, counted, id_of, order, put, row, standing};
use chrono::Duration;
use hmac::{Hmac, KeyInit, Mac};
use sea_orm::{ActiveValue::Set, EntityTrait};
use serde_json::{Value, json};
use sha2::{Sha256, Sha512};
use support::prelude::*;
use vouchsafe::db::tables::payment_events;
use vouchsafe::redemptions::desk::Desk;

const SECRET: &str = "whsec_of_the_tests";
const STRIPE: &str = "/webhooks/payments/harbour-works/stripe";
const PAYSTACK: &str = "/webhooks/payments/harbour-works/paystack";

/// Lets the tenant believe a provider.
async fn believe(app: &App, provider: &str) {
    let fields =
        [("secret", SECRET), ("pay_url", "https://pay.example.test/p?client_reference_id={order}&amount={amount}")];
    app.admin().await.post_form(&format!("/dashboard/payments/{provider}"), &fields).await.expect(303);
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

async fn stripe(app: &App, event: &Value) -> Answer {
    let (body, time) = (event.to_string(), app.now().timestamp());
    let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(SECRET.as_bytes()).unwrap();
    mac.update(format!("{time}.{body}").as_bytes());
    let signature = format!("t={time},v1={}", hex(&mac.finalize().into_bytes()));
    send(app, STRIPE, ("Stripe-Signature", &signature), body).await
}

async fn paystack(app: &App, event: &Value) -> Answer {
    let body = event.to_string();
    let mut mac = <Hmac<Sha512> as KeyInit>::new_from_slice(SECRET.as_bytes()).unwrap();
    mac.update(body.as_bytes());
    let signature = hex(&mac.finalize().into_bytes());
    send(app, PAYSTACK, ("x-paystack-signature", &signature), body).await
}

async fn send(app: &App, path: &str, (name, value): (&str, &str), body: String) -> Answer {
    let anybody = app.anonymous();
    let request = anybody.bare_request(reqwest::Method::POST, path).header(name, value).body(body);
    anybody.send(request.header("Content-Type", "application/json")).await
}

/// A session of Stripe's checkout that is paid.
fn session(path: &str, id: &str, amount: i64, currency: &str) -> Value {
    json!({ "id": id, "type": "checkout.session.completed", "data": { "object": {
        "client_reference_id": id_of(path), "payment_intent": "pi_1", "payment_status": "paid", "amount_total": amount, "currency": currency } } })
}

/// The same event of another payment.
fn of(mut event: Value, payment: &str) -> Value {
    event["data"]["object"]["payment_intent"] = json!(payment);
    event
}

/// A charge of which so much was paid back in all.
fn refunded(id: &str, amount: i64) -> Value {
    json!({ "id": id, "type": "charge.refunded", "data": { "object": { "payment_intent": "pi_1", "amount_refunded": amount, "currency": "eur" } } })
}

/// An order of 9.00 with a code that has one use.
async fn ordered(app: &App) -> (make::Coupon, String) {
    let coupon = make::coupon().code("ONLY-ONE").percent("10").max_uses(1).create(app).await;
    (coupon, again(app).await)
}

async fn again(app: &App) -> String {
    let member = app.member().await;
    put(&member, make::product("Issue").price(Some(1_000)).create(app).await, "1").await;
    apply(&member, "ONLY-ONE").await;
    order(&member, None).await
}

fn outcome(answer: Answer) -> String {
    answer.expect(200).json()["outcome"].as_str().unwrap().to_owned()
}

on_both_databases! {
    async fn a_payment_confirms_its_order_once_however_often_it_is_told(app: App) {
        believe(&app, "stripe").await;
        let (coupon, path) = ordered(&app).await;
        let page = app.member().await.get(&path).await.page();
        let link = page.attribute("a[rel=noreferrer]", "href").unwrap();
        assert_eq!(link, format!("https://pay.example.test/p?client_reference_id={}&amount=900", id_of(&path)));
        let paid = session(&path, "evt_1", 900, "eur");
        let (one, two, three) = tokio::join!(stripe(&app, &paid), stripe(&app, &paid), stripe(&app, &paid));
        for answer in [one, two, three, stripe(&app, &paid).await] {
            assert_eq!(outcome(answer), "applied");
        }
        assert_eq!(outcome(stripe(&app, &session(&path, "evt_2", 900, "eur")).await), "applied", "told twice under two names");
        assert_eq!((row(&app, &path).await.state.as_str(), standing(&app, &path).await.as_str()), ("paid", "confirmed"));
        assert_eq!(counted(&app, &coupon).await, (1, 0));
        assert_eq!(outcome(stripe(&app, &refunded("evt_3", 900)).await), "applied");
        assert_eq!(outcome(stripe(&app, &refunded("evt_3", 900)).await), "applied");
        assert_eq!((row(&app, &path).await.state.as_str(), counted(&app, &coupon).await), ("refunded", (0, 0)));
        let admin = app.admin().await;
        let words = admin.get("/dashboard/payments").await.expect(200).page().words();
        assert!(words.contains("Paid back") && words.contains("9.00 EUR"), "{words}");
        assert!(!words.contains(SECRET));
        let log = admin.get("/audit").await.page().words();
        assert!(log.contains("Stripe paid the order of") && log.contains("Stripe paid it back"), "{log}");
        assert!(admin.get(&format!("/dashboard{path}")).await.page().words().contains("Payments"));
    }

    async fn a_payment_that_fails_or_runs_out_frees_its_code(app: App) {
        believe(&app, "stripe").await;
        let (coupon, path) = ordered(&app).await;
        let mut failed = json!({ "id": "evt_0", "type": "payment_intent.payment_failed", "data": { "object": { "id": "pi_1", "metadata": { "order": id_of(&path) } } } });
        assert_eq!(outcome(stripe(&app, &failed).await), "ignored", "another card may work");
        assert_eq!(row(&app, &path).await.state, "open");
        (failed["id"], failed["type"]) = (json!("evt_1"), json!("payment_intent.canceled"));
        assert_eq!(outcome(stripe(&app, &failed).await), "applied");
        assert_eq!((row(&app, &path).await.state.as_str(), counted(&app, &coupon).await), ("failed", (0, 0)));
        // The card worked at the second try, while the use was still free.
        assert_eq!(outcome(stripe(&app, &session(&path, "evt_2", 900, "eur")).await), "applied");
        assert_eq!((row(&app, &path).await.state.as_str(), counted(&app, &coupon).await), ("paid", (1, 0)));
        let late = json!({ "id": "evt_3", "type": "payment_intent.canceled", "data": { "object": { "id": "pi_1" } } });
        assert_eq!(outcome(stripe(&app, &late).await), "ignored", "what is paid stays paid");
        assert_eq!(row(&app, &path).await.state, "paid");
    }

    async fn a_refund_that_comes_before_its_payment_waits_for_it(app: App) {
        believe(&app, "stripe").await;
        let (coupon, path) = ordered(&app).await;
        // It names the payment, and only the session will name the order.
        assert_eq!(outcome(stripe(&app, &refunded("evt_1", 900)).await), "waiting");
        assert_eq!(row(&app, &path).await.state, "open");
        assert_eq!(outcome(stripe(&app, &session(&path, "evt_2", 900, "eur")).await), "applied");
        assert_eq!((row(&app, &path).await.state.as_str(), counted(&app, &coupon).await), ("refunded", (0, 0)));
    }

    async fn a_refund_that_overtakes_its_payment_waits_until_that_is_applied(app: App) {
        believe(&app, "stripe").await;
        let (coupon, path) = ordered(&app).await;
        let now = app.now();
        // As a process leaves it that died between storing the payment and applying it.
        let stored = payment_events::ActiveModel {
            tenant_id: Set(app.tenant),
            id: Set(uuid::Uuid::now_v7()),
            provider: Set("stripe".to_owned()),
            event: Set("evt_1".to_owned()),
            kind: Set("succeeded".to_owned()),
            reference: Set(Some(id_of(&path).to_string())),
            payment: Set(Some("pi_1".to_owned())),
            order_id: Set(Some(id_of(&path))),
            amount: Set(Some(900)),
            currency: Set(Some("EUR".to_owned())),
            outcome: Set("waiting".to_owned()),
            note: Set(None),
            received_at: Set(now),
        };
        let tx = app.db.begin().await.unwrap();
        payment_events::Entity::insert(stored).exec_without_returning(&tx).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(outcome(stripe(&app, &refunded("evt_2", 900)).await), "waiting");
        assert_eq!(row(&app, &path).await.state, "open");
        assert_eq!(outcome(stripe(&app, &session(&path, "evt_1", 900, "eur")).await), "applied", "the provider sends it again");
        assert_eq!((row(&app, &path).await.state.as_str(), counted(&app, &coupon).await), ("refunded", (0, 0)));
    }

    async fn the_same_payment_of_another_amount_many_times_at_once_is_looked_at(app: App) {
        believe(&app, "stripe").await;
        let (_, path) = ordered(&app).await;
        let wrong = session(&path, "evt_1", 899, "eur");
        let all = futures_util::future::join_all((0..6).map(|_| stripe(&app, &wrong))).await;
        for answer in all {
            assert_eq!(outcome(answer), "attention");
        }
        assert_eq!(outcome(stripe(&app, &wrong).await), "attention");
    }

    async fn another_amount_or_currency_and_a_part_that_was_paid_back_decide_nothing(app: App) {
        believe(&app, "stripe").await;
        let (coupon, path) = ordered(&app).await;
        for (id, amount, currency) in [("evt_1", 899, "eur"), ("evt_2", 900, "usd"), ("evt_3", 1_000, "eur")] {
            assert_eq!(outcome(stripe(&app, &of(session(&path, id, amount, currency), id)).await), "attention");
            assert_eq!((row(&app, &path).await.state.as_str(), counted(&app, &coupon).await), ("open", (0, 1)));
        }
        assert!(row(&app, &path).await.needs_attention.unwrap().contains("8.99 EUR was paid in place of 9.00 EUR"));
        assert!(!app.member().await.get(&path).await.page().has("a[rel=noreferrer]"), "nobody is asked to pay once more");
        assert_eq!(outcome(stripe(&app, &session(&path, "evt_4", 900, "eur")).await), "applied");
        let it = row(&app, &path).await;
        assert_eq!(it.state, "paid");
        assert!(it.needs_attention.unwrap().contains("came in besides"), "the rest is still there");
        for (id, amount, currency) in [("evt_1", 899, "eur"), ("evt_2", 900, "usd"), ("evt_3", 1_000, "eur")] {
            let mut back = of(refunded(&format!("{id}-back"), amount), id);
            back["data"]["object"]["currency"] = json!(currency);
            assert_eq!(outcome(stripe(&app, &back).await), "applied");
        }
        let it = row(&app, &path).await;
        assert_eq!((it.state.as_str(), it.needs_attention, counted(&app, &coupon).await), ("paid", None, (1, 0)), "what is good stays");
        assert_eq!(outcome(stripe(&app, &refunded("evt_5", 400)).await), "attention");
        let it = row(&app, &path).await;
        assert_eq!((it.state.as_str(), it.needs_attention.as_deref()), ("paid", Some("4.00 EUR of 9.00 EUR was paid back.")));
        let support = app.support().await;
        let page = support.get(&format!("/dashboard{path}")).await.page();
        support.submit(&page.form("form[action$='/resolve']").with("reason", "agreed on the phone")).await.expect(303);
        let it = row(&app, &path).await;
        assert_eq!((it.state.as_str(), it.needs_attention), ("paid", None));
        assert_eq!(outcome(stripe(&app, &refunded("evt_6", 900)).await), "applied", "the rest came back later");
        assert_eq!((row(&app, &path).await.state.as_str(), counted(&app, &coupon).await), ("refunded", (0, 0)));
    }

    async fn a_second_payment_is_looked_at_and_paying_it_back_leaves_the_order_paid(app: App) {
        believe(&app, "stripe").await;
        let (coupon, path) = ordered(&app).await;
        let (first, second) = (session(&path, "evt_1", 900, "eur"), of(session(&path, "evt_2", 900, "eur"), "pi_2"));
        assert_eq!(outcome(stripe(&app, &first).await), "applied");
        assert_eq!(outcome(stripe(&app, &second).await), "attention");
        assert!(row(&app, &path).await.needs_attention.unwrap().contains("9.00 EUR came in besides"));
        assert_eq!(outcome(stripe(&app, &of(refunded("evt_3", 400), "pi_2")).await), "attention", "a part of it");
        assert_eq!(outcome(stripe(&app, &of(refunded("evt_4", 900), "pi_2")).await), "applied");
        let it = row(&app, &path).await;
        assert_eq!((it.state.as_str(), it.needs_attention, counted(&app, &coupon).await), ("paid", None, (1, 0)));
        assert_eq!(outcome(stripe(&app, &refunded("evt_5", 900)).await), "applied");
        assert_eq!((row(&app, &path).await.state.as_str(), counted(&app, &coupon).await), ("refunded", (0, 0)));
        let third = of(session(&path, "evt_6", 900, "eur"), "pi_3");
        assert_eq!(outcome(stripe(&app, &third).await), "attention", "money for an order that is refunded");
        assert_eq!((row(&app, &path).await.state.as_str(), counted(&app, &coupon).await), ("refunded", (0, 0)));
        assert_eq!(outcome(stripe(&app, &of(refunded("evt_7", 900), "pi_3")).await), "applied");
        assert_eq!(row(&app, &path).await.needs_attention, None);
    }

    async fn two_payments_at_once_pay_the_order_once_and_are_looked_at(app: App) {
        believe(&app, "stripe").await;
        let (coupon, path) = ordered(&app).await;
        let (first, second) = (session(&path, "evt_1", 900, "eur"), of(session(&path, "evt_2", 900, "eur"), "pi_2"));
        let (one, two) = tokio::join!(stripe(&app, &first), stripe(&app, &second));
        let mut outcomes = [outcome(one), outcome(two)];
        outcomes.sort();
        assert!(outcomes.contains(&"applied".to_owned()), "{outcomes:?}");
        let it = row(&app, &path).await;
        assert_eq!((it.state.as_str(), counted(&app, &coupon).await), ("paid", (1, 0)));
        assert!(it.needs_attention.is_some(), "{outcomes:?}");
    }

    async fn a_provider_that_is_set_up_twice_at_once_is_still_believed(app: App) {
        let admin = app.admin().await;
        let fields = [("secret", SECRET), ("pay_url", "")];
        let save = || admin.post_form("/dashboard/payments/stripe", &fields);
        let (one, two, three) = tokio::join!(save(), save(), save());
        for answer in [one, two, three] {
            answer.expect(303);
        }
        let (_, path) = ordered(&app).await;
        assert_eq!(outcome(stripe(&app, &session(&path, "evt_1", 900, "eur")).await), "applied");
    }

    async fn paystack_pays_and_pays_back_in_parts(app: App) {
        believe(&app, "paystack").await;
        let (coupon, path) = ordered(&app).await;
        let charge = json!({ "event": "charge.success", "data": { "id": 7, "reference": id_of(&path), "amount": 900, "currency": "EUR" } });
        for _ in 0..2 {
            assert_eq!(outcome(paystack(&app, &charge).await), "applied");
        }
        assert_eq!(counted(&app, &coupon).await, (1, 0));
        let refund = |id: i64, amount: &str| json!({ "event": "refund.processed", "data": { "refund_reference": id.to_string(), "transaction_reference": id_of(&path), "amount": amount, "currency": "EUR" } });
        assert_eq!(outcome(paystack(&app, &refund(1, "400")).await), "attention");
        assert_eq!(outcome(paystack(&app, &refund(1, "400")).await), "attention", "the same one again adds nothing");
        assert_eq!(outcome(paystack(&app, &refund(2, "500")).await), "applied");
        assert_eq!((row(&app, &path).await.state.as_str(), counted(&app, &coupon).await), ("refunded", (0, 0)));
    }

    async fn what_is_not_signed_or_for_nobody_changes_nothing(app: App) {
        let (_, path) = ordered(&app).await;
        let paid = session(&path, "evt_1", 900, "eur");
        stripe(&app, &paid).await.expect(404);
        believe(&app, "stripe").await;
        for signature in ["", "t=1,v1=00", "nonsense"] {
            let problem = send(&app, STRIPE, ("Stripe-Signature", signature), paid.to_string()).await.expect(400).json();
            assert_eq!(problem["code"], "invalid_signature");
        }
        paystack(&app, &paid).await.expect(404);
        for unknown in ["/webhooks/payments/nobody/stripe", "/webhooks/payments/harbour-works/sandbox", "/webhooks/payments/harbour-works/%00"] {
            send(&app, unknown, ("Stripe-Signature", "t=1"), paid.to_string()).await.expect(404);
        }
        assert_eq!(stripe(&app, &json!({ "hello": 1 })).await.expect(400).json()["code"], "invalid_body");
        send(&app, STRIPE, ("Stripe-Signature", "t=1"), "x".repeat(300_000)).await.expect(413);
        assert_eq!(outcome(stripe(&app, &json!({ "id": "evt_9", "type": "customer.created", "data": {} })).await), "ignored");
        let mut stranger = paid.clone();
        stranger["id"] = json!("evt_8");
        stranger["data"]["object"]["client_reference_id"] = json!("somebody else's");
        stranger["data"]["object"]["payment_intent"] = json!("pi_other");
        assert_eq!(outcome(stripe(&app, &stranger).await), "ignored");
        assert_eq!(row(&app, &path).await.state, "open");
        let admin = app.admin().await;
        admin.post_form("/dashboard/payments/stripe/remove", &[]).await.expect(303);
        stripe(&app, &paid).await.expect(404);
        admin.post_form("/dashboard/payments/stripe/remove", &[]).await.expect(404);
    }

    async fn a_secret_is_needed_once_and_never_shown(app: App) {
        let admin = app.admin().await;
        let save = |fields: &'static [(&'static str, &'static str)]| admin.post_form("/dashboard/payments/stripe", fields);
        let page = save(&[("secret", ""), ("pay_url", "")]).await.expect(422).page();
        assert_eq!(page.field_errors(), ["Enter the secret that signs its events."]);
        let page = save(&[("secret", "a b"), ("pay_url", "http://pay.test")]).await.expect(422).page();
        assert_eq!((page.field_errors().len(), page.value_of("pay_url").as_deref()), (2, Some("http://pay.test")));
        save(&[("secret", SECRET), ("pay_url", "")]).await.expect(303);
        save(&[("secret", ""), ("pay_url", "https://pay.test/{order}")]).await.expect(303);
        let page = admin.get("/dashboard/payments").await.page();
        assert!(page.words().contains("/webhooks/payments/harbour-works/stripe") && page.words().contains("On since"));
        assert_eq!(page.value_of("secret").unwrap_or_default(), "");
        let log = admin.get("/audit").await.body;
        assert!(log.contains("changed how payments come from") && !log.contains(SECRET));
        let (_, path) = ordered(&app).await;
        assert_eq!(outcome(stripe(&app, &session(&path, "evt_1", 900, "eur")).await), "applied", "the secret stayed");
    }
}

on_both_databases! {
    at "2026-03-02T09:00:00Z".parse().unwrap();

    async fn a_payment_that_comes_after_the_order_has_ended_takes_the_use_again_or_asks_for_somebody(app: App) {
        believe(&app, "stripe").await;
        let (coupon, path) = ordered(&app).await;
        let desk = Desk::open(app.db.clone());
        app.pass(Duration::minutes(46));
        vouchsafe::shop::orders::sweep(&app.db, &desk, app.now()).await.unwrap();
        let other = again(&app).await;
        assert_eq!(outcome(stripe(&app, &of(session(&other, "evt_1", 900, "eur"), "pi_other")).await), "applied");
        assert_eq!(outcome(stripe(&app, &session(&path, "evt_2", 900, "eur")).await), "attention");
        assert!(row(&app, &path).await.needs_attention.is_some());
        assert_eq!(counted(&app, &coupon).await, (1, 0));
        assert_eq!(outcome(stripe(&app, &refunded("evt_3", 900)).await), "applied");
        let again = json!({ "id": "evt_4", "type": "payment_intent.succeeded", "data": { "object": { "id": "pi_1", "amount_received": 900, "currency": "eur" } } });
        assert_eq!(outcome(stripe(&app, &again).await), "ignored", "told once more after it was paid back");
        let it = row(&app, &path).await;
        assert_eq!((it.state.as_str(), it.needs_attention), ("refunded", None));
        assert_eq!(row(&app, &other).await.state, "paid");
        desk.close().await;
    }

    async fn money_that_came_in_another_amount_is_still_looked_at_when_the_order_is_over(app: App) {
        believe(&app, "stripe").await;
        let (_, path) = ordered(&app).await;
        assert_eq!(outcome(stripe(&app, &session(&path, "evt_1", 500, "eur")).await), "attention");
        let desk = Desk::open(app.db.clone());
        app.pass(Duration::minutes(46));
        vouchsafe::shop::orders::sweep(&app.db, &desk, app.now()).await.unwrap();
        let it = row(&app, &path).await;
        assert_eq!(it.state, "expired");
        assert!(it.needs_attention.unwrap().contains("5.00 EUR"));
        desk.close().await;
    }
}
