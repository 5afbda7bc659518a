//! What keeps writes honest across retries and processes: answers already given, throttles, and work to do later.

crate::ddl::migration! {
    up: r"
CREATE TABLE idempotency_keys (
    tenant_id {uuid} NOT NULL REFERENCES tenants (id) ON DELETE RESTRICT,
    actor {key} NOT NULL,
    route {key} NOT NULL,
    key {key} NOT NULL,
    body_hash {key} NOT NULL,
    answer {json} NOT NULL,
    created_at {time} NOT NULL,
    expires_at {time} NOT NULL,
    PRIMARY KEY (tenant_id, actor, route, key)
) {strict}
;
CREATE INDEX idempotency_keys_by_expiry ON idempotency_keys (expires_at)
;
CREATE TABLE throttles (
    bucket {key} PRIMARY KEY,
    failures {int} NOT NULL CHECK (failures >= 0),
    blocked_until {time} NOT NULL,
    last_at {time} NOT NULL
) {strict}
;
CREATE INDEX throttles_by_time ON throttles (last_at)
;
CREATE TABLE jobs (
    id {uuid} PRIMARY KEY,
    tenant_id {uuid} REFERENCES tenants (id) ON DELETE RESTRICT,
    kind {key} NOT NULL,
    payload {json} NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('waiting', 'running', 'done', 'failed')),
    tries {int} NOT NULL DEFAULT 0 CHECK (tries >= 0),
    failure TEXT,
    run_at {time} NOT NULL,
    leased_until {time},
    created_at {time} NOT NULL,
    updated_at {time} NOT NULL
) {strict}
;
CREATE INDEX jobs_by_turn ON jobs (state, run_at)
;
",
    down: ["jobs", "throttles", "idempotency_keys"],
}
