//! `/sign-in`, `/sign-out` and `/account`.

use super::sign_in;
use chrono::Duration;
use futures_util::future::join_all;
use support::actor::SESSION_COOKIE;
use support::prelude::*;
use support::seed::{ADMIN, MEMBER};
use vouchsafe::clock::Clock;

on_both_databases! {
    async fn sign_in_leads_back_to_the_page_that_asked_for_it(app: App) {
        let visitor = app.anonymous();
        let asked = visitor.get("/account").await;
        let form = visitor.follow(&asked).await.expect(200).page().form("form[action='/sign-in']");
        let answer = visitor.submit(&form.with("email", " Member@Harbour.TEST ").with("password", PASSWORD)).await;
        assert_eq!(answer.expect(303).location(), "/account");
        let page = visitor.get("/account").await.expect(200).page();
        assert_eq!(page.texts(".badge--active"), ["This session"]);
        let answer = visitor.post_form("/sign-out", &[]).await.expect(303);
        assert!(visitor.cookie(SESSION_COOKIE).is_none());
        assert!(visitor.follow(&answer).await.page().status().contains("signed out"));
        assert_eq!(visitor.get("/account").await.status, 303);
    }

    async fn a_form_that_arrives_after_its_session_ended_is_kept_to_be_sent_again(app: App) {
        let admin = app.anonymous();
        sign_in(&admin, ADMIN, PASSWORD).await.expect(303);
        let form = admin.get("/dashboard/organizations/new").await.page().form("main form").with("name", "Tide & Co <GmbH>");
        admin.post_form("/sign-out", &[]).await.expect(303);
        let kept = admin.submit(&form).await.expect(401).page();
        assert!(kept.words().contains("nothing is lost"), "{}", kept.words());
        let again = kept.form("main form");
        assert_eq!((&again.action, &again.fields), (&form.action, &form.fields));
        admin.submit(&again).await.expect(401);
        let elsewhere = admin.bare_request(reqwest::Method::POST, &form.action).header("Sec-Fetch-Site", "cross-site");
        let elsewhere = elsewhere.header("Content-Type", "application/x-www-form-urlencoded").body("name=Theirs");
        let refused = admin.send(elsewhere).await.expect(403);
        assert!(!refused.body.contains("Theirs"), "what another site sent is not offered to be sent again");
        let part = admin.htmx_post(&form.action, &[("name", "Tide"), ("request_key", "k")]).await.expect(401);
        assert_eq!((part.header("hx-retarget"), part.header("hx-redirect")), ("#status", ""));
        assert!(part.page().words().contains("still here"));
        sign_in(&admin, ADMIN, PASSWORD).await.expect(303);
        let made = admin.submit(&again).await.expect(303);
        assert!(admin.follow(&made).await.page().words().contains("Tide & Co <GmbH>"));
        let secret = app.anonymous().post_form("/account/password", &[("current", "x"), ("new", PASSWORD)]).await.expect(303);
        assert!(secret.location().starts_with("/sign-in"), "a password is put into no page");
    }

    async fn an_unknown_address_and_a_wrong_password_get_the_same_answer(app: App) {
        let visitor = app.anonymous();
        let wrong = sign_in(&visitor, MEMBER, "not the password").await.expect(422).page();
        let unknown = sign_in(&visitor, "nobody@harbour.test", "not the password").await.expect(422).page();
        assert_eq!(wrong.field_errors(), unknown.field_errors());
        assert_eq!(wrong.value_of("email").as_deref(), Some(MEMBER), "what was typed stays");
        assert!(visitor.cookie(SESSION_COOKIE).is_none());
    }

    async fn a_browser_that_will_not_keep_the_cookie_is_told_that_https_is_needed(app: App) {
        let visitor = app.anonymous();
        let page = |host: &str, scheme: &str| {
            let request = visitor.request(reqwest::Method::GET, "/sign-in").header("Host", host);
            let visitor = visitor.clone();
            let request = request.header("X-Forwarded-Proto", scheme);
            async move { visitor.send(request).await.expect(200).page().words() }
        };
        for host in ["coupons.example.org", "192.0.2.7:8080", "[2001:db8::1]:8080"] {
            assert!(page(host, "http").await.contains("https"), "{host}");
        }
        assert!(!page("coupons.example.org", "https").await.contains("https"));
        for host in ["localhost:8080", "127.0.0.1", "[::1]:8080", "vouchsafe.localhost"] {
            assert!(!page(host, "http").await.contains("https"), "{host}");
        }
    }

    async fn a_password_change_ends_the_other_sessions_and_renews_this_one(app: App) {
        let (here, there) = (app.member().await, app.member().await);
        let before = here.cookie(SESSION_COOKIE);
        let form = here.get("/account").await.page().form("form[action='/account/password']");
        let refused = here.submit(&form.clone().with("current", "wrong").with("new", "short")).await.expect(422);
        assert_eq!(refused.page().field_errors().len(), 2);
        let answer = here.submit(&form.with("current", PASSWORD).with("new", "another password")).await.expect(303);
        assert_ne!(here.cookie(SESSION_COOKIE), before);
        assert!(here.follow(&answer).await.expect(200).page().status().contains("password was changed"));
        assert_eq!(there.get("/account").await.status, 303);
        assert_eq!(sign_in(&app.anonymous(), MEMBER, PASSWORD).await.status, 422);
        assert_eq!(sign_in(&app.anonymous(), MEMBER, "another password").await.status, 303);
    }

    async fn sessions_are_listed_and_ended_but_only_ones_own(app: App) {
        let (here, there, other) = (app.member().await, app.member().await, app.support().await);
        let page = here.get("/account").await.page();
        let form = page.form("tbody form");
        assert_eq!(other.submit(&form).await.status, 404);
        here.submit(&form).await.expect(303);
        assert_eq!(there.get("/account").await.status, 303);
        assert_eq!(here.get("/account").await.status, 200);
    }
}

