//! The codes of one coupon, page by page; and the one it is known by.

use crate::coupons::code::{Code, CodeText};
use crate::coupons::rows;
use crate::db::tables::codes::{Column, Entity};
use crate::error::Error;
use crate::web::paging::{Cursor, Slice};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

/// The codes of a coupon, newest first, deleted ones too.
///
/// # Errors
/// [`Error::BadRequest`] for a cursor that is none.
pub async fn codes_of(
    connection: &impl ConnectionTrait,
    tenant: Uuid,
    coupon: Uuid,
    (cursor, size): (&Cursor, usize),
) -> Result<Slice<Code>, Error> {
    let find = Entity::find().filter(Column::TenantId.eq(tenant)).filter(Column::CouponId.eq(coupon));
    let find = match cursor.ids()? {
        (_, Some(before)) => find.filter(Column::Id.gt(before)).order_by_asc(Column::Id),
        (Some(after), None) => find.filter(Column::Id.lt(after)).order_by_desc(Column::Id),
        (None, None) => find.order_by_desc(Column::Id),
    };
    let limit = u64::try_from(size + 1).unwrap_or(u64::MAX);
    let found = find.limit(limit).all(connection).await?;
    let codes = found.into_iter().map(rows::code).collect::<Result<Vec<_>, _>>()?;
    Ok(Slice::cut(cursor, size, codes, |code| code.id.to_string()))
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
