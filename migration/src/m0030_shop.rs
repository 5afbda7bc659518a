//! The shop: carts, and orders of several lines that need no organization.

use crate::ddl;
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

/// SQLite drops no NOT NULL and no CHECK: the table is made anew.
const SQLITE_UP: &str = r"
CREATE TABLE orders_next (
    tenant_id {uuid} NOT NULL REFERENCES tenants (id) ON DELETE RESTRICT,
    id {uuid} NOT NULL,
    channel TEXT NOT NULL CHECK (channel IN ('checkout', 'shop')),
    organization_id {uuid},
    user_id {uuid} REFERENCES users (id) ON DELETE RESTRICT,
    product_id {uuid},
    state TEXT NOT NULL CHECK (state IN ('open', 'paid', 'failed', 'expired', 'refunded')),
    discount {int} NOT NULL CHECK (discount >= 0),
    amount {int} NOT NULL CHECK (amount >= 0),
    credit_drawn {int} NOT NULL CHECK (credit_drawn BETWEEN 0 AND amount),
    balance_after {int} NOT NULL CHECK (balance_after >= 0),
    code_text TEXT,
    redemption_id {uuid},
    expires_at {time},
    settled_at {time},
    needs_attention TEXT,
    created_at {time} NOT NULL,
    updated_at {time} NOT NULL,
    PRIMARY KEY (tenant_id, id),
    CHECK ((state = 'open') = (expires_at IS NOT NULL)),
    CHECK (organization_id IS NOT NULL OR (user_id IS NOT NULL AND credit_drawn = 0)),
    FOREIGN KEY (tenant_id, organization_id) REFERENCES organizations (tenant_id, id) ON DELETE RESTRICT,
    FOREIGN KEY (tenant_id, product_id) REFERENCES products (tenant_id, id) ON DELETE RESTRICT,
    FOREIGN KEY (tenant_id, redemption_id) REFERENCES redemptions (tenant_id, id) ON DELETE RESTRICT
) {strict}
;
INSERT INTO orders_next SELECT tenant_id, id, 'checkout', organization_id, user_id, product_id, state, 0, amount,
    credit_drawn, balance_after, code_text, redemption_id, expires_at, settled_at, needs_attention, created_at, updated_at
    FROM orders
;
DROP TABLE orders
;
ALTER TABLE orders_next RENAME TO orders
;
CREATE INDEX orders_by_organization ON orders (tenant_id, organization_id, id)
    WHERE organization_id IS NOT NULL
;
CREATE INDEX orders_by_redemption ON orders (tenant_id, redemption_id)
    WHERE redemption_id IS NOT NULL
;
CREATE INDEX orders_overdue ON orders (expires_at)
    WHERE state = 'open'
;
";

const POSTGRES_UP: &str = r"
ALTER TABLE orders ADD COLUMN channel TEXT NOT NULL DEFAULT 'checkout' CHECK (channel IN ('checkout', 'shop')),
    ADD COLUMN discount {int} NOT NULL DEFAULT 0 CHECK (discount >= 0),
    ALTER COLUMN organization_id DROP NOT NULL,
    DROP CONSTRAINT orders_amount_check,
    ADD CONSTRAINT orders_amount_check CHECK (amount >= 0),
    ADD CONSTRAINT orders_owner_check CHECK (organization_id IS NOT NULL OR (user_id IS NOT NULL AND credit_drawn = 0))
;
ALTER TABLE orders ALTER COLUMN channel DROP DEFAULT, ALTER COLUMN discount DROP DEFAULT
;
DROP INDEX orders_by_organization
;
CREATE INDEX orders_by_organization ON orders (tenant_id, organization_id, id)
    WHERE organization_id IS NOT NULL
;
";

/// What both have beside it.
const UP: &str = r"
CREATE INDEX orders_by_user ON orders (tenant_id, user_id, id)
    WHERE user_id IS NOT NULL
;
CREATE INDEX orders_by_state ON orders (tenant_id, state, id)
;
CREATE INDEX orders_by_attention ON orders (tenant_id, id)
    WHERE needs_attention IS NOT NULL
