//! The running server, and the one way to it: `main` and every test call [`App::build`].

pub mod api_docs;
pub mod health;
mod kinds;
pub mod openapi;
pub mod routes;
mod tree;

use crate::accounts::door::Door;
use crate::accounts::keys::Uses;
use crate::accounts::passwords::Passwords;
use crate::accounts::{resets, sessions};
use crate::clock::Clock;
use crate::config::Config;
use crate::db::{self, Db};
use crate::error::Error;
use crate::exports;
use crate::files;
use crate::imports;
use crate::jobs::{self, Jobs};
use crate::mail::Post;
use crate::redemptions::catalogue::Catalogue;
use crate::redemptions::looks::Looks;
use crate::redemptions::preview::Previews;
use crate::redemptions::{self, desk::Desk};
use crate::shop;
use crate::web::again::{self, Answers};
use crate::web::{deprecated, faces, headers, patience, replay, request_log, same_origin, throttle};
use crate::webhooks;
use actix_identity::IdentityMiddleware;
use actix_session::SessionMiddleware;
use actix_session::config::{CookieContentSecurity, PersistentSession};
use actix_web::cookie::time::Duration as CookieDuration;
use actix_web::cookie::{Key, SameSite};
use actix_web::dev::{Server, ServerHandle};
use actix_web::middleware::{Compress, from_fn};
use actix_web::{HttpServer, web};
use anyhow::Context;
use chrono::{DateTime, Utc};
use std::net::SocketAddr;
use std::time::Duration;

/// The cookie of a session: it comes back over https and loopback only, and to this host only.
const SESSION_COOKIE: &str = "__Host-session";
/// How long requests that were sent before a stop may take to end.
const GRACE_SECONDS: u64 = 4;
/// How many connections the system takes for us in a burst, before it turns one away.
const WAITING_CONNECTIONS: u32 = 4_096;
const SWEEP_EVERY: Duration = Duration::from_secs(60);
/// Nobody sees a hold whose time is over, but webhooks and the audit log tell of its end when it is retired.
const RETIRE_EVERY: Duration = Duration::from_secs(1);

/// A server that listens and is ready to run.
pub struct App {
    /// Where it listens.
    pub address: SocketAddr,
    /// Its database, for the demo and for tests.
    pub db: Db,
    /// The desk that all redemptions pass.
    pub desk: Desk,
    /// Its workers.
    pub jobs: Jobs,
    server: Server,
}

impl App {
    /// Opens the database, brings its schema up to date, and listens.
    ///
    /// # Errors
    /// When the database cannot be opened, the address is taken, or the secret key cannot be kept.
    pub async fn build(config: Config, clock: Clock) -> anyhow::Result<Self> {
        let db = Db::open(&config).await.context("cannot open the database")?;
        db.migrate().await.context("cannot bring the schema up to date")?;
        db.look_at_tables().await.context("cannot look at the tables")?;
        let desk = Desk::open(db.clone());
        let key = Key::derive_from(&config.secret()?);
        let passwords = Passwords::new()?;
        let (door, key_uses, previews) = (Door::open(db.clone()), Uses::default(), Previews::open(db.clone()));
        let (catalogue, looks) = (Catalogue::open(db.clone()), Looks::open(db.clone()));
        let (post, answers) = (Post::open(&config)?, Answers::new(db.clone(), clock.clone(), routes::QUESTIONS));
        let listen = config.listen;
        tokio::spawn(sweep_for_ever(db.clone(), desk.clone(), clock.clone()));
        tokio::spawn(retire_for_ever(db.clone(), desk.clone(), clock.clone()));
        tokio::spawn(db.clone().keep_looking_at_tables());
        tokio::spawn(db.clone().keep_merging_search());
        let jobs = Jobs::new(db.clone(), clock.clone(), kinds::all(&db, &config, &post)?);
        let (app_db, app_desk, app_jobs) = (db.clone(), desk.clone(), jobs.clone());
        let server = HttpServer::new(move || {
            let store = sessions::Store::new(app_db.clone(), clock.clone());
            actix_web::App::new()
                .app_data(web::Data::new(config.clone()))
                .app_data(web::Data::new(clock.clone()))
                .app_data(web::Data::new(app_db.clone()))
                .app_data(web::Data::new(app_desk.clone()))
                .app_data(web::Data::new(app_jobs.clone()))
                .app_data(web::Data::new(post.clone()))
                .app_data(web::Data::new(passwords.clone()))
                .app_data(web::Data::new(key_uses.clone()))
                .app_data(web::Data::new(door.clone()))
                .app_data(web::Data::new(looks.clone()))
                .app_data(web::Data::new(catalogue.clone()))
                .app_data(web::Data::new(previews.clone()))
                .app_data(web::Data::new(answers.clone()))
                // An id that is none is the id of nothing.
                .app_data(web::PathConfig::default().error_handler(|_, _| Error::NotFound.into()))
                .configure(routes::configure)
                .default_service(web::to(routes::nothing_here))
                // The last one wrapped is the first to see a request.
                .wrap(IdentityMiddleware::default())
                .wrap(session_middleware(store, key.clone()))
                .wrap(from_fn(patience::middleware))
                .wrap(from_fn(same_origin::middleware))
                .wrap(from_fn(faces::middleware))
                .wrap(from_fn(deprecated::middleware))
                .wrap(Compress::default())
                .wrap(from_fn(again::middleware))
                .wrap(headers::security())
                .wrap(from_fn(request_log::middleware))
        })
        .shutdown_timeout(GRACE_SECONDS)
        .disable_signals()
        .backlog(WAITING_CONNECTIONS)
        .bind(listen)
        .with_context(|| format!("cannot listen on {listen}"))?;
        let address = *server.addrs().first().context("it listens nowhere")?;
        let server = server.run();
        jobs.start();
        Ok(Self { address, db, desk, jobs, server })
    }

