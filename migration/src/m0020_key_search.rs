//! The search index of codes on PostgreSQL serves searches alone.
//!
//! An index of trigrams answers `=` too, and PostgreSQL took it for looking up several keys at once, a thousand times slower
//! than the unique index of keys. On an expression that only the search uses, it cannot.

use crate::ddl;
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

const UP: &str = r"
DROP INDEX codes_search
;
CREATE INDEX codes_search ON codes USING gin ((key || '') gin_trgm_ops)
";

const DOWN: &str = r"
DROP INDEX codes_search
;
CREATE INDEX codes_search ON codes USING gin (key gin_trgm_ops)
";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        ddl::run_for(manager, "", UP).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        ddl::run_for(manager, "", DOWN).await
    }
}
