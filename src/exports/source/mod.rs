//! Where the rows of an export come from, page by page, each found from the key at the edge of the one before.

mod codes;
mod coupons;
mod entries;
mod usage;

use super::filter::Filter;
use super::subject::Subject;
use crate::db::Db;
use crate::error::Error;
use crate::sheets::{Column, Row};
use crate::tenants::Tenant;
use anyhow::anyhow;
use chrono::{DateTime, Duration, Utc};

/// Things of one page: enough that a page costs little beside its rows, few enough to be little beside the program.
const PAGE: usize = 1_000;

/// What is exported, and how far it has been read.
pub enum Source {
    /// Redemptions, a row for each of their lines.
    Usage(usage::Usage),
    /// Coupons.
    Coupons(coupons::Coupons),
    /// Codes of a batch.
    Codes(codes::Codes),
    /// Entries of the audit log.
    Entries(entries::Entries),
}

/// A page.
pub struct Page {
    /// Its rows.
    pub rows: Vec<Row>,
    /// How many things were read for them: redemptions, where a row is a line of one.
    pub read: i64,
}

impl Source {
    /// Everything of the subject that the filter lets through and that was there at `asked_at`.
    ///
    /// # Errors
    /// [`Error::BadRequest`] for a filter that does not hold any more.
    pub async fn open(
        db: &Db,
        tenant: &Tenant,
        (subject, filter): (Subject, Filter),
        asked_at: DateTime<Utc>,
    ) -> Result<Self, Error> {
        Ok(match subject {
            Subject::Usage | Subject::CouponUsage => {
                Self::Usage(usage::Usage::open(db, tenant, &filter, asked_at).await?)
            }
            Subject::Coupons => Self::Coupons(coupons::Coupons::open(db, tenant, &filter, asked_at).await?),
            Subject::Codes => {
                let batch = filter.batch_id.ok_or_else(|| anyhow!("an export of codes without a batch"))?;
                Self::Codes(codes::Codes::open(db, tenant, batch, asked_at))
            }
            Subject::Audit => Self::Entries(entries::Entries::open(db, tenant, &filter, asked_at).await?),
        })
    }

    /// The names of its columns.
    #[must_use]
    pub const fn columns(&self) -> &'static [Column] {
        match self {
            Self::Usage(_) => usage::COLUMNS,
            Self::Coupons(_) => coupons::COLUMNS,
            Self::Codes(_) => crate::batches::codes::COLUMNS,
            Self::Entries(_) => entries::COLUMNS,
        }
    }

    /// How many things there are to read, where that can be known.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn total(&self) -> Result<Option<i64>, Error> {
        match self {
            Self::Usage(usage) => usage.total().await.map(Some),
            Self::Coupons(coupons) => Ok(coupons.total()),
            Self::Codes(codes) => codes.total().await.map(Some),
            Self::Entries(entries) => entries.total().await,
        }
    }

    /// The next page; `None` after the last.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn next(&mut self) -> Result<Option<Page>, Error> {
        match self {
            Self::Usage(usage) => usage.next().await,
            Self::Coupons(coupons) => coupons.next().await,
            Self::Codes(codes) => codes.next().await,
            Self::Entries(entries) => entries.next().await,
        }
    }
}

/// The first instant that is too late.
fn too_late(asked_at: DateTime<Utc>, until: Option<DateTime<Utc>>) -> DateTime<Utc> {
    let next = asked_at + Duration::microseconds(1);
    until.map_or(next, |until| until.min(next))
}
