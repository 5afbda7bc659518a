//! Memberships: the role of a user in a tenant. The last administrator stays one.

use crate::accounts::persons::{self, Alias};
use crate::accounts::role::Role;
use crate::accounts::sessions;
use crate::audit::{self, Actor, Change, Entry};
use crate::db::tables::memberships::{ActiveModel, Column, Entity, Model};
use crate::db::tables::{sessions as session_rows, tenants, users};
use crate::error::{self, Error};
use chrono::{DateTime, Utc};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter, QuerySelect,
};
use std::collections::HashMap;
use uuid::Uuid;

/// Somebody of a tenant.
#[derive(Clone, Debug)]
pub struct Member {
    /// Who.
    pub user: users::Model,
    /// As what.
    pub role: Role,
    /// When a session of theirs was last used, as far as one is alive.
    pub seen_at: Option<DateTime<Utc>>,
}

/// Makes a user a member of a tenant, and a person whom its limits count.
///
/// # Errors
/// [`Error::Conflict`] when the user is a member already.
pub async fn add(
    tx: &DatabaseTransaction,
    actor: &Actor,
    tenant: Uuid,
    (user, role): (&users::Model, Role),
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let row = Model { tenant_id: tenant, user_id: user.id, role: role.word().to_owned(), created_at: now };
    match Entity::insert(ActiveModel::from(row)).exec_without_returning(tx).await {
        Ok(_) => {}
        Err(failure) if error::is_taken(&failure) => {
            return Err(Error::Conflict(format!("{} is a member already.", user.email)));
        }
        Err(failure) => return Err(failure.into()),
    }
    let person = persons::find_or_create(tx, tenant, &Alias::User(user.id), now).await?;
    let change = Change::new("role", serde_json::Value::Null, role.word());
    let entry = Entry { person_id: Some(person), ..entry("membership.added", user, vec![change]) };
    audit::record(tx, actor, tenant, entry, now).await
}

/// Gives a member another role and ends their sessions; nothing happens when it is the same.
///
/// # Errors
/// [`Error::NotFound`] when there is no such member, [`Error::Unprocessable`] for the last administrator.
pub async fn change_role(
    tx: &DatabaseTransaction,
    actor: &Actor,
    tenant: Uuid,
    (user, role): (Uuid, Role),
    now: DateTime<Utc>,
) -> Result<Member, Error> {
    let member = locked(tx, tenant, user).await?;
    if member.role == role {
        return Ok(member);
    }
    keep_an_admin(tx, tenant, &member).await?;
    let row = ActiveModel { role: Set(role.word().to_owned()), ..Default::default() };
    let this = Entity::update_many().set(row).filter(Column::TenantId.eq(tenant)).filter(Column::UserId.eq(user));
    this.exec(tx).await?;
    sessions::end_all(tx, user, None).await?;
    let change = Change::new("role", member.role.word(), role.word());
    audit::record(tx, actor, tenant, entry("membership.role_changed", &member.user, vec![change]), now).await?;
    Ok(Member { role, ..member })
}

/// Ends a membership, those of the tenant's organizations with it, and the user's sessions. The account stays.
///
/// # Errors
/// As [`change_role`].
pub async fn remove(
    tx: &DatabaseTransaction,
    actor: &Actor,
    tenant: Uuid,
    user: Uuid,
    now: DateTime<Utc>,
) -> Result<Member, Error> {
    let member = locked(tx, tenant, user).await?;
    keep_an_admin(tx, tenant, &member).await?;
    Entity::delete_by_id((tenant, user)).exec(tx).await?;
    sessions::end_all(tx, user, None).await?;
    let change = Change::new("role", member.role.word(), serde_json::Value::Null);
    audit::record(tx, actor, tenant, entry("membership.removed", &member.user, vec![change]), now).await?;
    Ok(member)
}

/// The user with this id, as far as the tenant has such a member.
///
/// # Errors
/// When the database does not answer.
pub async fn user(connection: &impl ConnectionTrait, tenant: Uuid, id: Uuid) -> Result<Option<users::Model>, Error> {
    if Entity::find_by_id((tenant, id)).one(connection).await?.is_none() {
        return Ok(None);
    }
    Ok(users::Entity::find_by_id(id).one(connection).await?)
}

/// The members of a tenant, by name.
///
/// # Errors
/// When the database does not answer.
pub async fn of_tenant(connection: &impl ConnectionTrait, tenant: Uuid) -> Result<Vec<Member>, Error> {
    let rows = Entity::find().filter(Column::TenantId.eq(tenant)).all(connection).await?;
    let ids: Vec<Uuid> = rows.iter().map(|row| row.user_id).collect();
    let people = users::Entity::find().filter(users::Column::Id.is_in(ids.clone())).all(connection).await?;
    let mut people: HashMap<Uuid, users::Model> = people.into_iter().map(|user| (user.id, user)).collect();
    let mut seen = HashMap::new();
    let sessions = session_rows::Entity::find().filter(session_rows::Column::UserId.is_in(ids)).all(connection).await?;
    for session in sessions {
        let last = seen.entry(session.user_id).or_insert(session.seen_at);
        *last = session.seen_at.max(*last);
    }
    let mut members = Vec::new();
    for row in rows {
        let Some(user) = people.remove(&row.user_id) else { continue };
        let seen_at = seen.get(&Some(user.id)).copied();
        members.push(Member { user, role: Role::of_row(&row.role)?, seen_at });
    }
    members.sort_by_cached_key(|member| (member.user.display_name.to_lowercase(), member.user.id));
    Ok(members)
}

/// The member, with the tenant locked, so that two administrators cannot remove each other at once.
async fn locked(tx: &DatabaseTransaction, tenant: Uuid, user: Uuid) -> Result<Member, Error> {
    tenants::Entity::find_by_id(tenant).lock_exclusive().one(tx).await?;
    let row = Entity::find_by_id((tenant, user)).one(tx).await?.ok_or(Error::NotFound)?;
    let user = users::Entity::find_by_id(user).one(tx).await?.ok_or(Error::NotFound)?;
    Ok(Member { user, role: Role::of_row(&row.role)?, seen_at: None })
}

async fn keep_an_admin(tx: &DatabaseTransaction, tenant: Uuid, leaving: &Member) -> Result<(), Error> {
    if leaving.role != Role::Admin {
        return Ok(());
    }
    let others = of_tenant(tx, tenant).await?;
    let stays = |member: &Member| {
        member.role == Role::Admin && member.user.id != leaving.user.id && member.user.disabled_at.is_none()
    };
    if others.iter().any(stays) {
        return Ok(());
    }
    let name = &leaving.user.display_name;
    Err(Error::Unprocessable(format!("{name} is the last administrator. Make somebody else one first.")))
}

fn entry(action: &'static str, user: &users::Model, changes: Vec<Change>) -> Entry {
    Entry {
        action,
        subject_kind: "user",
        subject_id: user.id.to_string(),
        subject_label: user.email.clone(),
        changes,
        ..Entry::default()
    }
}
