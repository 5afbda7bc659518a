//! Many rows in one statement, where an ORM would send one for each.

use crate::db::is_postgres;
use crate::db::tables::usage_counters;
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbErr, EntityTrait, Statement, Value};
use uuid::Uuid;

/// Rows of one statement, well below SQLite's limit of parameters.
const ROWS_A_STATEMENT: usize = 1_000;

/// What happens to a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum How {
    Add,
    Set,
}

/// Adds to counters: for each id the amounts, one for each column. The names are ours, never a request's.
///
/// # Errors
/// When the database refuses one of them; CHECK constraints are the last guard.
pub async fn add(
    tx: &DatabaseTransaction,
    table: &str,
    columns: &[&str],
    tenant: Uuid,
    rows: Vec<(Uuid, Vec<i64>)>,
) -> Result<(), DbErr> {
    let rows = rows.into_iter().map(|(id, amounts)| (id, amounts.into_iter().map(Value::from).collect())).collect();
    update(tx, table, columns, tenant, How::Add, rows).await
}

/// Sets columns: for each id the values, one for each column. The names are ours, never a request's.
///
/// # Errors
/// When the database refuses one of them.
pub async fn set(
    tx: &DatabaseTransaction,
    table: &str,
    columns: &[&str],
    tenant: Uuid,
    rows: Vec<(Uuid, Vec<Value>)>,
) -> Result<(), DbErr> {
    update(tx, table, columns, tenant, How::Set, rows).await
}

async fn update(
    tx: &DatabaseTransaction,
    table: &str,
    columns: &[&str],
    tenant: Uuid,
    how: How,
    mut rows: Vec<(Uuid, Vec<Value>)>,
) -> Result<(), DbErr> {
    let sign = place_sign(tx);
    let moved: Vec<String> = columns
        .iter()
        .zip(2..)
        .map(|(column, place)| match how {
            How::Add => format!("{column} = {table}.{column} + v.column{place}"),
            How::Set => format!("{column} = v.column{place}"),
        })
        .collect();
    while !rows.is_empty() {
        let rest = rows.split_off(rows.len().min(ROWS_A_STATEMENT));
        let mut values: Vec<Value> = vec![tenant.into()];
        let tuples = rows.into_iter().map(|(id, row)| std::iter::once(Value::from(id)).chain(row));
        let tuples = places(sign, &mut values, tuples);
        let sql = format!(
            "UPDATE {table} SET {} FROM (VALUES {tuples}) AS v WHERE {table}.tenant_id = {sign}1 AND {table}.id = v.column1",
            moved.join(", "),
        );
        tx.execute_raw(Statement::from_sql_and_values(tx.get_database_backend(), sql, values)).await?;
        rows = rest;
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
    let sign = place_sign(connection);
    let mut found = Vec::with_capacity(wanted.len());
    for wanted in wanted.chunks(ROWS_A_STATEMENT) {
        let mut values: Vec<Value> = vec![tenant.into()];
        let tuples = wanted.iter().map(|(scope, owner, subject)| {
            [Value::from(*scope), Value::from(*owner), Value::from(*subject)].into_iter()
        });
        let tuples = places(sign, &mut values, tuples);
        let sql = format!(
            "SELECT c.* FROM (VALUES {tuples}) AS v JOIN usage_counters AS c ON c.tenant_id = {sign}1 \
             AND c.scope = v.column1 AND c.owner_id = v.column2 AND c.subject_id = v.column3"
        );
        let statement = Statement::from_sql_and_values(connection.get_database_backend(), sql, values);
        found.extend(usage_counters::Entity::find().from_raw_sql(statement).all(connection).await?);
    }
    Ok(found)
}

fn place_sign(connection: &impl ConnectionTrait) -> char {
    if is_postgres(connection) { '$' } else { '?' }
}

/// Puts the values of all rows behind those that are there; the places of each row in brackets, with commas.
fn places(sign: char, values: &mut Vec<Value>, rows: impl Iterator<Item = impl Iterator<Item = Value>>) -> String {
    let mut tuples = Vec::new();
    for row in rows {
        let first = values.len() + 1;
        values.extend(row);
        let places: Vec<String> = (first..=values.len()).map(|place| format!("{sign}{place}")).collect();
        tuples.push(format!("({})", places.join(", ")));
    }
    tuples.join(", ")
}
