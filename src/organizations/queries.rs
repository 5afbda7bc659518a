//! How organizations, their members and their limits are found.

use crate::db::like;
use crate::db::tables::{
    codes, limit_grants, organization_limits, organization_members, organizations, redemptions, users,
};
use crate::error::Error;
use crate::organizations::limits::{Grant, LimitValue, OrganizationLimit};
use crate::organizations::members::MemberRole;
use crate::organizations::{Organization, bases, definitions};
use chrono::{DateTime, Utc};
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use std::collections::{BTreeMap, HashMap};
use uuid::Uuid;

/// A member of an organization.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrganizationMember {
    /// The user.
    pub user_id: Uuid,
    /// The user's name.
    pub name: String,
    /// The user's e-mail address.
    pub email: String,
    /// What they may do in the organization.
    pub role: MemberRole,
    /// Since when they belong to it.
    pub since: DateTime<Utc>,
}

/// A grant that is in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LiveGrant {
    /// The limit.
    pub limit_key: String,
    /// What it does to the limit.
    pub grant: Grant,
    /// The redemption that brought it.
    pub redemption_id: Uuid,
    /// Since when.
    pub since: DateTime<Utc>,
    /// The code that was redeemed, and its coupon.
    pub code: Option<CodeOf>,
}

/// The code of a redemption.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CodeOf {
    /// As it is shown.
    pub text: String,
    /// The coupon it belongs to.
    pub coupon_id: Uuid,
}

/// The organization with this id.
///
/// # Errors
/// When the database does not answer.
pub async fn by_id(connection: &impl ConnectionTrait, tenant: Uuid, id: Uuid) -> Result<Option<Organization>, Error> {
    Ok(organizations::Entity::find_by_id((tenant, id)).one(connection).await?)
}

/// The organizations a user belongs to, by name, with the role in each.
///
/// # Errors
/// When the database does not answer.
pub async fn of_user(
    connection: &impl ConnectionTrait,
    tenant: Uuid,
    user: Uuid,
) -> Result<Vec<(Organization, MemberRole)>, Error> {
    let rows = organization_members::Entity::find()
        .filter(organization_members::Column::TenantId.eq(tenant))
        .filter(organization_members::Column::UserId.eq(user))
        .all(connection)
        .await?;
    let roles: HashMap<_, _> = rows.iter().map(|row| (row.organization_id, MemberRole::of_row(&row.role))).collect();
    let found = organizations::Entity::find()
        .filter(organizations::Column::TenantId.eq(tenant))
        .filter(organizations::Column::Id.is_in(roles.keys().copied()))
        .order_by_asc(organizations::Column::NameFolded)
        .order_by_asc(organizations::Column::Id)
        .all(connection)
        .await?;
    let with_role = |row: Organization| roles.get(&row.id).map(|role| (row.clone(), *role));
    Ok(found.into_iter().filter_map(with_role).collect())
}

/// The organizations whose name contains what somebody typed, newest first, at most 20; or the one with this id.
///
/// # Errors
/// When the database does not answer.
pub async fn meant(connection: &impl ConnectionTrait, tenant: Uuid, typed: &str) -> Result<Vec<Uuid>, Error> {
    if let Ok(id) = typed.trim().parse() {
        return Ok(vec![id]);
    }
    let name = Expr::col((organizations::Entity, organizations::Column::NameFolded));
    let find = organizations::Entity::find()
        .select_only()
        .column(organizations::Column::Id)
        .filter(organizations::Column::TenantId.eq(tenant))
        .filter(name.like(like::contains(&like::folded(typed))))
        .order_by_desc(organizations::Column::Id)
        .limit(20);
    Ok(find.into_tuple().all(connection).await?)
}

/// The names of these organizations.
///
/// # Errors
/// When the database does not answer.
pub async fn names(
    connection: &impl ConnectionTrait,
    tenant: Uuid,
    ids: &[Uuid],
) -> Result<HashMap<Uuid, String>, Error> {
    use organizations::Column;
    let find = organizations::Entity::find().select_only().column(Column::Id).column(Column::Name);
    let here = find.filter(Column::TenantId.eq(tenant)).filter(Column::Id.is_in(ids.iter().copied()));
    let rows: Vec<(Uuid, String)> = here.into_tuple().all(connection).await?;
    Ok(rows.into_iter().collect())
}

/// The members of an organization, by name.
///
/// # Errors
/// When the database does not answer.
pub async fn members(
    connection: &impl ConnectionTrait,
    tenant: Uuid,
    organization: Uuid,
) -> Result<Vec<OrganizationMember>, Error> {
    let rows = organization_members::Entity::find()
        .filter(organization_members::Column::TenantId.eq(tenant))
        .filter(organization_members::Column::OrganizationId.eq(organization))
        .all(connection)
        .await?;
    let ids = users::Column::Id.is_in(rows.iter().map(|row| row.user_id));
    let users = users::Entity::find().filter(ids).all(connection).await?;
    let users: HashMap<_, _> = users.into_iter().map(|user| (user.id, user)).collect();
    let member = |row: organization_members::Model| {
        users.get(&row.user_id).map(|user| OrganizationMember {
            user_id: user.id,
            name: user.display_name.clone(),
            email: user.email.clone(),
            role: MemberRole::of_row(&row.role),
            since: row.created_at,
        })
    };
    let mut members: Vec<_> = rows.into_iter().filter_map(member).collect();
    members.sort_by(|one, other| (one.name.to_lowercase(), &one.email).cmp(&(other.name.to_lowercase(), &other.email)));
    Ok(members)
}

