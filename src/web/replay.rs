//! The same request again gets the same answer, and happens once.
//!
//! A form that creates or spends carries a hidden random key, or is known by its content for a moment; an API caller may
//! send `Idempotency-Key`. The key is claimed in the transaction of the write itself. On PostgreSQL a twin in flight waits
//! at that row for the first's commit; on SQLite there is one writer anyway.

use crate::db::bulk;
use crate::db::tables::idempotency_keys::{ActiveModel, Column, Entity, Model};
use crate::error::{Error, Fault};
use crate::web::token;
use actix_web::http::StatusCode;
use anyhow::anyhow;
use chrono::{DateTime, Duration, Utc};
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter};
use serde_json::Value;
use std::collections::BTreeMap;
use uuid::Uuid;

/// How long an answer is kept.
const KEPT: Duration = Duration::hours(48);
/// How long the same content means the same request: a second click, or a form that the browser sends anew.
const SAME_BREATH: Duration = Duration::seconds(10);
/// The longest key.
const LONGEST: usize = 128;
/// A key that is there already.
const TAKEN: &str = "ON CONFLICT (tenant_id, actor, route, key)";

/// Tenant, actor, route and key.
type Id = (Uuid, String, String, String);

/// One request, by everything that makes it the same as another.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key {
    /// The tenant.
    pub tenant: Uuid,
    /// Who asked: `user:<id>` or `key:<id>`.
    pub actor: String,
    /// The hash of method and path, which may be long.
    pub route: String,
    /// What the request calls itself.
    pub key: String,
    /// The hash of what was sent, without the key.
    pub body_hash: String,
    /// How long its answer is kept.
    kept: Duration,
}

/// Whether a request is the first of its key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Claim {
    /// It is; its answer is to be [`settle`]d.
    First,
    /// It came before, with this answer.
    Again(Value),
}

impl Key {
    /// The key of a request whose content is `body`.
    ///
    /// # Errors
    /// [`Error::BadRequest`] for a key that is empty, long, or not printable ASCII.
    pub fn new(tenant: Uuid, actor: String, route: &str, key: &str, body: &str) -> Result<Self, Error> {
        if !fits(key) {
            return Err(Error::BadRequest("The key of the request is malformed.".to_owned()));
        }
        let (route, key, body_hash) = (token::hash(route), key.to_owned(), token::hash(body));
        Ok(Self { tenant, actor, route, key, body_hash, kept: KEPT })
    }

    /// The key of a form that a signed-in person sent. Sent again as it was, it is the same request; somebody who went
    /// back and typed something else means another one.
    ///
    /// # Errors
    /// As [`Key::new`].
    pub fn of_form(tenant: Uuid, user: Uuid, route: &str, key: &str, body: &str) -> Result<Self, Error> {
        let key = Self::new(tenant, format!("user:{user}"), route, key, body)?;
        Ok(Self { key: token::hash(&format!("{}\n{}", key.key, key.body_hash)), ..key })
    }

    /// The key of what a signed-in person asks for in a form that has none, because it stands on many pages and does no
    /// harm when it is sent again later: the same content within ten seconds is the same request.
    ///
    /// # Errors
    /// None that a caller could cause.
    pub fn of_content(tenant: Uuid, user: Uuid, route: &str, body: &str) -> Result<Self, Error> {
        Ok(Self { kept: SAME_BREATH, ..Self::new(tenant, format!("user:{user}"), route, &token::hash(body), body)? })
    }

    fn id(&self) -> Id {
        (self.tenant, self.actor.clone(), self.route.clone(), self.key.clone())
    }
}

/// Whether a request may call itself so: 1 to 128 printable ASCII characters.
#[must_use]
pub fn fits(key: &str) -> bool {
    (1..=LONGEST).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_graphic())
}

/// Takes the key for this transaction, or finds the answer that it has.
///
/// # Errors
/// 422 `key_reused` when the key came with another content before.
pub async fn claim(tx: &DatabaseTransaction, key: &Key, now: DateTime<Utc>) -> Result<Claim, Error> {
    let nothing = || Err(Error::Internal(anyhow!("a key was not claimed")));
    claim_all(tx, &[(key, now)]).await?.pop().unwrap_or_else(nothing)
}

/// The answer that a request with this key had, if it came before; for who looks before anything is claimed.
///
/// # Errors
/// When the database does not answer.
pub async fn answered(
    connection: &impl ConnectionTrait,
    key: &Key,
    now: DateTime<Utc>,
) -> Result<Option<Value>, Error> {
    let row = Entity::find_by_id(key.id()).one(connection).await?;
    Ok(row.filter(|row| row.expires_at > now && row.body_hash == key.body_hash).map(|row| row.answer))
}