/// With a clock that stands still, so that no wait runs out on a slow machine.
async fn a_burst_of_guesses(database: Database) {
    let app = App::start_at(database, Clock::System.now()).await;
    let visitor = app.anonymous();
    let elsewhere = visitor.at(&app.second_process().await);
    let doors = [&visitor, &elsewhere];
    let tries = doors.iter().cycle().take(16).map(|door| sign_in(door, ADMIN, "a guess at the password"));
    let answers = join_all(tries).await;
    let tried = answers.iter().filter(|answer| answer.status == 422).count();
    assert_eq!(tried, 6, "five are free, the sixth brings the first wait");
    let late = answers.into_iter().find(|answer| answer.status == 429).expect("somebody has to wait");
    assert_eq!(late.header("retry-after"), "2");
    assert!(late.page().field_errors()[0].starts_with("Too many tries."));
    for door in doors {
        assert_eq!(sign_in(door, ADMIN, PASSWORD).await.status, 429, "even with the right password");
    }
    assert_eq!(sign_in(&visitor, MEMBER, PASSWORD).await.status, 303, "others behind the address go on");
    app.pass(Duration::seconds(3));
    assert_eq!(sign_in(&elsewhere, ADMIN, PASSWORD).await.status, 303, "the wait is over");
    app.stop().await;
}

#[tokio::test]
async fn a_burst_of_guesses_is_slowed_down_in_every_process_on_sqlite() {
    a_burst_of_guesses(Database::Sqlite).await;
}

#[tokio::test]
async fn a_burst_of_guesses_is_slowed_down_in_every_process_on_postgres() {
    a_burst_of_guesses(Database::Postgres).await;
}

/// A session that is used lives on, up to half a day; one that is not ends after half an hour.
async fn sessions_end(database: Database) {
    let app = App::start_at(database, Clock::System.now()).await;
    let (busy, idle) = (app.member().await, app.support().await);
    app.pass(Duration::minutes(29));
    busy.get("/account").await.expect(200);
    app.pass(Duration::minutes(2));
    assert_eq!(idle.get("/account").await.status, 303, "unused for 31 minutes");
    let mut minutes = 31;
    while minutes < 12 * 60 {
        busy.get("/account").await.expect(200);
        app.pass(Duration::minutes(20));
        minutes += 20;
    }
    assert_eq!(busy.get("/account").await.status, 303, "after {minutes} minutes");
    app.stop().await;
}

#[tokio::test]
async fn a_session_ends_unused_after_half_an_hour_and_used_after_half_a_day_on_sqlite() {
    sessions_end(Database::Sqlite).await;
}

#[tokio::test]
async fn a_session_ends_unused_after_half_an_hour_and_used_after_half_a_day_on_postgres() {
    sessions_end(Database::Postgres).await;
}
