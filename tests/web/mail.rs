//! Letters: queued with what they are about, sent by SMTP, retried; links in them that work once.

use chrono::Duration;
use sea_orm::EntityTrait;
use support::mail::MailServer;
use support::prelude::*;
use support::seed;
use vouchsafe::db::tables::{jobs, password_resets};
use vouchsafe::web::token;

/// Tells a story on both databases, with a mail server.
async fn mailed<S: Future<Output = ()>>(story: impl Fn(App, MailServer) -> S) {
    for database in [Database::Sqlite, Database::Postgres] {
        let server = MailServer::start().await;
        let url = server.url.clone();
        support::app::tell_as(database, |config| config.smtp_url = Some(url), |app| story(app, server)).await;
    }
}

async fn ask(app: &App, email: &str) -> Answer {
    let page = app.anonymous().get("/password-reset").await.expect(200).page();
    app.anonymous().submit(&page.form("form[action='/password-reset']").with("email", email)).await
}

#[tokio::test]
async fn a_forgotten_password_is_set_by_a_mailed_link_that_works_once() {
    mailed(|app, server| async move {
        let before = app.member().await;
        let asked = ask(&app, seed::MEMBER).await.expect(303);
        app.run_jobs().await;
        let letters = server.letters();
        assert_eq!(letters.len(), 1);
        let letter = &letters[0];
        assert_eq!(
            (letter.to.as_str(), letter.header("Subject").as_str()),
            (seed::MEMBER, "Set a new password for Harbour Works")
        );
        assert!(letter.source.contains("multipart/alternative"), "{}", letter.source);
        assert!(letter.source.contains("text/plain") && letter.source.contains("text/html"), "{}", letter.source);
        let link = letter.link("https://vouchsafe.test/password-reset/");
        let path = link.strip_prefix("https://vouchsafe.test").unwrap();
        // Nothing in the database opens the account.
        let secret = path.rsplit('/').next().unwrap();
        let kept = password_resets::Entity::find().all(app.db.read()).await.unwrap();
        assert_eq!(kept.iter().map(|row| row.token_hash.clone()).collect::<Vec<_>>(), [token::hash(secret)]);
        let rows = jobs::Entity::find().all(app.db.read()).await.unwrap();
        assert!(rows.iter().all(|row| !format!("{row:?}").contains(secret)));
        // An address without an account gets the same answer, and no letter.
        let unknown = ask(&app, "nobody@harbour.test").await.expect(303);
        assert_eq!(asked.location(), unknown.location());
        app.run_jobs().await;
        assert_eq!(server.letters().len(), 1);
        // Set: too short, then well; then the link is used up, and so are the sessions.
        let stranger = app.anonymous();
        let form = stranger.get(path).await.expect(200).page().form("form.panel");
        let short = stranger.submit(&form.clone().with("password", "short")).await.expect(422);
        assert!(short.page().field_errors().join("").contains("at least 8"));
        stranger.submit(&form.clone().with("password", "a new and better one")).await.expect(303);
        stranger.submit(&form.with("password", "another one again")).await.expect(404);
        let over = stranger.get(path).await.expect(404).page();
        assert_eq!(over.text("main h1"), "This link does not work any more");
        assert!(over.has("main a[href='/password-reset']"), "{}", over.words());
        let never = stranger.post_form("/password-reset/none", &[("password", "long enough")]).await.expect(404).page();
        assert_eq!(over.texts("main h1"), never.texts("main h1"), "nobody learns which links there were");
        assert!(before.get("/account").await.location().starts_with("/sign-in"));
        let fields = |password| [("email", seed::MEMBER), ("password", password)];
        stranger.post_form("/sign-in", &fields(PASSWORD)).await.expect(422);
        stranger.post_form("/sign-in", &fields("a new and better one")).await.expect(303);
        assert!(app.support().await.get("/audit").await.page().words().contains("set by a mailed link"));
        assert!(seed::user(&app.db, seed::MEMBER).await.email_proven_at.is_some());
    })
    .await;
}

#[tokio::test]
async fn links_are_not_asked_for_without_end_and_run_out() {
    mailed(|app, server| async move {
        for _ in 0..3 {
            ask(&app, seed::MEMBER).await.expect(303);
        }
        let many = ask(&app, seed::MEMBER).await.expect(429);
        assert!(!many.header("retry-after").is_empty());
        app.run_jobs().await;
        let letters = server.letters();
        assert_eq!(letters.len(), 3);
        let path = |at: usize| {
            letters[at].link("https://vouchsafe.test/password-reset/").replace("https://vouchsafe.test", "")
        };
        let mut works = Vec::new();
        for at in 0..3 {
            works.push(app.anonymous().get(&path(at)).await.status == 200);
        }
        assert_eq!(works.iter().filter(|works| **works).count(), 1, "only the newest works");
        vouchsafe::app::sweep(&app.db, app.now() + Duration::hours(2)).await.unwrap();
        assert!(password_resets::Entity::find().one(app.db.read()).await.unwrap().is_none());
    })
    .await;
}

