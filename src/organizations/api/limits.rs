//! `PUT /api/v1/organizations/{id}/limits`: bases, locks, and what is in use, as the host system knows them.

use super::view;
use crate::accounts::caller::WritesOrganizations;
use crate::db::Db;
use crate::error::{Error, Fault};
use crate::organizations::bases::{self, Base};
use crate::organizations::limits::{LimitValue, OrganizationLimit};
use crate::organizations::organization::lock;
use crate::organizations::queries;
use crate::web::api::{self, Answer, Body, Id, Prefer};
use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer};
use std::collections::BTreeSet;

/// What is set.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LimitsSaid {
    /// Each limit once; those that are not here stay as they are.
    pub limits: Vec<LimitSaid>,
}

/// What is set for one limit; an absent field keeps what is there, null takes it away.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LimitSaid {
    /// The key of the limit.
    pub key: String,
    /// A number, `"unlimited"`, or null for the definition's default.
    #[serde(default, deserialize_with = "given")]
    #[schemars(with = "Option<BaseSaid>")]
    pub base: Option<Option<BaseSaid>>,
    /// Whether no coupon may change it.
    pub locked: Option<bool>,
    /// How many are in use; null when nobody knows.
    #[serde(default, deserialize_with = "given")]
    #[schemars(with = "Option<i64>")]
    pub in_use: Option<Option<i64>>,
}

/// A base value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(untagged, expecting = "A base is a whole number or \"unlimited\".")]
pub enum BaseSaid {
    /// Up to this many.
    Number(i64),
    /// No limit.
    Word(Unlimited),
}

/// The word for no limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Unlimited {
    /// `"unlimited"`.
    Unlimited,
}

/// Something that was said, null included.
fn given<'de, T: Deserialize<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

/// `PUT /api/v1/organizations/{id}/limits`: the organization as it is afterwards.
///
/// # Errors
/// [`Error::NotFound`] for an organization that the tenant does not have, 422 with what is wrong with which limit.
pub async fn update(
    who: WritesOrganizations,
    db: web::Data<Db>,
    id: Id,
    prefer: Prefer,
    Body { data, once }: Body<LimitsSaid>,
) -> Result<HttpResponse, Error> {
    api::once(&db, who.request_key(&once).as_ref(), who.now, async |tx| {
        // What is read stays so until it is written: nobody's lock is taken back by what stood there before.
        lock(tx, who.tenant.id, *id).await?.ok_or(Error::NotFound)?;
        let limits = queries::limits(tx, who.tenant.id, &[*id]).await?.remove(&*id).unwrap_or_default();
        for (key, base) in read(&data, &limits)? {
            bases::set(tx, &who.actor(), (who.tenant.id, *id), &key, base, who.now).await?;
        }
        let after = view::one(tx, &who.tenant, *id).await?;
        Ok(Answer::of(StatusCode::OK, &after)?.as_preferred(prefer))
    })
    .await
}

/// What is to be set, with every fault on its field.
fn read(said: &LimitsSaid, limits: &[OrganizationLimit]) -> Result<Vec<(String, Base)>, Error> {
    let (mut bases, mut seen) = (Vec::new(), BTreeSet::new());
    let mut fault = Fault::new("invalid", "Not acceptable", "The limits cannot be set so.");
    for (number, said) in said.limits.iter().enumerate() {
        let field = |name: &str| format!("limits[{number}].{name}");
        let Some(limit) = limits.iter().find(|limit| limit.key == said.key) else {
            fault = fault.on(field("key"), "unknown", "There is no such limit.");
            continue;
        };
        if !seen.insert(&said.key) {
            fault = fault.on(field("key"), "duplicate", "This limit is there twice.");
        }
        match value(said, limit) {
            Ok(base) => bases.push((said.key.clone(), base)),
            Err((name, sentence)) => fault = fault.on(field(name), "invalid", sentence),
        }
    }
    if fault.errors.is_empty() { Ok(bases) } else { Err(fault.with_status(StatusCode::UNPROCESSABLE_ENTITY)) }
}

fn value(said: &LimitSaid, limit: &OrganizationLimit) -> Result<Base, (&'static str, String)> {
    let value = match said.base {
        None => limit.base,
        Some(None) => None,
        Some(Some(BaseSaid::Number(number))) if number < 0 => {
            return Err(("base", "This cannot be below 0.".to_owned()));
        }
        Some(Some(BaseSaid::Number(number))) => Some(LimitValue::Finite(number)),
        Some(Some(BaseSaid::Word(Unlimited::Unlimited))) => Some(LimitValue::Unlimited),
    };
    if let Some(value) = value.filter(|_| said.base.is_some()) {
        bases::allowed(value, limit).map_err(|sentence| ("base", sentence))?;
    }
    let in_use = said.in_use.unwrap_or(limit.in_use);
    if in_use.is_some_and(|count| count < 0) {
        return Err(("in_use", "This cannot be below 0.".to_owned()));
    }
    Ok(Base { value, locked: said.locked.unwrap_or(limit.locked), in_use })
}
