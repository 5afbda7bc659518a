//! Substring search for codes (by folded key) and coupon names (folded to lower case).
//!
//! SQLite keeps trigram indexes that triggers feed; PostgreSQL uses `pg_trgm`, whose extension must be allowed to be
//! created once by the role that migrates.

use crate::ddl;
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

const SQLITE: &str = r"
CREATE VIRTUAL TABLE codes_search USING fts5 (key, content = 'codes', content_rowid = 'seq', tokenize = 'trigram')
;
CREATE TRIGGER codes_search_add AFTER INSERT ON codes
BEGIN INSERT INTO codes_search (rowid, key) VALUES (new.seq, new.key); END
;
CREATE TRIGGER codes_search_fixed BEFORE UPDATE OF key, text ON codes
BEGIN SELECT RAISE(ABORT, 'the text of a code never changes'); END
;
CREATE VIRTUAL TABLE coupons_search USING fts5 (name_folded, content = 'coupons', content_rowid = 'seq', tokenize = 'trigram')
;
CREATE TRIGGER coupons_search_add AFTER INSERT ON coupons
BEGIN INSERT INTO coupons_search (rowid, name_folded) VALUES (new.seq, new.name_folded); END
;
CREATE TRIGGER coupons_search_move AFTER UPDATE OF name_folded ON coupons
WHEN old.name_folded <> new.name_folded
BEGIN
    INSERT INTO coupons_search (coupons_search, rowid, name_folded) VALUES ('delete', old.seq, old.name_folded);
    INSERT INTO coupons_search (rowid, name_folded) VALUES (new.seq, new.name_folded);
END
;
";

const POSTGRES: &str = r"
CREATE EXTENSION IF NOT EXISTS pg_trgm
;
CREATE INDEX codes_search ON codes USING gin (key gin_trgm_ops)
;
CREATE INDEX coupons_search ON coupons USING gin (name_folded gin_trgm_ops)
;
CREATE FUNCTION refuse_code_text() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'the text of a code never changes'; END $$
;
CREATE TRIGGER codes_search_fixed BEFORE UPDATE OF key, text ON codes
FOR EACH ROW EXECUTE FUNCTION refuse_code_text()
;
";

const SQLITE_DOWN: &str = r"
DROP TRIGGER coupons_search_move
;
DROP TRIGGER coupons_search_add
;
DROP TABLE coupons_search
;
DROP TRIGGER codes_search_fixed
;
DROP TRIGGER codes_search_add
;
DROP TABLE codes_search
;
";

const POSTGRES_DOWN: &str = r"
DROP TRIGGER codes_search_fixed ON codes
;
DROP FUNCTION refuse_code_text()
;
DROP INDEX coupons_search
;
DROP INDEX codes_search
;
";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        ddl::run_for(manager, SQLITE, POSTGRES).await
    }
    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        ddl::run_for(manager, SQLITE_DOWN, POSTGRES_DOWN).await
    }
}
