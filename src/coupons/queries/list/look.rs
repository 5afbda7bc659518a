//! The look for a page: which coupons stand on it, and how many there are.
//!
//! Without a filter a page is walked along the index of its order, from the row at its edge. With one, the coupons of the
//! narrowest part of the filter are read first, from an index of that part, and no more than [`FEW`] of them: if that is
//! all, they are sorted and counted exactly. If every part has more, the next [`NEAR`] rows of the list are walked in its
//! order and what does not match is passed over: what matches is not rare, so the page is mostly full then, and its count
//! is "more than", by what those that were read say. If what matches stands far away, [`MANY`] are read from the index of
//! their part and sorted. Only what is still more, and all of it far away, is walked to.

use super::part::Part;
use super::text::{Edge, Place, Text};
use super::{Listed, Total, read};
use crate::coupons::queries::filter::{Filter, SortKey};
use crate::db::tables::coupons;
use crate::db::{Db, is_postgres};
use crate::error::Error;
use crate::web::paging::{Cursor, Slice};
use chrono::{DateTime, Utc};
use sea_orm::{DatabaseConnection, EntityTrait};
use uuid::Uuid;

/// So many coupons are counted and sorted as they are asked for; of more it is only said that they are more.
pub const FEW: u64 = 100;
/// So many rows are walked before those that match are looked up, however many they are.
const NEAR: u64 = 5_000;
/// More than so many are never looked up.
const MANY: u64 = 50_000;

/// A page that is looked for.
pub(super) struct Look<'a> {
    db: &'a Db,
    connection: &'a DatabaseConnection,
    text: Text<'a>,
    parts: Vec<Part>,
    cursor: &'a Cursor,
    size: usize,
}

/// What a look at the parts came to.
enum Looked {
    /// The ids of the page, and how many there are on all pages.
    All(Vec<Uuid>, u64),
    /// Every part has more; at least so many match.
    AtLeast(u64),
}

