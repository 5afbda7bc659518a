//! Many rows in one statement. Statements come in few sizes, filled up with what changes nothing, so that the database parses
//! and plans each of them once.

use crate::db::is_postgres;
use crate::db::tables::usage_counters;
use sea_orm::{
    ActiveModelTrait, ConnectionTrait, DatabaseTransaction, DbErr, EntityTrait, IdenStatic, Iterable, Statement, Value,
};
use std::fmt::{self, Display, Formatter, Write};
use uuid::Uuid;

/// Inserts rows of which all have the same columns set.
///
/// # Errors
/// When the database refuses one of them.
pub async fn insert<E: EntityTrait>(tx: &DatabaseTransaction, rows: Vec<E::ActiveModel>) -> Result<(), DbErr> {
    insert_or::<E>(tx, rows, "").await
}

/// Inserts rows; `conflict` says what happens to those that exist, as `ON CONFLICT (…) DO UPDATE SET …`.
///
/// # Errors
/// As [`insert`].
pub async fn insert_or<E: EntityTrait>(
    tx: &DatabaseTransaction,
    rows: Vec<E::ActiveModel>,
    conflict: &str,
) -> Result<(), DbErr> {
    let Some(first) = rows.first() else { return Ok(()) };
    let columns: Vec<E::Column> = E::Column::iter().filter(|column| first.get(*column).is_set()).collect();
    let names = columns.iter().map(IdenStatic::as_str).collect::<Vec<_>>().join(", ");
    let (table, fields) = (E::default().as_str().to_owned(), fields(columns.len()));
    let mut rows = rows.into_iter().map(|mut row| -> Vec<Value> {
        columns.iter().map(|column| row.take(*column).into_value().unwrap_or(Value::String(None))).collect()
    });
    while let Some(set) = Set::next(tx, &mut rows, Vec::new()) {
        // SQLite reads ON as the condition of a join, unless something stands between.
        let sql = format!("INSERT INTO {table} ({names}) SELECT {fields} FROM {set} {conflict}");
        set.run(tx, sql).await?;
    }
    Ok(())
}

/// Adds to counters: for each id the amounts, one for each column.
///
/// # Errors
/// When the database refuses one of them; CHECK constraints are the last guard.
pub async fn add<E: EntityTrait>(
    tx: &DatabaseTransaction,
    columns: &[E::Column],
    tenant: Uuid,
    rows: impl Iterator<Item = (Uuid, Vec<i64>)>,
) -> Result<(), DbErr> {
    let rows = rows.map(|(id, amounts)| (id, amounts.into_iter().map(Value::from).collect()));
    let table = E::default();
    let table = table.as_str();
    update::<E>(tx, columns, tenant, rows, |name, value| format!("{name} = {table}.{name} + {value}")).await
}

/// Sets columns: for each id the values, one for each column.
///
/// # Errors
/// When the database refuses one of them.
pub async fn set<E: EntityTrait>(
    tx: &DatabaseTransaction,
    columns: &[E::Column],
    tenant: Uuid,
    rows: impl Iterator<Item = (Uuid, Vec<Value>)>,
) -> Result<(), DbErr> {
    update::<E>(tx, columns, tenant, rows, |name, value| format!("{name} = {value}")).await
}

async fn update<E: EntityTrait>(
    tx: &DatabaseTransaction,
    columns: &[E::Column],
    tenant: Uuid,
    rows: impl Iterator<Item = (Uuid, Vec<Value>)>,
    moved: impl Fn(&str, &str) -> String,
) -> Result<(), DbErr> {
    let moves: Vec<String> =
        (2..).zip(columns).map(|(at, column)| moved(column.as_str(), &format!("v.column{at}"))).collect();
    let (table, fields, moves) = (E::default().as_str().to_owned(), fields(columns.len() + 1), moves.join(", "));
    let tenant_field = first_place(tx);
    let mut rows = rows.map(|(id, row)| std::iter::once(Value::from(id)).chain(row).collect());
    while let Some(set) = Set::next(tx, &mut rows, vec![tenant.into()]) {
        // Materialized, or SQLite would look at every row of the tenant for the few that move.
        let sql = format!(
            "WITH v AS MATERIALIZED (SELECT {tenant_field} AS tenant_id, {fields} FROM {set}) \
             UPDATE {table} SET {moves} FROM v WHERE {table}.tenant_id = v.tenant_id AND {table}.id = v.column1",
        );
        set.run(tx, sql).await?;
    }
    Ok(())
}

