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

/// The text of the first code of each of these coupons.
///
/// # Errors
/// When the database does not answer.
pub async fn first_texts(
    connection: &impl ConnectionTrait,
    tenant: Uuid,
    ids: &[Uuid],
) -> Result<BTreeMap<Uuid, String>, Error> {
    use codes::{Column, Entity};
    let other = Alias::new("other");
    let earliest = Query::select()
        .column((other.clone(), Column::Id))
        .from_as(Entity, other.clone())
        .and_where(Expr::col((other.clone(), Column::TenantId)).eq(tenant))
        .and_where(Expr::col((other.clone(), Column::CouponId)).equals((Entity, Column::CouponId)))
        .order_by((other, Column::Id), Order::Asc)
        .limit(1)
        .take();
    let of_these = Entity::find().filter(Column::TenantId.eq(tenant)).filter(Column::CouponId.is_in(ids.to_vec()));
    let firsts = of_these.filter(Expr::col((Entity, Column::Id)).in_subquery(earliest)).all(connection).await?;
    Ok(firsts.into_iter().map(|row| (row.coupon_id, row.text)).collect())
}

/// The first code of each of these coupons, and how many each has.
///
/// # Errors
/// When the database does not answer.
pub async fn first_codes(
    connection: &impl ConnectionTrait,
    tenant: Uuid,
    ids: &[Uuid],
) -> Result<BTreeMap<Uuid, FirstCode>, Error> {
    use codes::{Column, Entity};
    let texts = first_texts(connection, tenant, ids).await?;
    let counts: Vec<(Uuid, i64)> = Entity::find()
        .select_only()
        .column(Column::CouponId)
        .column_as(Column::Id.count(), "codes")
        .filter(Column::TenantId.eq(tenant))
        .filter(Column::CouponId.is_in(ids.to_vec()))
        .group_by(Column::CouponId)
        .into_tuple()
        .all(connection)
        .await?;
    let counts: BTreeMap<Uuid, i64> = counts.into_iter().collect();
    let first = |(coupon, text): (Uuid, String)| {
        let codes = counts.get(&coupon).copied().unwrap_or(1);
        (coupon, FirstCode { text, codes })
    };
    Ok(texts.into_iter().map(first).collect())
}
