//! The keys of a tenant as its administrators see them: listed, rotated, revoked.

use super::{hint, secret};
use crate::audit::{self, Actor, Change, Entry};
use crate::db::tables::api_keys::{ActiveModel, Column, Entity, Model};
use crate::error::Error;
use crate::web::token;
use chrono::{DateTime, Duration, Utc};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder,
    QuerySelect,
};
use serde_json::Value;
use std::collections::HashMap;
use uuid::Uuid;

/// The keys of a tenant, newest first, revoked ones too.
///
/// # Errors
/// When the database does not answer.
pub async fn all(connection: &impl ConnectionTrait, tenant: Uuid) -> Result<Vec<Model>, Error> {
    let found = Entity::find().filter(Column::TenantId.eq(tenant)).order_by_desc(Column::Id);
    Ok(found.all(connection).await?)
}

/// The key with this id.
///
/// # Errors
/// When the database does not answer.
pub async fn by_id(connection: &impl ConnectionTrait, tenant: Uuid, id: Uuid) -> Result<Option<Model>, Error> {
    Ok(Entity::find_by_id((tenant, id)).one(connection).await?)
}

/// What these keys of the tenant are called.
///
/// # Errors
/// When the database does not answer.
pub async fn names(
    connection: &impl ConnectionTrait,
    tenant: Uuid,
    ids: impl Iterator<Item = Uuid>,
) -> Result<HashMap<Uuid, String>, Error> {
    let find = Entity::find().select_only().column(Column::Id).column(Column::Name);
    let here = find.filter(Column::TenantId.eq(tenant)).filter(Column::Id.is_in(ids));
    let rows: Vec<(Uuid, String)> = here.into_tuple().all(connection).await?;
    Ok(rows.into_iter().collect())
}

/// Gives a key a new secret, shown only now; the one it had works on for `overlap`. `None` when the tenant has no such
/// key.
///
/// # Errors
/// [`Error::Conflict`] for a key that has ended.
pub async fn rotate(
    tx: &DatabaseTransaction,
    actor: &Actor,
    (tenant, id): (Uuid, Uuid),
    overlap: Duration,
    now: DateTime<Utc>,
) -> Result<Option<(Model, String)>, Error> {
    let Some(key) = Entity::find_by_id((tenant, id)).lock_exclusive().one(tx).await? else { return Ok(None) };
    if !super::is_alive(&key, now) {
        return Err(Error::Conflict("This key has ended. Make a new one instead.".to_owned()));
    }
    let secret = secret()?;
    let until = (overlap > Duration::zero()).then(|| now + overlap);
    let changed = Model {
        key_hash: token::hash(&secret),
        hint: hint(&secret),
        previous_hash: until.map(|_| key.key_hash.clone()),
        previous_until: until,
        ..key.clone()
    };
    let row = ActiveModel {
        tenant_id: Set(tenant),
        id: Set(id),
        key_hash: Set(changed.key_hash.clone()),
        hint: Set(changed.hint.clone()),
        previous_hash: Set(changed.previous_hash.clone()),
        previous_until: Set(until),
        ..Default::default()
    };
    Entity::update(row).exec(tx).await?;
    let changes = vec![
        Change::new("hint", key.hint.clone(), changed.hint.clone()),
        Change::new("previous_until", Value::Null, until.map(|at| at.to_rfc3339())),
    ];
    record(tx, actor, &key, ("api_key.rotated", changes), now).await?;
    Ok(Some((changed, secret)))
}

/// Ends a key at once, with both its secrets. Doing it again changes nothing. `None` when the tenant has no such key.
///
/// # Errors
/// When the database does not answer.
pub async fn revoke(
    tx: &DatabaseTransaction,
    actor: &Actor,
    (tenant, id): (Uuid, Uuid),
    now: DateTime<Utc>,
) -> Result<Option<Model>, Error> {
    let Some(key) = Entity::find_by_id((tenant, id)).lock_exclusive().one(tx).await? else { return Ok(None) };
    if key.revoked_at.is_none() {
        let row = ActiveModel { tenant_id: Set(tenant), id: Set(id), revoked_at: Set(Some(now)), ..Default::default() };
        Entity::update(row).exec(tx).await?;
        let changes = vec![Change::new("revoked_at", Value::Null, now.to_rfc3339())];
        record(tx, actor, &key, ("api_key.revoked", changes), now).await?;
    }
    Ok(Some(key))
}

async fn record(
    tx: &DatabaseTransaction,
    actor: &Actor,
    key: &Model,
    (action, changes): (&'static str, Vec<Change>),
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let entry = Entry {
        action,
        subject_kind: "api_key",
        subject_id: key.id.to_string(),
        subject_label: key.name.clone(),
        changes,
        ..Entry::default()
    };
    audit::record(tx, actor, key.tenant_id, entry, now).await
}
