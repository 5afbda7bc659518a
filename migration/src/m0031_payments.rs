//! Payments that providers tell of: whose signatures are believed, and every event that came.

crate::ddl::migration! {
    up: r"
CREATE TABLE payment_providers (
    tenant_id {uuid} NOT NULL REFERENCES tenants (id) ON DELETE RESTRICT,
    provider TEXT NOT NULL CHECK (provider IN ('stripe', 'paystack')),
    id {uuid} NOT NULL,
    secret TEXT NOT NULL,
    pay_url TEXT,
    created_at {time} NOT NULL,
    updated_at {time} NOT NULL,
    PRIMARY KEY (tenant_id, provider)
) {strict}
;
CREATE TABLE payment_events (
    tenant_id {uuid} NOT NULL REFERENCES tenants (id) ON DELETE RESTRICT,
    id {uuid} NOT NULL,
    provider TEXT NOT NULL CHECK (provider IN ('stripe', 'paystack', 'sandbox')),
    event {key} NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('succeeded', 'failed', 'refunded', 'other')),
    reference TEXT,
    payment {key},
    order_id {uuid},
    amount {int},
    currency TEXT,
    outcome TEXT NOT NULL CHECK (outcome IN ('waiting', 'applied', 'ignored', 'attention')),
    note TEXT,
    received_at {time} NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, provider, event),
    FOREIGN KEY (tenant_id, order_id) REFERENCES orders (tenant_id, id) ON DELETE RESTRICT
) {strict}
;
CREATE INDEX payment_events_by_order ON payment_events (tenant_id, order_id, id)
    WHERE order_id IS NOT NULL
;
CREATE INDEX payment_events_by_payment ON payment_events (tenant_id, provider, payment)
    WHERE payment IS NOT NULL
;
ALTER TABLE tenants DROP COLUMN payment_settings
;
",
    down: r"
ALTER TABLE tenants ADD COLUMN payment_settings {json} NOT NULL DEFAULT '{}'
;
DROP TABLE payment_events
;
DROP TABLE payment_providers
;
",
}
