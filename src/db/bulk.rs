//! Many rows in one statement whose text never changes, however many they are: the rows travel as one JSON document, so that
//! the database parses and plans each statement once.

use crate::db::is_postgres;
use crate::db::tables::usage_counters;
use chrono::SecondsFormat;
use sea_orm::sea_query::ColumnType;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DatabaseTransaction, DbErr, EntityTrait, IdenStatic, Iterable,
    Statement, Value,
};
use serde_json::Value as Json;
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
    let names: Vec<&str> = columns.iter().map(IdenStatic::as_str).collect();
    let fields: Vec<String> =
        columns.iter().enumerate().map(|(at, column)| field(tx, at, column.def().get_column_type())).collect();
    let document: Vec<Json> = rows
        .into_iter()
        .map(|mut row| columns.iter().map(|column| row.take(*column).into_value().map_or(Json::Null, json)).collect())
        .collect();
    let (table, names, fields) = (E::default().as_str(), names.join(", "), fields.join(", "));
    let source = elements(tx, 1);
    // SQLite reads ON as the condition of a join, unless something stands between.
    let sql = format!("INSERT INTO {table} ({names}) SELECT {fields} FROM {source} WHERE true {conflict}");
    run(tx, sql, vec![Json::Array(document).to_string().into()]).await
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
    let document: Vec<Json> =
        rows.map(|(id, row)| std::iter::once(Value::from(id)).chain(row).map(json).collect()).collect();
    if document.is_empty() {
        return Ok(());
    }
    let tenant_place = place(tx, 1);
    let tenant_field = if is_postgres(tx) { format!("CAST({tenant_place} AS uuid)") } else { tenant_place };
    let mut fields = vec![format!("{tenant_field} AS tenant_id, {} AS id", field(tx, 0, &ColumnType::Uuid))];
    let mut moves = Vec::with_capacity(columns.len());
    for (at, column) in columns.iter().enumerate().map(|(at, column)| (at + 1, column)) {
        fields.push(format!("{} AS c{at}", field(tx, at, column.def().get_column_type())));
        moves.push(moved(column.as_str(), &format!("v.c{at}")));
    }
    let (table, fields, moves) = (E::default().as_str().to_owned(), fields.join(", "), moves.join(", "));
    // Materialized, or SQLite would look at every row of the tenant for the few that move.
    let sql = format!(
        "WITH v AS MATERIALIZED (SELECT {fields} FROM {}) UPDATE {table} SET {moves} FROM v \
         WHERE {table}.tenant_id = v.tenant_id AND {table}.id = v.id",
        elements(tx, 2),
    );
    run(tx, sql, vec![tenant.into(), Json::Array(document).to_string().into()]).await
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
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    let row = |(scope, owner, subject): &(&str, Uuid, Uuid)| {
        Json::Array(vec![(*scope).into(), json((*owner).into()), json((*subject).into())])
    };
    let document = Json::Array(wanted.iter().map(row).collect()).to_string();
    let of = |at, kind| field(connection, at, &kind);
    let (scope, owner, subject) = (of(0, ColumnType::Text), of(1, ColumnType::Uuid), of(2, ColumnType::Uuid));
    // A cross join keeps SQLite from reading the whole table for each of those that are wanted.
    let sql = format!(
        "SELECT c.* FROM {} CROSS JOIN usage_counters AS c \
         WHERE c.tenant_id = {} AND c.scope = {scope} AND c.owner_id = {owner} AND c.subject_id = {subject}",
        elements(connection, 2),
        place(connection, 1),
    );
    let backend = connection.get_database_backend();
    let statement = Statement::from_sql_and_values(backend, sql, [tenant.into(), document.into()]);
    usage_counters::Entity::find().from_raw_sql(statement).all(connection).await
}

async fn run(tx: &DatabaseTransaction, sql: String, values: Vec<Value>) -> Result<(), DbErr> {
    tx.execute_raw(Statement::from_sql_and_values(tx.get_database_backend(), sql, values)).await?;
    Ok(())
}

fn place(connection: &impl ConnectionTrait, number: usize) -> String {
    format!("{}{number}", if is_postgres(connection) { '$' } else { '?' })
}

/// The rows of the document at this place; each is an array, called `value`.
fn elements(connection: &impl ConnectionTrait, number: usize) -> String {
    let place = place(connection, number);
    if is_postgres(connection) {
        format!("jsonb_array_elements(CAST({place} AS jsonb)) AS rows(value)")
    } else {
        format!("json_each({place}) AS rows")
    }
}

/// One value of a row, as its column keeps it.
fn field(connection: &impl ConnectionTrait, at: usize, kind: &ColumnType) -> String {
    let postgres = is_postgres(connection);
    match kind {
        ColumnType::Uuid if postgres => format!("CAST(rows.value->>{at} AS uuid)"),
        ColumnType::Uuid => format!("unhex(rows.value->>{at})"),
        ColumnType::Json | ColumnType::JsonBinary => format!("rows.value->{at}"),
        ColumnType::BigInteger if postgres => format!("CAST(rows.value->>{at} AS bigint)"),
        ColumnType::Boolean if postgres => format!("CAST(rows.value->>{at} AS boolean)"),
        ColumnType::TimestampWithTimeZone if postgres => format!("CAST(rows.value->>{at} AS timestamptz)"),
        _ => format!("rows.value->>{at}"),
    }
}

/// A value as the document holds it. What no column here has becomes null, which a NOT NULL column refuses.
fn json(value: Value) -> Json {
    match value {
        Value::Uuid(Some(id)) => id.simple().to_string().into(),
        Value::String(Some(text)) => text.into(),
        Value::BigInt(Some(number)) => number.into(),
        Value::Bool(Some(word)) => word.into(),
        // As the driver writes times into SQLite.
        Value::ChronoDateTimeUtc(Some(at)) => at.to_rfc3339_opts(SecondsFormat::AutoSi, false).into(),
        Value::Json(Some(document)) => *document,
        _ => Json::Null,
    }
}
