//! Endpoints: made, changed, switched off and on, taken away; each change on record, and no secret in any of it.

use super::deliveries;
use super::letters;
use super::secret;
use crate::audit::{self, Actor, Change, Entry};
use crate::clock;
use crate::db::tables::webhook_endpoints::{ActiveModel, Column, Entity, Model};
use crate::error::Error;
use crate::web::seal::Seal;
use chrono::{DateTime, Duration, Utc};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder,
    QuerySelect,
};
use serde_json::json;
use url::Url;
use uuid::Uuid;

/// As many as a tenant may have: each costs a row for every change.
pub const MOST: usize = 10;

/// What is said of an endpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// Where it listens; checked.
    pub url: String,
    /// What it wants to know.
    pub events: Vec<String>,
}

/// The endpoints of a tenant, oldest first.
///
/// # Errors
/// When the database does not answer.
pub async fn all(connection: &impl ConnectionTrait, tenant: Uuid) -> Result<Vec<Model>, Error> {
    let find = Entity::find().filter(Column::TenantId.eq(tenant)).filter(Column::DeletedAt.is_null());
    Ok(find.order_by_asc(Column::Id).all(connection).await?)
}

/// Those that are told of changes, locked.
///
/// # Errors
/// When the database does not answer.
pub(super) async fn live(tx: &DatabaseTransaction, tenant: Uuid) -> Result<Vec<Model>, Error> {
    let find = Entity::find().filter(Column::TenantId.eq(tenant)).filter(Column::DeletedAt.is_null());
    Ok(find.filter(Column::DisabledAt.is_null()).order_by_asc(Column::Id).lock_exclusive().all(tx).await?)
}

/// One endpoint that was not taken away.
///
/// # Errors
/// When the database does not answer.
pub async fn by_id(connection: &impl ConnectionTrait, tenant: Uuid, id: Uuid) -> Result<Option<Model>, Error> {
    Ok(Entity::find_by_id((tenant, id)).filter(Column::DeletedAt.is_null()).one(connection).await?)
}

/// The same, locked until the transaction ends.
///
/// # Errors
/// When the database does not answer.
pub async fn locked(tx: &DatabaseTransaction, tenant: Uuid, id: Uuid) -> Result<Option<Model>, Error> {
    Ok(Entity::find_by_id((tenant, id)).filter(Column::DeletedAt.is_null()).lock_exclusive().one(tx).await?)
}

/// The words of the events that an endpoint is told of.
#[must_use]
pub fn events(endpoint: &Model) -> Vec<String> {
    serde_json::from_value(endpoint.events.clone()).unwrap_or_default()
}

/// The host of an endpoint's address; its path may be a secret of the receiver's.
#[must_use]
pub fn host(endpoint: &Model) -> String {
    Url::parse(&endpoint.url).ok().and_then(|url| url.host_str().map(str::to_owned)).unwrap_or_default()
}

/// As much of an address as the audit log says, which more people read.
fn shown(url: &str) -> String {
    let origin = Url::parse(url).map(|url| url.origin().ascii_serialization());
    origin.map_or_else(|_| String::new(), |origin| format!("{origin}/…"))
}

/// Makes an endpoint; with the secret that is to be shown once.
///
/// # Errors
/// When the database does not answer.
pub async fn create(
    tx: &DatabaseTransaction,
    seal: &Seal,
    actor: &Actor,
    tenant: Uuid,
    said: Said,
    now: DateTime<Utc>,
) -> Result<(Model, String), Error> {
    let (id, secret) = (clock::id_at(now), secret::new()?);
    let row = Model {
        tenant_id: tenant,
        id,
        url: said.url,
        events: json!(said.events),
        secret: seal.close(id, &secret)?,
        old_secret: None,
        old_secret_until: None,
        job_id: None,
        failing_since: None,
        disabled_at: None,
        disabled_reason: None,
        deleted_at: None,
        created_at: now,
    };
    Entity::insert(ActiveModel::from(row.clone())).exec_without_returning(tx).await?;
    let changes = vec![Change::new("url", (), shown(&row.url)), Change::new("events", (), said.events.join(", "))];
    audit::record(tx, actor, tenant, entry("webhook.created", &row, changes), now).await?;
    Ok((row, secret))
}

/// Changes where it listens and what it wants to know.
///
/// # Errors
/// When the database does not answer.
pub async fn edit(
    tx: &DatabaseTransaction,
    actor: &Actor,
    endpoint: &Model,
    said: Said,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let (old, new) = (events(endpoint).join(", "), said.events.join(", "));
    let mut changes = Vec::new();
    if endpoint.url != said.url {
        changes.push(Change::new("url", shown(&endpoint.url), shown(&said.url)));
    }
    if old != new {
        changes.push(Change::new("events", old, new));
    }
    if changes.is_empty() {
        return Ok(());
    }
    let set = ActiveModel { url: Set(said.url), events: Set(json!(said.events)), ..Default::default() };
    update(tx, endpoint, set).await?;
    audit::record(tx, actor, endpoint.tenant_id, entry("webhook.edited", endpoint, changes), now).await
}

