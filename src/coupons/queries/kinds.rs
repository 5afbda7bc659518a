//! Coupons of some kinds of benefit, page by page, for callers who know no others.

use crate::coupons::coupon::Coupon;
use crate::coupons::rows;
use crate::db::tables::coupons::{Column, Entity};
use crate::error::Error;
use crate::web::paging::{Cursor, Slice};
use chrono::{DateTime, Utc};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use std::collections::BTreeMap;
use uuid::Uuid;

/// The coupons with one of these kinds of benefit, newest first; deleted ones where they are asked for.
///
/// # Errors
/// [`Error::BadQuery`] for a cursor that is none.
pub async fn of_kinds(
    connection: &impl ConnectionTrait,
    tenant: Uuid,
    (kinds, deleted): (&[&str], bool),
    (cursor, size): (&Cursor, usize),
) -> Result<Slice<Coupon>, Error> {
    let find = Entity::find().select_only().column(Column::Id).filter(Column::TenantId.eq(tenant));
    let find = find.filter(Column::Benefit.is_in(kinds.iter().copied())).order_by_desc(Column::Id);
    let find = if deleted { find } else { find.filter(Column::DeletedAt.is_null()) };
    let find = match cursor.ids()?.0 {
        Some(after) => find.filter(Column::Id.lt(after)),
        None => find,
    };
    let limit = u64::try_from(size + 1).unwrap_or(u64::MAX);
    let ids: Vec<Uuid> = find.limit(limit).into_tuple().all(connection).await?;
    let mut loaded = rows::load(connection, tenant, &ids).await?;
    let in_order = ids.iter().filter_map(|id| loaded.remove(id)).collect();
    Ok(Slice::cut(cursor, size, in_order, |coupon: &Coupon| coupon.id.to_string()))
}

/// When each of these coupons was last edited, paused, resumed, deleted or restored.
///
/// # Errors
/// When the database does not answer.
pub async fn changed_at(
    connection: &impl ConnectionTrait,
    tenant: Uuid,
    ids: &[Uuid],
) -> Result<BTreeMap<Uuid, DateTime<Utc>>, Error> {
    let find = Entity::find().select_only().column(Column::Id).column(Column::UpdatedAt);
    let find = find.filter(Column::TenantId.eq(tenant)).filter(Column::Id.is_in(ids.iter().copied()));
    let rows: Vec<(Uuid, DateTime<Utc>)> = find.into_tuple().all(connection).await?;
    Ok(rows.into_iter().collect())
}
