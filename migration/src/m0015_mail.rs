//! Links that are mailed: those that set a password anew, and those of invitations. Only hashes of their tokens are kept.

use crate::ddl;
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

const UP: &str = r"
CREATE TABLE password_resets (
    token_hash {key} PRIMARY KEY,
    user_id {uuid} NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    created_at {time} NOT NULL,
    expires_at {time} NOT NULL
) {strict}
;
CREATE INDEX password_resets_by_user ON password_resets (user_id)
;
ALTER TABLE invitations ADD COLUMN mailed_token_hash {key}
;
CREATE UNIQUE INDEX invitations_by_mailed_token ON invitations (mailed_token_hash)
;
";

const DOWN: &str = r"
DROP INDEX invitations_by_mailed_token
;
ALTER TABLE invitations DROP COLUMN mailed_token_hash
;
DROP TABLE password_resets
;
";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    // SQLite would otherwise be left half-way by a failing change.
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        ddl::run(manager, UP).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        ddl::run(manager, DOWN).await
    }
}
