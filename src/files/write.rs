//! How a file comes to be, chunk by chunk.

use super::{CHUNK, File, LONGEST};
use crate::clock;
use crate::db::tables::{file_chunks, files};
use crate::db::{self, Db};
use crate::error::Error;
use anyhow::anyhow;
use chrono::{DateTime, Utc};
use sea_orm::sea_query::ExprTrait;
use sea_orm::{ActiveValue::Set, ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter};
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// A file to be written.
#[derive(Clone, Debug)]
pub struct New {
    /// Whose it is.
    pub tenant: Uuid,
    /// What it is called on a disk, as `codes.csv`.
    pub name: String,
    /// What is in it, as `text/csv`.
    pub media_type: String,
}

/// Writes one file.
pub struct Writer {
    db: Db,
    tenant: Uuid,
    id: Uuid,
    chunks: i64,
    size: i64,
    hash: Sha256,
    waiting: Vec<u8>,
}

impl Writer {
    /// Begins a file, which nobody can read yet.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn create(db: &Db, new: New, now: DateTime<Utc>) -> Result<Self, Error> {
        let id = clock::id_at(now);
        let row = files::ActiveModel {
            tenant_id: Set(new.tenant),
            id: Set(id),
            name: Set(new.name),
            media_type: Set(new.media_type),
            size: Set(0),
            hash: Set(String::new()),
            created_at: Set(now),
            finished_at: Set(None),
            expires_at: Set(now + LONGEST),
        };
        let tx = db.begin().await?;
        files::Entity::insert(row).exec_without_returning(&tx).await?;
        db::commit(tx).await?;
        let (db, hash) = (db.clone(), Sha256::new());
        Ok(Self { db, tenant: new.tenant, id, chunks: 0, size: 0, hash, waiting: Vec::with_capacity(CHUNK) })
    }

    /// Its id.
    #[must_use]
    pub const fn id(&self) -> Uuid {
        self.id
    }

    /// The bytes that were written so far.
    #[must_use]
    pub const fn size(&self) -> i64 {
        self.size
    }

    /// Writes what comes next. Full chunks are committed at once.
    ///
    /// # Errors
    /// When the database does not answer, or the file was removed meanwhile.
    pub async fn write(&mut self, mut bytes: &[u8]) -> Result<(), Error> {
        while !bytes.is_empty() {
            let (now, later) = bytes.split_at(bytes.len().min(CHUNK - self.waiting.len()));
            self.waiting.extend_from_slice(now);
            bytes = later;
            if self.waiting.len() == CHUNK {
                let tx = self.db.begin().await?;
                self.put(&tx).await?;
                db::commit(tx).await?;
            }
        }
        Ok(())
    }

    /// Makes it whole: from the commit of this transaction on it can be read, until `expires_at`.
    ///
    /// # Errors
    /// As [`Writer::write`].
    pub async fn finish(
        mut self,
        tx: &DatabaseTransaction,
        expires_at: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Result<File, Error> {
        if !self.waiting.is_empty() {
            self.put(tx).await?;
        }
        let hash = self.hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        let whole = files::ActiveModel {
            size: Set(self.size),
            hash: Set(hash),
            finished_at: Set(Some(now)),
            expires_at: Set(expires_at),
            ..Default::default()
        };
        let this = files::Column::TenantId.eq(self.tenant).and(files::Column::Id.eq(self.id));
        files::Entity::update_many().set(whole).filter(this).exec(tx).await?;
        let found = files::Entity::find_by_id((self.tenant, self.id)).one(tx).await?;
        Ok(found.ok_or_else(|| anyhow!("a file was removed while it was written"))?)
    }

    async fn put(&mut self, tx: &DatabaseTransaction) -> Result<(), Error> {
        self.hash.update(&self.waiting);
        let length = i64::try_from(self.waiting.len()).unwrap_or(i64::MAX);
        let row = file_chunks::ActiveModel {
            tenant_id: Set(self.tenant),
            file_id: Set(self.id),
            number: Set(self.chunks),
            bytes: Set(std::mem::replace(&mut self.waiting, Vec::with_capacity(CHUNK))),
        };
        file_chunks::Entity::insert(row).exec_without_returning(tx).await?;
        (self.chunks, self.size) = (self.chunks + 1, self.size + length);
        Ok(())
    }
}
