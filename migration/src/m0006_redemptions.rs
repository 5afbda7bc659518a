//! Uses of codes and what they did: lines, grants, ledger entries, counters, and the entries that were refused.
//!
//! `redemptions_one_live_order` is what makes an order's reference unique among its held, confirmed and reversed rows.

crate::ddl::migration! {
    up: r"
CREATE TABLE redemptions (
    tenant_id {uuid} NOT NULL REFERENCES tenants (id) ON DELETE RESTRICT,
    id {uuid} NOT NULL,
    coupon_id {uuid} NOT NULL,
    code_id {uuid} NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('held', 'confirmed', 'released', 'expired', 'reversed')),
    person_id {uuid},
    user_id {uuid} REFERENCES users (id) ON DELETE RESTRICT,
    organization_id {uuid},
    channel {key} NOT NULL,
    order_ref {key},
    content {key},
    uses {int} NOT NULL CHECK (uses >= 0),
    amount_before {int} NOT NULL CHECK (amount_before >= 0),
    discount {int} NOT NULL CHECK (discount >= 0),
    terms {json} NOT NULL,
    held_until {time},
    confirmed_at {time},
    ended_at {time},
    benefit_ends_at {time},
    needs_attention TEXT,
    reason TEXT,
    created_at {time} NOT NULL,
    updated_at {time} NOT NULL,
    PRIMARY KEY (tenant_id, id),
    CHECK ((state = 'held') = (held_until IS NOT NULL)),
    FOREIGN KEY (tenant_id, coupon_id) REFERENCES coupons (tenant_id, id) ON DELETE RESTRICT,
    FOREIGN KEY (tenant_id, code_id) REFERENCES codes (tenant_id, id) ON DELETE RESTRICT,
    FOREIGN KEY (tenant_id, person_id) REFERENCES persons (tenant_id, id) ON DELETE RESTRICT,
    FOREIGN KEY (tenant_id, organization_id) REFERENCES organizations (tenant_id, id) ON DELETE RESTRICT
) {strict}
;
CREATE UNIQUE INDEX redemptions_one_live_order ON redemptions (tenant_id, channel, order_ref)
    WHERE order_ref IS NOT NULL AND state IN ('held', 'confirmed', 'reversed')
;
CREATE INDEX redemptions_by_coupon ON redemptions (tenant_id, coupon_id, id)
;
CREATE INDEX redemptions_by_organization ON redemptions (tenant_id, organization_id, id)
    WHERE organization_id IS NOT NULL
;
CREATE INDEX redemptions_by_person ON redemptions (tenant_id, person_id, coupon_id, id)
    WHERE person_id IS NOT NULL
;
CREATE INDEX redemptions_held ON redemptions (tenant_id, coupon_id, held_until)
    WHERE state = 'held'
;
CREATE INDEX redemptions_held_by_person ON redemptions (tenant_id, person_id)
    WHERE state = 'held' AND person_id IS NOT NULL
;
CREATE INDEX redemptions_overdue ON redemptions (held_until)
    WHERE state = 'held'
;
CREATE INDEX redemptions_by_confirmation ON redemptions (tenant_id, confirmed_at)
    WHERE confirmed_at IS NOT NULL
