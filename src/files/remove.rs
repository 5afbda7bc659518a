//! How a file goes: its content in pieces, then itself.

use crate::db::tables::{file_chunks, files};
use crate::db::{self, Db};
use crate::error::Error;
use chrono::{DateTime, Utc};
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

/// Chunks of one transaction: 2 MiB, which the database lets go in a few milliseconds.
const CHUNKS_AT_ONCE: u64 = 8;
/// Files of one sweep.
const FILES_AT_ONCE: u64 = 100;

/// Removes a file, whole or not. One that is not there is removed already.
///
/// # Errors
/// When the database does not answer.
pub async fn remove(db: &Db, tenant: Uuid, id: Uuid) -> Result<(), Error> {
    use file_chunks::Column as Chunk;
    loop {
        let tx = db.begin().await?;
        let of_file = || Chunk::TenantId.eq(tenant).and(Chunk::FileId.eq(id));
        let some = file_chunks::Entity::find().select_only().column(Chunk::Number).filter(of_file());
        let some = some.order_by_asc(Chunk::Number).limit(CHUNKS_AT_ONCE);
        let numbers: Vec<i64> = some.into_tuple().all(&tx).await?;
        if numbers.is_empty() {
            files::Entity::delete_by_id((tenant, id)).exec(&tx).await?;
            return db::commit(tx).await;
        }
        let these = file_chunks::Entity::delete_many().filter(of_file()).filter(Chunk::Number.is_in(numbers));
        these.exec(&tx).await?;
        db::commit(tx).await?;
    }
}

/// Ends the time of a file at once: nobody gets it any more, and the next sweep removes it.
///
/// # Errors
/// When the database does not answer.
pub async fn end(tx: &DatabaseTransaction, tenant: Uuid, id: Uuid, now: DateTime<Utc>) -> Result<(), Error> {
    files::Entity::update_many()
        .col_expr(files::Column::ExpiresAt, Expr::value(now))
        .filter(files::Column::TenantId.eq(tenant))
        .filter(files::Column::Id.eq(id))
        .exec(tx)
        .await?;
    Ok(())
}

/// Removes files whose time is over, and what is left of those that were never finished. How many went.
///
/// # Errors
/// When the database does not answer.
pub async fn sweep(db: &Db, now: DateTime<Utc>) -> Result<u64, Error> {
    let over = files::Entity::find().select_only().columns([files::Column::TenantId, files::Column::Id]);
    let over = over.filter(files::Column::ExpiresAt.lte(now)).order_by_asc(files::Column::ExpiresAt);
    let over: Vec<(Uuid, Uuid)> = over.limit(FILES_AT_ONCE).into_tuple().all(db.read()).await?;
    for (tenant, id) in &over {
        remove(db, *tenant, *id).await?;
    }
    Ok(over.len() as u64)
}
