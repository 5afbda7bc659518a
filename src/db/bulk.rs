//! Many rows in one statement, where an ORM would send one for each.

use crate::db::is_postgres;
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbErr, Statement, Value};
use uuid::Uuid;

/// Rows of one statement, well below SQLite's limit of parameters.
const ROWS_A_STATEMENT: usize = 1_000;

/// Adds to counters: for each id the amounts, one for each column. The names are ours, never a request's.
///
/// # Errors
/// When the database refuses one of them; CHECK constraints are the last guard.
pub async fn add(
    tx: &DatabaseTransaction,
    table: &str,
    columns: &[&str],
    tenant: Uuid,
    rows: &[(Uuid, Vec<i64>)],
) -> Result<(), DbErr> {
    for rows in rows.chunks(ROWS_A_STATEMENT) {
        let sign = if is_postgres(tx) { '$' } else { '?' };
        let mut values: Vec<Value> = vec![tenant.into()];
        let mut tuples = Vec::with_capacity(rows.len());
        for (id, amounts) in rows {
            let first = values.len() + 1;
            values.push((*id).into());
            values.extend(amounts.iter().map(|amount| Value::from(*amount)));
            let places: Vec<String> = (first..=values.len()).map(|place| format!("{sign}{place}")).collect();
            tuples.push(format!("({})", places.join(", ")));
        }
        let sums: Vec<String> =
            columns.iter().zip(2..).map(|(column, place)| format!("{column} = {column} + v.column{place}")).collect();
        let sql = format!(
            "UPDATE {table} SET {} FROM (VALUES {}) AS v WHERE {table}.tenant_id = {sign}1 AND {table}.id = v.column1",
            sums.join(", "),
            tuples.join(", "),
        );
        tx.execute_raw(Statement::from_sql_and_values(tx.get_database_backend(), sql, values)).await?;
    }
    Ok(())
}
