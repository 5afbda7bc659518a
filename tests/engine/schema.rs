//! What the database says of its tables, and what the entities say of them.

use sea_orm::{
    ColumnTrait, ColumnType, ConnectionTrait, DatabaseConnection, DbBackend, EntityTrait, IdenStatic, Iterable,
    Statement,
};
use std::collections::{BTreeMap, BTreeSet};
use support::prelude::*;
use vouchsafe::db::tables;

/// A column as both sides can say it: its type's word, and whether it may be empty.
type Columns = BTreeMap<String, (String, bool)>;

/// The row number that the database counts by itself.
const OWN: &str = "seq";

macro_rules! entities {
    ($($table:ident)+) => {
        fn entities(backend: DbBackend) -> BTreeMap<String, Columns> {
            BTreeMap::from([$((stringify!($table).to_owned(), columns_of(tables::$table::Entity, backend))),+])
        }
    };
}

entities! {
    api_keys attempts audit_entries batches cart_items carts codes coupon_limits coupon_people coupon_product_types coupon_products coupon_tags coupon_totals
    coupons credit_balances credit_entries exports file_chunks files idempotency_keys import_rows imports invitations jobs limit_grants limits memberships
    order_lines orders organization_limits organization_members organizations password_resets payment_events payment_providers person_aliases persons platform_settings product_types
    products redemption_lines redemptions sessions tenants throttles usage_counters users webhook_deliveries webhook_endpoints webhook_outbox
}

fn columns_of<E: EntityTrait>(entity: E, backend: DbBackend) -> Columns {
    assert!(!entity.table_name().is_empty());
    let column = |column: E::Column| {
        let def = column.def();
        (column.as_str().to_owned(), (word(def.get_column_type(), backend).to_owned(), def.is_null()))
    };
    E::Column::iter().map(column).filter(|(name, _)| name != OWN).collect()
}

fn word(kind: &ColumnType, backend: DbBackend) -> &'static str {
    let postgres = backend == DbBackend::Postgres;
    let (sqlite, pg) = match kind {
        ColumnType::Uuid => ("BLOB", "uuid"),
        ColumnType::String(_) | ColumnType::Text => ("TEXT", "text"),
        ColumnType::BigInteger => ("INTEGER", "int8"),
        ColumnType::Boolean => ("INTEGER", "bool"),
        ColumnType::TimestampWithTimeZone => ("TEXT", "timestamptz"),
        ColumnType::Blob | ColumnType::VarBinary(_) => ("BLOB", "bytea"),
        ColumnType::Json | ColumnType::JsonBinary => ("TEXT", "jsonb"),
        other => panic!("no word for {other:?}"),
    };
    if postgres { pg } else { sqlite }
}

/// Every table of the database, but those of the migrator, the search index and SQLite itself.
pub async fn tables_of(connection: &DatabaseConnection) -> BTreeMap<String, Columns> {
    let backend = connection.get_database_backend();
    let names = match backend {
        DbBackend::Postgres => "SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public'",
        _ => "SELECT name FROM sqlite_master WHERE type = 'table'",
    };
    let mut tables = BTreeMap::new();
    for row in connection.query_all_raw(Statement::from_string(backend, names)).await.unwrap() {
        let name: String = row.try_get("", "name").unwrap();
        if name == "seaql_migrations" || name.starts_with("sqlite_") || name.contains("_search") {
            continue;
        }
        let columns = match backend {
            DbBackend::Postgres => format!(
                "SELECT column_name AS name, udt_name AS type, (is_nullable = 'YES')::int::bigint AS empty \
                 FROM information_schema.columns WHERE table_schema = 'public' AND table_name = '{name}'"
            ),
            _ => format!(
                "SELECT name, type, CASE WHEN \"notnull\" = 0 AND pk = 0 THEN 1 ELSE 0 END AS empty \
                 FROM pragma_table_info('{name}')"
            ),
        };
        let rows = connection.query_all_raw(Statement::from_string(backend, columns)).await.unwrap();
        let read = |row: &sea_orm::QueryResult| {
            let empty: i64 = row.try_get("", "empty").unwrap();
            (row.try_get::<String>("", "name").unwrap(), (row.try_get::<String>("", "type").unwrap(), empty != 0))
        };
        let columns: Columns = rows.iter().map(read).filter(|(name, _)| name != OWN).collect();
        tables.insert(name, columns);
    }
    tables
}

on_both_databases! {
    async fn the_schema_is_what_the_entities_say(app: App) {
        let there = tables_of(app.db.read()).await;
        let said = entities(app.db.read().get_database_backend());
        let names = |tables: &BTreeMap<String, Columns>| tables.keys().cloned().collect::<BTreeSet<_>>();
        assert_eq!(names(&there), names(&said));
        for (table, columns) in &said {
            assert_eq!(columns, &there[table], "{table}");
        }
    }
}
