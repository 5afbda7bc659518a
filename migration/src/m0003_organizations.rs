//! Customer accounts: their members, limits and credit.
//!
//! A limit value of NULL means *unlimited* wherever a value column has a companion that says whether there is a value
//! at all (`base_set`); a ledger is only ever added to, and a balance cannot be negative.

crate::ddl::migration! {
    up: r"
CREATE TABLE organizations (
    tenant_id {uuid} NOT NULL REFERENCES tenants (id) ON DELETE RESTRICT,
    id {uuid} NOT NULL,
    name TEXT NOT NULL CHECK (name <> ''),
    name_folded {key} NOT NULL,
    external_ref {key},
    created_at {time} NOT NULL,
    updated_at {time} NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, external_ref)
) {strict}
;
CREATE TABLE organization_members (
    tenant_id {uuid} NOT NULL,
    organization_id {uuid} NOT NULL,
    user_id {uuid} NOT NULL,
    role TEXT NOT NULL CHECK (role IN ('owner', 'member')),
    created_at {time} NOT NULL,
    PRIMARY KEY (tenant_id, organization_id, user_id),
    FOREIGN KEY (tenant_id, organization_id) REFERENCES organizations (tenant_id, id) ON DELETE RESTRICT,
    FOREIGN KEY (tenant_id, user_id) REFERENCES memberships (tenant_id, user_id) ON DELETE CASCADE
) {strict}
;
CREATE INDEX organization_members_by_user ON organization_members (tenant_id, user_id)
;
CREATE TABLE limits (
    tenant_id {uuid} NOT NULL REFERENCES tenants (id) ON DELETE RESTRICT,
    key {key} NOT NULL CHECK (key <> ''),
    label TEXT NOT NULL CHECK (label <> ''),
    unit TEXT NOT NULL,
    default_value {int} CHECK (default_value >= 0),
    minimum {int} CHECK (minimum >= 0),
    maximum {int} CHECK (maximum >= 0),
    created_at {time} NOT NULL,
    updated_at {time} NOT NULL,
    PRIMARY KEY (tenant_id, key),
    CHECK (minimum IS NULL OR maximum IS NULL OR minimum <= maximum)
) {strict}
;
CREATE TABLE organization_limits (
    tenant_id {uuid} NOT NULL,
    organization_id {uuid} NOT NULL,
    limit_key {key} NOT NULL,
    base_set {bool} NOT NULL,
    base_value {int} CHECK (base_value >= 0),
    locked {bool} NOT NULL,
    in_use {int} CHECK (in_use >= 0),
    updated_at {time} NOT NULL,
    PRIMARY KEY (tenant_id, organization_id, limit_key),
    FOREIGN KEY (tenant_id, organization_id) REFERENCES organizations (tenant_id, id) ON DELETE RESTRICT,
    FOREIGN KEY (tenant_id, limit_key) REFERENCES limits (tenant_id, key) ON DELETE RESTRICT
) {strict}
;
CREATE TABLE credit_balances (
    tenant_id {uuid} NOT NULL,
    organization_id {uuid} NOT NULL,
    balance {int} NOT NULL CHECK (balance >= 0),
    updated_at {time} NOT NULL,
    PRIMARY KEY (tenant_id, organization_id),
    FOREIGN KEY (tenant_id, organization_id) REFERENCES organizations (tenant_id, id) ON DELETE RESTRICT
) {strict}
;
",
    down: ["credit_balances", "organization_limits", "limits", "organization_members", "organizations"],
}
