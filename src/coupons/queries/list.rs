//! One page of a list of coupons, in as few statements as it takes, whose cost does not grow with the list.
//!
//! Without a filter a page is walked along the index of its order, from the row at its edge. With one, the coupons of the
//! narrowest part of the filter are read first, from an index of that part, and no more than [`FEW`] of them: if that is
//! all, they are sorted and counted exactly. If every part has more, the next [`NEAR`] rows of the list are walked in its
//! order and what does not match is passed over: what matches is not rare, so the page is mostly full then, and its count
//! is "more than", by what those that were read say. If what matches stands far away, [`MANY`] are read from the index of
//! their part and sorted. Only what is still more, and all of it far away, is walked to.
//!
//! The statements are written out, because what an ORM adds to them costs more than the database takes.

mod part;
mod read;
mod text;

use super::filter::{Filter, Sort, SortKey};
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
/// So many rows are walked before those that match are looked up, however many they are.
const NEAR: u64 = 5_000;
/// Rows that are read at once where more than a page is wanted.
const AT_ONCE: usize = 200;
/// More than so many are never looked up.
const MANY: u64 = 50_000;

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
/// [`Error::BadQuery`] for a cursor that is no coupon of this tenant.
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
    let ((rows, total), least) = match looked_up(connection, &text, &parts, FEW).await? {
        Looked::All(rows, total) => ((rows, Some(total)), 0),
        Looked::AtLeast(least) => (walked(connection, &text, &parts).await?, least),
    };
    if rows.is_empty() {
        edge_exists(connection, tenant, cursor).await?;
    }
    let seen = rows.len();
    let mut rows = Slice::cut(cursor, size, rows, |row: &Listed| row.coupon.id.to_string());
    rows::forget_overdue(connection, tenant, rows.rows.iter_mut().map(|row| &mut row.coupon), now).await?;
    let is_all = rows.next.is_none() && rows.previous.is_none();
    let total = match total {
        Some(total) => Some(Total::Exactly(total)),
        None if is_whole(&parts) => None,
        None if is_all => Some(Total::Exactly(seen as u64)),
        None => Some(Total::MoreThan(below(least).max(rows.rows.len() as u64))),
    };
    Ok(Found { rows, total })
}

/// The ids of the coupons that match, at most so many, newest first.
///
/// # Errors
/// When the database does not answer.
pub async fn ids(db: &Db, tenant: Uuid, filter: &Filter, most: usize, now: DateTime<Utc>) -> Result<Vec<Uuid>, Error> {
    let filter = Filter { sort: Sort::default(), ..filter.clone() };
    let (mut ids, mut cursor) = (Vec::new(), Cursor::default());
    while ids.len() < most {
        let size = (most - ids.len()).min(AT_ONCE);
        let found = page(db, tenant, &filter, (&cursor, size), now).await?.rows;
        ids.extend(found.rows.iter().map(|row| row.coupon.id));
        let Some(next) = found.next else { break };
        cursor = Cursor { after: Some(next), before: None };
    }
    Ok(ids)
}

/// How many coupons match, as far as a look at a few of each part says: a search beside the one that was asked for costs no
/// more than that.
///
/// # Errors
/// When the database does not answer.
pub async fn matching(db: &Db, tenant: Uuid, filter: &Filter, now: DateTime<Utc>) -> Result<Total, Error> {
    let connection = connection(db, filter);
    let place = Place { backwards: false, edge: None };
    let text = Text { tenant, filter, now, place, rows: 0, postgres: is_postgres(connection) };
    let mut least = 0;
    for part in Part::of(filter) {
        let Some((sql, values)) = text.count_of_part(part, FEW) else { continue };
        for counted in run(connection, sql, values).await? {
            let (looked, total) = read::counts(&counted)?;
            if looked <= FEW {
                return Ok(Total::Exactly(total));
            }
            least = least.max(total);
        }
    }
    Ok(if least <= 1 { Total::Exactly(least) } else { Total::MoreThan(below(least)) })
}

/// Whether the parts leave a whole tab.
fn is_whole(parts: &[Part]) -> bool {
    parts.iter().all(|part| *part == Part::Living)
}

/// What at least so many are more than.
fn below(least: u64) -> u64 {
    least.saturating_sub(1).min(FEW)
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
    let mut loaded = rows::read(db.read(), tenant, &ids, now).await?;
    let whole = ids.iter().filter_map(|id| loaded.remove(id)).collect();
    Ok(Slice { rows: whole, next: found.rows.next, previous: found.rows.previous })
}

/// What a look at the parts came to.
enum Looked {
    /// The rows of the page, and how many there are on all pages.
    All(Vec<Listed>, u64),
    /// Every part has more; at least so many match.
    AtLeast(u64),
}

/// The page among the coupons of the first part that has no more than `most`.
async fn looked_up(
    connection: &DatabaseConnection,
    text: &Text<'_>,
    parts: &[Part],
    most: u64,
) -> Result<Looked, Error> {
    let mut least = 0;
    for part in parts {
        let Some((sql, values)) = text.of_part(*part, most) else { continue };
        let rows = run(connection, sql, values).await?;
        let Some(first) = rows.first() else { continue };
        let (looked, total) = read::counts(first)?;
        if looked <= most {
            let listed = rows.iter().filter(|row| read::is_some(row)).map(read::listed);
            return Ok(Looked::All(listed.collect::<Result<_, _>>()?, total));
        }
        least = least.max(total);
    }
    Ok(Looked::AtLeast(least))
}

/// The page along the order of the list; with the number of all where what matches had to be looked up after all.
async fn walked(
    connection: &DatabaseConnection,
    text: &Text<'_>,
    parts: &[Part],
) -> Result<(Vec<Listed>, Option<u64>), Error> {
    if is_whole(parts) {
        return Ok((listed(connection, text.walk(parts)).await?, None));
    }
    let near = listed(connection, text.walk_near(parts, NEAR)).await?;
    if near.len() == text.rows {
        return Ok((near, None));
    }
    // Many are found more cheaply by what stands in a column than by what was typed.
    let cheapest_first: Vec<Part> = parts.iter().rev().copied().collect();
    match looked_up(connection, text, &cheapest_first, MANY).await? {
        Looked::All(rows, total) => Ok((rows, Some(total))),
        Looked::AtLeast(_) => Ok((listed(connection, text.walk(parts)).await?, None)),
    }
}

async fn listed(connection: &DatabaseConnection, (sql, values): (String, Vec<Value>)) -> Result<Vec<Listed>, Error> {
    run(connection, sql, values).await?.iter().map(read::listed).collect()
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

/// Where the page begins.
async fn place(
    connection: &impl ConnectionTrait,
    tenant: Uuid,
    filter: &Filter,
    cursor: &Cursor,
) -> Result<Place, Error> {
    let edge = match cursor.edge() {
        None => None,
        Some(id) => Some(edge(connection, tenant, filter, parse(id)?).await?),
    };
    Ok(Place { backwards: cursor.is_backwards(), edge })
}

/// A row as the edge of a page. The default order needs no look at it: its id is all there is to know.
async fn edge(connection: &impl ConnectionTrait, tenant: Uuid, filter: &Filter, id: Uuid) -> Result<Edge, Error> {
    match filter.sort.key {
        SortKey::Created => Ok(Edge { id, key: None }),
        key => Ok(Edge::of(&anchor(connection, tenant, id).await?, key)),
    }
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
    Error::BadQuery("after", "This page of the list is gone.".to_owned())
}
