//! One code of a coupon is deleted, or comes back; the coupon and its other codes stay as they are.

use crate::audit::{self, Actor, Change, Entry};
use crate::coupons::code::Code;
use crate::coupons::coupon::Coupon;
use crate::coupons::create::subject;
use crate::coupons::{rows, save};
use crate::db::tables::codes::{Column, Entity};
use crate::error::Error;
use chrono::{DateTime, Utc};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter};
use uuid::Uuid;

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
    write(tx, actor, (coupon, code), Some(now), now).await
}

/// The same for a code by its id. The code as it is then.
///
/// # Errors
/// [`Error::NotFound`] for a code that the tenant does not have.
pub async fn delete_code(
    tx: &DatabaseTransaction,
    actor: &Actor,
    (tenant, id): (Uuid, Uuid),
    now: DateTime<Utc>,
) -> Result<Code, Error> {
    let (coupon, code) = locked(tx, tenant, id).await?;
    if code.deleted_at.is_some() {
        return Ok(code);
    }
    drop_code(tx, actor, (&coupon, &code), now).await?;
    Ok(Code { deleted_at: Some(now), ..code })
}

/// What came of a code that was to come back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Restored {
    /// It is there, now or already.
    There(Code),
    /// Its coupon, this one, is deleted and has to come back first.
    CouponDeleted(Uuid),
}

/// Takes the deletion of a code back, and writes the audit entry `code.restored`; doing it again changes nothing.
///
/// # Errors
/// [`Error::NotFound`] for a code that the tenant does not have; [`Error::Conflict`] for one that is void with its batch.
pub async fn restore_code(
    tx: &DatabaseTransaction,
    actor: &Actor,
    (tenant, id): (Uuid, Uuid),
    now: DateTime<Utc>,
) -> Result<Restored, Error> {
    let (coupon, code) = locked(tx, tenant, id).await?;
    if coupon.deleted_at.is_some() {
        return Ok(Restored::CouponDeleted(coupon.id));
    }
    if code.deleted_at.is_none() {
        return Ok(Restored::There(code));
    }
    if code.is_void {
        return Err(Error::Conflict("This code is void with its batch. Restore the batch.".to_owned()));
    }
    write(tx, actor, (&coupon, &code), None, now).await?;
    Ok(Restored::There(Code { deleted_at: None, ..code }))
}

/// The code, as it is once nobody else can change it, and its coupon.
async fn locked(tx: &DatabaseTransaction, tenant: Uuid, id: Uuid) -> Result<(Coupon, Code), Error> {
    let find = async || Ok::<_, Error>(rows::codes(tx, tenant, &[id]).await?.remove(&id).ok_or(Error::NotFound)?);
    let coupon = save::lock(tx, tenant, find().await?.coupon_id).await?.ok_or(Error::NotFound)?;
    Ok((coupon, find().await?))
}

async fn write(
    tx: &DatabaseTransaction,
    actor: &Actor,
    (coupon, code): (&Coupon, &Code),
    deleted_at: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    // The row says whether it is so already: the code may have been read before its coupon was locked.
    let other = if deleted_at.is_some() { Column::DeletedAt.is_null() } else { Column::DeletedAt.is_not_null() };
    let this = Entity::update_many()
        .col_expr(Column::DeletedAt, Expr::value(deleted_at))
        .filter(Column::TenantId.eq(coupon.tenant_id))
        .filter(Column::Id.eq(code.id))
        .filter(other);
    if this.exec(tx).await?.rows_affected == 0 {
        return Ok(());
    }
    let text = |at: Option<DateTime<Utc>>| at.map(|at| at.to_rfc3339());
    let changes = vec![Change::new("deleted_at", text(code.deleted_at), text(deleted_at))];
    let action = if deleted_at.is_some() { "code.deleted" } else { "code.restored" };
    let entry = Entry { action, changes, ..subject(coupon, Some(&code.text)) };
    audit::record(tx, actor, coupon.tenant_id, entry, now).await
}
