//! The codes of one coupon, page by page; and the one it is known by.

use crate::coupons::code::{Code, CodeText};
use crate::coupons::rows;
use crate::db::newest;
use crate::db::tables::codes::{Column, Entity};
use crate::error::Error;
use crate::web::paging::{Cursor, Slice};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};
use uuid::Uuid;

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
    let codes = found.rows.into_iter().map(rows::code).collect::<Result<_, _>>()?;
    Ok(Slice { rows: codes, next: found.next, previous: found.previous })
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
