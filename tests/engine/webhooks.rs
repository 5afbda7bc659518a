//! What it costs to note what there is to tell: no statement more, and for a tenant without an endpoint one look into an
//! index.

use crate::redeem::{entry, organizations, tenant};
use sea_orm::{ConnectionTrait, EntityTrait, PaginatorTrait, Statement};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use support::prelude::*;
use vouchsafe::audit::Actor as Author;
use vouchsafe::db::Db;
use vouchsafe::db::tables::webhook_outbox;
use vouchsafe::redemptions::desk::{Desk, Reply};
use vouchsafe::web::seal::Seal;
use vouchsafe::webhooks::endpoints::{self, Said};

async fn endpoint(app: &App) {
    let said = Said { url: "https://hooks.example.com/".to_owned(), events: vec!["coupon.paused".to_owned()] };
    let (tx, seal) = (app.db.begin().await.unwrap(), Seal::of(&app.config).unwrap());
    endpoints::create(&tx, &seal, &Author::system("test"), app.tenant, said, app.now()).await.unwrap();
    tx.commit().await.unwrap();
}

/// How the database runs a statement, as one line a step.
async fn plan(app: &App, sql: &str) -> Vec<String> {
    let tx = app.db.begin().await.unwrap();
    let sqlite = app.database == Database::Sqlite;
    if !sqlite {
        // A table with so few rows would not need its index.
        tx.execute_unprepared("SET LOCAL enable_seqscan = off").await.unwrap();
    }
    let explain = if sqlite { format!("EXPLAIN QUERY PLAN {sql}") } else { format!("EXPLAIN {sql}") };
    let rows = tx.query_all_raw(Statement::from_string(tx.get_database_backend(), explain)).await.unwrap();
    let step = |row: &sea_orm::QueryResult| match sqlite {
        true => row.try_get("", "detail").unwrap(),
        false => row.try_get_by_index::<String>(0).unwrap(),
    };
    rows.iter().map(step).collect()
}

on_both_databases! {
    async fn a_redemption_takes_as_many_statements_whether_it_is_told_or_not(app: App) {
        let count = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&count);
        let db = Db::open(&app.config).await.unwrap().watched(move |_| _ = counted.fetch_add(1, Ordering::SeqCst));
        let (desk, tenant, user) = (Desk::open(db), tenant(&app).await, app.member().await.id());
        let places = organizations(&app, 6).await;
        let coupon = make::coupon().raise("instances", 50).create(&app).await;
        let statements = async |place: usize| {
            count.store(0, Ordering::SeqCst);
            let reply = desk.enter(entry(&app, &tenant, user, places[place], &coupon.code)).await.unwrap();
            assert!(matches!(reply, Reply::Done(_)));
            count.load(Ordering::SeqCst)
        };
        for place in 0..3 {
            statements(place).await;
        }
        let untold = statements(3).await;
        assert_eq!(webhook_outbox::Entity::find().count(app.db.read()).await.unwrap(), 0);
        endpoint(&app).await;
        let told = statements(4).await;
        assert_eq!(told, untold, "statements with an endpoint, and without");
    }

    async fn the_look_for_an_endpoint_uses_its_index(app: App) {
        endpoint(&app).await;
        let id = app.tenant;
        let look = match app.database {
            Database::Sqlite => format!("SELECT 1 FROM webhook_endpoints WHERE tenant_id = x'{}' AND disabled_at IS NULL AND deleted_at IS NULL", id.simple()),
            Database::Postgres => format!("SELECT 1 FROM webhook_endpoints AS e WHERE e.tenant_id = '{id}' AND e.disabled_at IS NULL AND e.deleted_at IS NULL"),
        };
        let steps = plan(&app, &look).await;
        assert!(steps.iter().any(|step| step.contains("webhook_endpoints_live")), "{steps:?}");
        // What is due, and each filter of the log, by an index of its own.
        for (condition, order, index) in [
            ("state = 'waiting' AND due_at <= '2031-01-01T00:00:00Z'", "due_at, id", "webhook_deliveries_due"),
            ("id IS NOT NULL", "id DESC", "webhook_deliveries_by_endpoint"),
            ("state = 'failed'", "id DESC", "webhook_deliveries_by_state"),
            ("event = 'test'", "id DESC", "webhook_deliveries_by_event"),
        ] {
            let (tenant, endpoint) = match app.database {
                Database::Sqlite => (format!("x'{}'", id.simple()), format!("x'{}'", id.simple())),
                Database::Postgres => (format!("'{id}'"), format!("'{id}'")),
            };
            let sql = format!("SELECT * FROM webhook_deliveries WHERE tenant_id = {tenant} AND endpoint_id = {endpoint} AND {condition} ORDER BY {order} LIMIT 26");
            let steps = plan(&app, &sql).await;
            assert!(steps.iter().any(|step| step.contains(index)), "{index}: {steps:?}");
        }
    }
}
