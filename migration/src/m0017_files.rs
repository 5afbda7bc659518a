//! Files in the database, in chunks, so that every process has them; and what is exported into them.

crate::ddl::migration! {
    up: r"
CREATE TABLE files (
    tenant_id {uuid} NOT NULL REFERENCES tenants (id) ON DELETE RESTRICT,
    id {uuid} NOT NULL,
    name TEXT NOT NULL,
    media_type TEXT NOT NULL,
    size {int} NOT NULL CHECK (size >= 0),
    hash {key} NOT NULL,
    created_at {time} NOT NULL,
    finished_at {time},
    expires_at {time} NOT NULL,
    PRIMARY KEY (tenant_id, id)
) {strict}
;
CREATE INDEX files_by_end ON files (expires_at)
;
CREATE TABLE file_chunks (
    tenant_id {uuid} NOT NULL,
    file_id {uuid} NOT NULL,
    number {int} NOT NULL CHECK (number >= 0),
    bytes {bytes} NOT NULL,
    PRIMARY KEY (tenant_id, file_id, number),
    FOREIGN KEY (tenant_id, file_id) REFERENCES files (tenant_id, id) ON DELETE RESTRICT
) {strict}
;
CREATE TABLE exports (
    tenant_id {uuid} NOT NULL REFERENCES tenants (id) ON DELETE RESTRICT,
    id {uuid} NOT NULL,
    owner {key} NOT NULL,
    subject {key} NOT NULL,
    format {key} NOT NULL CHECK (format IN ('csv', 'xlsx')),
    filter {json} NOT NULL,
    label TEXT NOT NULL,
    job_id {uuid} NOT NULL,
    file_id {uuid},
    row_count {int} NOT NULL DEFAULT 0 CHECK (row_count >= 0),
    size {int} NOT NULL DEFAULT 0 CHECK (size >= 0),
    created_by TEXT NOT NULL,
    created_at {time} NOT NULL,
    finished_at {time},
    expires_at {time},
    PRIMARY KEY (tenant_id, id),
    CHECK ((finished_at IS NULL) = (expires_at IS NULL))
) {strict}
;
CREATE INDEX exports_by_owner ON exports (tenant_id, owner, id)
;
CREATE INDEX exports_by_end ON exports (expires_at) WHERE expires_at IS NOT NULL
;
",
    down: ["exports", "file_chunks", "files"],
}
