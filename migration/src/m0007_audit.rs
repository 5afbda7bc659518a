//! The audit log, which the database itself refuses to change, and the ledger likewise.

use crate::ddl;
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

const TABLE: &str = r"
CREATE TABLE audit_entries (
    tenant_id {uuid} NOT NULL REFERENCES tenants (id) ON DELETE RESTRICT,
    id {uuid} NOT NULL,
    action {key} NOT NULL,
    actor_kind TEXT NOT NULL CHECK (actor_kind IN ('user', 'key', 'system')),
    actor_id {uuid},
    actor_label TEXT NOT NULL,
    subject_kind {key} NOT NULL,
    subject_id {key} NOT NULL,
    subject_label TEXT NOT NULL,
    person_id {uuid},
    organization_id {uuid},
    organization_label TEXT,
    coupon_id {uuid},
    code_key {key},
    code_text TEXT,
    redemption_id {uuid},
    changes {json} NOT NULL,
    reason TEXT,
    request_id TEXT NOT NULL,
    created_at {time} NOT NULL,
    PRIMARY KEY (tenant_id, id)
) {strict}
;
CREATE INDEX audit_by_action ON audit_entries (tenant_id, action, id)
;
CREATE INDEX audit_by_actor ON audit_entries (tenant_id, actor_id, id)
;
CREATE INDEX audit_by_organization ON audit_entries (tenant_id, organization_id, id)
    WHERE organization_id IS NOT NULL
;
CREATE INDEX audit_by_coupon ON audit_entries (tenant_id, coupon_id, id)
    WHERE coupon_id IS NOT NULL
;
CREATE INDEX audit_by_code ON audit_entries (tenant_id, code_key, id)
    WHERE code_key IS NOT NULL
;
";

const SQLITE_GUARDS: &str = r"
CREATE TRIGGER audit_entries_keep BEFORE UPDATE ON audit_entries
BEGIN SELECT RAISE(ABORT, 'audit entries are never changed'); END
;
CREATE TRIGGER audit_entries_stay BEFORE DELETE ON audit_entries
BEGIN SELECT RAISE(ABORT, 'audit entries are never deleted'); END
;
CREATE TRIGGER credit_entries_keep BEFORE UPDATE ON credit_entries
BEGIN SELECT RAISE(ABORT, 'ledger entries are never changed'); END
;
CREATE TRIGGER credit_entries_stay BEFORE DELETE ON credit_entries
BEGIN SELECT RAISE(ABORT, 'ledger entries are never deleted'); END
;
";

const POSTGRES_GUARDS: &str = r"
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$
;
CREATE TRIGGER audit_entries_keep BEFORE UPDATE OR DELETE ON audit_entries
FOR EACH ROW EXECUTE FUNCTION refuse_change()
;
CREATE TRIGGER audit_entries_stay BEFORE TRUNCATE ON audit_entries
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
;
CREATE TRIGGER credit_entries_keep BEFORE UPDATE OR DELETE ON credit_entries
FOR EACH ROW EXECUTE FUNCTION refuse_change()
;
CREATE TRIGGER credit_entries_stay BEFORE TRUNCATE ON credit_entries
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
;
";

const SQLITE_DOWN: &str = r"
DROP TRIGGER credit_entries_stay
;
DROP TRIGGER credit_entries_keep
;
DROP TABLE audit_entries
;
";

const POSTGRES_DOWN: &str = r"
DROP TABLE audit_entries
;
DROP TRIGGER credit_entries_stay ON credit_entries
;
DROP TRIGGER credit_entries_keep ON credit_entries
;
DROP FUNCTION refuse_change()
;
";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        ddl::run(manager, TABLE).await?;
        ddl::run_for(manager, SQLITE_GUARDS, POSTGRES_GUARDS).await
    }
    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        ddl::run_for(manager, SQLITE_DOWN, POSTGRES_DOWN).await
    }
}
