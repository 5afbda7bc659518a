//! What coupons are called.

use crate::db::tables::coupons::{Column, Entity};
use crate::error::Error;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect};
use std::collections::HashMap;
use uuid::Uuid;

/// The names of these coupons.
///
/// # Errors
/// When the database does not answer.
pub async fn names(
    connection: &impl ConnectionTrait,
    tenant: Uuid,
    ids: &[Uuid],
) -> Result<HashMap<Uuid, String>, Error> {
    let find = Entity::find().select_only().column(Column::Id).column(Column::Name);
    let here = find.filter(Column::TenantId.eq(tenant)).filter(Column::Id.is_in(ids.iter().copied()));
    let rows: Vec<(Uuid, String)> = here.into_tuple().all(connection).await?;
    Ok(rows.into_iter().collect())
}