;
CREATE TABLE redemption_lines (
    tenant_id {uuid} NOT NULL,
    redemption_id {uuid} NOT NULL,
    line {int} NOT NULL CHECK (line >= 0),
    product_id {uuid},
    sku {key} NOT NULL,
    name TEXT,
    product_type {key} NOT NULL,
    unit_price {int} CHECK (unit_price >= 0),
    quantity {int} NOT NULL CHECK (quantity >= 1),
    units {json} NOT NULL,
    refusal {key},
    uses {int} NOT NULL CHECK (uses >= 0),
    free_units {int} NOT NULL CHECK (free_units >= 0),
    discount {int} NOT NULL CHECK (discount >= 0),
    price_after {int} NOT NULL CHECK (price_after >= 0),
    reversed_quantity {int} NOT NULL DEFAULT 0 CHECK (reversed_quantity BETWEEN 0 AND quantity),
    reversed_uses {int} NOT NULL DEFAULT 0 CHECK (reversed_uses BETWEEN 0 AND uses),
    reversed_free {int} NOT NULL DEFAULT 0 CHECK (reversed_free BETWEEN 0 AND free_units),
    reversed_discount {int} NOT NULL DEFAULT 0 CHECK (reversed_discount BETWEEN 0 AND discount),
    PRIMARY KEY (tenant_id, redemption_id, line),
    FOREIGN KEY (tenant_id, redemption_id) REFERENCES redemptions (tenant_id, id) ON DELETE RESTRICT
) {strict}
;
CREATE TABLE limit_grants (
    tenant_id {uuid} NOT NULL,
    id {uuid} NOT NULL,
    organization_id {uuid} NOT NULL,
    limit_key {key} NOT NULL,
    mode TEXT NOT NULL CHECK (mode IN ('set', 'raise_to')),
    value {int} CHECK (value >= 0),
    redemption_id {uuid} NOT NULL,
    live {bool} NOT NULL,
    created_at {time} NOT NULL,
    withdrawn_at {time},
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, organization_id) REFERENCES organizations (tenant_id, id) ON DELETE RESTRICT,
    FOREIGN KEY (tenant_id, limit_key) REFERENCES limits (tenant_id, key) ON DELETE RESTRICT,
    FOREIGN KEY (tenant_id, redemption_id) REFERENCES redemptions (tenant_id, id) ON DELETE RESTRICT
) {strict}
;
CREATE INDEX limit_grants_by_organization ON limit_grants (tenant_id, organization_id, limit_key, id)
;
CREATE INDEX limit_grants_by_redemption ON limit_grants (tenant_id, redemption_id)
;
CREATE TABLE credit_entries (
    tenant_id {uuid} NOT NULL,
    id {uuid} NOT NULL,
    organization_id {uuid} NOT NULL,
    amount {int} NOT NULL CHECK (amount <> 0),
    balance_after {int} NOT NULL CHECK (balance_after >= 0),
    kind TEXT NOT NULL CHECK (kind IN ('grant', 'reversal', 'spend', 'return', 'adjustment')),
    redemption_id {uuid},
    external_ref {key},
    memo TEXT NOT NULL,
    created_at {time} NOT NULL,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, organization_id) REFERENCES organizations (tenant_id, id) ON DELETE RESTRICT,
    FOREIGN KEY (tenant_id, redemption_id) REFERENCES redemptions (tenant_id, id) ON DELETE RESTRICT
) {strict}
;
CREATE INDEX credit_entries_by_organization ON credit_entries (tenant_id, organization_id, id)
;
CREATE INDEX credit_entries_by_redemption ON credit_entries (tenant_id, redemption_id)
    WHERE redemption_id IS NOT NULL
;
CREATE TABLE usage_counters (
    tenant_id {uuid} NOT NULL REFERENCES tenants (id) ON DELETE RESTRICT,
    scope TEXT NOT NULL CHECK (scope IN ('person', 'organization', 'product', 'free')),
    owner_id {uuid} NOT NULL,
    subject_id {uuid} NOT NULL,
    uses {int} NOT NULL DEFAULT 0 CHECK (uses >= 0),
    held {int} NOT NULL DEFAULT 0 CHECK (held >= 0),
    PRIMARY KEY (tenant_id, scope, owner_id, subject_id)
) {strict}
;
CREATE TABLE attempts (
    tenant_id {uuid} NOT NULL REFERENCES tenants (id) ON DELETE RESTRICT,
    id {uuid} NOT NULL,
    entered TEXT NOT NULL,
    code_key {key},
    code_id {uuid},
    coupon_id {uuid},
    refusal TEXT NOT NULL,
    sentence TEXT NOT NULL,
    trace {json} NOT NULL,
    channel {key} NOT NULL,
    user_id {uuid} REFERENCES users (id) ON DELETE RESTRICT,
    person_id {uuid},
    organization_id {uuid},
    api_key_id {uuid},
    address TEXT NOT NULL,
    request_id TEXT NOT NULL,
    created_at {time} NOT NULL,
    PRIMARY KEY (tenant_id, id)
) {strict}
;
CREATE INDEX attempts_by_coupon ON attempts (tenant_id, coupon_id, id)
;
CREATE INDEX attempts_by_code ON attempts (tenant_id, code_key, id)
;
CREATE INDEX attempts_by_user ON attempts (tenant_id, user_id, id)
;
CREATE INDEX attempts_by_organization ON attempts (tenant_id, organization_id, id)
;
CREATE INDEX attempts_by_refusal ON attempts (tenant_id, refusal, id)
;
",
    down: [
        "attempts", "usage_counters", "credit_entries", "limit_grants", "redemption_lines", "redemptions",
    ],
}
