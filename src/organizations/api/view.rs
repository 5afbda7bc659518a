//! An organization as callers read it.

use crate::accounts::caller::SeesOrganizations;
use crate::error::Error;
use crate::organizations::limits::{LimitValue, OrganizationLimit};
use crate::organizations::{Organization, credit, list, members, queries};
use crate::tenants::Tenant;
use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use sea_orm::ConnectionTrait;
use serde::Serialize;
use serde_json::Value;
use uuid::Uuid;

/// An organization with its limits and its credit.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct OrganizationView {
    /// Its id.
    pub id: Uuid,
    /// What people call it.
    pub name: String,
    /// What a host system calls it.
    pub external_ref: Option<String>,
    /// How many members it has.
    pub members: i64,
    /// What it may reach.
    pub limits: Vec<LimitView>,
    /// The credit it can spend, in minor units.
    pub credit: i64,
    /// The currency of the credit.
    pub currency: &'static str,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When its name changed last.
    pub updated_at: DateTime<Utc>,
}

/// One limit of an organization.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct LimitView {
    /// The key of its definition.
    pub key: String,
    /// What people call it.
    pub label: String,
    /// What the organization may reach now; null is unlimited.
    pub value: Option<i64>,
    /// Its own base: a number, `"unlimited"`, or null for the definition's default.
    pub base: Value,
    /// What an organization without a base starts from; null is unlimited.
    pub default: Option<i64>,
    /// Whether no coupon may change it.
    pub locked: bool,
    /// How many are in use, as last reported.
    pub in_use: Option<i64>,
}

impl From<&OrganizationLimit> for LimitView {
    fn from(limit: &OrganizationLimit) -> Self {
        Self {
            key: limit.key.clone(),
            label: limit.label.clone(),
            value: limit.effective().column(),
            base: limit.base.map_or(Value::Null, LimitValue::to_json),
            default: limit.default.column(),
            locked: limit.locked,
            in_use: limit.in_use,
        }
    }
}

/// These organizations as callers read them, in their order.
///
/// # Errors
/// When the database does not answer.
pub async fn of(
    connection: &impl ConnectionTrait,
    tenant: &Tenant,
    rows: Vec<Organization>,
) -> Result<Vec<OrganizationView>, Error> {
    let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
    let counts = list::member_counts(connection, tenant.id, &ids).await?;
    let balances = credit::balances(connection, tenant.id, &ids).await?;
    let mut limits = queries::limits(connection, tenant.id, &ids).await?;
    let view = |row: Organization| OrganizationView {
        members: counts.get(&row.id).copied().unwrap_or_default(),
        limits: limits.remove(&row.id).unwrap_or_default().iter().map(LimitView::from).collect(),
        credit: balances.get(&row.id).copied().unwrap_or_default(),
        currency: tenant.currency.code(),
        id: row.id,
        name: row.name,
        external_ref: row.external_ref,
        created_at: row.created_at,
        updated_at: row.updated_at,
    };
    Ok(rows.into_iter().map(view).collect())
}

/// The organization as a caller reads it.
///
/// # Errors
/// [`Error::NotFound`] for one that the tenant does not have.
pub async fn one(connection: &impl ConnectionTrait, tenant: &Tenant, id: Uuid) -> Result<OrganizationView, Error> {
    let row = queries::by_id(connection, tenant.id, id).await?.ok_or(Error::NotFound)?;
    of(connection, tenant, vec![row]).await?.into_iter().next().ok_or(Error::NotFound)
}

/// Refuses an organization that is not the caller's to see, as if it were not there.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn seen(connection: &impl ConnectionTrait, who: &SeesOrganizations, id: Uuid) -> Result<(), Error> {
    let of_caller = match who.as_user() {
        _ if who.sees_all() => true,
        Some(user) => members::role_of(connection, (who.tenant.id, id), user.user.id).await?.is_some(),
        None => false,
    };
    if of_caller { Ok(()) } else { Err(Error::NotFound) }
}