/// Gives it a new secret, which is to be shown once; the old one signs as well for this long.
///
/// # Errors
/// When the database does not answer.
pub async fn rotate(
    tx: &DatabaseTransaction,
    seal: &Seal,
    actor: &Actor,
    endpoint: &Model,
    overlap: Duration,
    now: DateTime<Utc>,
) -> Result<String, Error> {
    let secret = secret::new()?;
    let until = (overlap > Duration::zero()).then_some(now + overlap);
    let set = ActiveModel {
        secret: Set(seal.close(endpoint.id, &secret)?),
        old_secret: Set(until.map(|_| endpoint.secret.clone())),
        old_secret_until: Set(until),
        ..Default::default()
    };
    update(tx, endpoint, set).await?;
    audit::record(tx, actor, endpoint.tenant_id, entry("webhook.rotated", endpoint, vec![]), now).await?;
    Ok(secret)
}

/// The secrets that sign at `now`, the newest first; none where they cannot be opened.
#[must_use]
pub fn secrets(seal: &Seal, endpoint: &Model, now: DateTime<Utc>) -> Option<Vec<String>> {
    let mut secrets = vec![seal.open(endpoint.id, &endpoint.secret)?];
    let is_good = endpoint.old_secret_until.is_some_and(|until| now < until);
    let old = endpoint.old_secret.as_ref().filter(|_| is_good);
    secrets.extend(old.and_then(|old| seal.open(endpoint.id, old)));
    Some(secrets)
}

/// Switches an endpoint off: by somebody, or by the program for a reason, which is then mailed to the administrators.
///
/// # Errors
/// When the database does not answer.
pub async fn disable(
    tx: &DatabaseTransaction,
    actor: &Actor,
    endpoint: &Model,
    reason: Option<&str>,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    if endpoint.disabled_at.is_some() {
        return Ok(());
    }
    let reason = reason.map(str::to_owned);
    let off = ActiveModel {
        disabled_at: Set(Some(now)),
        disabled_reason: Set(reason.clone()),
        job_id: Set(None),
        ..Default::default()
    };
    update(tx, endpoint, off).await?;
    if reason.is_some() {
        letters::enqueue(tx, endpoint, now).await?;
    }
    let entry = Entry { reason, ..entry("webhook.disabled", endpoint, vec![]) };
    audit::record(tx, actor, endpoint.tenant_id, entry, now).await
}

/// Switches an endpoint on again; what it was not told before it went off is sent now.
///
/// # Errors
/// When the database does not answer.
pub async fn enable(
    tx: &DatabaseTransaction,
    actor: &Actor,
    endpoint: &Model,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    if endpoint.disabled_at.is_none() {
        return Ok(());
    }
    let on = ActiveModel {
        disabled_at: Set(None),
        disabled_reason: Set(None),
        failing_since: Set(None),
        ..Default::default()
    };
    update(tx, endpoint, on).await?;
    deliveries::all_again(tx, endpoint, &[deliveries::WAITING], now).await?;
    audit::record(tx, actor, endpoint.tenant_id, entry("webhook.enabled", endpoint, vec![]), now).await
}

/// Takes an endpoint away, its secrets with it; what is on its way to it is not sent any more.
///
/// # Errors
/// When the database does not answer.
pub async fn delete(
    tx: &DatabaseTransaction,
    actor: &Actor,
    endpoint: &Model,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let gone = ActiveModel {
        deleted_at: Set(Some(now)),
        secret: Set(String::new()),
        old_secret: Set(None),
        old_secret_until: Set(None),
        job_id: Set(None),
        ..Default::default()
    };
    update(tx, endpoint, gone).await?;
    audit::record(tx, actor, endpoint.tenant_id, entry("webhook.deleted", endpoint, vec![]), now).await
}

/// Changes the row of an endpoint.
///
/// # Errors
/// When the database does not answer.
pub(super) async fn update(tx: &DatabaseTransaction, endpoint: &Model, change: ActiveModel) -> Result<(), Error> {
    let this = Entity::update_many().set(change).filter(Column::TenantId.eq(endpoint.tenant_id));
    this.filter(Column::Id.eq(endpoint.id)).exec(tx).await?;
    Ok(())
}

fn entry(action: &'static str, row: &Model, changes: Vec<Change>) -> Entry {
    Entry {
        action,
        subject_kind: "webhook",
        subject_id: row.id.to_string(),
        subject_label: host(row),
        changes,
        ..Entry::default()
    }
}
