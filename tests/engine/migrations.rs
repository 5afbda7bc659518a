//! Every change of the schema can be undone and done again.

use crate::schema::tables_of;
use migration::{Migrator, MigratorTrait};
use sea_orm::{ConnectOptions, Database, DatabaseConnection};

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
