//! One page of a list of coupons, in as few statements as it takes, whose cost does not grow with the list.
//!
//! The statements are written out, because what an ORM adds to them costs more than the database takes. A filter is asked
//! for ids alone, and their rows are read by them: PostgreSQL plans a search anew each time, which takes longer the more it
//! asks for.

mod look;
mod part;
mod read;
mod text;

use super::filter::{Filter, Sort};
use crate::coupons::coupon::Coupon;
use crate::coupons::queries::FirstCode;
use crate::coupons::rows;
use crate::db::Db;
use crate::error::Error;
use crate::web::numbers::thousands;
use crate::web::paging::{Cursor, Slice};
use chrono::{DateTime, Utc};
pub use look::FEW;
use look::Look;
pub use read::MOST_CODES;
use std::fmt;
use uuid::Uuid;

/// Rows of one page.
pub const PAGE: usize = 15;
/// Ids that are read at once where more than a page is wanted.
const AT_ONCE: usize = 200;

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
    wanted: (&Cursor, usize),
    now: DateTime<Utc>,
) -> Result<Found, Error> {
    let look = Look::at(db, tenant, filter, wanted, now).await?;
    let (mut rows, total) = if look.is_for_all() {
        (look.all().await?, None)
    } else {
        let (ids, total) = look.ids().await?;
        let mut listed = read::by_ids(db.read(), tenant, &ids.rows).await?;
        (ids.filter_map(|id| listed.remove(&id)), total)
    };
    rows::forget_overdue(db.read(), tenant, rows.rows.iter_mut().map(|row| &mut row.coupon), now).await?;
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
        let (found, _) = Look::at(db, tenant, &filter, (&cursor, size), now).await?.ids().await?;
        ids.extend(found.rows);
        let Some(next) = found.next else { break };
        cursor = Cursor { after: Some(next), before: None };
    }
    Ok(ids)
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
    let (ids, _) = Look::at(db, tenant, filter, wanted, now).await?.ids().await?;
    let mut loaded = rows::read(db.read(), tenant, &ids.rows, now).await?;
    Ok(ids.filter_map(|id| loaded.remove(&id)))
}

/// How many coupons match, as far as a look at a few of each part says: a search beside the one that was asked for costs no
/// more than that.
///
/// # Errors
/// When the database does not answer.
pub async fn matching(db: &Db, tenant: Uuid, filter: &Filter, now: DateTime<Utc>) -> Result<Total, Error> {
    Look::at(db, tenant, filter, (&Cursor::default(), 0), now).await?.count().await
}
