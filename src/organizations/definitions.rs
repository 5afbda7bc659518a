//! The limits a tenant has: their names, units, defaults and bounds.

use crate::audit::{self, Actor, Change, Entry};
use crate::db::tables::limits::{ActiveModel, Column, Entity, Model};
use crate::error::{Error, is_taken};
use crate::organizations::limits::LimitValue;
use chrono::{DateTime, Utc};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter,
    QueryOrder, QuerySelect,
};
use serde_json::Value;
use std::collections::HashMap;
use uuid::Uuid;

/// A definition as the database holds it.
pub type Definition = Model;

/// What an admin says of a limit. The key is fixed once it is made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DefinitionData {
    /// What people read: “Instances”.
    pub label: String,
    /// One of what, in the plural: “instances”. May be empty.
    pub unit: String,
    /// What organizations without a base of their own may reach.
    pub default: LimitValue,
    /// The smallest value a coupon or an admin may set.
    pub minimum: Option<i64>,
    /// The largest.
    pub maximum: Option<i64>,
}

/// The limits of the tenant, by label.
///
/// # Errors
/// When the database does not answer.
pub async fn all(connection: &impl ConnectionTrait, tenant: Uuid) -> Result<Vec<Definition>, Error> {
    let find = Entity::find().filter(Column::TenantId.eq(tenant));
    Ok(find.order_by_asc(Column::Label).order_by_asc(Column::Key).all(connection).await?)
}

/// What people call the limits of the tenant, by their keys.
///
/// # Errors
/// When the database does not answer.
pub async fn labels(connection: &impl ConnectionTrait, tenant: Uuid) -> Result<HashMap<String, String>, Error> {
    let find = Entity::find().select_only().columns([Column::Key, Column::Label]).filter(Column::TenantId.eq(tenant));
    let rows: Vec<(String, String)> = find.into_tuple().all(connection).await?;
    Ok(rows.into_iter().collect())
}

/// The limit with this key.
///
/// # Errors
/// When the database does not answer.
pub async fn find(connection: &impl ConnectionTrait, tenant: Uuid, key: &str) -> Result<Option<Definition>, Error> {
    Ok(Entity::find_by_id((tenant, key.to_owned())).one(connection).await?)
}

/// Makes a limit; `false` when the tenant has one with this key, and then the transaction must not go on.
///
/// # Errors
/// When the database refuses it.
pub async fn create(
    tx: &DatabaseTransaction,
    actor: &Actor,
    tenant: Uuid,
    key: &str,
    data: &DefinitionData,
    now: DateTime<Utc>,
) -> Result<bool, Error> {
    let row = row(tenant, key, data, now, now);
    match Entity::insert(ActiveModel::from(row)).exec_without_returning(tx).await {
        Err(error) if is_taken(&error) => return Ok(false),
        other => other?,
    };
    let changes = fields(data).into_iter().map(|(field, after)| Change::new(field, Value::Null, after)).collect();
    audit::record(tx, actor, tenant, about(key, data, "limit.created", changes), now).await?;
    Ok(true)
}

/// Changes a limit; `false` when the tenant has none with this key.
///
/// # Errors
/// When the database refuses it.
pub async fn edit(
    tx: &DatabaseTransaction,
    actor: &Actor,
    tenant: Uuid,
    key: &str,
    data: &DefinitionData,
    now: DateTime<Utc>,
) -> Result<bool, Error> {
    let Some(before) = Entity::find_by_id((tenant, key.to_owned())).lock_exclusive().one(tx).await? else {
        return Ok(false);
    };
    let before = DefinitionData::from(&before);
    let pairs = fields(&before).into_iter().zip(fields(data));
    let changes: Vec<_> = pairs
        .filter(|((_, before), (_, after))| before != after)
        .map(|((field, before), (_, after))| Change::new(field, before, after))
        .collect();
    if changes.is_empty() {
        return Ok(true);
    }
    let changed = ActiveModel {
        label: Set(data.label.clone()),
        unit: Set(data.unit.clone()),
        default_value: Set(data.default.column()),
        minimum: Set(data.minimum),
        maximum: Set(data.maximum),
        updated_at: Set(now),
        ..Default::default()
    };
    let here = Condition::all().add(Column::TenantId.eq(tenant)).add(Column::Key.eq(key));
    Entity::update_many().set(changed).filter(here).exec(tx).await?;
    audit::record(tx, actor, tenant, about(key, data, "limit.edited", changes), now).await?;
    Ok(true)
}

impl From<&Definition> for DefinitionData {
    fn from(row: &Definition) -> Self {
        Self {
            label: row.label.clone(),
            unit: row.unit.clone(),
            default: LimitValue::from_column(row.default_value),
            minimum: row.minimum,
            maximum: row.maximum,
        }
    }
}

fn row(tenant: Uuid, key: &str, data: &DefinitionData, created_at: DateTime<Utc>, now: DateTime<Utc>) -> Model {
    Model {
        tenant_id: tenant,
        key: key.to_owned(),
        label: data.label.clone(),
        unit: data.unit.clone(),
        default_value: data.default.column(),
        minimum: data.minimum,
        maximum: data.maximum,
        created_at,
        updated_at: now,
    }
}

fn fields(data: &DefinitionData) -> [(&'static str, Value); 5] {
    [
        ("label", data.label.as_str().into()),
        ("unit", data.unit.as_str().into()),
        ("default", data.default.to_json()),
        ("minimum", data.minimum.into()),
        ("maximum", data.maximum.into()),
    ]
}

fn about(key: &str, data: &DefinitionData, action: &'static str, changes: Vec<Change>) -> Entry {
    Entry {
        action,
        subject_kind: "limit",
        subject_id: key.to_owned(),
        subject_label: data.label.clone(),
        changes,
        ..Entry::default()
    }
}
