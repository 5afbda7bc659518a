//! Orders of organizations: what they cost, the credit they drew, and the code that came with them.

crate::ddl::migration! {
    up: r"
CREATE TABLE orders (
    tenant_id {uuid} NOT NULL REFERENCES tenants (id) ON DELETE RESTRICT,
    id {uuid} NOT NULL,
    organization_id {uuid} NOT NULL,
    user_id {uuid} REFERENCES users (id) ON DELETE RESTRICT,
    product_id {uuid},
    state TEXT NOT NULL CHECK (state IN ('open', 'paid', 'failed', 'expired', 'refunded')),
    amount {int} NOT NULL CHECK (amount >= 1),
    credit_drawn {int} NOT NULL CHECK (credit_drawn BETWEEN 0 AND amount),
    balance_after {int} NOT NULL CHECK (balance_after >= 0),
    code_text TEXT,
    redemption_id {uuid},
    expires_at {time},
    settled_at {time},
    created_at {time} NOT NULL,
    updated_at {time} NOT NULL,
    PRIMARY KEY (tenant_id, id),
    CHECK ((state = 'open') = (expires_at IS NOT NULL)),
    FOREIGN KEY (tenant_id, organization_id) REFERENCES organizations (tenant_id, id) ON DELETE RESTRICT,
    FOREIGN KEY (tenant_id, product_id) REFERENCES products (tenant_id, id) ON DELETE RESTRICT,
    FOREIGN KEY (tenant_id, redemption_id) REFERENCES redemptions (tenant_id, id) ON DELETE RESTRICT
) {strict}
;
CREATE INDEX orders_by_organization ON orders (tenant_id, organization_id, id)
;
CREATE INDEX orders_by_redemption ON orders (tenant_id, redemption_id)
    WHERE redemption_id IS NOT NULL
;
CREATE INDEX orders_overdue ON orders (expires_at)
    WHERE state = 'open'
;
",
    down: ["orders"],
}
