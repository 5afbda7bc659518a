//! Memberships: the role of a user in a tenant. The last administrator stays one.

use crate::accounts::persons::{self, Alias};
use crate::accounts::role::Role;
use crate::accounts::sessions;
use crate::accounts::users::{PAGE, named};
use crate::audit::{self, Actor, Change, Entry};
use crate::db::newest;
use crate::db::tables::memberships::{ActiveModel, Column, Entity, Model};
use crate::db::tables::{attempts, audit_entries, tenants, users};
use crate::error::{self, Error};
use crate::web::paging::{Cursor, Slice};
use chrono::{DateTime, Utc};
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter,
    QueryOrder, QuerySelect, QueryTrait, Select,
};
use std::collections::HashMap;
use uuid::Uuid;

/// As many people a word in a filter may mean.
pub const MEANT: u64 = 20;

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

/// A page of the members of a tenant whose name or address has this in it, the newest users first.
///
/// # Errors
/// [`Error::BadRequest`] for a cursor that is none.
pub async fn page(
    connection: &impl ConnectionTrait,
    tenant: Uuid,
    part: &str,
    cursor: &Cursor,
) -> Result<Slice<Member>, Error> {
    let of_tenant = || Entity::find().filter(Column::TenantId.eq(tenant));
    let find = users::Entity::find()
        .filter(named(part))
        .filter(users::Column::Id.in_subquery(of_tenant().select_only().column(Column::UserId).into_query()));
    let found = newest::of_entity(connection, find, (users::Column::Id, |row| row.id), (cursor, PAGE)).await?;
    let ids: Vec<Uuid> = found.rows.iter().map(|user| user.id).collect();
    let mut roles = HashMap::new();
    for row in of_tenant().filter(Column::UserId.is_in(ids.clone())).all(connection).await? {
        roles.insert(row.user_id, Role::of_row(&row.role)?);
    }
    let seen = sessions::last_seen(connection, &ids).await?;
    let member = |user: users::Model| {
        let seen_at = seen.get(&user.id).copied();
        roles.get(&user.id).map(|role| Member { user, role: *role, seen_at })
    };
    Ok(found.filter_map(member))
}

/// The administrators of a tenant who can sign in.
///
/// # Errors
/// When the database does not answer.
pub async fn admins(connection: &impl ConnectionTrait, tenant: Uuid) -> Result<Vec<users::Model>, Error> {
    let admins = Entity::find().select_only().column(Column::UserId).filter(Column::TenantId.eq(tenant));
    let admins = admins.filter(Column::Role.eq(Role::Admin.word())).into_query();
    let find = users::Entity::find().filter(users::Column::Id.in_subquery(admins));
    Ok(find.filter(users::Column::DisabledAt.is_null()).all(connection).await?)
}

/// The users whom a name, or a part of it or of an e-mail address, may mean: members of the tenant and whoever did or entered
/// something in it, the newest first, at most [`MEANT`].
///
/// # Errors
/// When the database does not answer.
pub async fn meant(connection: &impl ConnectionTrait, tenant: Uuid, typed: &str) -> Result<Vec<Uuid>, Error> {
    let is_member = Entity::find().filter(Column::TenantId.eq(tenant)).filter(is_this(Column::UserId));
    let acted = audit_entries::Entity::find()
        .filter(audit_entries::Column::TenantId.eq(tenant))
        .filter(is_this(audit_entries::Column::ActorId));
    let entered = attempts::Entity::find()
        .filter(attempts::Column::TenantId.eq(tenant))
        .filter(is_this(attempts::Column::UserId));
    let here = Condition::any().add(is_any(is_member)).add(is_any(acted)).add(is_any(entered));
    let find = users::Entity::find().select_only().column(users::Column::Id).filter(named(typed)).filter(here);
    Ok(find.order_by_desc(users::Column::Id).limit(MEANT).into_tuple().all(connection).await?)
}

/// The condition that a column names the user of the statement around it.
fn is_this(column: impl ColumnTrait) -> Expr {
    Expr::col(column.as_column_ref()).equals((users::Entity, users::Column::Id))
}

/// The condition that there is such a row. The first one alone is asked for, which an index finds: `EXISTS` lets PostgreSQL
/// read all that there are.
fn is_any(find: Select<impl EntityTrait>) -> Expr {
    let first = find.select_only().expr(Expr::cust("1")).limit(1).into_query();
    Expr::SubQuery(None, Box::new(first.into())).is_not_null()
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
    if admins(tx, tenant).await?.iter().any(|admin| admin.id != leaving.user.id) {
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
