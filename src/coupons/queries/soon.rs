//! Coupons that want a look: those that end soon and those that are nearly used up.

use super::status::has_status;
use crate::coupons::coupon::{Coupon, Status};
use crate::coupons::rows;
use crate::db::tables::coupons::{Column, Entity};
use crate::error::Error;
use chrono::{DateTime, Utc};
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, Order, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
};
use uuid::Uuid;

/// How many coupons have this status.
///
/// # Errors
/// When the database does not answer.
pub async fn count_of(
    connection: &impl ConnectionTrait,
    tenant: Uuid,
    status: Status,
    now: DateTime<Utc>,
) -> Result<u64, Error> {
    let found = Entity::find().filter(Column::TenantId.eq(tenant)).filter(has_status(status, now));
    Ok(found.count(connection).await?)
}

/// Active coupons that end before an instant, the next one first.
///
/// # Errors
/// When the database does not answer.
pub async fn ending(
    connection: &impl ConnectionTrait,
    tenant: Uuid,
    before: DateTime<Utc>,
    most: u64,
    now: DateTime<Utc>,
) -> Result<Vec<Coupon>, Error> {
    let soon = Condition::all().add(Column::ValidUntil.gt(now)).add(Column::ValidUntil.lte(before));
    wanted(connection, tenant, soon, (Column::ValidUntil, Order::Asc), most, now).await
}

/// Active coupons of whose uses at least nine in ten are taken, the newest first.
///
/// # Errors
/// When the database does not answer.
pub async fn nearly_used_up(
    connection: &impl ConnectionTrait,
    tenant: Uuid,
    most: u64,
    now: DateTime<Utc>,
) -> Result<Vec<Coupon>, Error> {
    let taken = Expr::col(Column::Uses).add(Expr::col(Column::Held));
    // Divided, because ten times a large maximum would not fit.
    let free = Expr::col(Column::MaxUses).sub(taken);
    let tenth = Expr::col(Column::MaxUses).div(10_i64);
    let few = Condition::all().add(Column::MaxUses.gt(0)).add(Column::Uses.gt(0)).add(free.lte(tenth));
    wanted(connection, tenant, few, (Column::Id, Order::Desc), most, now).await
}

async fn wanted(
    connection: &impl ConnectionTrait,
    tenant: Uuid,
    condition: Condition,
    order: (Column, Order),
    most: u64,
    now: DateTime<Utc>,
) -> Result<Vec<Coupon>, Error> {
    let ids: Vec<Uuid> = Entity::find()
        .select_only()
        .column(Column::Id)
        .filter(Column::TenantId.eq(tenant))
        .filter(condition)
        .filter(has_status(Status::Active, now))
        .order_by(order.0, order.1)
        .limit(most)
        .into_tuple()
        .all(connection)
        .await?;
    let mut loaded = rows::load(connection, tenant, &ids).await?;
    Ok(ids.iter().filter_map(|id| loaded.remove(id)).collect())
}
