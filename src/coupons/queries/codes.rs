//! The codes of one coupon, page by page; and the one it is known by.

use crate::coupons::code::{Code, CodeKey, CodeText};
use crate::coupons::rows;
use crate::db::newest;
use crate::db::tables::codes::{Column, Entity, Model};
use crate::error::Error;
use crate::web::paging::{Cursor, Slice};
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, Order, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

/// What no key begins with, and what sorts after every character of a key.
const AFTER_ALL: char = '~';

/// The codes of a coupon, newest first, deleted ones too.
///
/// # Errors
/// [`Error::BadQuery`] for a cursor that is none.
pub async fn codes_of(
    connection: &impl ConnectionTrait,
    tenant: Uuid,
    coupon: Uuid,
    (cursor, size): (&Cursor, usize),
) -> Result<Slice<Code>, Error> {
    let find = Entity::find().filter(Column::TenantId.eq(tenant)).filter(Column::CouponId.eq(coupon));
    let found = newest::of_entity(connection, find, (Column::Id, |row| row.id), (cursor, size)).await?;
    whole(connection, tenant, found).await
}

/// The codes of a coupon whose keys begin with `start`, or all of them, in the order of their keys, deleted ones too.
///
/// # Errors
/// When the database does not answer.
pub async fn codes_from(
    connection: &impl ConnectionTrait,
    tenant: Uuid,
    coupon: Uuid,
    start: Option<&CodeKey>,
    (cursor, size): (&Cursor, usize),
) -> Result<Slice<Code>, Error> {
    // As one pair: only the index of a coupon's keys has them side by side. SQLite would as soon take that of all keys of
    // the tenant, and look through other coupons' codes.
    let pair = || Expr::tuple([Expr::col(Column::CouponId), Expr::col(Column::Key)]);
    let at = |key: &str| Expr::tuple([Expr::value(coupon), Expr::value(key)]);
    let start = start.map_or("", CodeKey::as_str);
    let (mut from, mut until) = (pair().gte(at(start)), pair().lt(at(&format!("{start}{AFTER_ALL}"))));
    match cursor.edge() {
        Some(edge) if cursor.is_backwards() => until = pair().lt(at(edge)),
        Some(edge) => from = pair().gt(at(edge)),
        None => {}
    }
    let find = Entity::find().filter(Column::TenantId.eq(tenant)).filter(from).filter(until);
    let order = if cursor.is_backwards() { Order::Desc } else { Order::Asc };
    let limit = u64::try_from(size + 1).unwrap_or(u64::MAX);
    let find = find.order_by(Column::CouponId, order.clone()).order_by(Column::Key, order);
    let rows = find.limit(limit).all(connection).await?;
    let found = Slice::cut(cursor, size, rows, |row| row.key.clone());
    whole(connection, tenant, found).await
}

/// The codes of these rows, which know whether their batch is void.
async fn whole(connection: &impl ConnectionTrait, tenant: Uuid, found: Slice<Model>) -> Result<Slice<Code>, Error> {
    let ids: Vec<Uuid> = found.rows.iter().map(|row| row.id).collect();
    let mut codes = rows::codes(connection, tenant, &ids).await?;
    let rows = ids.iter().filter_map(|id| codes.remove(id)).collect();
    Ok(Slice { rows, next: found.next, previous: found.previous })
}

/// The code that a coupon is known by: its oldest. However many it has, this looks at one.
///
/// # Errors
/// When the database does not answer.
pub async fn first_code(
    connection: &impl ConnectionTrait,
    tenant: Uuid,
    coupon: Uuid,
) -> Result<Option<CodeText>, Error> {
    let find = Entity::find().filter(Column::TenantId.eq(tenant)).filter(Column::CouponId.eq(coupon));
    let first = find.order_by_asc(Column::Id).one(connection).await?;
    Ok(first.and_then(|row| CodeText::parse(&row.text).ok()))
}
