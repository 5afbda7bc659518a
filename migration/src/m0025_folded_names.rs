//! The names of users and products as a search compares them: SQLite's own `lower` knows ASCII alone.

use crate::ddl;
use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::prelude::Uuid;
use sea_orm_migration::sea_orm::{DatabaseBackend, QueryResult, Statement, Value};
use std::fmt::Write;
use unicode_normalization::UnicodeNormalization;

#[derive(DeriveMigrationName)]
pub struct Migration;

const UP: &str = r"
ALTER TABLE users ADD COLUMN name_folded {key} NOT NULL DEFAULT ''
;
ALTER TABLE products ADD COLUMN name_folded {key} NOT NULL DEFAULT ''
";

const DOWN: &str = r"
ALTER TABLE products DROP COLUMN name_folded
;
ALTER TABLE users DROP COLUMN name_folded
";

/// Rows that one statement fills.
const AT_ONCE: usize = 1_000;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        ddl::run(manager, UP).await?;
        fill(manager, "users", "display_name").await?;
        fill(manager, "products", "name").await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        ddl::run(manager, DOWN).await
    }
}

/// Folds the names that are there.
async fn fill(manager: &SchemaManager<'_>, table: &str, name: &str) -> Result<(), DbErr> {
    let connection = manager.get_connection();
    let backend = connection.get_database_backend();
    let mut last: Option<Uuid> = None;
    loop {
        let after = if last.is_some() { "WHERE id > $1" } else { "" };
        let text = format!("SELECT id, {name} FROM {table} {after} ORDER BY id LIMIT {AT_ONCE}");
        let rows =
            connection.query_all_raw(Statement::from_sql_and_values(backend, text, last.map(Value::from))).await?;
        let Some(end) = rows.last() else { return Ok(()) };
        last = Some(end.try_get_by_index(0)?);
        connection.execute_raw(update(backend, table, &rows)?).await?;
    }
}

fn update(backend: DatabaseBackend, table: &str, rows: &[QueryResult]) -> Result<Statement, DbErr> {
    let (mut places, mut values) = (String::new(), Vec::with_capacity(rows.len() * 2));
    for row in rows {
        let separator = if values.is_empty() { "" } else { ", " };
        let _ = write!(places, "{separator}(${}, ${})", values.len() + 1, values.len() + 2);
        let (id, name): (Uuid, String) = (row.try_get_by_index(0)?, row.try_get_by_index(1)?);
        let folded = name.trim().nfkc().collect::<String>().to_lowercase();
        values.extend([Value::from(id), Value::from(folded)]);
    }
    let text = format!(
        "WITH f(id, name) AS (VALUES {places}) UPDATE {table} SET name_folded = f.name FROM f WHERE {table}.id = f.id"
    );
    Ok(Statement::from_sql_and_values(backend, text, values))
}
