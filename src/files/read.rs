//! How a file is read, chunk by chunk.

use super::File;
use crate::db::Db;
use crate::db::tables::{file_chunks, files};
use crate::error::Error;
use actix_web::web::Bytes;
use anyhow::anyhow;
use chrono::{DateTime, Utc};
use futures_util::{Stream, stream};
use sea_orm::{ConnectionTrait, EntityTrait};
use uuid::Uuid;

/// A whole file of this tenant whose time is not over.
///
/// # Errors
/// When the database does not answer.
pub async fn finished(
    connection: &impl ConnectionTrait,
    tenant: Uuid,
    id: Uuid,
    now: DateTime<Utc>,
) -> Result<Option<File>, Error> {
    let found = files::Entity::find_by_id((tenant, id)).one(connection).await?;
    Ok(found.filter(|file| file.finished_at.is_some() && file.expires_at > now))
}

/// What is in it, a chunk at a time. A file that is removed meanwhile ends with an error, never early.
pub fn content(db: &Db, file: &File) -> impl Stream<Item = Result<Bytes, Error>> + use<> {
    let (tenant, id, size) = (file.tenant_id, file.id, file.size);
    stream::try_unfold((db.clone(), 0_i64, 0_i64), move |(db, number, read)| async move {
        if read >= size {
            return Ok(None);
        }
        let found = file_chunks::Entity::find_by_id((tenant, id, number)).one(db.read()).await?;
        let bytes = found.ok_or_else(|| anyhow!("a file was removed while it was read"))?.bytes;
        let read = read + i64::try_from(bytes.len()).unwrap_or(i64::MAX);
        Ok(Some((Bytes::from(bytes), (db, number + 1, read))))
    })
}
