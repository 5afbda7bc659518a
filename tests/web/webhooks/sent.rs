//! How it is sent: again and again until it is taken, and not for ever.

use super::{ALL, PATH, at, come, deliveries, endpoint, open, press, row, settled, until};
use chrono::{DateTime, Duration, Utc};
use support::app::tell_at;
use support::hooks::{Call, Receiver};
use support::mail::MailServer;
use support::prelude::*;
use vouchsafe::jobs::Jobs;
use vouchsafe::webhooks::deliver::{Deliver, MOST_TRIES};

/// A Wednesday.
fn noon() -> DateTime<Utc> {
    DateTime::from_timestamp(1_893_585_600, 0).unwrap()
}

/// Lets hours pass in steps of 20 minutes, with work in each.
async fn wait(app: &App, hours: i64) {
    for _ in 0..hours * 3 {
        app.pass(Duration::minutes(20));
        app.run_jobs().await;
    }
}

#[tokio::test]
async fn what_is_not_taken_is_sent_again_with_one_id_and_growing_waits_until_it_is() {
    at(noon(), |app, receiver| async move {
        receiver.answers("500 Broken", "", "no \u{0} database");
        let (id, _) = endpoint(&app, &receiver.url, &["coupon.paused"]).await;
        let coupon = make::coupon().percent("10").create(&app).await;
        press(&app, coupon.id, "pause").await;
        come(&app, &receiver, 1).await;
        until(&app, || async { deliveries(&app).await[0].tries == 1 }).await;
        let told = deliveries(&app).await.remove(0);
        assert_eq!(
            (told.state.as_str(), told.status, told.failure.as_deref()),
            ("waiting", Some(500), Some("It answered 500."))
        );
        assert_eq!(told.answer.as_deref(), Some("no   database"), "kept as a database takes it");
        assert!(told.took_ms.is_some_and(|took| took < 10_000));
        let soon = told.due_at.unwrap() - app.now();
        assert!(soon < Duration::seconds(8), "{soon}");
        let page = app.admin().await.get(&format!("{PATH}/{id}")).await.page();
        assert!(page.words().contains("It answered 500. Tried once; again now."), "{}", page.words());
        let mut longest = Duration::zero();
        for tries in 2..6 {
            app.pass(Duration::hours(1));
            until(&app, || async { deliveries(&app).await[0].tries == tries }).await;
            let due = deliveries(&app).await[0].due_at.unwrap() - app.now();
            assert!(due > longest, "{due} after {longest}");
            longest = due;
        }
        receiver.answers("202 Accepted", "", "");
        app.pass(Duration::hours(1));
        until(&app, || async { deliveries(&app).await[0].state == "delivered" }).await;
        let calls = receiver.calls();
        assert!(calls.iter().all(|call| call.id() == calls[0].id() && call.body == calls[0].body), "{calls:?}");
        let times: std::collections::BTreeSet<_> =
            calls.iter().map(|call| &call.headers["webhook-timestamp"]).collect();
        assert!(times.len() >= 6, "each try is signed for its own instant");
        assert!(row(&app, id).await.failing_since.is_none());
        wait(&app, 3).await;
        assert_eq!(receiver.calls().len(), calls.len(), "what was taken is not sent again");
    })
    .await;
}

#[tokio::test]
async fn an_endpoint_that_takes_nothing_for_a_day_is_switched_off_with_a_notice() {
    for database in [Database::Sqlite, Database::Postgres] {
        let (receiver, server) = (Receiver::start().await, MailServer::start().await);
        let (url, mail) = (receiver.url.clone(), server.clone());
        let change = |config: &mut vouchsafe::config::Config| {
            super::inside(config);
            config.smtp_url = Some(mail.url.clone());
        };
        tell_at(database, noon(), change, |app| async move {
            receiver.answers("503 Busy", "", "");
            let (id, _) = endpoint(&app, &url, &["coupon.paused"]).await;
            let coupon = make::coupon().percent("10").create(&app).await;
            press(&app, coupon.id, "pause").await;
            settled(&app).await;
            wait(&app, 22).await;
            assert!(row(&app, id).await.disabled_at.is_none(), "not yet a day");
            assert!(app.admin().await.get(PATH).await.page().words().contains("Failing"));
            wait(&app, 5).await;
            let admin = app.admin().await;
            let off = row(&app, id).await;
            assert!(off.disabled_reason.as_deref().is_some_and(|why| why.contains("nothing for a day")), "{off:?}");
            let page = admin.get(PATH).await.page();
            assert!(page.has(".notice--bad") && page.words().contains("It answered 503."), "{}", page.words());
            assert!(admin.get("/audit").await.page().words().contains("switched off the webhook to"));
            until(&app, || async { !server.letters().is_empty() }).await;
            let letters = server.letters();
            assert_eq!(letters.iter().map(|letter| letter.to.as_str()).collect::<Vec<_>>(), [support::seed::ADMIN]);
            assert_eq!(letters[0].header("Subject"), "Webhooks to 127.0.0.1 are switched off");
            letters[0].link("https://vouchsafe.test/dashboard/webhooks/");
            // Nothing is told while it is off; what waited is sent when somebody switches it on again.
            let calls = receiver.calls().len();
            receiver.answers("200 OK", "", "");
            press(&app, coupon.id, "resume").await;
            wait(&app, 2).await;
            assert_eq!(receiver.calls().len(), calls);
            let (admin, path) = (app.admin().await, format!("{PATH}/{id}"));
            admin.post_form(&format!("{path}/test"), &[]).await.expect(409);
            let page = admin.get(&path).await.page();
            admin.submit(&page.form("form[action$='/enable']")).await.expect(303);
            let told = come(&app, &receiver, calls + 1).await;
            assert_eq!((told.len(), told[calls].id()), (calls + 1, told[0].id()));
            settled(&app).await;
            assert!(admin.get(&path).await.page().words().contains("Active"));
        })
        .await;
    }
}

