//! Keys of calling systems. A key is shown once; only its hash is kept.
//!
//! A key that is rotated stays the same key with another secret: its holds, its order references and its answers stay
//! its own, and the old secret works on for a while.

use crate::audit::{self, Actor, Change, Entry};
use crate::db::Db;
use crate::db::tables::api_keys::{ActiveModel, Column, Entity, Model};
use crate::error::Error;
use crate::web::token;
use chrono::{DateTime, Duration, Utc};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter,
};
use serde_json::Value;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use uuid::Uuid;

/// What a key can be allowed, as the API's documentation names it.
pub const SCOPES: [&str; 7] = [
    "coupons:read",
    "coupons:write",
    "validations",
    "redemptions:write",
    "organizations:write",
    "audit:read",
    "exports",
];

/// How every key begins, so that one that leaked is recognised.
const PREFIX: &str = "vs_";
/// Six random bits each.
const LENGTH: usize = 40;
/// As much of a key as is kept readable, to tell keys apart.
const HINT: usize = 7;

/// How often a use is noted, so that a call is not a write.
const NOTE_EVERY: Duration = Duration::minutes(1);

/// A key to be made.
#[derive(Clone, Debug)]
pub struct New {
    /// What people call it.
    pub name: String,
    /// Of [`SCOPES`], checked by [`scopes`].
    pub scopes: Vec<String>,
    /// When it stops working, if ever.
    pub expires_at: Option<DateTime<Utc>>,
    /// The user who made it, if it was one.
    pub created_by: Option<Uuid>,
}

/// Makes a key, and gives it back in the only moment in which it is known.
///
/// # Errors
/// When the database refuses it.
pub async fn create(
    tx: &DatabaseTransaction,
    actor: &Actor,
    tenant: Uuid,
    new: New,
    now: DateTime<Utc>,
) -> Result<(Model, String), Error> {
    let secret = format!("{PREFIX}{}", token::random(LENGTH)?);
    let row = Model {
        tenant_id: tenant,
        id: Uuid::now_v7(),
        name: new.name,
        key_hash: token::hash(&secret),
        hint: hint(&secret),
        previous_hash: None,
        previous_until: None,
        scopes: new.scopes.clone().into(),
        created_by: new.created_by,
        created_at: now,
        expires_at: new.expires_at,
        last_used_at: None,
        revoked_at: None,
    };
    Entity::insert(ActiveModel::from(row.clone())).exec_without_returning(tx).await?;
    let entry = Entry {
        action: "api_key.created",
        subject_kind: "api_key",
        subject_id: row.id.to_string(),
        subject_label: row.name.clone(),
        changes: vec![
            Change::new("scopes", Value::Null, new.scopes.join(", ")),
            Change::new("expires_at", Value::Null, row.expires_at.map(|at| at.to_rfc3339())),
        ],
        ..Entry::default()
    };
    audit::record(tx, actor, tenant, entry, now).await?;
    Ok((row, secret))
}

fn hint(secret: &str) -> String {
    secret.chars().take(HINT).collect()
}

/// The living key of this tenant with this secret, or with this one before the last rotation.
///
/// # Errors
/// When the database does not answer.
pub async fn find(
    connection: &impl ConnectionTrait,
    tenant: Uuid,
    secret: &str,
    now: DateTime<Utc>,
) -> Result<Option<Model>, Error> {
    if !secret.starts_with(PREFIX) || secret.len() != PREFIX.len() + LENGTH {
        return Ok(None);
    }
    let hash = token::hash(secret);
    let found = match Entity::find().filter(Column::KeyHash.eq(hash.as_str())).one(connection).await? {
        Some(key) => Some(key),
        None => {
            let rotated = Condition::all().add(Column::PreviousHash.eq(hash)).add(Column::PreviousUntil.gt(now));
            Entity::find().filter(rotated).one(connection).await?
        }
    };
    Ok(found.filter(|key| key.tenant_id == tenant && is_alive(key, now)))
}

/// Whether a key works.
#[must_use]
pub fn is_alive(key: &Model, now: DateTime<Utc>) -> bool {
    key.revoked_at.is_none() && key.expires_at.is_none_or(|until| now < until)
}

/// The scopes a key has.
#[must_use]
pub fn scopes_of(key: &Model) -> Vec<String> {
    serde_json::from_value(key.scopes.clone()).unwrap_or_default()
}

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
    Ok(tx.commit().await?)
}

/// Scopes from a list with commas, each once, in the order of [`SCOPES`].
///
/// # Errors
/// A sentence that names what is unknown and what there is.
pub fn scopes(typed: &str) -> Result<Vec<String>, String> {
    let wanted: Vec<&str> = typed.split(',').map(str::trim).filter(|scope| !scope.is_empty()).collect();
    let known = || SCOPES.join(", ");
    if let Some(unknown) = wanted.iter().find(|scope| !SCOPES.contains(scope)) {
        return Err(format!("There is no scope {unknown}. There are: {}.", known()));
    }
    if wanted.is_empty() {
        return Err(format!("Name at least one scope: {}.", known()));
    }
    Ok(SCOPES.iter().filter(|scope| wanted.contains(scope)).map(|scope| (*scope).to_owned()).collect())
}

#[cfg(test)]
mod tests {
    use super::scopes;

    #[test]
    fn scopes_are_known_ones_each_once() {
        assert_eq!(
            scopes(" validations, coupons:read,validations "),
            Ok(vec!["coupons:read".to_owned(), "validations".to_owned()])
        );
        assert!(scopes("coupons:delete").unwrap_err().contains("coupons:delete"));
        assert!(scopes(" , ").is_err());
    }
}
