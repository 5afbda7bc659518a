//! What an admin, or the host system, says of one limit of one organization: its base value, its lock, and how many are
//! in use.

use crate::audit::{self, Actor, Change};
use crate::db::tables::organization_limits::{ActiveModel, Column, Entity, Model};
use crate::error::Error;
use crate::organizations::limits::{LimitValue, OrganizationLimit, effective};
use crate::organizations::organization::{about, lock};
use crate::organizations::{definitions, queries};
use chrono::{DateTime, Utc};
use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveValue::Set, DatabaseTransaction, EntityTrait};
use serde_json::Value;
use uuid::Uuid;

/// What is set for one limit of one organization. The default is what an organization has for which nothing was set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Base {
    /// A value of its own instead of the definition's default.
    pub value: Option<LimitValue>,
    /// No coupon may change it.
    pub locked: bool,
    /// How many are in use; `None` when nobody said.
    pub in_use: Option<i64>,
}

/// Whether a definition allows this base value.
///
/// # Errors
/// The sentence for the field.
pub fn allowed(value: LimitValue, limit: &OrganizationLimit) -> Result<LimitValue, String> {
    let too_low = limit.minimum.filter(|minimum| value < LimitValue::Finite(*minimum));
    let too_high = limit.maximum.filter(|maximum| value > LimitValue::Finite(*maximum));
    match (too_low, too_high) {
        (Some(minimum), _) => Err(format!("{} may be {minimum} at the least.", limit.label)),
        (_, Some(maximum)) => Err(format!("{} may be {maximum} at the most.", limit.label)),
        (None, None) => Ok(value),
    }
}

/// Sets it; `false` when the tenant has no such organization or no such limit.
///
/// # Errors
/// When the database refuses it.
pub async fn set(
    tx: &DatabaseTransaction,
    actor: &Actor,
    (tenant, organization): (Uuid, Uuid),
    key: &str,
    base: Base,
    now: DateTime<Utc>,
) -> Result<bool, Error> {
    let Some(organization) = lock(tx, tenant, organization).await? else { return Ok(false) };
    let Some(definition) = definitions::find(tx, tenant, key).await? else { return Ok(false) };
    let row = Entity::find_by_id((tenant, organization.id, key.to_owned())).one(tx).await?;
    let before = row.as_ref().map(Base::from).unwrap_or_default();
    if before == base {
        return Ok(true);
    }
    let row = Model {
        tenant_id: tenant,
        organization_id: organization.id,
        limit_key: key.to_owned(),
        base_set: base.value.is_some(),
        base_value: base.value.and_then(LimitValue::column),
        locked: base.locked,
        in_use: base.in_use,
        updated_at: now,
    };
    let written = [Column::BaseSet, Column::BaseValue, Column::Locked, Column::InUse, Column::UpdatedAt];
    let same = OnConflict::columns([Column::TenantId, Column::OrganizationId, Column::LimitKey])
        .update_columns(written)
        .to_owned();
    Entity::insert(all_set(row)).on_conflict(same).exec_without_returning(tx).await?;
    let limits = queries::limits(tx, tenant, &[organization.id]).await?.remove(&organization.id).unwrap_or_default();
    let grants = limits.into_iter().find(|limit| limit.key == key).map(|limit| limit.grants).unwrap_or_default();
    let reach = |base: Base| effective(LimitValue::from_column(definition.default_value), base.value, &grants);
    let mut changes = changes(&definition.label, before, base);
    if reach(before) != reach(base) {
        // As a redemption that changes it would say it.
        changes.push(Change::new(&format!("limit {key}"), reach(before).to_string(), reach(base).to_string()));
    }
    let entry = about(&organization, "organization.limit_set", changes);
    audit::record(tx, actor, tenant, entry, now).await?;
    Ok(true)
}

impl From<&Model> for Base {
    fn from(row: &Model) -> Self {
        Self {
            value: row.base_set.then(|| LimitValue::from_column(row.base_value)),
            locked: row.locked,
            in_use: row.in_use,
        }
    }
}

fn all_set(row: Model) -> ActiveModel {
    ActiveModel {
        tenant_id: Set(row.tenant_id),
        organization_id: Set(row.organization_id),
        limit_key: Set(row.limit_key),
        base_set: Set(row.base_set),
        base_value: Set(row.base_value),
        locked: Set(row.locked),
        in_use: Set(row.in_use),
        updated_at: Set(row.updated_at),
    }
}

fn changes(label: &str, before: Base, after: Base) -> Vec<Change> {
    let pairs = fields(before).into_iter().zip(fields(after));
    pairs
        .filter(|((_, before), (_, after))| before != after)
        .map(|((field, before), (_, after))| Change::new(&format!("{label}: {field}"), before, after))
        .collect()
}

fn fields(base: Base) -> [(&'static str, Value); 3] {
    let value = base.value.map_or_else(|| "default".into(), LimitValue::to_json);
    [("base", value), ("locked", base.locked.into()), ("in use", base.in_use.into())]
}
