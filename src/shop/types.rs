//! Kinds of products: issue, plan, meeting room, ticket.

use crate::audit::{self, Actor, Change, Entry};
use crate::db::tables::product_types::{ActiveModel, Column, Entity, Model};
use crate::error::{Error, is_taken};
use chrono::{DateTime, Utc};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter,
    QueryOrder, QuerySelect,
};
use serde_json::Value;
use uuid::Uuid;

/// A kind as the database holds it.
pub type ProductType = Model;

/// The kinds of the tenant, by label.
///
/// # Errors
/// When the database does not answer.
pub async fn all(connection: &impl ConnectionTrait, tenant: Uuid) -> Result<Vec<ProductType>, Error> {
    let find = Entity::find().filter(Column::TenantId.eq(tenant));
    Ok(find.order_by_asc(Column::Label).order_by_asc(Column::Key).all(connection).await?)
}

/// Makes a kind; `false` when the tenant has one with this key, and then the transaction must not go on.
///
/// # Errors
/// When the database refuses it.
pub async fn create(
    tx: &DatabaseTransaction,
    actor: &Actor,
    tenant: Uuid,
    (key, label, recurring): (&str, &str, bool),
    now: DateTime<Utc>,
) -> Result<bool, Error> {
    let row = ActiveModel {
        tenant_id: Set(tenant),
        key: Set(key.to_owned()),
        label: Set(label.to_owned()),
        recurring: Set(recurring),
        created_at: Set(now),
    };
    match Entity::insert(row).exec_without_returning(tx).await {
        Err(error) if is_taken(&error) => return Ok(false),
        other => other?,
    };
    let changes = vec![Change::new("label", Value::Null, label), Change::new("recurring", Value::Null, recurring)];
    audit::record(tx, actor, tenant, about(key, label, "product_type.created", changes), now).await?;
    Ok(true)
}

/// Gives a kind another name or another rhythm; `false` when the tenant has none with this key.
///
/// # Errors
/// When the database refuses it.
pub async fn edit(
    tx: &DatabaseTransaction,
    actor: &Actor,
    tenant: Uuid,
    (key, label, recurring): (&str, &str, bool),
    now: DateTime<Utc>,
) -> Result<bool, Error> {
    let Some(before) = Entity::find_by_id((tenant, key.to_owned())).lock_exclusive().one(tx).await? else {
        return Ok(false);
    };
    let mut changes = Vec::new();
    if before.label != label {
        changes.push(Change::new("label", before.label.as_str(), label));
    }
    if before.recurring != recurring {
        changes.push(Change::new("recurring", before.recurring, recurring));
    }
    if changes.is_empty() {
        return Ok(true);
    }
    let changed = ActiveModel { label: Set(label.to_owned()), recurring: Set(recurring), ..Default::default() };
    let here = Condition::all().add(Column::TenantId.eq(tenant)).add(Column::Key.eq(key));
    Entity::update_many().set(changed).filter(here).exec(tx).await?;
    audit::record(tx, actor, tenant, about(key, label, "product_type.edited", changes), now).await?;
    Ok(true)
}

fn about(key: &str, label: &str, action: &'static str, changes: Vec<Change>) -> Entry {
    Entry {
        action,
        subject_kind: "product_type",
        subject_id: key.to_owned(),
        subject_label: label.to_owned(),
        changes,
        ..Entry::default()
    }
}
