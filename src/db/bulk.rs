//! Many rows in one statement. Statements come in few sizes, filled up with what changes nothing, so that the database parses
//! and plans each of them once.

use crate::db::is_postgres;
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
    insert_or::<E>(tx, rows, "").await?;
    Ok(())
}

/// Inserts rows; `conflict` says what happens to those that exist, as `ON CONFLICT (…) DO UPDATE SET …`. How many rows were
/// inserted or updated.
///
/// # Errors
/// As [`insert`].
pub async fn insert_or<E: EntityTrait>(
    tx: &DatabaseTransaction,
    rows: Vec<E::ActiveModel>,
    conflict: &str,
) -> Result<u64, DbErr> {
    let Some(first) = rows.first() else { return Ok(0) };
    let columns: Vec<E::Column> = E::Column::iter().filter(|column| first.get(*column).is_set()).collect();
    let names = columns.iter().map(IdenStatic::as_str).collect::<Vec<_>>().join(", ");
    let (table, fields) = (E::default().as_str().to_owned(), fields(columns.len()));
    let mut rows = rows.into_iter().map(|mut row| -> Vec<Value> {
        columns.iter().map(|column| row.take(*column).into_value().unwrap_or(Value::String(None))).collect()
    });
    let mut written = 0;
    while let Some(set) = Set::next(tx, &mut rows, Vec::new()) {
        // SQLite reads ON as the condition of a join, unless something stands between.
        let sql = format!("INSERT INTO {table} ({names}) SELECT {fields} FROM {set} {conflict}");
        written += set.run(tx, sql).await?;
    }
    Ok(written)
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

/// The rows whose columns have exactly these values, one set of them a row, as far as they exist.
///
/// # Errors
/// When the database does not answer.
pub async fn matching<E: EntityTrait>(
    connection: &impl ConnectionTrait,
    columns: &[E::Column],
    tenant: Uuid,
    mut wanted: impl Iterator<Item = Vec<Value>>,
) -> Result<Vec<E::Model>, DbErr> {
    let same = |(at, column): (i32, &E::Column)| format!(" AND t.{} = v.column{at}", column.as_str());
    let same: String = (1..).zip(columns).map(same).collect();
    let (table, fields, tenant_field) = (E::default(), fields(columns.len()), first_place(connection));
    let mut found = Vec::new();
    while let Some(set) = Set::next(connection, &mut wanted, vec![tenant.into()]) {
        // A cross join keeps SQLite from reading the whole table for each of those that are wanted.
        let sql = format!(
            "SELECT t.* FROM (SELECT {tenant_field} AS tenant_id, {fields} FROM {set}) AS v CROSS JOIN {} AS t \
             WHERE t.tenant_id = v.tenant_id{same}",
            table.as_str(),
        );
        let statement = Statement::from_sql_and_values(connection.get_database_backend(), sql, set.values);
        found.extend(E::find().from_raw_sql(statement).all(connection).await?);
    }
    Ok(found)
}

/// As many as the next of the [`sizes`](size) of statements, the last one again and again.
pub fn padded<T: Clone>(items: impl IntoIterator<Item = T>) -> Vec<T> {
    let mut items: Vec<T> = items.into_iter().collect();
    if let Some(last) = items.last().cloned() {
        items.resize(size(items.len()), last);
    }
    items
}

/// The size of a statement of so many rows: a power of two, or half as much again. So rows of all numbers make few
/// statements, and most of each statement is rows.
const fn size(rows: usize) -> usize {
    let power = rows.next_power_of_two();
    if rows <= power / 4 * 3 { power / 4 * 3 } else { power }
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
    /// The next rows, with empty ones up to the [`size`] of a statement; their first column tells which are empty. `None`
    /// when there are no more. What comes `before` has to come first in the statement too: on SQLite places have no
    /// numbers, because it would look through all of them for each value that is bound.
    fn next(
        connection: &impl ConnectionTrait,
        rows: &mut impl Iterator<Item = Vec<Value>>,
        before: Vec<Value>,
    ) -> Option<Self> {
        let mut rows: Vec<Vec<Value>> = rows.take(MOST_ROWS).collect();
        let empty: Vec<Value> = rows.first()?.iter().map(Value::as_null).collect();
        rows.resize(size(rows.len()), empty);
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

    /// How many rows the statement wrote.
    async fn run(self, tx: &DatabaseTransaction, sql: String) -> Result<u64, DbErr> {
        let statement = Statement::from_sql_and_values(tx.get_database_backend(), sql, self.values);
        Ok(tx.execute_raw(statement).await?.rows_affected())
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
