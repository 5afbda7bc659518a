//! When a key was last used.

use crate::db::tables::api_keys::{ActiveModel, Column, Entity, Model};
use crate::db::{self, Db};
use crate::error::Error;
use chrono::{DateTime, Duration, Utc};
use sea_orm::{ActiveValue::Set, ColumnTrait, Condition, EntityTrait, QueryFilter};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use uuid::Uuid;

/// How often a use is noted, so that a call is not a write.
const NOTE_EVERY: Duration = Duration::minutes(1);

/// What this process remembers of uses that it noted, so that a key in constant use is written once a minute.
#[derive(Clone, Debug, Default)]
pub struct Uses(Arc<Mutex<HashMap<Uuid, DateTime<Utc>>>>);

impl Uses {
    /// Notes that a key was used, once a minute at most, beside the call and never in its way.
    pub fn note(&self, db: &Db, key: &Model, now: DateTime<Utc>) {
        if !self.is_due(key, now) {
            return;
        }
        let (db, tenant, id) = (db.clone(), key.tenant_id, key.id);
        tokio::spawn(async move {
            if let Err(error) = write_use(&db, tenant, id, now).await {
                tracing::debug!(%error, "the use of a key was not noted");
            }
        });
    }

    fn is_due(&self, key: &Model, now: DateTime<Utc>) -> bool {
        let recent = |at: DateTime<Utc>| now < at + NOTE_EVERY;
        if key.last_used_at.is_some_and(recent) {
            return false;
        }
        let mut noted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if noted.get(&key.id).is_some_and(|at| recent(*at)) {
            return false;
        }
        noted.insert(key.id, now);
        true
    }
}

async fn write_use(db: &Db, tenant: Uuid, id: Uuid, now: DateTime<Utc>) -> Result<(), Error> {
    let tx = db.begin().await?;
    let later = Condition::any().add(Column::LastUsedAt.is_null()).add(Column::LastUsedAt.lt(now));
    Entity::update_many()
        .set(ActiveModel { last_used_at: Set(Some(now)), ..Default::default() })
        .filter(Column::TenantId.eq(tenant))
        .filter(Column::Id.eq(id))
        .filter(later)
        .exec(&tx)
        .await?;
    db::commit(tx).await
}