/// The counters with exactly these scopes, owners and subjects, as far as they exist.
///
/// # Errors
/// When the database does not answer.
pub async fn usage_counters(
    connection: &impl ConnectionTrait,
    tenant: Uuid,
    wanted: &[(&str, Uuid, Uuid)],
) -> Result<Vec<usage_counters::Model>, DbErr> {
    let mut found = Vec::new();
    let mut rows =
        wanted.iter().map(|(scope, owner, subject)| vec![(*scope).into(), (*owner).into(), (*subject).into()]);
    while let Some(set) = Set::next(connection, &mut rows, vec![tenant.into()]) {
        // A cross join keeps SQLite from reading the whole table for each of those that are wanted.
        let sql = format!(
            "SELECT c.* FROM (SELECT {} AS tenant_id, {} FROM {set}) AS v CROSS JOIN usage_counters AS c \
             WHERE c.tenant_id = v.tenant_id AND c.scope = v.column1 AND c.owner_id = v.column2 \
             AND c.subject_id = v.column3",
            first_place(connection),
            fields(3),
        );
        let statement = Statement::from_sql_and_values(connection.get_database_backend(), sql, set.values);
        found.extend(usage_counters::Entity::find().from_raw_sql(statement).all(connection).await?);
    }
    Ok(found)
}

/// As many as the next power of two, the last one again and again: so lists of all lengths make few statements.
pub fn padded<T: Clone>(items: impl IntoIterator<Item = T>) -> Vec<T> {
    let mut items: Vec<T> = items.into_iter().collect();
    if let Some(last) = items.last().cloned() {
        items.resize(items.len().next_power_of_two(), last);
    }
    items
}

/// The most rows of one statement.
const MOST_ROWS: usize = 256;

/// Rows as a table with the columns `column1`, `column2` and so on, as both databases name them.
struct Set {
    /// What comes before the rows, and the rows.
    values: Vec<Value>,
    sql: String,
}

impl Set {
    /// The next rows, with empty ones up to a power of two; their first column tells which are empty. `None` when there
    /// are no more. What comes `before` has to come first in the statement too: on SQLite places have no numbers, because
    /// it would look through all of them for each value that is bound.
    fn next(
        connection: &impl ConnectionTrait,
        rows: &mut impl Iterator<Item = Vec<Value>>,
        before: Vec<Value>,
    ) -> Option<Self> {
        let mut rows: Vec<Vec<Value>> = rows.take(MOST_ROWS).collect();
        let empty: Vec<Value> = rows.first()?.iter().map(Value::as_null).collect();
        rows.resize(rows.len().next_power_of_two(), empty);
        let numbered = is_postgres(connection);
        let (mut sql, mut place) = (String::from("(VALUES "), before.len());
        for (number, row) in rows.iter().enumerate() {
            sql.push_str(if number == 0 { "(" } else { ", (" });
            for at in 0..row.len() {
                sql.push_str(if at == 0 { "" } else { ", " });
                place += 1;
                if numbered {
                    // Writing to a text cannot fail.
                    _ = write!(sql, "${place}");
                } else {
                    sql.push('?');
                }
            }
            sql.push(')');
        }
        sql.push_str(") AS rows WHERE column1 IS NOT NULL");
        Some(Self { values: before.into_iter().chain(rows.into_iter().flatten()).collect(), sql })
    }

    async fn run(self, tx: &DatabaseTransaction, sql: String) -> Result<(), DbErr> {
        tx.execute_raw(Statement::from_sql_and_values(tx.get_database_backend(), sql, self.values)).await?;
        Ok(())
    }
}

impl Display for Set {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(&self.sql)
    }
}

/// The place of the tenant, where it is the one value before the rows.
fn first_place(connection: &impl ConnectionTrait) -> &'static str {
    if is_postgres(connection) { "CAST($1 AS uuid)" } else { "?" }
}

/// The first so many columns of a set.
fn fields(count: usize) -> String {
    (1..=count).map(|at| format!("column{at}")).collect::<Vec<_>>().join(", ")
}
