//! The codes of a batch, in the order in which they were made.

use super::{PAGE, Page};
use crate::batches::{codes, queries};
use crate::db::Db;
use crate::error::Error;
use crate::tenants::Tenant;
use chrono::{DateTime, Utc};
use uuid::Uuid;

/// How far they have been read.
pub struct Codes {
    db: Db,
    of: (Uuid, Uuid),
    after: Uuid,
    asked_at: DateTime<Utc>,
}

impl Codes {
    pub(super) fn open(db: &Db, tenant: &Tenant, batch: Uuid, asked_at: DateTime<Utc>) -> Self {
        Self { db: db.clone(), of: (tenant.id, batch), after: Uuid::nil(), asked_at }
    }

    pub(super) async fn total(&self) -> Result<i64, Error> {
        let (tenant, batch) = self.of;
        Ok(queries::by_id(self.db.read(), tenant, batch).await?.map_or(0, |batch| batch.made))
    }

    pub(super) async fn next(&mut self) -> Result<Option<Page>, Error> {
        let found = queries::codes(self.db.read(), self.of, self.after, PAGE as u64, self.asked_at).await?;
        let Some(last) = found.last() else { return Ok(None) };
        self.after = last.id;
        let read = i64::try_from(found.len()).unwrap_or_default();
        Ok(Some(Page { rows: found.iter().map(codes::row).collect(), read }))
    }
}