/// Every limit of the tenant for each of the organizations, by label, with base, lock, use and live grants.
///
/// # Errors
/// When the database does not answer.
pub async fn limits(
    connection: &impl ConnectionTrait,
    tenant: Uuid,
    organizations: &[Uuid],
) -> Result<BTreeMap<Uuid, Vec<OrganizationLimit>>, Error> {
    let definitions = definitions::all(connection, tenant).await?;
    let bases = organization_limits::Entity::find()
        .filter(organization_limits::Column::TenantId.eq(tenant))
        .filter(organization_limits::Column::OrganizationId.is_in(organizations.iter().copied()))
        .all(connection)
        .await?;
    let bases: HashMap<_, _> =
        bases.iter().map(|row| ((row.organization_id, row.limit_key.as_str()), bases::Base::from(row))).collect();
    let rows = live(connection, tenant, organizations).await?;
    let mut grants: HashMap<(Uuid, &str), Vec<Grant>> = HashMap::new();
    for row in &rows {
        grants
            .entry((row.organization_id, row.limit_key.as_str()))
            .or_default()
            .push(Grant::of_row(&row.mode, row.value)?);
    }
    let limit = |organization: Uuid, definition: &definitions::Definition| {
        let key = (organization, definition.key.as_str());
        let base = bases.get(&key).copied().unwrap_or_default();
        OrganizationLimit {
            key: definition.key.clone(),
            label: definition.label.clone(),
            default: LimitValue::from_column(definition.default_value),
            minimum: definition.minimum,
            maximum: definition.maximum,
            base: base.value,
            locked: base.locked,
            in_use: base.in_use,
            grants: grants.get(&key).cloned().unwrap_or_default(),
        }
    };
    let of = |id: &Uuid| (*id, definitions.iter().map(|definition| limit(*id, definition)).collect());
    Ok(organizations.iter().map(of).collect())
}

/// The grants in force of an organization, oldest first, with the codes that brought them.
///
/// # Errors
/// When the database does not answer.
pub async fn grants(
    connection: &impl ConnectionTrait,
    tenant: Uuid,
    organization: Uuid,
) -> Result<Vec<LiveGrant>, Error> {
    let rows = live(connection, tenant, &[organization]).await?;
    let redemptions: Vec<_> = rows.iter().map(|row| row.redemption_id).collect();
    let codes = codes_of(connection, tenant, &redemptions).await?;
    let shown = |row: limit_grants::Model| {
        Ok(LiveGrant {
            grant: Grant::of_row(&row.mode, row.value)?,
            code: codes.get(&row.redemption_id).cloned(),
            limit_key: row.limit_key,
            redemption_id: row.redemption_id,
            since: row.created_at,
        })
    };
    rows.into_iter().map(shown).collect()
}

/// The codes of redemptions.
///
/// # Errors
/// When the database does not answer.
pub async fn codes_of(
    connection: &impl ConnectionTrait,
    tenant: Uuid,
    redemptions: &[Uuid],
) -> Result<HashMap<Uuid, CodeOf>, Error> {
    let rows = redemptions::Entity::find()
        .filter(redemptions::Column::TenantId.eq(tenant))
        .filter(redemptions::Column::Id.is_in(redemptions.iter().copied()))
        .all(connection)
        .await?;
    let codes = codes::Entity::find()
        .filter(codes::Column::TenantId.eq(tenant))
        .filter(codes::Column::Id.is_in(rows.iter().map(|row| row.code_id)))
        .all(connection)
        .await?;
    let codes: HashMap<_, _> = codes.into_iter().map(|code| (code.id, code)).collect();
    let of = |row: &redemptions::Model| {
        codes.get(&row.code_id).map(|code| (row.id, CodeOf { text: code.text.clone(), coupon_id: code.coupon_id }))
    };
    Ok(rows.iter().filter_map(of).collect())
}

async fn live(
    connection: &impl ConnectionTrait,
    tenant: Uuid,
    organizations: &[Uuid],
) -> Result<Vec<limit_grants::Model>, Error> {
    Ok(limit_grants::Entity::find()
        .filter(limit_grants::Column::TenantId.eq(tenant))
        .filter(limit_grants::Column::OrganizationId.is_in(organizations.iter().copied()))
        .filter(limit_grants::Column::Live.eq(true))
        .order_by_asc(limit_grants::Column::Id)
        .all(connection)
        .await?)
}
