//! Small pages for the indexes of trigrams in SQLite.
//!
//! Such an index is written as sorted runs, and whenever 64 pages have been written it merges 64 pages of each size of run,
//! in the transaction that happened to write the last one. With the smaller pages the same work comes in pieces of an
//! eighth, so that nobody who redeems waits long for one. Only how much there is in a page changes: pages that exist stay.

use crate::ddl;
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

const SMALL: &str = r"
INSERT INTO codes_search (codes_search, rank) VALUES ('pgsz', 500)
;
INSERT INTO coupons_search (coupons_search, rank) VALUES ('pgsz', 500)
";

/// What SQLite gives a page of its own accord.
const USUAL: &str = r"
INSERT INTO codes_search (codes_search, rank) VALUES ('pgsz', 4050)
;
INSERT INTO coupons_search (coupons_search, rank) VALUES ('pgsz', 4050)
";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        ddl::run_for(manager, SMALL, "").await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        ddl::run_for(manager, USUAL, "").await
    }
}
