//! Imports: files of coupons or codes, tried row by row before anything is made.

crate::ddl::migration! {
    up: r"
CREATE TABLE imports (
    tenant_id {uuid} NOT NULL REFERENCES tenants (id) ON DELETE RESTRICT,
    id {uuid} NOT NULL,
    coupon_id {uuid},
    file_id {uuid} NOT NULL,
    file_name TEXT NOT NULL,
    size {int} NOT NULL CHECK (size >= 0),
    state {key} NOT NULL CHECK (state IN ('new', 'checking', 'checked', 'running', 'done', 'undoing', 'undone', 'discarded')),
    looked {json} NOT NULL,
    mapping {json} NOT NULL,
    problem TEXT,
    job_id {uuid},
    row_count {int} NOT NULL DEFAULT 0 CHECK (row_count >= 0),
    fresh {int} NOT NULL DEFAULT 0 CHECK (fresh >= 0),
    same {int} NOT NULL DEFAULT 0 CHECK (same >= 0),
    duplicates {int} NOT NULL DEFAULT 0 CHECK (duplicates >= 0),
    rejected {int} NOT NULL DEFAULT 0 CHECK (rejected >= 0),
    warned {int} NOT NULL DEFAULT 0 CHECK (warned >= 0),
    made {int} NOT NULL DEFAULT 0 CHECK (made >= 0),
    undone {int} NOT NULL DEFAULT 0 CHECK (undone BETWEEN 0 AND made),
    created_by TEXT NOT NULL,
    created_at {time} NOT NULL,
    ran_by TEXT,
    ran_by_id {uuid},
    ran_at {time},
    finished_at {time},
    undone_at {time},
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, coupon_id) REFERENCES coupons (tenant_id, id) ON DELETE RESTRICT
) {strict}
;
CREATE INDEX imports_left ON imports (created_at) WHERE state IN ('new', 'checked', 'discarded')
;
CREATE TABLE import_rows (
    tenant_id {uuid} NOT NULL,
    import_id {uuid} NOT NULL,
    number {int} NOT NULL CHECK (number >= 1),
    line {int} NOT NULL,
    key {key},
    text TEXT NOT NULL,
    outcome {key} NOT NULL CHECK (outcome IN ('new', 'same', 'duplicate', 'rejected', 'made', 'undone')),
    said TEXT NOT NULL,
    problems TEXT NOT NULL,
    warning TEXT NOT NULL,
    cells TEXT NOT NULL,
    coupon_id {uuid},
    code_id {uuid},
    PRIMARY KEY (tenant_id, import_id, number),
    FOREIGN KEY (tenant_id, import_id) REFERENCES imports (tenant_id, id) ON DELETE RESTRICT
) {strict}
;
CREATE INDEX import_rows_by_key ON import_rows (tenant_id, import_id, key) WHERE key IS NOT NULL
;
CREATE INDEX import_rows_by_outcome ON import_rows (tenant_id, import_id, outcome, number)
;
CREATE INDEX import_rows_by_coupon ON import_rows (tenant_id, coupon_id, import_id) WHERE coupon_id IS NOT NULL
;
CREATE INDEX import_rows_by_code ON import_rows (tenant_id, code_id) WHERE code_id IS NOT NULL
;
",
    down: ["import_rows", "imports"],
}
