//! How batches and their codes are found.

use crate::coupons::generator::Pattern;
use crate::coupons::rows;
use crate::db::newest;
use crate::db::tables::batches::{Column, Entity, Model};
use crate::db::tables::codes;
use crate::error::Error;
use crate::jobs::{self, Job};
use crate::web::paging::{Cursor, Slice};
use chrono::{DateTime, Utc};
use sea_orm::sea_query::{Expr, ExprTrait, Func};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect,
};
use std::collections::HashMap;
use uuid::Uuid;

/// A batch of this tenant.
///
/// # Errors
/// When the database does not answer.
pub async fn by_id(connection: &impl ConnectionTrait, tenant: Uuid, id: Uuid) -> Result<Option<Model>, Error> {
    Ok(Entity::find_by_id((tenant, id)).one(connection).await?)
}

pub(super) async fn lock(tx: &DatabaseTransaction, tenant: Uuid, id: Uuid) -> Result<Option<Model>, Error> {
    Ok(Entity::find_by_id((tenant, id)).lock_exclusive().one(tx).await?)
}

/// Batches of the tenant, of one coupon where it is named, newest first.
///
/// # Errors
/// [`Error::BadQuery`] for a cursor that is none.
pub async fn page(
    connection: &impl ConnectionTrait,
    tenant: Uuid,
    coupon: Option<Uuid>,
    (cursor, size): (&Cursor, usize),
) -> Result<Slice<Model>, Error> {
    let mut find = Entity::find().filter(Column::TenantId.eq(tenant));
    if let Some(coupon) = coupon {
        find = find.filter(Column::CouponId.eq(coupon));
    }
    newest::of_entity(connection, find, (Column::Id, |row| row.id), (cursor, size)).await
}

/// The jobs that make these batches or make them void, by id, as far as they are still kept.
///
/// # Errors
/// When the database does not answer.
pub async fn jobs_of(connection: &impl ConnectionTrait, batches: &[Model]) -> Result<HashMap<Uuid, Job>, Error> {
    let ids = batches.iter().flat_map(|batch| std::iter::once(batch.job_id).chain(batch.void_job_id));
    jobs::queries::by_ids(connection, ids).await
}

/// How many codes there are that this pattern could draw: with its prefix, and of its length.
///
/// # Errors
/// When the database does not answer.
pub async fn like(
    connection: &impl ConnectionTrait,
    tenant: Uuid,
    pattern: &Pattern,
    length: i64,
) -> Result<i64, Error> {
    let mut of_length = length;
    let mut find = codes::Entity::find().filter(codes::Column::TenantId.eq(tenant));
    if let Some(prefix) = pattern.key_prefix() {
        of_length += i64::try_from(prefix.as_str().len()).unwrap_or_default();
        // A span of keys that the index knows; no key has a character behind Z.
        find = find.filter(codes::Column::Key.gte(prefix.as_str()));
        find = find.filter(codes::Column::Key.lt(format!("{}[", prefix.as_str())));
    }
    let long = Expr::expr(Func::char_length(Expr::col(codes::Column::Key))).eq(of_length);
    Ok(i64::try_from(find.filter(long).count(connection).await?).unwrap_or(i64::MAX))
}

/// The codes of a batch after `after`, at most so many, in the order in which they were made.
///
/// # Errors
/// When the database does not answer.
pub async fn codes(
    connection: &impl ConnectionTrait,
    (tenant, batch): (Uuid, Uuid),
    after: Uuid,
    most: u64,
    now: DateTime<Utc>,
) -> Result<Vec<codes::Model>, Error> {
    let find = codes::Entity::find()
        .filter(codes::Column::TenantId.eq(tenant))
        .filter(codes::Column::BatchId.eq(batch))
        .filter(codes::Column::Id.gt(after))
        .order_by_asc(codes::Column::Id)
        .limit(most);
    let mut found = find.all(connection).await?;
    let held = found.iter_mut().map(|code| (code.coupon_id, code.id, &mut code.held));
    rows::forget_overdue_of_codes(connection, tenant, held, now).await?;
    Ok(found)
}
