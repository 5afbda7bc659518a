//! The noun: a name, and what else a host system calls it.

use crate::audit::{self, Actor, Change, Entry};
use crate::clock;
use crate::db::like::folded;
use crate::db::tables::organizations::{ActiveModel, Column, Entity, Model};
use crate::error::Error;
use chrono::{DateTime, Utc};
use sea_orm::{ActiveValue::Set, ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter, QuerySelect};
use uuid::Uuid;

/// An organization as the database holds it.
pub type Organization = Model;

/// The longest name, in characters.
const LONGEST_NAME: usize = 120;

/// The name somebody typed: trimmed, 1 to 120 characters, none of them control characters.
///
/// # Errors
/// The sentence for the field.
pub fn read_name(typed: &str) -> Result<String, String> {
    let name = typed.trim();
    if name.is_empty() {
        return Err("Enter a name.".to_owned());
    }
    if name.chars().count() > LONGEST_NAME {
        return Err(format!("Enter at most {LONGEST_NAME} characters."));
    }
    if name.chars().any(char::is_control) {
        return Err("Enter a name on one line, without control characters.".to_owned());
    }
    Ok(name.to_owned())
}

/// Makes an organization with this name.
///
/// # Errors
/// When the database refuses it.
pub async fn create(
    tx: &DatabaseTransaction,
    actor: &Actor,
    tenant: Uuid,
    name: &str,
    now: DateTime<Utc>,
) -> Result<Organization, Error> {
    let row = Model {
        tenant_id: tenant,
        id: clock::id_at(now),
        name: name.to_owned(),
        name_folded: folded(name),
        external_ref: None,
        created_at: now,
        updated_at: now,
    };
    Entity::insert(ActiveModel::from(row.clone())).exec_without_returning(tx).await?;
    let changes = vec![Change::new("name", serde_json::Value::Null, name)];
    audit::record(tx, actor, tenant, about(&row, "organization.created", changes), now).await?;
    Ok(row)
}

/// Gives it another name. `None` when there is no such organization here.
///
/// # Errors
/// When the database refuses it.
pub async fn rename(
    tx: &DatabaseTransaction,
    actor: &Actor,
    tenant: Uuid,
    id: Uuid,
    name: &str,
    now: DateTime<Utc>,
) -> Result<Option<Organization>, Error> {
    let Some(before) = lock(tx, tenant, id).await? else { return Ok(None) };
    if before.name == name {
        return Ok(Some(before));
    }
    let changed = ActiveModel {
        name: Set(name.to_owned()),
        name_folded: Set(folded(name)),
        updated_at: Set(now),
        ..Default::default()
    };
    Entity::update_many().set(changed).filter(is(tenant, id)).exec(tx).await?;
    let changes = vec![Change::new("name", before.name.as_str(), name)];
    let after = Model { name: name.to_owned(), name_folded: folded(name), updated_at: now, ..before };
    audit::record(tx, actor, tenant, about(&after, "organization.renamed", changes), now).await?;
    Ok(Some(after))
}

/// The organization, locked until the transaction ends: whatever changes its members, limits or credit locks it first.
///
/// # Errors
/// When the database does not answer.
pub async fn lock(tx: &DatabaseTransaction, tenant: Uuid, id: Uuid) -> Result<Option<Organization>, Error> {
    Ok(Entity::find_by_id((tenant, id)).lock_exclusive().one(tx).await?)
}

fn is(tenant: Uuid, id: Uuid) -> sea_orm::Condition {
    sea_orm::Condition::all().add(Column::TenantId.eq(tenant)).add(Column::Id.eq(id))
}

/// An audit entry about an organization.
pub(super) fn about(organization: &Organization, action: &'static str, changes: Vec<Change>) -> Entry {
    Entry {
        action,
        subject_kind: "organization",
        subject_id: organization.id.to_string(),
        subject_label: organization.name.clone(),
        organization: Some((organization.id, organization.name.clone())),
        changes,
        ..Entry::default()
    }
}

#[cfg(test)]
mod tests {
    use super::read_name;

    #[test]
    fn a_name_is_one_line_of_at_most_120_characters() {
        assert_eq!(read_name("  Northwind Labs "), Ok("Northwind Labs".to_owned()));
        for typed in ["", " \u{a0} ", "a\nb", &"ü".repeat(121)] {
            assert!(read_name(typed).is_err(), "{typed:?}");
        }
        assert!(read_name(&"ü".repeat(120)).is_ok());
    }
}
