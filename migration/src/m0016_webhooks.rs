//! Webhooks: who is told, what is to be told, and what became of it.
//!
//! What there is to tell is noted by triggers in the transaction of the change itself: an audit entry, a line of a credit
//! ledger, a coupon that is now used up. What was not committed is never told, and the change takes no statement more than
//! it did. A tenant without an endpoint pays one look into an index that holds nothing of it.

use crate::ddl;
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

const UP: &str = r"
CREATE TABLE webhook_endpoints (
    tenant_id {uuid} NOT NULL REFERENCES tenants (id) ON DELETE RESTRICT,
    id {uuid} NOT NULL,
    url TEXT NOT NULL CHECK (url <> ''),
    events {json} NOT NULL,
    secret TEXT NOT NULL,
    old_secret TEXT,
    old_secret_until {time},
    job_id {uuid},
    failing_since {time},
    disabled_at {time},
    disabled_reason TEXT,
    deleted_at {time},
    created_at {time} NOT NULL,
    PRIMARY KEY (tenant_id, id)
) {strict}
;
CREATE INDEX webhook_endpoints_live ON webhook_endpoints (tenant_id) WHERE disabled_at IS NULL AND deleted_at IS NULL
;
CREATE TABLE webhook_outbox (
    seq {seq},
    tenant_id {uuid} NOT NULL,
    source {key} NOT NULL CHECK (source IN ('entry', 'credit', 'exhausted')),
    subject_id {uuid} NOT NULL
) {strict}
;
CREATE TABLE webhook_deliveries (
    tenant_id {uuid} NOT NULL,
    id {uuid} NOT NULL,
    endpoint_id {uuid} NOT NULL,
    message_id {key} NOT NULL,
    event {key} NOT NULL,
    subject {key} NOT NULL,
    body TEXT NOT NULL,
    state {key} NOT NULL CHECK (state IN ('waiting', 'delivered', 'failed')),
    tries {int} NOT NULL DEFAULT 0 CHECK (tries >= 0),
    due_at {time} CHECK ((due_at IS NOT NULL) = (state = 'waiting')),
    status {int},
    took_ms {int},
    answer TEXT,
    failure TEXT,
    created_at {time} NOT NULL,
    tried_at {time},
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, endpoint_id) REFERENCES webhook_endpoints (tenant_id, id) ON DELETE CASCADE
) {strict}
;
CREATE INDEX webhook_deliveries_due ON webhook_deliveries (tenant_id, endpoint_id, due_at, id) WHERE state = 'waiting'
;
CREATE INDEX webhook_deliveries_by_endpoint ON webhook_deliveries (tenant_id, endpoint_id, id)
;
CREATE INDEX webhook_deliveries_by_state ON webhook_deliveries (tenant_id, endpoint_id, state, id)
;
CREATE INDEX webhook_deliveries_by_event ON webhook_deliveries (tenant_id, endpoint_id, event, id)
;
CREATE INDEX webhook_deliveries_by_time ON webhook_deliveries (created_at)
;
";

/// When a coupon is used up: as the index of such coupons says it, and the word in the list.
const USED_UP: &str = "((it.max_uses IS NOT NULL AND it.uses >= it.max_uses) OR (it.budget IS NOT NULL \
    AND it.budget - it.spent < CASE it.benefit WHEN 'credit' THEN it.amount WHEN 'limits' THEN 0 ELSE 1 END))";

const SQLITE: &str = r"
CREATE TRIGGER webhook_notes_entry AFTER INSERT ON audit_entries
WHEN EXISTS (SELECT 1 FROM webhook_endpoints
    WHERE tenant_id = new.tenant_id AND disabled_at IS NULL AND deleted_at IS NULL)
BEGIN INSERT INTO webhook_outbox (tenant_id, source, subject_id) VALUES (new.tenant_id, 'entry', new.id); END
;
CREATE TRIGGER webhook_notes_credit AFTER INSERT ON credit_entries
WHEN EXISTS (SELECT 1 FROM webhook_endpoints
    WHERE tenant_id = new.tenant_id AND disabled_at IS NULL AND deleted_at IS NULL)
BEGIN INSERT INTO webhook_outbox (tenant_id, source, subject_id) VALUES (new.tenant_id, 'credit', new.id); END
;
CREATE TRIGGER webhook_notes_exhausted AFTER UPDATE OF uses, spent, max_uses, budget ON coupons
WHEN {used up: new} AND NOT {used up: old} AND EXISTS (SELECT 1 FROM webhook_endpoints
    WHERE tenant_id = new.tenant_id AND disabled_at IS NULL AND deleted_at IS NULL)
BEGIN INSERT INTO webhook_outbox (tenant_id, source, subject_id) VALUES (new.tenant_id, 'exhausted', new.id); END
;
";

/// Once a statement, not once a row: a batch of the desk looks once.
const POSTGRES: &str = r"
CREATE FUNCTION webhook_note_fresh() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN
    INSERT INTO webhook_outbox (tenant_id, source, subject_id)
    SELECT fresh.tenant_id, TG_ARGV[0], fresh.id FROM fresh WHERE EXISTS (SELECT 1 FROM webhook_endpoints AS e
        WHERE e.tenant_id = fresh.tenant_id AND e.disabled_at IS NULL AND e.deleted_at IS NULL)
    ORDER BY fresh.id;
    RETURN NULL;
END $$
;
CREATE TRIGGER webhook_notes_entry AFTER INSERT ON audit_entries
REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION webhook_note_fresh('entry')
;
CREATE TRIGGER webhook_notes_credit AFTER INSERT ON credit_entries
REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION webhook_note_fresh('credit')
;
CREATE FUNCTION webhook_note_exhausted() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN
    INSERT INTO webhook_outbox (tenant_id, source, subject_id)
    SELECT NEW.tenant_id, 'exhausted', NEW.id WHERE EXISTS (SELECT 1 FROM webhook_endpoints AS e
        WHERE e.tenant_id = NEW.tenant_id AND e.disabled_at IS NULL AND e.deleted_at IS NULL);
    RETURN NULL;
END $$
;
CREATE TRIGGER webhook_notes_exhausted AFTER UPDATE OF uses, spent, max_uses, budget ON coupons
FOR EACH ROW WHEN ({used up: new} AND NOT {used up: old}) EXECUTE FUNCTION webhook_note_exhausted()
;
";

const SQLITE_DOWN: &str = r"
DROP TRIGGER webhook_notes_exhausted
;
DROP TRIGGER webhook_notes_credit
;
DROP TRIGGER webhook_notes_entry
;
";

const POSTGRES_DOWN: &str = r"
DROP TRIGGER webhook_notes_exhausted ON coupons
;
DROP TRIGGER webhook_notes_credit ON credit_entries
;
DROP TRIGGER webhook_notes_entry ON audit_entries
;
DROP FUNCTION webhook_note_exhausted()
;
DROP FUNCTION webhook_note_fresh()
;
";

fn with_used_up(script: &str) -> String {
    let of = |row: &str| USED_UP.replace("it.", &format!("{row}."));
    script.replace("{used up: new}", &of("new")).replace("{used up: old}", &of("old"))
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    // SQLite would otherwise be left half-way by a failing change.
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        ddl::run(manager, UP).await?;
        ddl::run_for(manager, &with_used_up(SQLITE), &with_used_up(POSTGRES)).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        ddl::run_for(manager, SQLITE_DOWN, POSTGRES_DOWN).await?;
        ddl::drop_tables(manager, &["webhook_deliveries", "webhook_outbox", "webhook_endpoints"]).await
    }
}
