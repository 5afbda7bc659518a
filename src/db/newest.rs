//! The newest rows of a table whose ids sort by time, page by page.
//!
//! What is wanted is said in branches, each of which one index answers in the order of the ids: a page is then as many
//! steps into each. One condition with `IN` or `OR` would have the database read all rows of it and sort them, or walk
//! everything that is not wanted.

use crate::clock::first_id;
use crate::db::is_postgres;
use crate::db::values::Values;
use crate::error::Error;
use crate::web::paging::{Cursor, Slice};
use chrono::{DateTime, Utc};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, Order, QueryFilter, QueryOrder, QuerySelect, Select, Statement, Value,
};
use uuid::Uuid;

/// Rows of `table AS t` of one tenant.
#[derive(Debug)]
pub struct Newest {
    table: &'static str,
    values: Values,
    branches: Vec<Branch>,
    conditions: Vec<String>,
}

/// A condition that one index answers.
#[derive(Clone, Debug)]
pub struct Branch {
    /// The condition on `t`.
    pub condition: String,
    /// The index, where SQLite could take another for as good: it knows how many rows a value has on average, and not that
    /// one has millions.
    pub index: Option<&'static str>,
}

impl Branch {
    /// A condition, and the index that answers it.
    #[must_use]
    pub const fn by(index: &'static str, condition: String) -> Self {
        Self { condition, index: Some(index) }
    }
}

impl Newest {
    /// Every row of the tenant.
    #[must_use]
    pub fn of(table: &'static str, tenant: Uuid) -> Self {
        let mut values = Values::default();
        let conditions = vec![format!("t.tenant_id = {}", values.put(tenant))];
        Self { table, values, branches: Vec::new(), conditions }
    }

    /// Puts a value in; its place.
    pub fn put(&mut self, value: impl Into<Value>) -> String {
        self.values.put(value)
    }

    /// Only rows that meet this condition on `t`.
    pub fn only(&mut self, condition: String) {
        self.conditions.push(condition);
    }

    /// Only rows whose column has one of these values, each of which is a branch if there are none yet.
    pub fn any_of(&mut self, column: &str, ids: &[Uuid]) {
        let places: Vec<String> = ids.iter().map(|id| self.put(*id)).collect();
        match places.as_slice() {
            [place] => self.only(format!("t.{column} = {place}")),
            _ if self.branches.is_empty() => {
                let branch = |place: &String| Branch { condition: format!("t.{column} = {place}"), index: None };
                self.branches = places.iter().map(branch).collect();
            }
            _ => self.only(format!("t.{column} IN ({})", places.join(", "))),
        }
    }

    /// Only rows that meet one of these conditions, which are the branches if there are none yet.
    pub fn any_by(&mut self, branches: Vec<Branch>) {
        if self.branches.is_empty() {
            self.branches = branches;
        } else {
            let conditions: Vec<String> = branches.into_iter().map(|branch| branch.condition).collect();
            self.only(format!("({})", conditions.join(" OR ")));
        }
    }

    /// Only rows that were made from one instant on, and before another.
    pub fn between(&mut self, from: Option<DateTime<Utc>>, until: Option<DateTime<Utc>>) {
        for (far, at) in [(">=", from), ("<", until)] {
            if let Some(at) = at {
                let id = self.put(first_id(at));
                self.only(format!("t.id {far} {id}"));
            }
        }
    }

    /// So many rows at the cursor, read in its direction.
    #[must_use]
    pub fn at(
        mut self,
        connection: &impl ConnectionTrait,
        (edge, backwards): (Option<Uuid>, bool),
        rows: usize,
    ) -> Statement {
        let direction = if backwards { "ASC" } else { "DESC" };
        if let Some(edge) = edge {
            let far = if backwards { '>' } else { '<' };
            let edge = self.put(edge);
            self.only(format!("t.id {far} {edge}"));
        }
        let (table, conditions) = (self.table, self.conditions.join(" AND "));
        let order = format!("ORDER BY t.id {direction} LIMIT {rows}");
        let postgres = is_postgres(connection);
        let sql = if self.branches.is_empty() {
            format!("SELECT t.* FROM {table} AS t WHERE {conditions} {order}")
        } else {
            let one = |branch: &Branch| {
                let index = branch.index.filter(|_| !postgres).map(|name| format!("INDEXED BY {name}"));
                let (index, condition) = (index.unwrap_or_default(), &branch.condition);
                format!(
                    "SELECT id FROM (SELECT t.id FROM {table} AS t {index} WHERE {conditions} AND {condition} {order}) AS b"
                )
            };
            let merged = self.branches.iter().map(one).collect::<Vec<_>>().join(" UNION ");
            // A cross join keeps SQLite from walking the table to look which of its rows were found.
            format!(
                "SELECT t.* FROM ({merged}) AS f CROSS JOIN {table} AS t WHERE t.tenant_id = $1 AND t.id = f.id {order}"
            )
        };
        Statement::from_sql_and_values(connection.get_database_backend(), sql, Vec::from(self.values))
    }
}

/// A page of what is found of an entity whose ids stand in this column.
///
/// # Errors
/// [`Error::BadQuery`] for a cursor that is none.
pub async fn of_entity<E: EntityTrait>(
    connection: &impl ConnectionTrait,
    find: Select<E>,
    (column, id): (E::Column, impl Fn(&E::Model) -> Uuid),
    (cursor, size): (&Cursor, usize),
) -> Result<Slice<E::Model>, Error> {
    let (edge, backwards) = place(cursor)?;
    let find = match edge {
        Some(edge) if backwards => find.filter(column.gt(edge)),
        Some(edge) => find.filter(column.lt(edge)),
        None => find,
    };
    let order = if backwards { Order::Asc } else { Order::Desc };
    let limit = u64::try_from(size + 1).unwrap_or(u64::MAX);
    let rows = find.order_by(column, order).limit(limit).all(connection).await?;
    Ok(Slice::cut(cursor, size, rows, |row| id(row).to_string()))
}

/// The edge of a page in a list by id, and whether it is read from its end.
///
/// # Errors
/// [`Error::BadQuery`] for what is no id.
pub fn place(cursor: &Cursor) -> Result<(Option<Uuid>, bool), Error> {
    let (after, before) = cursor.ids()?;
    Ok((before.or(after), before.is_some()))
}
