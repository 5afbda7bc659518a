//! Many rows in one statement. Statements come in few sizes, filled up with what changes nothing, so that the database parses
//! and plans each of them once.

use crate::db::is_postgres;
use sea_orm::{
    ActiveModelTrait, ConnectionTrait, DatabaseTransaction, DbErr, EntityTrait, FromQueryResult, IdenStatic, Iterable,
    QueryResult, Statement, Value,
};
use std::fmt::Write;
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
    let mut writes = Writes::each(tx);
    writes.insert_or::<E>(rows, conflict);
    writes.count(tx).await
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
    let mut writes = Writes::each(tx);
    writes.update::<E>(columns, tenant, rows, |name, value| format!("{name} = {value}"));
    writes.run(tx).await
}

/// So many values are sent to PostgreSQL with one statement. Larger statements come in so many sizes that it would parse more
/// than it is spared.
const MOST_TOGETHER: usize = 1_500;

/// Writes of which none depends on another, nor touches a row that another does. PostgreSQL gets several at once: it takes
/// longer to come back for the next one than to write a few rows.
pub struct Writes {
    postgres: bool,
    most_together: usize,
    statements: Vec<Written>,
}

/// Writes that are sent together.
#[derive(Default)]
struct Written {
    texts: Vec<String>,
    values: Vec<Value>,
}

impl Writes {
    /// As few statements as this database takes.
    #[must_use]
    pub fn together(tx: &DatabaseTransaction) -> Self {
        let most_together = if is_postgres(tx) { MOST_TOGETHER } else { 0 };
        Self { most_together, ..Self::each(tx) }
    }

    /// A statement for each, whose rows can be counted.
    fn each(tx: &DatabaseTransaction) -> Self {
        Self { postgres: is_postgres(tx), most_together: 0, statements: Vec::new() }
    }

    /// As [`insert`].
    pub fn insert<E: EntityTrait>(&mut self, rows: Vec<E::ActiveModel>) {
        self.insert_or::<E>(rows, "");
    }

    /// As [`insert_or`].
    pub fn insert_or<E: EntityTrait>(&mut self, rows: Vec<E::ActiveModel>, conflict: &str) {
        let Some(first) = rows.first() else { return };
        let columns: Vec<E::Column> = E::Column::iter().filter(|column| first.get(*column).is_set()).collect();
        let names = columns.iter().map(IdenStatic::as_str).collect::<Vec<_>>().join(", ");
        let (table, fields) = (E::default().as_str().to_owned(), fields(columns.len()));
        let mut rows = rows.into_iter().map(|mut row| -> Vec<Value> {
            columns.iter().map(|column| row.take(*column).into_value().unwrap_or(Value::String(None))).collect()
        });
        while let Some(set) = Set::next(&mut rows, Vec::new()) {
            // SQLite reads ON as the condition of a join, unless something stands between.
            self.put(set, |_, set| format!("INSERT INTO {table} ({names}) SELECT {fields} FROM {set} {conflict}"));
        }
    }

    /// Adds to counters: for each id the amounts, one for each column. CHECK constraints are the last guard.
    pub fn add<E: EntityTrait>(
        &mut self,
        columns: &[E::Column],
        tenant: Uuid,
        rows: impl Iterator<Item = (Uuid, Vec<i64>)>,
    ) {
        let rows = rows.map(|(id, amounts)| (id, amounts.into_iter().map(Value::from).collect()));
        let table = E::default();
        let table = table.as_str();
        self.update::<E>(columns, tenant, rows, |name, value| format!("{name} = {table}.{name} + {value}"));
    }

    fn update<E: EntityTrait>(
        &mut self,
        columns: &[E::Column],
        tenant: Uuid,
        rows: impl Iterator<Item = (Uuid, Vec<Value>)>,
        moved: impl Fn(&str, &str) -> String,
    ) {
        let moves: Vec<String> =
            (2..).zip(columns).map(|(at, column)| moved(column.as_str(), &format!("v.column{at}"))).collect();
        let (table, fields, moves) = (E::default().as_str().to_owned(), fields(columns.len() + 1), moves.join(", "));
        let mut rows = rows.map(|(id, row)| std::iter::once(Value::from(id)).chain(row).collect());
        while let Some(set) = Set::next(&mut rows, vec![tenant.into()]) {
            // Materialized, or SQLite would look at every row of the tenant for the few that move.
            self.put(set, |tenant, set| {
                format!(
                    "WITH v AS MATERIALIZED (SELECT {tenant} AS tenant_id, {fields} FROM {set}) \
                     UPDATE {table} SET {moves} FROM v WHERE {table}.tenant_id = v.tenant_id AND {table}.id = v.column1",
                )
            });
        }
    }

    /// Puts one down, by what it is called before the rows and by the rows.
    fn put(&mut self, set: Set, text: impl FnOnce(&str, &str) -> String) {
        let fits = |last: &&mut Written| last.values.len() + set.values.len() <= self.most_together;
        let written = match self.statements.last_mut().filter(fits) {
            Some(last) => last,
            None => self.statements.push_mut(Written::default()),
        };
        let (first, rows) = set.text(self.postgres, written.values.len());
        written.texts.push(text(&first, &rows));
        written.values.extend(set.values);
    }