;
CREATE TABLE order_lines (
    tenant_id {uuid} NOT NULL,
    order_id {uuid} NOT NULL,
    position {int} NOT NULL CHECK (position >= 0),
    product_id {uuid} NOT NULL,
    name TEXT NOT NULL,
    sku {key} NOT NULL,
    unit_price {int} CHECK (unit_price >= 0),
    quantity {int} NOT NULL CHECK (quantity >= 1),
    discount {int} NOT NULL CHECK (discount >= 0),
    total {int} NOT NULL CHECK (total >= 0),
    PRIMARY KEY (tenant_id, order_id, position),
    FOREIGN KEY (tenant_id, order_id) REFERENCES orders (tenant_id, id) ON DELETE RESTRICT,
    FOREIGN KEY (tenant_id, product_id) REFERENCES products (tenant_id, id) ON DELETE RESTRICT
) {strict}
;
CREATE TABLE carts (
    tenant_id {uuid} NOT NULL REFERENCES tenants (id) ON DELETE RESTRICT,
    user_id {uuid} NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    code TEXT,
    updated_at {time} NOT NULL,
    PRIMARY KEY (tenant_id, user_id)
) {strict}
;
CREATE TABLE cart_items (
    tenant_id {uuid} NOT NULL,
    user_id {uuid} NOT NULL,
    product_id {uuid} NOT NULL,
    quantity {int} NOT NULL CHECK (quantity BETWEEN 1 AND 999),
    added_at {time} NOT NULL,
    PRIMARY KEY (tenant_id, user_id, product_id),
    FOREIGN KEY (tenant_id, user_id) REFERENCES carts (tenant_id, user_id) ON DELETE CASCADE,
    FOREIGN KEY (tenant_id, product_id) REFERENCES products (tenant_id, id) ON DELETE RESTRICT
) {strict}
;
";

const DOWN: &str = r"
DROP TABLE cart_items
;
DROP TABLE carts
;
DROP TABLE order_lines
;
DELETE FROM orders WHERE channel = 'shop'
;
DROP INDEX orders_by_attention
;
DROP INDEX orders_by_state
;
DROP INDEX orders_by_user
;
DROP INDEX orders_by_organization
;
";

const SQLITE_DOWN: &str = r"
CREATE TABLE orders_before (
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
    needs_attention TEXT,
    PRIMARY KEY (tenant_id, id),
    CHECK ((state = 'open') = (expires_at IS NOT NULL)),
    FOREIGN KEY (tenant_id, organization_id) REFERENCES organizations (tenant_id, id) ON DELETE RESTRICT,
    FOREIGN KEY (tenant_id, product_id) REFERENCES products (tenant_id, id) ON DELETE RESTRICT,
    FOREIGN KEY (tenant_id, redemption_id) REFERENCES redemptions (tenant_id, id) ON DELETE RESTRICT
) {strict}
;
INSERT INTO orders_before SELECT tenant_id, id, organization_id, user_id, product_id, state, amount, credit_drawn,
    balance_after, code_text, redemption_id, expires_at, settled_at, created_at, updated_at, needs_attention FROM orders
;
DROP TABLE orders
;
ALTER TABLE orders_before RENAME TO orders
;
CREATE INDEX orders_by_organization ON orders (tenant_id, organization_id, id)
;
CREATE INDEX orders_by_redemption ON orders (tenant_id, redemption_id)
    WHERE redemption_id IS NOT NULL
;
CREATE INDEX orders_overdue ON orders (expires_at)
    WHERE state = 'open'
;
";

const POSTGRES_DOWN: &str = r"
ALTER TABLE orders DROP COLUMN channel, DROP COLUMN discount,
    ALTER COLUMN organization_id SET NOT NULL,
    DROP CONSTRAINT orders_amount_check,
    ADD CONSTRAINT orders_amount_check CHECK (amount >= 1),
    DROP CONSTRAINT orders_owner_check
;
CREATE INDEX orders_by_organization ON orders (tenant_id, organization_id, id)
;
";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        ddl::run_for(manager, SQLITE_UP, POSTGRES_UP).await?;
        ddl::run(manager, UP).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        ddl::run(manager, DOWN).await?;
        ddl::run_for(manager, SQLITE_DOWN, POSTGRES_DOWN).await
    }
}
