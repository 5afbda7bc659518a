//! A running app with one filled tenant, in a database of its own.

use crate::actor::Actor;
use crate::{postgres, seed};
use actix_web::dev::ServerHandle;
use chrono::{DateTime, Duration, Utc};
use futures_util::FutureExt;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use tempfile::TempDir;
use uuid::Uuid;
use vouchsafe::clock::Clock;
use vouchsafe::config::Config;
use vouchsafe::db::Db;
use vouchsafe::jobs::Jobs;

/// Signs the cookies of every app under test.
pub const SECRET: &str = "a secret of the tests, long enough to sign a cookie with: 0123456789";

/// The databases that every story is told on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Database {
    /// A file in a folder of its own.
    Sqlite,
    /// A database of its own, copied from a template.
    Postgres,
}

/// A running app; clones are the same one.
#[derive(Clone)]
pub struct App(Arc<Inner>);

/// What an [`App`] is made of.
pub struct Inner {
    /// Where it listens, as `http://127.0.0.1:port`.
    pub url: String,
    /// Its database, for what no page shows.
    pub db: Db,
    /// Which of the two it is.
    pub database: Database,
    /// The seeded tenant, Harbour Works.
    pub tenant: Uuid,
    /// How it was configured, for a second process on the same database.
    pub config: Config,
    /// The connections of everybody who uses it.
    pub http: reqwest::Client,
    /// Its workers, for stories about jobs.
    pub jobs: Jobs,
    clock: Clock,
    held: Option<Arc<AtomicI64>>,
    server: ServerHandle,
    folder: TempDir,
}

impl std::ops::Deref for App {
    type Target = Inner;

    fn deref(&self) -> &Inner {
        &self.0
    }
}

impl App {
    /// Starts an app on the system's clock.
    pub async fn start(database: Database) -> Self {
        Self::start_with(database, None, |_| {}).await
    }

    /// Starts an app whose clock stands still until [`App::pass`] moves it.
    pub async fn start_at(database: Database, now: DateTime<Utc>) -> Self {
        Self::start_with(database, Some(Arc::new(AtomicI64::new(now.timestamp_micros()))), |_| {}).await
    }

    /// The same, configured otherwise.
    pub async fn start_at_with(database: Database, now: DateTime<Utc>, change: impl FnOnce(&mut Config)) -> Self {
        Self::start_with(database, Some(Arc::new(AtomicI64::new(now.timestamp_micros()))), change).await
    }

    async fn start_with(database: Database, held: Option<Arc<AtomicI64>>, change: impl FnOnce(&mut Config)) -> Self {
        let folder = tempfile::Builder::new().prefix("vouchsafe-test-").tempdir().expect("a temporary folder");
        let database_url = match database {
            Database::Sqlite => None,
            Database::Postgres => Some(postgres::copy_of_template().await),
        };
        let mut config = Config {
            listen: "127.0.0.1:0".parse().expect("an address"),
            data: folder.path().to_owned(),
            database_url,
            base_url: Some("https://vouchsafe.test".to_owned()),
            secret_key: Some(SECRET.to_owned()),
            trusted_proxies: Vec::new(),
            smtp_url: None,
            mail_from: None,
            webhook_hosts: Vec::new(),
            largest_upload: 64 * 1_024 * 1_024,
            demo: false,
            demo_password: None,
        };
        change(&mut config);
        let clock = held.clone().map_or(Clock::System, Clock::Held);
        let (url, db, jobs, server) = run(config.clone(), clock.clone()).await;
        if database == Database::Sqlite {
            seed::fill(&db).await;
        }
        let tenant = seed::tenant(&db).await;
        let http = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            // The app ends connections that were idle for 5 seconds; a request must not meet that end.
            .pool_idle_timeout(std::time::Duration::from_secs(2))
            .build()
            .expect("an HTTP client");
        Self(Arc::new(Inner { url, db, database, tenant, config, http, jobs, clock, held, server, folder }))
    }

    /// A second process on the same database: the same data, nothing shared in memory. Its address; it runs until the
    /// test ends.
    pub async fn second_process(&self) -> String {
        run(self.config.clone(), self.clock.clone()).await.0
    }

