//! Every change of the schema can be undone and done again.

use crate::schema::tables_of;
use chrono::{DateTime, Utc};
use migration::{Migrator, MigratorTrait};
use sea_orm::{ConnectOptions, ConnectionTrait, Database, DatabaseConnection, Statement, Value};
use uuid::Uuid;

async fn up_down_up(url: String) {
    let mut options = ConnectOptions::new(url);
    options.max_connections(1).sqlx_logging(false);
    let connection: DatabaseConnection = Database::connect(options).await.unwrap();
    Migrator::up(&connection, None).await.unwrap();
    let first = tables_of(&connection).await;
    assert!(first.contains_key("coupons"));
    Migrator::down(&connection, None).await.unwrap();
    assert!(tables_of(&connection).await.is_empty(), "{:?}", tables_of(&connection).await.keys());
    Migrator::up(&connection, None).await.unwrap();
    assert_eq!(first, tables_of(&connection).await);
    for step in 1..=Migrator::migrations().len() {
        let steps = u32::try_from(step).unwrap();
        Migrator::down(&connection, Some(steps)).await.unwrap();
        Migrator::up(&connection, Some(steps)).await.unwrap();
    }
    assert_eq!(first, tables_of(&connection).await);
    connection.close().await.unwrap();
}

#[tokio::test]
async fn up_down_and_up_again_on_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    up_down_up(format!("sqlite://{}?mode=rwc", folder.path().join("empty.db").display())).await;
}

#[tokio::test]
async fn up_down_and_up_again_on_postgres() {
    let url = support::postgres::empty().await;
    up_down_up(url.clone()).await;
    support::postgres::drop_database(&url).await;
}

#[tokio::test]
async fn two_processes_that_start_at_once_migrate_one_after_the_other() {
    let app = support::app::App::start(support::app::Database::Postgres).await;
    let url = support::postgres::empty().await;
    let config = vouchsafe::config::Config { database_url: Some(url.clone()), ..app.config.clone() };
    let (one, two) = (vouchsafe::db::Db::open(&config).await.unwrap(), vouchsafe::db::Db::open(&config).await.unwrap());
    let (first, second) = tokio::join!(one.migrate(), two.migrate());
    first.unwrap();
    second.unwrap();
    assert!(one.is_ready().await.unwrap());
    one.close().await;
    two.close().await;
    support::postgres::drop_database(&url).await;
    app.stop().await;
}

/// What the names of a user are folded to that was there before names were.
async fn folded_later(url: String) -> Vec<String> {
    let mut options = ConnectOptions::new(url);
    options.max_connections(1).sqlx_logging(false);
    let connection: DatabaseConnection = Database::connect(options).await.unwrap();
    let before = Migrator::migrations().iter().position(|change| change.name() == "m0025_folded_names").unwrap();
    Migrator::up(&connection, Some(u32::try_from(before).unwrap())).await.unwrap();
    let backend = connection.get_database_backend();
    let text = "INSERT INTO users (id, email, display_name, password_hash, platform_admin, created_at, updated_at) \
        VALUES ($1, $2, $3, '', false, $4, $4)";
    for number in 0..1_003 {
        let name = if number == 1_002 { "Émile ＮＯＲＴＨ" } else { "Ada" };
        let values: [Value; 4] = [
            Uuid::now_v7().into(),
            format!("{number}@harbour.test").into(),
            name.into(),
            DateTime::<Utc>::UNIX_EPOCH.into(),
        ];
        connection.execute_raw(Statement::from_sql_and_values(backend, text, values)).await.unwrap();
    }
    Migrator::up(&connection, None).await.unwrap();
    let found = Statement::from_string(backend, "SELECT name_folded FROM users ORDER BY id");
    let found = connection.query_all_raw(found).await.unwrap();
    connection.close().await.unwrap();
    found.iter().map(|row| row.try_get_by_index(0).unwrap()).collect()
}

fn all_folded(names: &[String]) {
    let (last, others) = names.split_last().unwrap();
    assert_eq!((last.as_str(), others.len()), ("émile north", 1_002));
    assert!(others.iter().all(|name| name == "ada"), "{others:?}");
}

#[tokio::test]
async fn names_that_were_there_are_folded_on_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    all_folded(&folded_later(format!("sqlite://{}?mode=rwc", folder.path().join("old.db").display())).await);
}

#[tokio::test]
async fn names_that_were_there_are_folded_on_postgres() {
    let url = support::postgres::empty().await;
    all_folded(&folded_later(url.clone()).await);
    support::postgres::drop_database(&url).await;
}
