//! The list of a tenant's organizations, newest first.

use crate::db::like;
use crate::db::newest;
use crate::db::tables::{organization_members, organizations, users};
use crate::error::Error;
use crate::organizations::Organization;
use crate::web::paging::{Cursor, Slice};
use organizations::Column;
use sea_orm::sea_query::{Expr, ExprTrait, Query, SelectStatement};
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect};
use std::collections::HashMap;
use uuid::Uuid;

/// Organizations a page.
pub const PAGE: usize = 20;

/// One page of the organizations whose name, or a member's e-mail address, contains the needle; of all for an empty one.
///
/// # Errors
/// [`Error::BadQuery`] for a cursor that is none.
pub async fn page(
    connection: &impl ConnectionTrait,
    tenant: Uuid,
    needle: &str,
    cursor: &Cursor,
) -> Result<Slice<Organization>, Error> {
    page_of(connection, tenant, needle, (cursor, PAGE)).await
}

/// A page of so many.
///
/// # Errors
/// As [`page`].
pub async fn page_of(
    connection: &impl ConnectionTrait,
    tenant: Uuid,
    needle: &str,
    (cursor, size): (&Cursor, usize),
) -> Result<Slice<Organization>, Error> {
    let find = organizations::Entity::find().filter(Column::TenantId.eq(tenant));
    let find = if needle.trim().is_empty() { find } else { find.filter(contains(tenant, needle)) };
    newest::of_entity(connection, find, (Column::Id, |row| row.id), (cursor, size)).await
}

fn contains(tenant: Uuid, needle: &str) -> Condition {
    let name = Expr::col((organizations::Entity, Column::NameFolded)).like(like::contains(&like::folded(needle)));
    Condition::any().add(name).add(Column::Id.in_subquery(with_member(tenant, needle)))
}

fn with_member(tenant: Uuid, needle: &str) -> SelectStatement {
    use organization_members::Column as Member;
    let address = Expr::col((users::Entity, users::Column::Email));
    let same = Expr::col((users::Entity, users::Column::Id)).equals((organization_members::Entity, Member::UserId));
    Query::select()
        .column((organization_members::Entity, Member::OrganizationId))
        .from(organization_members::Entity)
        .inner_join(users::Entity, same)
        .and_where(Expr::col((organization_members::Entity, Member::TenantId)).eq(tenant))
        .and_where(address.like(like::contains(&needle.trim().to_lowercase())))
        .to_owned()
}

/// How many members each of these organizations has.
///
/// # Errors
/// When the database does not answer.
pub async fn member_counts(
    connection: &impl ConnectionTrait,
    tenant: Uuid,
    organizations: &[Uuid],
) -> Result<HashMap<Uuid, i64>, Error> {
    use organization_members::Column as Member;
    let rows: Vec<(Uuid, i64)> = organization_members::Entity::find()
        .select_only()
        .column(Member::OrganizationId)
        .column_as(Member::UserId.count(), "members")
        .filter(Member::TenantId.eq(tenant))
        .filter(Member::OrganizationId.is_in(organizations.iter().copied()))
        .group_by(Member::OrganizationId)
        .into_tuple()
        .all(connection)
        .await?;
    Ok(rows.into_iter().collect())
}