#[tokio::test]
async fn an_endpoint_that_is_gone_is_switched_off_at_once() {
    open(|app, receiver| async move {
        receiver.answers("410 Gone", "", "");
        let (id, _) = endpoint(&app, &receiver.url, &["coupon.paused"]).await;
        press(&app, make::coupon().create(&app).await.id, "pause").await;
        until(&app, || async { row(&app, id).await.disabled_at.is_some() }).await;
        assert_eq!(row(&app, id).await.disabled_reason.as_deref(), Some("It answered 410: it is gone."));
        assert_eq!(receiver.calls().len(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_message_that_is_never_taken_is_given_up_and_holds_up_no_other() {
    at(noon(), |app, receiver| async move {
        let (id, _) = endpoint(&app, &receiver.url, &["coupon.paused", "coupon.changed"]).await;
        let (bad, good) = (make::coupon().create(&app).await, make::coupon().create(&app).await);
        receiver.refuses(&bad.id.to_string());
        press(&app, bad.id, "pause").await;
        settled(&app).await;
        let first = async || deliveries(&app).await.remove(0);
        for hour in 0..2 * MOST_TRIES {
            if first().await.state == "failed" {
                break;
            }
            app.pass(Duration::minutes(75));
            press(&app, good.id, if hour % 2 == 0 { "pause" } else { "resume" }).await;
            // An endpoint that fails has its rests, however short.
            let waits = async || deliveries(&app).await.iter().skip(1).any(|row| row.state == "waiting");
            for _ in 0..40 {
                app.pass(Duration::seconds(25));
                app.run_jobs().await;
                if deliveries(&app).await.len() > 1 + hour as usize && !waits().await {
                    break;
                }
                tokio::time::sleep(std::time::Duration::from_millis(5)).await;
            }
        }
        let (first, others) = (first().await, deliveries(&app).await.split_off(1));
        assert_eq!((first.state.as_str(), first.tries, first.due_at), ("failed", MOST_TRIES, None));
        assert!(others.len() > 20 && others.iter().all(|row| row.state == "delivered" && row.tries == 1));
        assert!(row(&app, id).await.disabled_at.is_none(), "the endpoint is well");
        let page = app.admin().await.get(&format!("{PATH}/{id}?state=failed")).await.page();
        assert!(page.words().contains("Tried 40 times."), "{}", page.words());
    })
    .await;
}

#[tokio::test]
async fn an_endpoint_that_works_hears_of_things_in_their_order() {
    open(|app, receiver| async move {
        endpoint(&app, &receiver.url, &["coupon.paused", "coupon.changed"]).await;
        let coupon = make::coupon().create(&app).await;
        for _ in 0..6 {
            press(&app, coupon.id, "pause").await;
            press(&app, coupon.id, "resume").await;
        }
        let calls = come(&app, &receiver, 12).await;
        let times: Vec<_> = calls.iter().map(|call| call.json()["timestamp"].as_str().unwrap().to_owned()).collect();
        assert!(times.is_sorted(), "{times:?}");
        let ids: std::collections::BTreeSet<_> = calls.iter().map(Call::id).collect();
        assert_eq!((ids.len(), calls.len()), (12, 12), "each once");
    })
    .await;
}

#[tokio::test]
async fn an_endpoint_that_never_answers_holds_up_nobody_else() {
    open(|app, receiver| async move {
        let silent = Receiver::start().await;
        silent.never_answers();
        endpoint(&app, &silent.url, &["coupon.paused"]).await;
        endpoint(&app, &receiver.url, &["coupon.paused"]).await;
        let coupon = make::coupon().create(&app).await;
        press(&app, coupon.id, "pause").await;
        // Not by `run_jobs`, which would wait for the silent one.
        for _ in 0..1_200 {
            if !receiver.calls().is_empty() && !silent.calls().is_empty() {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(25)).await;
        }
        assert_eq!((receiver.calls().len(), silent.calls().len()), (1, 1));
        let silent_one = |app: App| async move { deliveries(&app).await.into_iter().find(|row| row.failure.is_some()) };
        until(&app, || async { silent_one(app.clone()).await.is_some() }).await;
        let told = silent_one(app.clone()).await.unwrap();
        assert_eq!((told.failure.as_deref(), told.status), (Some("It did not answer within 10 seconds."), None));
    })
    .await;
}

#[tokio::test]
async fn an_answer_without_end_is_read_no_further_than_a_little() {
    open(|app, receiver| async move {
        receiver.answers_without_end();
        endpoint(&app, &receiver.url, &["coupon.paused"]).await;
        press(&app, make::coupon().create(&app).await.id, "pause").await;
        settled(&app).await;
        let told = deliveries(&app).await.remove(0);
        assert_eq!((told.state.as_str(), told.answer.unwrap().len()), ("delivered", 2_048));
    })
    .await;
}

#[tokio::test]
async fn a_test_is_sent_whatever_was_chosen_and_a_message_again_with_its_own_id() {
    open(|app, receiver| async move {
        let (id, _) = endpoint(&app, &receiver.url, &["coupon.paused"]).await;
        let (admin, path) = (app.admin().await, format!("{PATH}/{id}"));
        let page = admin.get(&path).await.expect(200).page();
        admin.submit(&page.form("form[action$='/test']")).await.expect(303);
        let first = come(&app, &receiver, 1).await.remove(0);
        assert_eq!((first.event().as_str(), &first.json()["data"]["tenant"]), ("test", &"Harbour Works".into()));
        settled(&app).await;
        let page = admin.get(&path).await.page();
        assert!(page.words().contains("Delivered 204 in"), "{}", page.words());
        admin.submit(&page.form("form[action$='/replay']")).await.expect(303);
        let again = come(&app, &receiver, 2).await.remove(1);
        assert_eq!((again.id(), &again.body), (first.id(), &first.body));
        // Given up, then all of it again at once.
        receiver.answers("500 Broken", "", "");
        admin.post_form(&format!("{path}/test"), &[]).await.expect(303);
        settled(&app).await;
        receiver.answers("200 OK", "", "");
        let moved = admin.post_form(&format!("{path}/replay"), &[]).await.expect(303);
        assert!(admin.follow(&moved).await.page().status().contains("1 message is sent again"));
        until(&app, || async { deliveries(&app).await.iter().all(|row| row.state == "delivered") }).await;
    })
    .await;
}

#[tokio::test]
async fn several_processes_tell_each_thing_once() {
    open(|app, receiver| async move {
        endpoint(&app, &receiver.url, &ALL).await;
        let second = || {
            let kind = Deliver::new(&app.db, &app.config).unwrap();
            Jobs::new(app.db.clone(), app.clock(), vec![Box::new(kind)])
        };
        let (one, two) = (second(), second());
        let coupon = make::coupon().create(&app).await;
        for _ in 0..5 {
            press(&app, coupon.id, "pause").await;
            _ = tokio::join!(one.run_due(), two.run_due());
            press(&app, coupon.id, "resume").await;
            _ = tokio::join!(one.run_due(), two.run_due());
        }
        come(&app, &receiver, 10).await;
        settled(&app).await;
        assert_eq!(receiver.calls().len(), 10);
    })
    .await;
}

#[tokio::test]
async fn deliveries_are_kept_for_a_month() {
    open(|app, receiver| async move {
        let (id, _) = endpoint(&app, &receiver.url, &["coupon.paused"]).await;
        app.admin().await.post_form(&format!("{PATH}/{id}/test"), &[]).await.expect(303);
        settled(&app).await;
        vouchsafe::app::sweep(&app.db, app.now() + Duration::days(29)).await.unwrap();
        assert_eq!(deliveries(&app).await.len(), 1);
        vouchsafe::app::sweep(&app.db, app.now() + Duration::days(31)).await.unwrap();
        assert!(deliveries(&app).await.is_empty());
    })
    .await;
}