/// The same for keys that are all different, in their order; two that differ in their content alone are one request and a
/// reuse of its key. Whoever claims several does so in the order of the keys, so that two who claim the same ones do not
/// wait for each other in a circle.
///
/// # Errors
/// When the database does not answer; what is wrong with one key is said in its place.
pub async fn claim_all(
    tx: &DatabaseTransaction,
    keys: &[(&Key, DateTime<Utc>)],
) -> Result<Vec<Result<Claim, Error>>, Error> {
    if take(tx, keys).await? {
        return Ok(keys.iter().map(|_| Ok(Claim::First)).collect());
    }
    let mut found = taken(tx, keys).await?;
    if forget(tx, keys, &found).await? {
        take(tx, keys).await?;
        found = taken(tx, keys).await?;
    }
    let claim = |key: &Key| match found.get(&key.id()) {
        Some(row) if row.body_hash != key.body_hash => {
            let detail = "This request was sent before with another content.";
            Err(Fault::new("key_reused", "Sent before", detail).with_status(StatusCode::UNPROCESSABLE_ENTITY))
        }
        // Nobody leaves a key without an answer, so it was taken just now.
        Some(Model { answer: Value::Null, .. }) => Ok(Claim::First),
        Some(row) => Ok(Claim::Again(row.answer.clone())),
        None => Err(Error::Unavailable(anyhow!("a claimed key went away"))),
    };
    Ok(keys.iter().map(|(key, _)| *key).map(claim).collect())
}

/// Takes the keys that nobody has; whether these are all.
async fn take(tx: &DatabaseTransaction, keys: &[(&Key, DateTime<Utc>)]) -> Result<bool, Error> {
    let rows = keys.iter().map(|(key, now)| row(key, Value::Null, *now)).collect();
    let taken = bulk::insert_or::<Entity>(tx, rows, &format!("{TAKEN} DO NOTHING")).await?;
    Ok(usize::try_from(taken).is_ok_and(|taken| taken == keys.len()))
}

/// What stands at these keys.
async fn taken(tx: &DatabaseTransaction, keys: &[(&Key, DateTime<Utc>)]) -> Result<BTreeMap<Id, Model>, Error> {
    let mut by_tenant: BTreeMap<Uuid, Vec<&Key>> = BTreeMap::new();
    for (key, _) in keys {
        by_tenant.entry(key.tenant).or_default().push(key);
    }
    let mut found = BTreeMap::new();
    for (tenant, keys) in by_tenant {
        let columns = [Column::Actor, Column::Route, Column::Key];
        let wanted =
            keys.iter().map(|key| vec![key.actor.as_str().into(), key.route.as_str().into(), key.key.as_str().into()]);
        let rows = bulk::matching::<Entity>(tx, &columns, tenant, wanted).await?;
        let id = |row: &Model| (row.tenant_id, row.actor.clone(), row.route.clone(), row.key.clone());
        found.extend(rows.into_iter().map(|row| (id(&row), row)));
    }
    Ok(found)
}

/// Removes those whose time is over and that were not swept yet; whether there were any. Somebody else who is replacing
/// one of them is waited for, which is why they go one by one, in the order in which all claim them.
async fn forget(
    tx: &DatabaseTransaction,
    keys: &[(&Key, DateTime<Utc>)],
    found: &BTreeMap<Id, Model>,
) -> Result<bool, Error> {
    let is_over = |(key, now): &&(&Key, DateTime<Utc>)| found.get(&key.id()).is_some_and(|row| row.expires_at <= *now);
    let mut any = false;
    for (key, now) in keys.iter().filter(is_over) {
        Entity::delete_by_id(key.id()).filter(Column::ExpiresAt.lte(*now)).exec(tx).await?;
        any = true;
    }
    Ok(any)
}

/// Keeps the answer of a claimed key.
///
/// # Errors
/// When the database does not answer.
pub async fn settle(tx: &DatabaseTransaction, key: &Key, answer: Value, now: DateTime<Utc>) -> Result<(), Error> {
    settle_all(tx, vec![(key, answer, now)]).await
}

/// Keeps the answers of claimed keys.
///
/// # Errors
/// When the database does not answer.
pub async fn settle_all(tx: &DatabaseTransaction, answers: Vec<(&Key, Value, DateTime<Utc>)>) -> Result<(), Error> {
    let rows = answers.into_iter().map(|(key, answer, now)| row(key, answer, now)).collect();
    bulk::insert_or::<Entity>(tx, rows, &format!("{TAKEN} DO UPDATE SET answer = excluded.answer")).await?;
    Ok(())
}

fn row(key: &Key, answer: Value, now: DateTime<Utc>) -> ActiveModel {
    ActiveModel {
        tenant_id: Set(key.tenant),
        actor: Set(key.actor.clone()),
        route: Set(key.route.clone()),
        key: Set(key.key.clone()),
        body_hash: Set(key.body_hash.clone()),
        answer: Set(answer),
        created_at: Set(now),
        expires_at: Set(now + key.kept),
    }
}

/// Gives a claimed key back, when its answer is not final.
///
/// # Errors
/// When the database does not answer.
pub async fn give_back(tx: &DatabaseTransaction, key: &Key) -> Result<(), Error> {
    Entity::delete_by_id(key.id()).exec(tx).await?;
    Ok(())
}

/// Removes the answers whose time is over.
///
/// # Errors
/// When the database does not answer.
pub async fn sweep(tx: &impl ConnectionTrait, now: DateTime<Utc>) -> Result<u64, Error> {
    Ok(Entity::delete_many().filter(Column::ExpiresAt.lte(now)).exec(tx).await?.rows_affected)
}
