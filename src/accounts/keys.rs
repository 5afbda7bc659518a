//! Keys of calling systems. A key is shown once; only its hash is kept.

use crate::audit::{self, Actor, Change, Entry};
use crate::db::tables::api_keys::{ActiveModel, Entity, Model};
use crate::error::Error;
use crate::web::token;
use chrono::{DateTime, Utc};
use sea_orm::{DatabaseTransaction, EntityTrait};
use serde_json::Value;
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
        hint: secret.chars().take(HINT).collect(),
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
