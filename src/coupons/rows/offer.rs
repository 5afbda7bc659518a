//! A code with its coupon as far as a stranger may look: one statement, whether there is such a code or not.

use super::code::code;
use super::read::{bare, limit_change};
use crate::coupons::code::{Code, CodeKey};
use crate::coupons::coupon::Coupon;
use crate::db::tables::{codes, coupon_limits, coupon_people, coupons};
use crate::error::Error;
use sea_orm::sea_query::{Alias, Expr, ExprTrait, Query};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, Iden, Iterable, QueryFilter, QueryOrder};
use uuid::Uuid;

const CODE: &str = "A_";
const COUPON: &str = "B_";

/// The code of this tenant with this key and its coupon, without tags and products; deleted ones too.
///
/// # Errors
/// When the database does not answer.
pub async fn offer(
    connection: &impl ConnectionTrait,
    tenant: Uuid,
    key: &CodeKey,
) -> Result<Option<(Coupon, Code)>, Error> {
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
    find.expr_as(Expr::exists(people), Alias::new("assigned"))
        .from(codes::Entity)
        .inner_join(
            coupons::Entity,
            Expr::col((coupons::Entity, coupons::Column::TenantId)).eq(tenant).and(
                Expr::col((coupons::Entity, coupons::Column::Id)).equals((codes::Entity, codes::Column::CouponId)),
            ),
        )
        .and_where(Expr::col((codes::Entity, codes::Column::TenantId)).eq(tenant))
        .and_where(Expr::col((codes::Entity, codes::Column::Key)).eq(key.as_str()));
    let Some(row) = connection.query_one(&find).await? else { return Ok(None) };
    let found = codes::Model::from_query_result(&row, CODE)?;
    let offered = coupons::Model::from_query_result(&row, COUPON)?;
    let assigned: bool = row.try_get("", "assigned")?;
    // Only what can be looked at needs to say what it gives.
    let living = offered.deleted_at.is_none() && found.deleted_at.is_none() && !found.canary;
    let limits = if offered.benefit == "limits" && living {
        let find = coupon_limits::Entity::find()
            .filter(coupon_limits::Column::TenantId.eq(tenant))
            .filter(coupon_limits::Column::CouponId.eq(offered.id))
            .order_by_asc(coupon_limits::Column::LimitKey);
        let change = |row: coupon_limits::Model| limit_change(row.limit_key, &row.mode, row.value);
        find.all(connection).await?.into_iter().map(change).collect::<Result<_, _>>()?
    } else {
        Vec::new()
    };
    Ok(Some((bare(offered, limits, assigned)?, code(found)?)))
}
