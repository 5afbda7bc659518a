//! The code by which people know a coupon.

use crate::db::tables::codes;
use crate::error::Error;
use sea_orm::sea_query::{Alias, Expr, ExprTrait, Order, Query};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect};
use std::collections::BTreeMap;
use uuid::Uuid;

/// The first code of a coupon, and how many it has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FirstCode {
    /// As it is shown.
    pub text: String,
    /// All codes of the coupon.
    pub codes: i64,
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