    /// What time it is for the app.
    pub fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// Lets time pass.
    pub fn pass(&self, time: Duration) {
        let held = self.held.as_ref().expect("the clock of this app is the system's: start it with App::start_at");
        held.fetch_add(time.num_microseconds().expect("a time that fits"), Ordering::SeqCst);
    }

    /// Runs whatever jobs are due, and waits for those that a worker of the app has begun already.
    pub async fn run_jobs(&self) {
        self.jobs.run_due().await.expect("the jobs run");
    }

    /// The clock that all its parts share.
    pub fn clock(&self) -> Clock {
        self.clock.clone()
    }

    /// An administrator of the tenant.
    pub async fn admin(&self) -> Actor {
        Actor::signed_in(self, seed::user(&self.db, seed::ADMIN).await).await
    }

    /// Somebody of the support.
    pub async fn support(&self) -> Actor {
        Actor::signed_in(self, seed::user(&self.db, seed::SUPPORT).await).await
    }

    /// A member of the tenant without an organization.
    pub async fn member(&self) -> Actor {
        Actor::signed_in(self, seed::user(&self.db, seed::MEMBER).await).await
    }

    /// A new member of this organization.
    pub async fn member_of(&self, organization: &crate::make::Organization) -> Actor {
        let user = crate::make::user().role("member").create(self).await;
        organization.take_in(self, user.id, "member").await;
        Actor::signed_in(self, user).await
    }

    /// An administrator of the whole installation, without a role in the tenant.
    pub async fn platform_admin(&self) -> Actor {
        Actor::signed_in(self, seed::user(&self.db, seed::PLATFORM).await).await
    }

    /// Somebody who never signed in.
    pub fn anonymous(&self) -> Actor {
        Actor::new(self)
    }

    /// A system with a key of these scopes.
    pub async fn key(&self, scopes: &[&str]) -> Actor {
        self.key_of(self.tenant, scopes).await
    }

    /// The same of another tenant.
    pub async fn key_of(&self, tenant: Uuid, scopes: &[&str]) -> Actor {
        Actor::with_key(self, &crate::make::key().scopes(scopes).of(tenant).create(self).await)
    }

    /// Stops it and removes its database.
    pub async fn stop(self) {
        self.server.stop(false).await;
        self.db.clone().close().await;
        if let Some(url) = &self.config.database_url {
            postgres::drop_database(url).await;
        }
        let _ = self.folder.path();
    }
}

async fn run(config: Config, clock: Clock) -> (String, Db, Jobs, ServerHandle) {
    let app = vouchsafe::app::App::build(config, clock).await.expect("the app starts");
    let (url, db, jobs) = (format!("http://{}", app.address), app.db.clone(), app.jobs.clone());
    let handle = app.handle();
    tokio::spawn(app.run());
    (url, db, jobs, handle)
}

/// Tells a story on one database, and cleans up whatever its end.
pub async fn tell<S: Future<Output = ()>>(database: Database, story: impl FnOnce(App) -> S) {
    tell_as(database, |_| {}, story).await;
}

/// The same of an app that is configured otherwise, and whose clock stands still until [`App::pass`] moves it.
pub async fn tell_at<S: Future<Output = ()>>(
    database: Database,
    now: DateTime<Utc>,
    change: impl FnOnce(&mut Config),
    story: impl FnOnce(App) -> S,
) {
    tell_in(App::start_with(database, Some(Arc::new(AtomicI64::new(now.timestamp_micros()))), change).await, story)
        .await;
}

/// The same of an app that is configured otherwise.
pub async fn tell_as<S: Future<Output = ()>>(
    database: Database,
    change: impl FnOnce(&mut Config),
    story: impl FnOnce(App) -> S,
) {
    tell_in(App::start_with(database, None, change).await, story).await;
}

async fn tell_in<S: Future<Output = ()>>(app: App, story: impl FnOnce(App) -> S) {
    let end = AssertUnwindSafe(story(app.clone())).catch_unwind().await;
    app.stop().await;
    if let Err(panic) = end {
        std::panic::resume_unwind(panic);
    }
}
