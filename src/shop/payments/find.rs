//! How payments are found.

use super::Payment;
use crate::db::newest::{self, Newest};
use crate::db::tables::payment_events::{Column, Entity};
use crate::error::Error;
use crate::web::paging::{Cursor, Slice};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};
use uuid::Uuid;

/// Events a page.
pub const PAGE: usize = 30;

/// One page of what was told, newest first.
///
/// # Errors
/// [`Error::BadQuery`] for a cursor that is none.
pub async fn page(connection: &impl ConnectionTrait, tenant: Uuid, cursor: &Cursor) -> Result<Slice<Payment>, Error> {
    let statement = Newest::of("payment_events", tenant).at(connection, newest::place(cursor)?, PAGE + 1);
    let rows = Entity::find().from_raw_sql(statement).all(connection).await?;
    Ok(Slice::cut(cursor, PAGE, rows, |row| row.id.to_string()))
}

/// What was told of an order, oldest first.
///
/// # Errors
/// When the database does not answer.
pub async fn of_order(connection: &impl ConnectionTrait, tenant: Uuid, order: Uuid) -> Result<Vec<Payment>, Error> {
    let its = Entity::find().filter(Column::TenantId.eq(tenant)).filter(Column::OrderId.eq(order));
    Ok(its.order_by_asc(Column::Id).all(connection).await?)
}
