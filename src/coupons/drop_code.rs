//! One code of a coupon with several is deleted; the coupon and its other codes stay.

use crate::audit::{self, Actor, Change, Entry};
use crate::coupons::code::Code;
use crate::coupons::coupon::Coupon;
use crate::coupons::create::subject;
use crate::db::tables::codes::{Column, Entity};
use crate::error::Error;
use chrono::{DateTime, Utc};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter};

/// Deletes a code softly, and writes the audit entry `code.deleted`; doing it again changes nothing. The coupon is locked.
///
/// # Errors
/// When the database does not answer.
pub async fn drop_code(
    tx: &DatabaseTransaction,
    actor: &Actor,
    (coupon, code): (&Coupon, &Code),
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let gone = Entity::update_many()
        .col_expr(Column::DeletedAt, Expr::value(Some(now)))
        .filter(Column::TenantId.eq(coupon.tenant_id))
        .filter(Column::Id.eq(code.id))
        .filter(Column::DeletedAt.is_null());
    if gone.exec(tx).await?.rows_affected == 0 {
        return Ok(());
    }
    let changes = vec![Change::new("deleted_at", (), now.to_rfc3339())];
    let entry = Entry { action: "code.deleted", changes, ..subject(coupon, Some(&code.text)) };
    audit::record(tx, actor, coupon.tenant_id, entry, now).await
}
