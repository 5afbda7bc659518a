//! One page of a list, its count, and the codes it shows.

use super::filter::{Filter, SortKey};
use crate::coupons::coupon::Coupon;
use crate::coupons::rows;
use crate::db::tables::{codes, coupons};
use crate::db::{Db, is_postgres};
use crate::error::Error;
use crate::web::paging::{Cursor, Slice};
use chrono::{DateTime, Utc};
use sea_orm::sea_query::{Alias, Expr, ExprTrait, Order, Query, SimpleExpr};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DatabaseConnection, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect,
};
use std::collections::BTreeMap;
use uuid::Uuid;

/// Rows of one page.
pub const PAGE: usize = 15;

/// The first code of a coupon, and how many it has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FirstCode {
    /// As it is shown.
    pub text: String,
    /// All codes of the coupon.
    pub codes: i64,
}

/// The page at the cursor, which is the id of a coupon.
///
/// # Errors
/// [`Error::BadRequest`] for a cursor that is no coupon of this tenant.
pub async fn page(
    db: &Db,
    tenant: Uuid,
    filter: &Filter,
    cursor: &Cursor,
    now: DateTime<Utc>,
) -> Result<Slice<Coupon>, Error> {
    page_of(db, tenant, filter, (cursor, PAGE), now).await
}

/// A page of so many.
///
/// # Errors
/// As [`page`].
pub async fn page_of(
    db: &Db,
    tenant: Uuid,
    filter: &Filter,
    (cursor, size): (&Cursor, usize),
    now: DateTime<Utc>,
) -> Result<Slice<Coupon>, Error> {
    let connection = connection(db, filter);
    let backwards = cursor.before.is_some();
    let mut found = coupons::Entity::find().select_only().column(coupons::Column::Id).filter(filter.condition(
        tenant,
        is_postgres(connection),
        now,
    ));
    let descending = filter.sort.descending != backwards;
    if let Some(edge) = cursor.before.as_ref().or(cursor.after.as_ref()) {
        found = found.filter(beyond(&anchor(connection, tenant, edge).await?, filter.sort.key, descending));
    }
    let order = if descending { Order::Desc } else { Order::Asc };
    if let Some(key) = sort_column(filter.sort.key) {
        found = found.order_by(key, order.clone());
    }
    let limit = u64::try_from(size + 1).unwrap_or(u64::MAX);
    let ids: Vec<Uuid> = found.order_by(coupons::Column::Id, order).limit(limit).into_tuple().all(connection).await?;
    let mut loaded = rows::load(connection, tenant, &ids).await?;
    let in_order = ids.iter().filter_map(|id| loaded.remove(id)).collect();
    Ok(Slice::cut(cursor, size, in_order, |coupon: &Coupon| coupon.id.to_string()))
}

/// How many coupons the filter finds.
///
/// # Errors
/// When the database does not answer.
pub async fn count(db: &Db, tenant: Uuid, filter: &Filter, now: DateTime<Utc>) -> Result<u64, Error> {
    let connection = connection(db, filter);
    let found = coupons::Entity::find().filter(filter.condition(tenant, is_postgres(connection), now));
    Ok(found.count(connection).await?)
}

/// Whether the tenant has a coupon at all.
///
/// # Errors
/// When the database does not answer.
pub async fn any(connection: &impl ConnectionTrait, tenant: Uuid) -> Result<bool, Error> {
    let one = coupons::Entity::find().filter(coupons::Column::TenantId.eq(tenant)).limit(1);
    Ok(one.one(connection).await?.is_some())
}

/// The first code of each of these coupons.
///
/// # Errors
/// When the database does not answer.
pub async fn first_codes(
    connection: &impl ConnectionTrait,
    tenant: Uuid,
    ids: &[Uuid],
) -> Result<BTreeMap<Uuid, FirstCode>, Error> {
    use codes::{Column, Entity};
    let of_these = || Entity::find().filter(Column::TenantId.eq(tenant)).filter(Column::CouponId.is_in(ids.to_vec()));
    let other = Alias::new("other");
    let earliest = Query::select()
        .column((other.clone(), Column::Id))
        .from_as(Entity, other.clone())
        .and_where(Expr::col((other.clone(), Column::TenantId)).eq(tenant))
        .and_where(Expr::col((other.clone(), Column::CouponId)).equals((Entity, Column::CouponId)))
        .order_by((other, Column::Id), Order::Asc)
        .limit(1)
        .take();
    let firsts = of_these().filter(Expr::col((Entity, Column::Id)).in_subquery(earliest)).all(connection).await?;
    let counts: Vec<(Uuid, i64)> = of_these()
        .select_only()
        .column(Column::CouponId)
        .column_as(Column::Id.count(), "codes")
        .group_by(Column::CouponId)
        .into_tuple()
        .all(connection)
        .await?;
    let counts: BTreeMap<Uuid, i64> = counts.into_iter().collect();
    let first = |row: codes::Model| {
        let codes = counts.get(&row.coupon_id).copied().unwrap_or(1);
        (row.coupon_id, FirstCode { text: row.text, codes })
    };
    Ok(firsts.into_iter().map(first).collect())
}

/// A search may scan, so it has connections of its own.
fn connection<'a>(db: &'a Db, filter: &Filter) -> &'a DatabaseConnection {
    if filter.typed.is_empty() { db.read() } else { db.search() }
}

async fn anchor(connection: &impl ConnectionTrait, tenant: Uuid, id: &str) -> Result<coupons::Model, Error> {
    let unknown = || Error::BadRequest("This page of the list is gone.".to_owned());
    let id: Uuid = id.parse().map_err(|_| unknown())?;
    coupons::Entity::find_by_id((tenant, id)).one(connection).await?.ok_or_else(unknown)
}

/// The column before the id; an end that is open counts as the last of all.
fn sort_column(key: SortKey) -> Option<SimpleExpr> {
    match key {
        SortKey::Created => None,
        SortKey::Name => Some(Expr::col(coupons::Column::NameFolded)),
        SortKey::Uses => Some(Expr::col(coupons::Column::Uses)),
        SortKey::ValidUntil => Some(Expr::col(coupons::Column::ValidUntil).if_null(no_end())),
    }
}

fn no_end() -> DateTime<Utc> {
    const LAST_SECOND_OF_9999: i64 = 253_402_300_799;
    DateTime::from_timestamp(LAST_SECOND_OF_9999, 0).unwrap_or(DateTime::<Utc>::MAX_UTC)
}

/// The rows on the far side of the anchor.
fn beyond(anchor: &coupons::Model, key: SortKey, descending: bool) -> Condition {
    let far = |column: SimpleExpr, value: SimpleExpr| if descending { column.lt(value) } else { column.gt(value) };
    let value = match key {
        SortKey::Created => None,
        SortKey::Name => Some(Expr::value(anchor.name_folded.clone())),
        SortKey::Uses => Some(Expr::value(anchor.uses)),
        SortKey::ValidUntil => Some(Expr::value(anchor.valid_until.unwrap_or_else(no_end))),
    };
    let later_id = far(Expr::col(coupons::Column::Id), Expr::value(anchor.id));
    match sort_column(key).zip(value) {
        None => Condition::all().add(later_id),
        Some((column, value)) => Condition::any()
            .add(far(column.clone(), value.clone()))
            .add(Condition::all().add(column.eq(value)).add(later_id)),
    }
}
