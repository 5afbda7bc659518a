//! Who signs in, who calls, and whom per-person limits count.

crate::ddl::migration! {
    up: r"
CREATE TABLE users (
    id {uuid} PRIMARY KEY,
    email {key} NOT NULL UNIQUE CHECK (email <> ''),
    display_name TEXT NOT NULL,
    password_hash TEXT NOT NULL,
    platform_admin {bool} NOT NULL,
    disabled_at {time},
    created_at {time} NOT NULL,
    updated_at {time} NOT NULL
) {strict}
;
CREATE TABLE memberships (
    tenant_id {uuid} NOT NULL REFERENCES tenants (id) ON DELETE RESTRICT,
    user_id {uuid} NOT NULL REFERENCES users (id) ON DELETE RESTRICT,
    role TEXT NOT NULL CHECK (role IN ('admin', 'support', 'member')),
    created_at {time} NOT NULL,
    PRIMARY KEY (tenant_id, user_id)
) {strict}
;
CREATE INDEX memberships_by_user ON memberships (user_id)
;
CREATE TABLE sessions (
    key_hash {key} PRIMARY KEY,
    id {uuid} NOT NULL UNIQUE,
    user_id {uuid} REFERENCES users (id) ON DELETE CASCADE,
    state {json} NOT NULL,
    address TEXT NOT NULL,
    user_agent TEXT NOT NULL,
    created_at {time} NOT NULL,
    seen_at {time} NOT NULL,
    expires_at {time} NOT NULL
) {strict}
;
CREATE INDEX sessions_by_user ON sessions (user_id)
;
CREATE INDEX sessions_by_expiry ON sessions (expires_at)
;
CREATE TABLE invitations (
    tenant_id {uuid} NOT NULL REFERENCES tenants (id) ON DELETE RESTRICT,
    id {uuid} NOT NULL,
    token_hash {key} NOT NULL UNIQUE,
    email {key} NOT NULL,
    role TEXT NOT NULL CHECK (role IN ('admin', 'support', 'member')),
    organization_id {uuid},
    organization_role TEXT CHECK (organization_role IN ('owner', 'member')),
    invited_by {uuid} REFERENCES users (id) ON DELETE RESTRICT,
    created_at {time} NOT NULL,
    expires_at {time} NOT NULL,
    accepted_at {time},
    revoked_at {time},
    PRIMARY KEY (tenant_id, id)
) {strict}
;
CREATE TABLE api_keys (
    tenant_id {uuid} NOT NULL REFERENCES tenants (id) ON DELETE RESTRICT,
    id {uuid} NOT NULL,
    name TEXT NOT NULL,
    key_hash {key} NOT NULL UNIQUE,
    hint TEXT NOT NULL,
    previous_hash {key} UNIQUE,
    previous_until {time},
    scopes {json} NOT NULL,
    created_by {uuid} REFERENCES users (id) ON DELETE RESTRICT,
    created_at {time} NOT NULL,
    expires_at {time},
    last_used_at {time},
    revoked_at {time},
    PRIMARY KEY (tenant_id, id)
) {strict}
;
CREATE TABLE persons (
    tenant_id {uuid} NOT NULL REFERENCES tenants (id) ON DELETE RESTRICT,
    id {uuid} NOT NULL,
    created_at {time} NOT NULL,
    PRIMARY KEY (tenant_id, id)
) {strict}
;
CREATE TABLE person_aliases (
    tenant_id {uuid} NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('user', 'email', 'external')),
    key {key} NOT NULL CHECK (key <> ''),
    person_id {uuid} NOT NULL,
    created_at {time} NOT NULL,
    PRIMARY KEY (tenant_id, kind, key),
    FOREIGN KEY (tenant_id, person_id) REFERENCES persons (tenant_id, id) ON DELETE RESTRICT
) {strict}
;
CREATE INDEX person_aliases_by_person ON person_aliases (tenant_id, person_id)
;
",
    down: ["person_aliases", "persons", "api_keys", "invitations", "sessions", "memberships", "users"],
}