    /// A handle that stops it.
    #[must_use]
    pub fn handle(&self) -> ServerHandle {
        self.server.handle()
    }

    /// Serves until it is stopped, then lets jobs and desk finish and closes the database.
    ///
    /// # Errors
    /// When the server fails.
    pub async fn run(self) -> anyhow::Result<()> {
        self.server.await?;
        self.jobs.close().await;
        self.desk.close().await;
        self.db.close().await;
        Ok(())
    }
}

fn session_middleware(store: sessions::Store, key: Key) -> SessionMiddleware<sessions::Store> {
    let age = CookieDuration::seconds(sessions::LONGEST.num_seconds());
    SessionMiddleware::builder(store, key)
        .cookie_name(SESSION_COOKIE.to_owned())
        .cookie_secure(true)
        .cookie_http_only(true)
        .cookie_same_site(SameSite::Lax)
        .cookie_path("/".to_owned())
        .cookie_content_security(CookieContentSecurity::Signed)
        .session_lifecycle(PersistentSession::default().session_ttl(age))
        .build()
}

/// Sweeps once a minute.
async fn sweep_for_ever(db: Db, desk: Desk, clock: Clock) {
    loop {
        tokio::time::sleep(SWEEP_EVERY).await;
        if let Err(error) = sweep(&db, clock.now()).await {
            tracing::warn!(%error, "could not sweep");
        }
        if let Err(error) = redemptions::sweep::sweep(&db, &desk, None, clock.now()).await {
            tracing::warn!(%error, "could not retire overdue holds");
        }
        if let Err(error) = imports::queries::sweep(&db, clock.now()).await {
            tracing::warn!(%error, "could not remove imports that nobody went on with");
        }
        if let Err(error) = shop::orders::sweep(&db, &desk, clock.now()).await {
            tracing::warn!(%error, "could not end unpaid orders");
        }
    }
}

/// Retires holds each second, as they come to their end. What cannot be retired is left for the sweep of each minute.
async fn retire_for_ever(db: Db, desk: Desk, clock: Clock) {
    // At first all of them: some may have come to their end while no server ran.
    let mut last = None;
    loop {
        tokio::time::sleep(RETIRE_EVERY).await;
        let now = clock.now();
        match redemptions::sweep::sweep(&db, &desk, last, now).await {
            Ok(_) => last = Some(now),
            Err(error) => tracing::warn!(%error, "could not retire overdue holds"),
        }
    }
}

/// Removes what has run out: sessions, kept answers, buckets of guesses, jobs and exports that are
/// over, and files whose time is. How many rows went.
///
/// # Errors
/// When the database does not answer.
pub async fn sweep(db: &Db, now: DateTime<Utc>) -> Result<u64, Error> {
    // One transaction each, so that none holds the database's one writer for long.
    let tx = db.begin().await?;
    let mut gone = sessions::sweep(&tx, now).await?;
    db::commit(tx).await?;
    let tx = db.begin().await?;
    gone += replay::sweep(&tx, now).await?;
    db::commit(tx).await?;
    let tx = db.begin().await?;
    gone += throttle::sweep(&tx, now).await?;
    db::commit(tx).await?;
    let tx = db.begin().await?;
    gone += jobs::queries::sweep(&tx, now).await? + resets::sweep(&tx, now).await?;
    gone += exports::queries::sweep(&tx, now).await?;
    db::commit(tx).await?;
    gone += webhooks::deliveries::sweep(db, now).await?;
    Ok(gone + files::sweep(db, now).await?)
}