#[tokio::test]
async fn an_invitation_is_mailed_and_its_link_makes_a_member() {
    mailed(|app, server| async move {
        let admin = app.admin().await;
        let form = admin.get("/dashboard/people").await.page().form("form[action='/dashboard/people/invitations']");
        let said = admin.submit(&form.with("email", "new@harbour.test")).await.expect(200).page();
        app.run_jobs().await;
        let letters = server.letters();
        assert_eq!((letters.len(), letters[0].to.as_str()), (1, "new@harbour.test"));
        let link = letters[0].link("https://vouchsafe.test/invitations/");
        assert_ne!(link, said.text("#invitation-link"), "each has a secret of its own");
        let newcomer = app.anonymous();
        let path = link.replace("https://vouchsafe.test", "");
        let form = newcomer.get(&path).await.expect(200).page().form("form.panel, form[action^='/invitations/']");
        newcomer.submit(&form.with("name", "Nora Neu").with("password", "long enough for this")).await.expect(303);
        newcomer.get("/organization").await.expect(200);
        newcomer.get(&path).await.expect(404);
        assert!(seed::user(&app.db, "new@harbour.test").await.email_proven_at.is_some(), "it was read in that mailbox");
        // Whoever was only shown the link may sit anywhere.
        let form = admin.get("/dashboard/people").await.page().form("form[action='/dashboard/people/invitations']");
        let shown =
            admin.submit(&form.with("email", "shown@harbour.test")).await.expect(200).page().text("#invitation-link");
        let (path, other) = (shown.replace("https://vouchsafe.test", ""), app.anonymous());
        let form = other.get(&path).await.expect(200).page().form("form.panel, form[action^='/invitations/']");
        other.submit(&form.with("name", "Someone").with("password", "long enough for this")).await.expect(303);
        assert!(seed::user(&app.db, "shown@harbour.test").await.email_proven_at.is_none());
    })
    .await;
}

#[tokio::test]
async fn a_letter_that_is_not_taken_is_tried_again() {
    mailed(|app, server| async move {
        server.is_busy_for(1);
        let admin = app.admin().await;
        let invite = async |email: &str| {
            let form = admin.get("/dashboard/people").await.page().form("form[action='/dashboard/people/invitations']");
            admin.submit(&form.with("email", email)).await.expect(200);
            app.run_jobs().await;
        };
        invite("new@harbour.test").await;
        assert!(server.letters().is_empty());
        let page = admin.get("/dashboard/jobs").await.page();
        assert!(page.words().contains("come again later"), "{}", page.words());
        admin.submit(&page.form("form[action$='/retry']")).await.expect(303);
        app.run_jobs().await;
        assert_eq!(server.letters().len(), 1);
        assert!(server.letters()[0].header("Message-ID").ends_with("@vouchsafe.test>"));
        // What no server will ever take is not tried again.
        invite("refused@harbour.test").await;
        let page = admin.get("/dashboard/jobs").await.page();
        assert!(page.has("#failed-title") && page.words().contains("no such mailbox"), "{}", page.words());
    })
    .await;
}

on_both_databases! {
    async fn without_a_mail_server_letters_land_in_a_folder_that_no_page_shows(app: App) {
        ask(&app, seed::MEMBER).await.expect(303);
        app.run_jobs().await;
        let files: Vec<_> = std::fs::read_dir(app.config.data.join("mail")).unwrap().map(|file| file.unwrap().path()).collect();
        assert_eq!(files.len(), 1, "{files:?}");
        let letter = std::fs::read_to_string(&files[0]).unwrap();
        assert!(letter.contains(seed::MEMBER) && letter.contains("https://vouchsafe.test/password-reset/"));
        app.admin().await.get("/dashboard/mail").await.expect(404);
        let people = app.admin().await.get("/dashboard/people").await.page().words();
        assert!(people.contains("no mail server is configured"), "{people}");
    }
}

#[tokio::test]
async fn the_demo_shows_its_letters_on_a_page() {
    support::app::tell_as(
        Database::Sqlite,
        |config| config.demo = true,
        |app| async move {
            let admin = app.admin().await;
            assert!(admin.get("/dashboard/mail").await.expect(200).page().words().contains("No mail yet"));
            ask(&app, seed::MEMBER).await.expect(303);
            app.run_jobs().await;
            let page = admin.get("/dashboard/mail").await.expect(200).page();
            let link = page.attribute("main a", "href").unwrap();
            assert!(link.starts_with("https://vouchsafe.test/password-reset/"), "{link}");
            app.member().await.get("/dashboard/mail").await.expect(403);
        },
    )
    .await;
}
