//! Codes with their coupons as far as strangers may look: one statement, whether there are such codes or not.

use super::code::{VOIDED_AT, batch_voided_at, code};
use super::read::{bare, limit_change};
use crate::coupons::code::{Code, CodeKey};
use crate::coupons::coupon::Coupon;
use crate::db::bulk::padded;
use crate::db::tables::{codes, coupon_limits, coupon_people, coupons};
use crate::error::Error;
use crate::organizations::limits::LimitChange;
use sea_orm::sea_query::{Alias, Expr, ExprTrait, Query, SelectStatement};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, Iden, Iterable, QueryFilter, QueryOrder};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

// What stands before the names of the columns of each.
const CODE: &str = "A_";
const COUPON: &str = "B_";
/// Whether the coupon is for assigned people only.
const ASSIGNED: &str = "assigned";

/// The codes of this tenant with these keys, each with its coupon, without tags and products; deleted ones too.
///
/// # Errors
/// When the database does not answer.
pub async fn offers(
    connection: &impl ConnectionTrait,
    tenant: Uuid,
    keys: &BTreeSet<CodeKey>,
) -> Result<BTreeMap<CodeKey, (Coupon, Code)>, Error> {
    if keys.is_empty() {
        return Ok(BTreeMap::new());
    }
    let mut found = Vec::with_capacity(keys.len());
    for row in connection.query_all(&statement(tenant, keys)).await? {
        let coupon = coupons::Model::from_query_result(&row, COUPON)?;
        let code = code(codes::Model::from_query_result(&row, CODE)?, row.try_get("", VOIDED_AT)?)?;
        found.push((code, coupon, row.try_get::<bool>("", ASSIGNED)?));
    }
    // Only what can be looked at needs to say what it gives.
    let living =
        |code: &Code, coupon: &coupons::Model| coupon.deleted_at.is_none() && code.deleted_at.is_none() && !code.canary;
    let limiting = found.iter().filter(|(code, coupon, _)| coupon.benefit == "limits" && living(code, coupon));
    let limits = limits(connection, tenant, limiting.map(|(_, coupon, _)| coupon.id).collect()).await?;
    let offer = |(code, coupon, assigned): (Code, coupons::Model, bool)| {
        let limits = limits.get(&coupon.id).cloned().unwrap_or_default();
        Ok((code.text.key().clone(), (bare(coupon, limits, assigned)?, code)))
    };
    found.into_iter().map(offer).collect()
}

fn statement(tenant: Uuid, keys: &BTreeSet<CodeKey>) -> SelectStatement {
    let people = Query::select()
        .expr(Expr::val(1))
        .from(coupon_people::Entity)
        .and_where(Expr::col((coupon_people::Entity, coupon_people::Column::TenantId)).eq(tenant))
        .and_where(
            Expr::col((coupon_people::Entity, coupon_people::Column::CouponId))
                .equals((codes::Entity, codes::Column::CouponId)),
        )
        .to_owned();
    let mut find = Query::select();
    for column in codes::Column::iter() {
        find.expr_as(Expr::col((codes::Entity, column)), Alias::new(format!("{CODE}{}", column.unquoted())));
    }
    for column in coupons::Column::iter() {
        find.expr_as(Expr::col((coupons::Entity, column)), Alias::new(format!("{COUPON}{}", column.unquoted())));
    }
    find.expr_as(Expr::exists(people), Alias::new(ASSIGNED))
        .expr_as(batch_voided_at(), Alias::new(VOIDED_AT))
        .from(codes::Entity)
        .inner_join(
            coupons::Entity,
            Expr::col((coupons::Entity, coupons::Column::TenantId)).eq(tenant).and(
                Expr::col((coupons::Entity, coupons::Column::Id)).equals((codes::Entity, codes::Column::CouponId)),
            ),
        )
        .and_where(Expr::col((codes::Entity, codes::Column::TenantId)).eq(tenant))
        .and_where(Expr::col((codes::Entity, codes::Column::Key)).is_in(padded(keys.iter().map(CodeKey::as_str))));
    find
}

/// What coupons change of limits, by coupon, in the order of their keys.
async fn limits(
    connection: &impl ConnectionTrait,
    tenant: Uuid,
    coupons: BTreeSet<Uuid>,
) -> Result<BTreeMap<Uuid, Vec<LimitChange>>, Error> {
    let mut limits: BTreeMap<Uuid, Vec<LimitChange>> = BTreeMap::new();
    if coupons.is_empty() {
        return Ok(limits);
    }
    let find = coupon_limits::Entity::find()
        .filter(coupon_limits::Column::TenantId.eq(tenant))
        .filter(coupon_limits::Column::CouponId.is_in(padded(coupons)))
        .order_by_asc(coupon_limits::Column::LimitKey);
    for row in find.all(connection).await? {
        limits.entry(row.coupon_id).or_default().push(limit_change(row.limit_key, &row.mode, row.value)?);
    }
    Ok(limits)
}
