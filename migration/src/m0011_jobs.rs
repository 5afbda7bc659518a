//! Jobs say what they are about, how far they have come, and who works on them.

crate::ddl::migration! {
    up: r"
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
",
    down: r"
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
",
}
