//! Holds whose time is over count for nothing, although nobody may have retired them yet: readers take them off what rows
//! say. Whoever spends reads the rows as they are, and retires such holds first.

use super::{codes, load};
use crate::coupons::code::Code;
use crate::coupons::coupon::Coupon;
use crate::db::bulk::padded;
use crate::db::tables::redemptions::{Column, Entity, is_held};
use crate::error::Error;
use chrono::{DateTime, Utc};
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, QueryFilter, QuerySelect};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// What the overdue holds of a code take.
#[derive(FromQueryResult)]
struct Overdue {
    coupon_id: Uuid,
    code_id: Uuid,
    uses: i64,
    spent: i64,
}

/// The coupons of [`load`] as they read at this instant.
///
/// # Errors
/// As [`load`].
pub async fn read(
    connection: &impl ConnectionTrait,
    tenant: Uuid,
    ids: &[Uuid],
    now: DateTime<Utc>,
) -> Result<BTreeMap<Uuid, Coupon>, Error> {
    let mut found = load(connection, tenant, ids).await?;
    forget_overdue(connection, tenant, found.values_mut(), now).await?;
    Ok(found)
}

/// The codes of [`codes`] as they read at this instant.
///
/// # Errors
/// As [`codes`].
pub async fn read_codes(
    connection: &impl ConnectionTrait,
    tenant: Uuid,
    ids: &[Uuid],
    now: DateTime<Utc>,
) -> Result<BTreeMap<Uuid, Code>, Error> {
    let mut found = codes(connection, tenant, ids).await?;
    let held = found.values_mut().map(|code| (code.coupon_id, code.id, &mut code.counters.held));
    forget_overdue_of_codes(connection, tenant, held, now).await?;
    Ok(found)
}

/// Takes overdue holds off what these coupons hold.
///
/// # Errors
/// When the database does not answer.
pub async fn forget_overdue<'a>(
    connection: &impl ConnectionTrait,
    tenant: Uuid,
    coupons: impl Iterator<Item = &'a mut Coupon>,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let holding = coupons.filter(|coupon| coupon.counters.held > 0).map(|coupon| (coupon.id, &mut coupon.counters));
    let mut holding: BTreeMap<Uuid, _> = holding.collect();
    for over in overdue(connection, tenant, holding.keys().copied().collect(), now).await? {
        if let Some(counters) = holding.get_mut(&over.coupon_id) {
            counters.held = less(counters.held, over.uses);
            counters.spent_held = less(counters.spent_held, over.spent);
        }
    }
    Ok(())
}

/// Takes overdue holds off what codes hold: of each its coupon, its id and the number.
///
/// # Errors
/// When the database does not answer.
pub async fn forget_overdue_of_codes<'a>(
    connection: &impl ConnectionTrait,
    tenant: Uuid,
    codes: impl Iterator<Item = (Uuid, Uuid, &'a mut i64)>,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let holding = codes.filter(|(_, _, held)| **held > 0).map(|(coupon, code, held)| (code, (coupon, held)));
    let mut holding: BTreeMap<Uuid, _> = holding.collect();
    let coupons = holding.values().map(|(coupon, _)| *coupon).collect();
    for over in overdue(connection, tenant, coupons, now).await? {
        if let Some((_, held)) = holding.get_mut(&over.code_id) {
            **held = less(**held, over.uses);
        }
    }
    Ok(())
}

/// The overdue holds of these coupons by code: one stretch of the index of holds for each.
async fn overdue(
    connection: &impl ConnectionTrait,
    tenant: Uuid,
    coupons: BTreeSet<Uuid>,
    now: DateTime<Utc>,
) -> Result<Vec<Overdue>, Error> {
    if coupons.is_empty() {
        return Ok(Vec::new());
    }
    // PostgreSQL sums whole numbers as decimals.
    let sum = |column: Column| Expr::col((Entity, column)).sum().cast_as("bigint");
    let found = Entity::find()
        .select_only()
        .columns([Column::CouponId, Column::CodeId])
        .column_as(sum(Column::Uses), "uses")
        .column_as(sum(Column::Discount), "spent")
        .filter(Column::TenantId.eq(tenant))
        .filter(Column::CouponId.is_in(padded(coupons)))
        .filter(is_held())
        .filter(Column::HeldUntil.lte(now))
        .group_by(Column::CouponId)
        .group_by(Column::CodeId);
    Ok(found.into_model().all(connection).await?)
}

/// A hold that came and went between the two looks is in the second alone.
fn less(held: i64, overdue: i64) -> i64 {
    Ord::max(held.saturating_sub(overdue), 0)
}
