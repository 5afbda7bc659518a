//! What PostgreSQL knows of tables that have just grown.

use sea_orm::{ConnectionTrait, Statement};
use support::prelude::*;

/// How many rows the planner believes in; -1 when nobody has looked.
async fn believed(app: &App) -> i64 {
    let sql = "SELECT reltuples::bigint AS rows FROM pg_class WHERE oid = 'persons'::regclass";
    let row = app.db.read().query_one_raw(Statement::from_string(app.db.read().get_database_backend(), sql)).await;
    row.unwrap().unwrap().try_get("", "rows").unwrap()
}

async fn more_persons(app: &App, count: i64) {
    let tx = app.db.begin().await.unwrap();
    let persons = format!(
        "INSERT INTO persons (tenant_id, id, created_at) \
         SELECT '{}', gen_random_uuid(), now() FROM generate_series(1, {count})",
        app.tenant
    );
    tx.execute_unprepared(&persons).await.unwrap();
    // The server would tell others of it within ten seconds.
    tx.execute_unprepared("SELECT pg_stat_force_next_flush()").await.unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn postgres_is_told_to_look_at_a_table_that_has_twice_the_rows_it_believes_in_and_at_no_other() {
    support::app::tell(Database::Postgres, |app| async move {
        more_persons(&app, 300).await;
        app.db.look_at_tables().await.unwrap();
        assert_eq!(believed(&app).await, 300);
        more_persons(&app, 250).await;
        app.db.look_at_tables().await.unwrap();
        assert_eq!(believed(&app).await, 300, "not for every row");
        more_persons(&app, 100).await;
        app.db.look_at_tables().await.unwrap();
        assert_eq!(believed(&app).await, 650);
    })
    .await;
}
