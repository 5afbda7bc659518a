//! The same request again gets the same answer, and happens once.
//!
//! A form that creates or spends carries a hidden random key; an API caller may send `Idempotency-Key`. The key is
//! claimed in the transaction of the write itself. On PostgreSQL a twin in flight waits at that row for the first's
//! commit; on SQLite there is one writer anyway.

use crate::db::bulk;
use crate::db::tables::idempotency_keys::{ActiveModel, Column, Entity};
use crate::error::{Error, Fault};
use crate::web::token;
use actix_web::http::StatusCode;
use anyhow::anyhow;
use chrono::{DateTime, Duration, Utc};
use sea_orm::{ActiveValue::Set, ConnectionTrait, DatabaseTransaction, EntityTrait};
use serde_json::Value;
use std::collections::BTreeMap;
use uuid::Uuid;

/// How long an answer is kept.
const KEPT: Duration = Duration::hours(48);
/// The longest key.
const LONGEST: usize = 128;
/// A key that is there already.
const TAKEN: &str = "ON CONFLICT (tenant_id, actor, route, key)";

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
        Ok(Self { tenant, actor, route, key, body_hash })
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

    fn id(&self) -> (Uuid, String, String, String) {
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
    let rows = keys.iter().map(|(key, now)| row(key, Value::Null, *now)).collect();
    let claimed = bulk::insert_or::<Entity>(tx, rows, &format!("{TAKEN} DO NOTHING")).await?;
    if usize::try_from(claimed).is_ok_and(|claimed| claimed == keys.len()) {
        return Ok(keys.iter().map(|_| Ok(Claim::First)).collect());
    }
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
        found.extend(
            rows.into_iter().map(|row| ((row.tenant_id, row.actor, row.route, row.key), (row.body_hash, row.answer))),
        );
    }
    let claim = |key: &Key| match found.get(&key.id()) {
        Some((hash, _)) if *hash != key.body_hash => {
            let detail = "This request was sent before with another content.";
            Err(Fault::new("key_reused", "Sent before", detail).with_status(StatusCode::UNPROCESSABLE_ENTITY))
        }
        // Nobody leaves a key without an answer, so it was taken just now.
        Some((_, Value::Null)) => Ok(Claim::First),
        Some((_, answer)) => Ok(Claim::Again(answer.clone())),
        None => Err(Error::Unavailable(anyhow!("a claimed key went away"))),
    };
    Ok(keys.iter().map(|(key, _)| *key).map(claim).collect())
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
        expires_at: Set(now + KEPT),
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
    use sea_orm::{ColumnTrait, QueryFilter};
    Ok(Entity::delete_many().filter(Column::ExpiresAt.lte(now)).exec(tx).await?.rows_affected)
}
