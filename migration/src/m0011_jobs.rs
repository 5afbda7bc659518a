//! Jobs say what they are about, how far they have come, and who works on them.

use crate::ddl;
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

const UP: &str = r"
ALTER TABLE jobs ADD COLUMN label TEXT NOT NULL DEFAULT ''
;
ALTER TABLE jobs ADD COLUMN link TEXT
;
ALTER TABLE jobs ADD COLUMN place {json} NOT NULL DEFAULT 'null'
;
ALTER TABLE jobs ADD COLUMN done {int} NOT NULL DEFAULT 0 CHECK (done >= 0)
;
ALTER TABLE jobs ADD COLUMN total {int} CHECK (total >= 0)
;
ALTER TABLE jobs ADD COLUMN leased_by {uuid}
;
ALTER TABLE jobs ADD COLUMN finished_at {time}
;
DROP INDEX jobs_by_turn
;
CREATE INDEX jobs_by_turn ON jobs (kind, state, run_at)
;
CREATE INDEX jobs_of_tenant ON jobs (tenant_id, state, id)
;
";

const DOWN: &str = r"
DROP INDEX jobs_of_tenant
;
DROP INDEX jobs_by_turn
;
CREATE INDEX jobs_by_turn ON jobs (state, run_at)
;
ALTER TABLE jobs DROP COLUMN finished_at
;
ALTER TABLE jobs DROP COLUMN leased_by
;
ALTER TABLE jobs DROP COLUMN total
;
ALTER TABLE jobs DROP COLUMN done
;
ALTER TABLE jobs DROP COLUMN place
;
ALTER TABLE jobs DROP COLUMN link
;
ALTER TABLE jobs DROP COLUMN label
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
