//! Codes and their rows.

use crate::coupons::code::{Code, CodeKey, CodeText};
use crate::coupons::coupon::UseCounters;
use crate::db::bulk::padded;
use crate::db::tables::{batches, codes};
use crate::error::Error;
use anyhow::anyhow;
use chrono::{DateTime, Utc};
use sea_orm::sea_query::{Expr, ExprTrait, IntoCondition, OnConflict, Query};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, FromQueryResult, QueryFilter,
    QuerySelect, TryInsertResult,
};
use std::collections::BTreeMap;
use uuid::Uuid;

/// The codes of this tenant among `ids`, deleted ones too, by id.
///
/// # Errors
/// When the database does not answer, or a row holds what no code can be.
pub async fn codes(
    connection: &impl ConnectionTrait,
    tenant: Uuid,
    ids: &[Uuid],
) -> Result<BTreeMap<Uuid, Code>, Error> {
    if ids.is_empty() {
        return Ok(BTreeMap::new());
    }
    let found = find(connection, tenant, codes::Column::Id.is_in(padded(ids.iter().copied()))).await?;
    Ok(found.into_iter().map(|code| (code.id, code)).collect())
}

/// The codes of this tenant with these keys, deleted ones too, by key.
///
/// # Errors
/// As [`codes`].
pub async fn codes_by_key(
    connection: &impl ConnectionTrait,
    tenant: Uuid,
    keys: &[CodeKey],
) -> Result<BTreeMap<CodeKey, Code>, Error> {
    if keys.is_empty() {
        return Ok(BTreeMap::new());
    }
    let found = find(connection, tenant, codes::Column::Key.is_in(padded(keys.iter().map(CodeKey::as_str)))).await?;
    Ok(found.into_iter().map(|code| (code.text.key().clone(), code)).collect())
}

/// Every code of these coupons, oldest first.
///
/// # Errors
/// As [`codes`].
pub async fn codes_of(
    connection: &impl ConnectionTrait,
    tenant: Uuid,
    coupons: &[Uuid],
) -> Result<BTreeMap<Uuid, Vec<Code>>, Error> {
    let mut by_coupon: BTreeMap<Uuid, Vec<Code>> = BTreeMap::new();
    for code in find(connection, tenant, codes::Column::CouponId.is_in(coupons.iter().copied())).await? {
        by_coupon.entry(code.coupon_id).or_default().push(code);
    }
    by_coupon.values_mut().for_each(|codes| codes.sort_by_key(|code| code.id));
    Ok(by_coupon)
}

async fn find(connection: &impl ConnectionTrait, tenant: Uuid, which: impl IntoCondition) -> Result<Vec<Code>, Error> {
    // In no order: SQLite would rather read every code of the tenant in that order than sort the few that are found.
    let rows = codes::Entity::find().filter(codes::Column::TenantId.eq(tenant)).filter(which);
    let rows = rows.expr_as(batch_voided_at(), VOIDED_AT).into_model::<Row>().all(connection).await?;
    rows.into_iter().map(|row| code(row.code, row.batch_voided_at)).collect()
}

/// The name of [`batch_voided_at`] among the columns of a row.
pub(super) const VOIDED_AT: &str = "batch_voided_at";

#[derive(FromQueryResult)]
struct Row {
    #[sea_orm(nested)]
    code: codes::Model,
    batch_voided_at: Option<DateTime<Utc>>,
}

/// Since when the batch of a code is void.
pub(super) fn batch_voided_at() -> Expr {
    use batches::{Column, Entity};
    let of_code = |column| Expr::col((codes::Entity, column));
    let find = Query::select()
        .column((Entity, Column::VoidedAt))
        .from(Entity)
        .and_where(Expr::col((Entity, Column::TenantId)).eq(of_code(codes::Column::TenantId)))
        .and_where(Expr::col((Entity, Column::Id)).eq(of_code(codes::Column::BatchId)))
        .to_owned();
    Expr::SubQuery(None, Box::new(find.into()))
}

/// The code of a row. An unused one of a void batch is deleted from that instant on, although the job that notes it in
/// each row gets to this one later.
///
/// # Errors
/// When it holds what no code can be.
pub(super) fn code(row: codes::Model, batch_voided_at: Option<DateTime<Utc>>) -> Result<Code, Error> {
    let void_since = batch_voided_at.filter(|_| row.uses == 0 && row.held == 0);
    Ok(Code {
        id: row.id,
        coupon_id: row.coupon_id,
        text: CodeText::parse(&row.text).map_err(|fault| anyhow!("code {} is none: {fault}", row.id))?,
        batch_id: row.batch_id,
        max_uses: row.max_uses,
        canary: row.canary,
        counters: UseCounters { uses: row.uses, held: row.held },
        deleted_at: row.deleted_at.or(void_since),
        is_void: void_since.is_some(),
    })
}

/// Inserts a code unless its key exists in the tenant; says whether it did.
///
/// # Errors
/// When the database does not answer.
pub async fn insert_code(
    tx: &DatabaseTransaction,
    tenant: Uuid,
    code: &Code,
    now: DateTime<Utc>,
) -> Result<bool, Error> {
    let row = codes::ActiveModel {
        tenant_id: Set(tenant),
        id: Set(code.id),
        coupon_id: Set(code.coupon_id),
        text: Set(code.text.as_str().to_owned()),
        key: Set(code.text.key().as_str().to_owned()),
        max_uses: Set(code.max_uses),
        canary: Set(code.canary),
        uses: Set(0),
        held: Set(0),
        created_at: Set(now),
        deleted_at: Set(None),
        batch_id: Set(code.batch_id),
    };
    let key = OnConflict::columns([codes::Column::TenantId, codes::Column::Key]).do_nothing().to_owned();
    let inserted = codes::Entity::insert(row).on_conflict(key).try_insert().exec_without_returning(tx).await?;
    Ok(matches!(inserted, TryInsertResult::Inserted(rows) if rows > 0))
}
