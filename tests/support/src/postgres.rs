//! Databases of a PostgreSQL cluster that belongs to the tests alone.
//!
//! One template a build is migrated and filled once; every test gets a copy, which takes a few milliseconds.

use crate::seed;
use sea_orm::{ConnectionTrait, Database, DatabaseConnection, Statement};
use sha2::{Digest, Sha256};
use std::sync::atomic::{AtomicU32, Ordering};
use tokio::sync::OnceCell;
use vouchsafe::config::Config;
use vouchsafe::db::Db;

const VARIABLE: &str = "VOUCHSAFE_TEST_POSTGRES";
/// Keeps two test programs from making the same template at once.
const LOCK: i64 = 5_061_900;

static TEMPLATE: OnceCell<String> = OnceCell::const_new();
static COPIES: AtomicU32 = AtomicU32::new(0);

/// The URL of a fresh copy of the template.
pub async fn copy_of_template() -> String {
    let template = TEMPLATE.get_or_init(make_template).await;
    let name = format!("{}_{}_{}", test_prefix(), std::process::id(), COPIES.fetch_add(1, Ordering::SeqCst));
    let maintenance = connect("postgres").await;
    run(&maintenance, &format!("CREATE DATABASE {name} TEMPLATE {template}")).await;
    close(maintenance).await;
    url_of(&name)
}

/// The URL of a new database with nothing in it.
pub async fn empty() -> String {
    let name = format!("{}_{}_{}", test_prefix(), std::process::id(), COPIES.fetch_add(1, Ordering::SeqCst));
    let maintenance = connect("postgres").await;
    run(&maintenance, &format!("CREATE DATABASE {name} TEMPLATE template0")).await;
    close(maintenance).await;
    url_of(&name)
}

/// Drops a database that [`copy_of_template`] or [`empty`] made.
pub async fn drop_database(url: &str) {
    let name = url.rsplit('/').next().expect("a database name");
    assert!(name.starts_with(test_prefix()), "{name} is no database of the tests");
    let maintenance = connect("postgres").await;
    run(&maintenance, &format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")).await;
    close(maintenance).await;
}

/// Cuts everybody off from a database, and lets nobody in.
pub async fn shut(url: &str) {
    let name = url.rsplit('/').next().expect("a database name");
    let maintenance = connect("postgres").await;
    run(&maintenance, &format!("ALTER DATABASE {name} ALLOW_CONNECTIONS false")).await;
    let cut = format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'");
    run(&maintenance, &cut).await;
    close(maintenance).await;
}

/// Lets everybody in again.
pub async fn reopen(url: &str) {
    let name = url.rsplit('/').next().expect("a database name");
    let maintenance = connect("postgres").await;
    run(&maintenance, &format!("ALTER DATABASE {name} ALLOW_CONNECTIONS true")).await;
    close(maintenance).await;
}

const fn test_prefix() -> &'static str {
    "vouchsafe_test"
}

async fn make_template() -> String {
    let name = format!("vouchsafe_template_{}", build());
    let maintenance = connect("postgres").await;
    run(&maintenance, &format!("SELECT pg_advisory_lock({LOCK})")).await;
    if !exists(&maintenance, &name).await {
        let half = format!("{name}_half");
        run(&maintenance, &format!("DROP DATABASE IF EXISTS {half} WITH (FORCE)")).await;
        run(&maintenance, &format!("CREATE DATABASE {half} TEMPLATE template0")).await;
        fill(&half).await;
        // Under its own name only when it is whole.
        run(&maintenance, &format!("ALTER DATABASE {half} RENAME TO {name}")).await;
    }
    run(&maintenance, &format!("SELECT pg_advisory_unlock({LOCK})")).await;
    close(maintenance).await;
    name
}

async fn fill(name: &str) {
    let db = Db::open(&config(&url_of(name))).await.expect("the template opens");
    db.migrate().await.expect("the template is migrated");
    seed::fill(&db).await;
    db.close().await;
}

/// A configuration that only names a database.
pub fn config(url: &str) -> Config {
    let get = |name: &str| match name {
        "DATABASE_URL" => Some(url.to_owned()),
        "VOUCHSAFE_SECRET_KEY" => Some(crate::app::SECRET.to_owned()),
        _ => None,
    };
    Config::load(None, get).expect("a configuration")
}

/// A word for this build of the tests: another build has another schema.
fn build() -> String {
    let program = std::env::current_exe().expect("a path to this program");
    let changed = std::fs::metadata(&program).and_then(|file| file.modified()).expect("its time");
    let digest = Sha256::digest(format!("{} {changed:?}", program.display()).as_bytes());
    digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

async fn exists(maintenance: &DatabaseConnection, name: &str) -> bool {
    let sql = format!("SELECT 1 AS one FROM pg_database WHERE datname = '{name}'");
    let found = maintenance.query_one_raw(Statement::from_string(sea_orm::DbBackend::Postgres, sql)).await;
    found.expect("the list of databases").is_some()
}

fn url_of(database: &str) -> String {
    let url = std::env::var(VARIABLE).unwrap_or_else(|_| {
        panic!(
            "{VARIABLE} is not set. It takes the URL of a superuser on a PostgreSQL cluster of the tests' own; \
             `make test` starts one, and `scripts/with-postgres COMMAND` does it for one command."
        )
    });
    let (server, _) = url.rsplit_once('/').expect("a URL that ends in /database");
    format!("{server}/{database}")
}

async fn connect(database: &str) -> DatabaseConnection {
    let mut options = sea_orm::ConnectOptions::new(url_of(database));
    options.max_connections(1).sqlx_logging(false);
    Database::connect(options).await.expect("the PostgreSQL of the tests answers")
}

async fn run(connection: &DatabaseConnection, sql: &str) {
    if let Err(error) = connection.execute_unprepared(sql).await {
        panic!("{sql}: {error}");
    }
}

async fn close(connection: DatabaseConnection) {
    connection.close().await.expect("the connection closes");
}