impl<'a> Look<'a> {
    /// For so many rows at a cursor, which is the id of a coupon.
    pub(super) async fn at(
        db: &'a Db,
        tenant: Uuid,
        filter: &'a Filter,
        (cursor, size): (&'a Cursor, usize),
        now: DateTime<Utc>,
    ) -> Result<Self, Error> {
        // A search may scan, so it has connections of its own.
        let connection = if filter.typed.is_empty() { db.read() } else { db.search() };
        let edge = match cursor.edge() {
            None => None,
            Some(id) => Some(edge(connection, tenant, filter, parse(id)?).await?),
        };
        let place = Place { backwards: cursor.is_backwards(), edge };
        let text = Text { tenant, filter, now, place, rows: size + 1, postgres: is_postgres(connection) };
        Ok(Self { db, connection, text, parts: Part::of(filter), cursor, size })
    }

    /// Whether it is for a whole tab.
    pub(super) fn is_for_all(&self) -> bool {
        self.parts.iter().all(|part| *part == Part::Living)
    }

    /// The page of a whole tab.
    pub(super) async fn all(&self) -> Result<Slice<Listed>, Error> {
        let rows = read::run(self.connection, self.text.walk(read::columns(self.text.postgres), &self.parts)).await?;
        self.cut(rows.iter().map(read::listed).collect::<Result<_, _>>()?, |row: &Listed| row.coupon.id).await
    }

    /// The ids of the page, and how many there are on all pages: `None` for a whole tab.
    pub(super) async fn ids(&self) -> Result<(Slice<Uuid>, Option<Total>), Error> {
        let ((ids, total), least) = match self.looked_up(&self.parts, FEW).await? {
            Looked::All(ids, total) => ((ids, Some(total)), 0),
            Looked::AtLeast(least) => (self.walked().await?, least),
        };
        let seen = ids.len() as u64;
        let page = self.cut(ids, |id| *id).await?;
        let is_all = page.next.is_none() && page.previous.is_none();
        let total = match total {
            Some(total) => Some(Total::Exactly(total)),
            None if self.is_for_all() => None,
            None if is_all => Some(Total::Exactly(seen)),
            None => Some(Total::MoreThan(below(least).max(page.rows.len() as u64))),
        };
        Ok((page, total))
    }

    /// How many match, as far as a look at a few of each part says.
    pub(super) async fn count(&self) -> Result<Total, Error> {
        let mut least = 0;
        for part in &self.parts {
            let Some(text) = self.text.count_of_part(*part, FEW) else { continue };
            for counted in read::run(self.connection, text).await? {
                let (looked, total) = read::counts(&counted)?;
                if looked <= FEW {
                    return Ok(Total::Exactly(total));
                }
                least = least.max(total);
            }
        }
        Ok(if least <= 1 { Total::Exactly(least) } else { Total::MoreThan(below(least)) })
    }

    /// The page among the coupons of the first part that has no more than `most`.
    async fn looked_up(&self, parts: &[Part], most: u64) -> Result<Looked, Error> {
        let mut least = 0;
        for part in parts {
            let Some(text) = self.text.of_part(*part, most) else { continue };
            let rows = read::run(self.connection, text).await?;
            let Some(first) = rows.first() else { continue };
            let (looked, total) = read::counts(first)?;
            if looked <= most {
                return Ok(Looked::All(read::ids_of(&rows)?, total));
            }
            least = least.max(total);
        }
        Ok(Looked::AtLeast(least))
    }

    /// The page along the order of the list; with the number of all where what matches had to be looked up after all.
    async fn walked(&self) -> Result<(Vec<Uuid>, Option<u64>), Error> {
        if self.is_for_all() {
            return Ok((read::ids(self.connection, self.text.walk("c.id", &self.parts)).await?, None));
        }
        // It ends soon, whatever is searched for, and its plan is the same.
        let near = read::ids(self.db.read(), self.text.walk_near(&self.parts, NEAR)).await?;
        if near.len() == self.text.rows {
            return Ok((near, None));
        }
        // Many are found more cheaply by what stands in a column than by what was typed.
        let cheapest_first: Vec<Part> = self.parts.iter().rev().copied().collect();
        match self.looked_up(&cheapest_first, MANY).await? {
            Looked::All(ids, total) => Ok((ids, Some(total))),
            Looked::AtLeast(_) => Ok((read::ids(self.connection, self.text.walk("c.id", &self.parts)).await?, None)),
        }
    }

    /// The page of what was read. An empty one may be that of a row that is gone.
    async fn cut<T>(&self, rows: Vec<T>, id: impl Fn(&T) -> Uuid) -> Result<Slice<T>, Error> {
        if rows.is_empty()
            && let Some(edge) = self.cursor.edge()
        {
            anchor(self.connection, self.text.tenant, parse(edge)?).await?;
        }
        Ok(Slice::cut(self.cursor, self.size, rows, |row| id(row).to_string()))
    }
}

/// What at least so many are more than.
fn below(least: u64) -> u64 {
    least.saturating_sub(1).min(FEW)
}

/// A row as the edge of a page. The default order needs no look at it: its id is all there is to know.
async fn edge(connection: &DatabaseConnection, tenant: Uuid, filter: &Filter, id: Uuid) -> Result<Edge, Error> {
    match filter.sort.key {
        SortKey::Created => Ok(Edge { id, key: None }),
        key => Ok(Edge::of(&anchor(connection, tenant, id).await?, key)),
    }
}

async fn anchor(connection: &DatabaseConnection, tenant: Uuid, id: Uuid) -> Result<coupons::Model, Error> {
    coupons::Entity::find_by_id((tenant, id)).one(connection).await?.ok_or_else(gone)
}

fn parse(id: &str) -> Result<Uuid, Error> {
    id.parse().map_err(|_| gone())
}

fn gone() -> Error {
    Error::BadQuery("after", "This page of the list is gone.".to_owned())
}
