//! The codes of one coupon, page by page; and the one it is known by.

use crate::coupons::code::{Code, CodeKey, CodeText};
use crate::coupons::rows;
use crate::db::tables::codes::{Column, Entity, Model};
use crate::db::values::Values;
use crate::db::{is_postgres, newest};
use crate::error::Error;
use crate::web::paging::{Cursor, Slice};
use chrono::{DateTime, Utc};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, Statement};
use uuid::Uuid;

/// What no key begins with, and what sorts after every character of a key.
const AFTER_ALL: char = '~';

/// The codes of a coupon, newest first, deleted ones too.
///
/// # Errors
/// [`Error::BadRequest`] for a cursor that is none.
pub async fn codes_of(
    connection: &impl ConnectionTrait,
    tenant: Uuid,
    coupon: Uuid,
    (cursor, size): (&Cursor, usize),
    now: DateTime<Utc>,
) -> Result<Slice<Code>, Error> {
    let find = Entity::find().filter(Column::TenantId.eq(tenant)).filter(Column::CouponId.eq(coupon));
    let found = newest::of_entity(connection, find, (Column::Id, |row| row.id), (cursor, size)).await?;
    whole(connection, tenant, found, now).await
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
    now: DateTime<Utc>,
) -> Result<Slice<Code>, Error> {
    let start = start.map_or("", CodeKey::as_str);
    let end = format!("{start}{AFTER_ALL}");
    let (far, from, until) = match cursor.edge() {
        Some(edge) if cursor.is_backwards() => (">=", start, edge),
        Some(edge) => (">", edge, end.as_str()),
        None => (">=", start, end.as_str()),
    };
    let mut values = Values::default();
    let (of_tenant, of_coupon) = (values.put(tenant), values.put(coupon));
    let (from, until) = (values.put(from), values.put(until));
    // SQLite would as soon take the index of all keys of the tenant, and look through other coupons' codes.
    let index = if is_postgres(connection) { "" } else { "INDEXED BY codes_by_coupon_and_key" };
    let (order, limit) = (if cursor.is_backwards() { "DESC" } else { "ASC" }, size + 1);
    let sql = format!(
        "SELECT t.* FROM codes AS t {index} WHERE t.tenant_id = {of_tenant} AND t.coupon_id = {of_coupon} \
         AND t.key {far} {from} AND t.key < {until} ORDER BY t.key {order} LIMIT {limit}"
    );
    let statement = Statement::from_sql_and_values(connection.get_database_backend(), sql, Vec::from(values));
    let rows = Entity::find().from_raw_sql(statement).all(connection).await?;
    let found = Slice::cut(cursor, size, rows, |row| row.key.clone());
    whole(connection, tenant, found, now).await
}

/// The codes of these rows, which know whether their batch is void, and count no hold whose time is over.
async fn whole(
    connection: &impl ConnectionTrait,
    tenant: Uuid,
    found: Slice<Model>,
    now: DateTime<Utc>,
) -> Result<Slice<Code>, Error> {
    let ids: Vec<Uuid> = found.rows.iter().map(|row| row.id).collect();
    let mut codes = rows::read_codes(connection, tenant, &ids, now).await?;
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
