//! Keys of calling systems. A key is shown once; only its hash is kept.
//!
//! A key that is rotated stays the same key with another secret: its holds, its order references and its answers stay
//! its own, and the old secret works on for a while.

mod change;
mod uses;

use crate::audit::{self, Actor, Change, Entry};
use crate::db::bulk::padded;
use crate::db::tables::api_keys::{ActiveModel, Column, Entity, Model};
use crate::error::Error;
use crate::web::token;
use chrono::{DateTime, Utc};
use sea_orm::{ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter};
use serde_json::Value;
use std::collections::BTreeSet;
use uuid::Uuid;

pub use change::{all, by_id, names, revoke, rotate};
pub use uses::Uses;

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

/// Each of them with what a page says of it.
pub const SCOPE_WORDS: [(&str, &str); 7] = [
    ("coupons:read", "Read coupons, codes and batches"),
    ("coupons:write", "Create and change coupons, codes and batches"),
    ("validations", "Ask what a code would do"),
    ("redemptions:write", "Hold, redeem, confirm, release and reverse"),
    ("organizations:write", "See organizations, apply codes to them, change limits and credit"),
    ("audit:read", "Read the audit log, and why a code was refused"),
    ("exports", "Make and fetch exports"),
];

/// How every key begins, so that one that leaked is recognised.
const PREFIX: &str = "vs_";
/// Six random bits each.
const LENGTH: usize = 40;
/// As much of a key as is kept readable, to tell keys apart.
const HINT: usize = 7;

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
    let secret = secret()?;
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

fn secret() -> Result<String, Error> {
    Ok(format!("{PREFIX}{}", token::random(LENGTH)?))
}

fn hint(secret: &str) -> String {
    secret.chars().take(HINT).collect()
}

/// What is kept of a secret; `None` for what cannot be one.
#[must_use]
pub fn hash_of(secret: &str) -> Option<String> {
    (secret.starts_with(PREFIX) && secret.len() == PREFIX.len() + LENGTH).then(|| token::hash(secret))
}

/// The keys with these hashes now or before their last rotation, whether they still work or not.
///
/// # Errors
/// When the database does not answer.
pub async fn of_hashes(connection: &impl ConnectionTrait, hashes: &BTreeSet<String>) -> Result<Vec<Model>, Error> {
    let mut found = Vec::new();
    // One index each.
    for column in [Column::KeyHash, Column::PreviousHash] {
        let known: BTreeSet<&str> = found.iter().map(|key: &Model| key.key_hash.as_str()).collect();
        let others: Vec<&str> = hashes.iter().map(String::as_str).filter(|hash| !known.contains(hash)).collect();
        if !others.is_empty() {
            found.extend(Entity::find().filter(column.is_in(padded(others))).all(connection).await?);
        }
    }
    Ok(found)
}

/// Whether this is the hash of a key, or was before its last rotation.
#[must_use]
pub fn has_hash(key: &Model, hash: &str) -> bool {
    key.key_hash == hash || key.previous_hash.as_deref() == Some(hash)
}

/// Whether this key of the tenant works with this hash: its own, or for a while the one before its last rotation.
#[must_use]
pub fn opens(key: &Model, tenant: Uuid, hash: &str, now: DateTime<Utc>) -> bool {
    let rotated = || key.previous_until.is_some_and(|until| now < until);
    key.tenant_id == tenant && is_alive(key, now) && has_hash(key, hash) && (key.key_hash == hash || rotated())
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
    use super::{SCOPE_WORDS, SCOPES, scopes};

    #[test]
    fn every_scope_has_its_words() {
        assert_eq!(SCOPE_WORDS.map(|(scope, _)| scope), SCOPES);
    }

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
