//! A tenant's own messages, one for each family of refusals; without one the message is ours.

use crate::ddl;
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

const UP: &str = r"
ALTER TABLE tenants ADD COLUMN message_no_discount TEXT
;
ALTER TABLE tenants ADD COLUMN message_requirements TEXT
;
ALTER TABLE tenants ADD COLUMN message_full_discount TEXT
;
";

const DOWN: &str = r"
ALTER TABLE tenants DROP COLUMN message_full_discount
;
ALTER TABLE tenants DROP COLUMN message_requirements
;
ALTER TABLE tenants DROP COLUMN message_no_discount
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
