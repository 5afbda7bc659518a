//! One page of a list of coupons, in as few statements as it takes, whose cost does not grow with the list.
//!
//! Without a filter a page is walked along the index of its order, from the row at its edge. With one, the coupons of the
//! narrowest part of the filter are read first, from an index of that part, and no more than [`FEW`] of them: if that is
//! all, they are sorted and counted exactly. If every part has more, the list is walked in its order and what does not
//! match is passed over; then what matches is not rare, and a page is soon full. Its count is then "more than".
//!
//! The statements are written out, because what an ORM adds to them costs more than the database takes.

mod part;
mod read;
mod text;

use super::filter::{Filter, SortKey};
use crate::coupons::coupon::Coupon;
use crate::coupons::queries::FirstCode;
use crate::coupons::rows;
use crate::db::tables::coupons;
use crate::db::{Db, is_postgres};
use crate::error::Error;
use crate::web::numbers::thousands;
use crate::web::paging::{Cursor, Slice};
use chrono::{DateTime, Utc};
use part::Part;
pub use read::MOST_CODES;
use sea_orm::{ConnectionTrait, DatabaseConnection, EntityTrait, Statement, Value};
use std::fmt;
use text::{Edge, Place, Text};
use uuid::Uuid;

/// Rows of one page.
pub const PAGE: usize = 15;
/// So many coupons are counted and sorted as they are asked for; of more it is only said that they are more.
pub const FEW: u64 = 200;

/// A coupon as far as lists show it: its texts, its tags and the limits that only its own page shows are not read.
#[derive(Clone, Debug)]
pub struct Listed {
    /// The coupon.
    pub coupon: Coupon,
    /// Its first code.
    pub code: Option<FirstCode>,
}

/// How many there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Total {
    /// So many.
    Exactly(u64),
    /// More than so many.
    MoreThan(u64),
}

impl Total {
    /// Whether there are none.
    #[must_use]
    pub fn is_none(self) -> bool {
        self == Self::Exactly(0)
    }
}

impl fmt::Display for Total {
    /// `41`, `1,000,000`, `more than 500`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (words, count) = match self {
            Self::Exactly(count) => ("", *count),
            Self::MoreThan(count) => ("more than ", *count),
        };
        write!(f, "{words}{}", thousands(count))
    }
}

/// A page, and how many coupons there are on all pages.
#[derive(Clone, Debug)]
pub struct Found {
    /// The page.
    pub rows: Slice<Listed>,
    /// All of them; `None` for a whole tab, whose total is among the [`Choices`](super::Choices).
    pub total: Option<Total>,
}

/// The page at the cursor, which is the id of a coupon.
///
/// # Errors
/// [`Error::BadRequest`] for a cursor that is no coupon of this tenant.
pub async fn page(
    db: &Db,
    tenant: Uuid,
    filter: &Filter,
    (cursor, size): (&Cursor, usize),
    now: DateTime<Utc>,
) -> Result<Found, Error> {
    let connection = connection(db, filter);
    let place = place(connection, tenant, filter, cursor).await?;
    let text = Text { tenant, filter, now, place, rows: size + 1, postgres: is_postgres(connection) };
    let parts = Part::of(filter);
    let mut found = None;
    for part in &parts {
        let Some((sql, values)) = text.of_part(*part) else { continue };
        found = few(run(connection, sql, values).await?)?;
        if found.is_some() {
            break;
        }
    }
    let (rows, total) = match found {
        Some((rows, total)) => (rows, Some(Total::Exactly(total))),
        None => {
            let (sql, values) = text.walk(&parts);
            let rows = run(connection, sql, values).await?;
            (rows.iter().map(read::listed).collect::<Result<Vec<_>, _>>()?, None)
        }
    };
    if rows.is_empty() {
        edge_exists(connection, tenant, cursor).await?;
    }
    let seen = rows.len();
    let rows = Slice::cut(cursor, size, rows, |row: &Listed| row.coupon.id.to_string());
    let is_all = rows.next.is_none() && rows.previous.is_none();
    let total = match (total, parts.len()) {
        (None, 0) => None,
        (None, _) if is_all => Some(Total::Exactly(seen as u64)),
        (None, 1) => Some(Total::MoreThan(FEW)),
        (None, _) => Some(Total::MoreThan(rows.rows.len() as u64)),
        (total, _) => total,
    };
    Ok(Found { rows, total })
}

/// A page of whole coupons, for callers that read all of each.
///
/// # Errors
/// As [`page`].
pub async fn coupons(
    db: &Db,
    tenant: Uuid,
    filter: &Filter,
    wanted: (&Cursor, usize),
    now: DateTime<Utc>,
) -> Result<Slice<Coupon>, Error> {
    let found = page(db, tenant, filter, wanted, now).await?;
    let ids: Vec<Uuid> = found.rows.rows.iter().map(|row| row.coupon.id).collect();
    let mut loaded = rows::load(db.read(), tenant, &ids).await?;
    let whole = ids.iter().filter_map(|id| loaded.remove(id)).collect();
    Ok(Slice { rows: whole, next: found.rows.next, previous: found.rows.previous })
}

/// The page among the few coupons of a part of the filter, and how many of them match the rest; `None` when they are not
/// few.
fn few(rows: Vec<sea_orm::QueryResult>) -> Result<Option<(Vec<Listed>, u64)>, Error> {
    let Some(first) = rows.first() else { return Ok(None) };
    let (looked, total) = read::counts(first)?;
    if looked > FEW {
        return Ok(None);
    }
    let listed = rows.iter().filter(|row| read::is_some(row)).map(read::listed);
    Ok(Some((listed.collect::<Result<Vec<_>, _>>()?, total)))
}

async fn run(
    connection: &impl ConnectionTrait,
    sql: String,
    values: Vec<Value>,
) -> Result<Vec<sea_orm::QueryResult>, Error> {
    let statement = Statement::from_sql_and_values(connection.get_database_backend(), sql, values);
    Ok(connection.query_all_raw(statement).await?)
}

/// A search may scan, so it has connections of its own.
fn connection<'a>(db: &'a Db, filter: &Filter) -> &'a DatabaseConnection {
    if filter.typed.is_empty() { db.read() } else { db.search() }
}

/// Where the page begins. The default order needs no look at the row at the edge: its id is all there is to know.
async fn place(
    connection: &impl ConnectionTrait,
    tenant: Uuid,
    filter: &Filter,
    cursor: &Cursor,
) -> Result<Place, Error> {
    let edge = match cursor.edge() {
        None => None,
        Some(id) if filter.sort.key == SortKey::Created => Some(Edge { id: parse(id)?, key: None }),
        Some(id) => Some(Edge::of(&anchor(connection, tenant, parse(id)?).await?, filter.sort.key)),
    };
    Ok(Place { backwards: cursor.is_backwards(), edge })
}

async fn edge_exists(connection: &impl ConnectionTrait, tenant: Uuid, cursor: &Cursor) -> Result<(), Error> {
    if let Some(id) = cursor.edge() {
        anchor(connection, tenant, parse(id)?).await?;
    }
    Ok(())
}

async fn anchor(connection: &impl ConnectionTrait, tenant: Uuid, id: Uuid) -> Result<coupons::Model, Error> {
    coupons::Entity::find_by_id((tenant, id)).one(connection).await?.ok_or_else(gone)
}

fn parse(id: &str) -> Result<Uuid, Error> {
    id.parse().map_err(|_| gone())
}

fn gone() -> Error {
    Error::BadRequest("This page of the list is gone.".to_owned())
}
