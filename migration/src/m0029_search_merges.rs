//! The indexes of trigrams in SQLite are merged by whoever writes many rows, a little with each piece.
//!
//! By themselves they merge 64 pages of each size of run at once, in the transaction that happened to write the last of them,
//! for which everybody who redeems then waits. Now they do so only where 64 runs of a size have come together.

use crate::ddl;
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

const ASKED: &str = r"
INSERT INTO codes_search (codes_search, rank) VALUES ('automerge', 0)
;
INSERT INTO codes_search (codes_search, rank) VALUES ('crisismerge', 64)
;
INSERT INTO coupons_search (coupons_search, rank) VALUES ('automerge', 0)
;
INSERT INTO coupons_search (coupons_search, rank) VALUES ('crisismerge', 64)
";

/// What SQLite does of its own accord.
const USUAL: &str = r"
INSERT INTO codes_search (codes_search, rank) VALUES ('automerge', 4)
;
INSERT INTO codes_search (codes_search, rank) VALUES ('crisismerge', 16)
;
INSERT INTO coupons_search (coupons_search, rank) VALUES ('automerge', 4)
;
INSERT INTO coupons_search (coupons_search, rank) VALUES ('crisismerge', 16)
";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        ddl::run_for(manager, ASKED, "").await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        ddl::run_for(manager, USUAL, "").await
    }
}
