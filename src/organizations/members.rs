//! Who belongs to an organization. Owners also manage its members; both may apply codes.

use crate::audit::{self, Actor, Change};
use crate::db::tables::organization_members::{ActiveModel, Column, Entity};
use crate::db::tables::{memberships, users};
use crate::error::Error;
use crate::organizations::organization::{about, lock};
use chrono::{DateTime, Utc};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

/// What a member may do in an organization.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MemberRole {
    /// Applies codes, and manages the members.
    Owner,
    /// Applies codes.
    Member,
}

impl MemberRole {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Member, Self::Owner];

    /// The word in the database and in forms.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Member => "member",
        }
    }

    /// The word people read.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Owner => "Owner",
            Self::Member => "Member",
        }
    }

    /// Words and labels, for a select.
    #[must_use]
    pub fn options() -> [(&'static str, &'static str); 2] {
        Self::ALL.map(|role| (role.word(), role.label()))
    }

    /// The one that is not this.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::Owner => Self::Member,
            Self::Member => Self::Owner,
        }
    }

    /// The role a row holds; the schema knows no third word.
    #[must_use]
    pub fn of_row(word: &str) -> Self {
        if word == Self::Owner.word() { Self::Owner } else { Self::Member }
    }
}

/// What became of a change of members.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was made, or was so already.
    Done,
    /// The tenant has no such organization, or the organization no such member.
    NotFound,
    /// The user is not a member of the tenant.
    NotInTenant,
}

/// What a user may do in the organization; `None` for whoever does not belong to it.
///
/// # Errors
/// When the database does not answer.
pub async fn role_of(
    connection: &impl ConnectionTrait,
    (tenant, organization): (Uuid, Uuid),
    user: Uuid,
) -> Result<Option<MemberRole>, Error> {
    let row = Entity::find_by_id((tenant, organization, user)).one(connection).await?;
    Ok(row.map(|row| MemberRole::of_row(&row.role)))
}

/// The tenant's member with this e-mail address, who may be added to its organizations.
///
/// # Errors
/// When the database does not answer.
pub async fn by_email(
    connection: &impl ConnectionTrait,
    tenant: Uuid,
    email: &str,
) -> Result<Option<users::Model>, Error> {
    let address = email.trim().to_lowercase();
    let Some(user) = users::Entity::find().filter(users::Column::Email.eq(address)).one(connection).await? else {
        return Ok(None);
    };
    let membership = memberships::Entity::find_by_id((tenant, user.id)).one(connection).await?;
    Ok(membership.map(|_| user))
}

/// Makes a member of the tenant a member of the organization, or gives a member another role.
///
/// # Errors
/// When the database refuses it.
pub async fn set(
    tx: &DatabaseTransaction,
    actor: &Actor,
    (tenant, organization): (Uuid, Uuid),
    user: Uuid,
    role: MemberRole,
    now: DateTime<Utc>,
) -> Result<Outcome, Error> {
    let Some(organization) = lock(tx, tenant, organization).await? else { return Ok(Outcome::NotFound) };
    let Some(label) = label_in_tenant(tx, tenant, user).await? else { return Ok(Outcome::NotInTenant) };
    let before = Entity::find_by_id((tenant, organization.id, user)).one(tx).await?;
    let action = match &before {
        None => {
            let row = ActiveModel {
                tenant_id: Set(tenant),
                organization_id: Set(organization.id),
                user_id: Set(user),
                role: Set(role.word().to_owned()),
                created_at: Set(now),
            };
            Entity::insert(row).exec_without_returning(tx).await?;
            "organization.member_added"
        }
        Some(row) if row.role == role.word() => return Ok(Outcome::Done),
        Some(_) => {
            let changed = ActiveModel { role: Set(role.word().to_owned()), ..Default::default() };
            Entity::update_many().set(changed).filter(is(tenant, organization.id, user)).exec(tx).await?;
            "organization.member_role"
        }
    };
    let before = before.map_or(Value::Null, |row| row.role.into());
    let entry = about(&organization, action, vec![Change::new(&label, before, role.word())]);
    audit::record(tx, actor, tenant, entry, now).await?;
    Ok(Outcome::Done)
}

/// Takes a member out of the organization; the membership of the tenant stays.
///
/// # Errors
/// When the database refuses it.
pub async fn remove(
    tx: &DatabaseTransaction,
    actor: &Actor,
    (tenant, organization): (Uuid, Uuid),
    user: Uuid,
    now: DateTime<Utc>,
) -> Result<Outcome, Error> {
    let Some(organization) = lock(tx, tenant, organization).await? else { return Ok(Outcome::NotFound) };
    let Some(before) = Entity::find_by_id((tenant, organization.id, user)).one(tx).await? else {
        return Ok(Outcome::NotFound);
    };
    let label = label_in_tenant(tx, tenant, user).await?.unwrap_or_else(|| user.to_string());
    Entity::delete_many().filter(is(tenant, organization.id, user)).exec(tx).await?;
    let changes = vec![Change::new(&label, before.role, Value::Null)];
    audit::record(tx, actor, tenant, about(&organization, "organization.member_removed", changes), now).await?;
    Ok(Outcome::Done)
}

fn is(tenant: Uuid, organization: Uuid, user: Uuid) -> Condition {
    Condition::all()
        .add(Column::TenantId.eq(tenant))
        .add(Column::OrganizationId.eq(organization))
        .add(Column::UserId.eq(user))
}

/// The e-mail address of a member of the tenant.
async fn label_in_tenant(tx: &DatabaseTransaction, tenant: Uuid, user: Uuid) -> Result<Option<String>, Error> {
    if memberships::Entity::find_by_id((tenant, user)).one(tx).await?.is_none() {
        return Ok(None);
    }
    Ok(users::Entity::find_by_id(user).one(tx).await?.map(|user| user.email))
}