    /// Writes them.
    ///
    /// # Errors
    /// When the database refuses one of them; the transaction must then not be committed.
    pub async fn run(self, tx: &DatabaseTransaction) -> Result<(), DbErr> {
        self.count(tx).await?;
        Ok(())
    }

    /// Writes them; how many rows, which the database only tells of statements that are sent alone.
    async fn count(self, tx: &DatabaseTransaction) -> Result<u64, DbErr> {
        let mut written = 0;
        for Written { texts, values } in self.statements {
            let statement = Statement::from_sql_and_values(tx.get_database_backend(), as_one(texts), values);
            written += tx.execute_raw(statement).await?.rows_affected();
        }
        Ok(written)
    }
}

/// One statement of several.
fn as_one(mut texts: Vec<String>) -> String {
    if texts.len() == 1 {
        return texts.swap_remove(0);
    }
    let named: Vec<String> = texts.iter().enumerate().map(|(at, text)| format!("write{at} AS ({text})")).collect();
    format!("WITH {} SELECT 1", named.join(", "))
}

/// The rows whose columns have exactly these values, one set of them a row, as far as they exist.
///
/// # Errors
/// When the database does not answer.
pub async fn matching<E: EntityTrait>(
    connection: &impl ConnectionTrait,
    columns: &[E::Column],
    tenant: Uuid,
    wanted: impl Iterator<Item = Vec<Value>>,
) -> Result<Vec<E::Model>, DbErr> {
    let same = |(at, column): (i32, &E::Column)| format!(" AND t.{} = v.column{at}", column.as_str());
    let same: String = (1..).zip(columns).map(same).collect();
    let table = E::default();
    // A cross join keeps SQLite from reading the whole table for each of those that are wanted.
    let joined = format!("CROSS JOIN {} AS t WHERE t.tenant_id = v.tenant_id{same}", table.as_str());
    let rows = for_each(connection, tenant, wanted, ("t.*", &joined)).await?;
    rows.iter().map(|row| E::Model::from_query_result(row, "")).collect()
}

/// Selects these columns for each of these rows, all of the same width, as few statements as it takes. The rows are the
/// table `v` with the columns `tenant_id`, `column1`, `column2` and so on, of which the first is never null; what follows
/// it comes after `columns`.
///
/// # Errors
/// When the database does not answer.
pub async fn for_each(
    connection: &impl ConnectionTrait,
    tenant: Uuid,
    mut rows: impl Iterator<Item = Vec<Value>>,
    (columns, following): (&str, &str),
) -> Result<Vec<QueryResult>, DbErr> {
    let postgres = is_postgres(connection);
    let mut found = Vec::new();
    while let Some(set) = Set::next(&mut rows, vec![tenant.into()]) {
        let (tenant_field, table) = set.text(postgres, 0);
        let fields = fields(set.width);
        let sql = format!(
            "SELECT {columns} FROM (SELECT {tenant_field} AS tenant_id, {fields} FROM {table}) AS v {following}"
        );
        let statement = Statement::from_sql_and_values(connection.get_database_backend(), sql, set.values);
        found.extend(connection.query_all_raw(statement).await?);
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
    /// The tenant, where it comes before the rows, and the rows.
    values: Vec<Value>,
    /// How many values come before the rows.
    before: usize,
    /// How many columns a row has.
    width: usize,
}

impl Set {
    /// The next rows, with empty ones up to the [`size`] of a statement; their first column tells which are empty. `None`
    /// when there are no more. What comes `before` has to come first in the statement too: on SQLite places have no
    /// numbers, because it would look through all of them for each value that is bound.
    fn next(rows: &mut impl Iterator<Item = Vec<Value>>, before: Vec<Value>) -> Option<Self> {
        let mut rows: Vec<Vec<Value>> = rows.take(MOST_ROWS).collect();
        let empty: Vec<Value> = rows.first()?.iter().map(Value::as_null).collect();
        let (before_count, width) = (before.len(), empty.len());
        rows.resize(size(rows.len()), empty);
        let values = before.into_iter().chain(rows.into_iter().flatten()).collect();
        Some(Self { values, before: before_count, width })
    }

    /// How the statement names what comes first, and the rows, after so many values of others.
    fn text(&self, postgres: bool, after: usize) -> (String, String) {
        let mut sql = String::from("(VALUES ");
        for (at, place) in (self.before..self.values.len()).enumerate() {
            sql.push_str(match (at, at % self.width) {
                (0, _) => "(",
                (_, 0) => "), (",
                _ => ", ",
            });
            if postgres {
                // Writing to a text cannot fail.
                _ = write!(sql, "${}", after + place + 1);
            } else {
                sql.push('?');
            }
        }
        sql.push_str(")) AS rows WHERE column1 IS NOT NULL");
        // The tenant is the one value that comes before rows.
        let first = if postgres { format!("CAST(${} AS uuid)", after + 1) } else { "?".to_owned() };
        (first, sql)
    }
}

/// The first so many columns of a set.
fn fields(count: usize) -> String {
    (1..=count).map(|at| format!("column{at}")).collect::<Vec<_>>().join(", ")
}
