//! Coupons, what they apply to, and their codes.
//!
//! The counters are guarded here once more: whatever a program does, confirmed and held uses together never pass a
//! maximum, nor spent money a budget.

crate::ddl::migration! {
    up: r"
CREATE TABLE coupons (
    seq {seq},
    tenant_id {uuid} NOT NULL REFERENCES tenants (id) ON DELETE RESTRICT,
    id {uuid} NOT NULL,
    name TEXT NOT NULL CHECK (name <> ''),
    name_folded {key} NOT NULL,
    description TEXT NOT NULL,
    note TEXT NOT NULL,
    benefit TEXT NOT NULL CHECK (benefit IN ('percentage', 'fixed_amount', 'credit', 'limits')),
    percentage_bp {int} CHECK (percentage_bp BETWEEN 1 AND 10000),
    amount {int} CHECK (amount >= 1),
    maximum_discount {int} CHECK (maximum_discount >= 1),
    minimum_amount {int} NOT NULL CHECK (minimum_amount >= 0),
    valid_from {time},
    valid_until {time},
    uses_per TEXT NOT NULL CHECK (uses_per IN ('unit', 'order')),
    max_uses {int} CHECK (max_uses >= 0),
    max_uses_per_person {int} CHECK (max_uses_per_person >= 0),
    max_uses_per_organization {int} CHECK (max_uses_per_organization >= 0),
    max_uses_per_product {int} CHECK (max_uses_per_product >= 0),
    budget {int} CHECK (budget >= 0),
    discounted_periods {int} CHECK (discounted_periods >= 1),
    benefit_ends TEXT NOT NULL CHECK (benefit_ends IN ('never', 'end_of_redeem_month')),
    restore_uses TEXT NOT NULL CHECK (restore_uses IN ('always', 'never')),
    gift {bool} NOT NULL,
    leak_uses {int} CHECK (leak_uses >= 1),
    leak_minutes {int} CHECK (leak_minutes >= 1),
    created_by {uuid} REFERENCES users (id) ON DELETE RESTRICT,
    paused_at {time},
    deleted_at {time},
    created_at {time} NOT NULL,
    updated_at {time} NOT NULL,
    uses {int} NOT NULL DEFAULT 0 CHECK (uses >= 0),
    held {int} NOT NULL DEFAULT 0 CHECK (held >= 0),
    spent {int} NOT NULL DEFAULT 0 CHECK (spent >= 0),
    spent_held {int} NOT NULL DEFAULT 0 CHECK (spent_held >= 0),
    version {int} NOT NULL DEFAULT 1,
    UNIQUE (tenant_id, id),
    CHECK (max_uses IS NULL OR uses + held <= max_uses),
    CHECK (budget IS NULL OR spent + spent_held <= budget),
    CHECK (valid_from IS NULL OR valid_until IS NULL OR valid_from < valid_until),
    CHECK ((benefit = 'percentage') = (percentage_bp IS NOT NULL)),
    CHECK ((benefit IN ('fixed_amount', 'credit')) = (amount IS NOT NULL)),
    CHECK (maximum_discount IS NULL OR benefit = 'percentage'),
    CHECK (NOT (percentage_bp = 10000 AND discounted_periods IS NOT NULL AND maximum_discount IS NULL)),
    CHECK ((leak_uses IS NULL) = (leak_minutes IS NULL))
) {strict}
;
CREATE INDEX coupons_by_name ON coupons (tenant_id, gift, name_folded, id)
;
CREATE INDEX coupons_newest ON coupons (tenant_id, gift, id)
;
CREATE INDEX coupons_by_uses ON coupons (tenant_id, gift, uses, id)
;
CREATE INDEX coupons_by_end ON coupons (tenant_id, gift, valid_until, id)
;
CREATE TABLE coupon_limits (
    tenant_id {uuid} NOT NULL,
    coupon_id {uuid} NOT NULL,
    limit_key {key} NOT NULL,
    mode TEXT NOT NULL CHECK (mode IN ('set', 'raise_to')),
    value {int} CHECK (value >= 0),
    PRIMARY KEY (tenant_id, coupon_id, limit_key),
    FOREIGN KEY (tenant_id, coupon_id) REFERENCES coupons (tenant_id, id) ON DELETE RESTRICT,
    FOREIGN KEY (tenant_id, limit_key) REFERENCES limits (tenant_id, key) ON DELETE RESTRICT
) {strict}
;
CREATE TABLE coupon_tags (
    tenant_id {uuid} NOT NULL,
    coupon_id {uuid} NOT NULL,
    tag {key} NOT NULL CHECK (tag <> ''),
    PRIMARY KEY (tenant_id, coupon_id, tag),
    FOREIGN KEY (tenant_id, coupon_id) REFERENCES coupons (tenant_id, id) ON DELETE RESTRICT
) {strict}
;
CREATE INDEX coupon_tags_by_tag ON coupon_tags (tenant_id, tag, coupon_id)
;
CREATE TABLE coupon_product_types (
    tenant_id {uuid} NOT NULL,
    coupon_id {uuid} NOT NULL,
    product_type {key} NOT NULL,
    PRIMARY KEY (tenant_id, coupon_id, product_type),
    FOREIGN KEY (tenant_id, coupon_id) REFERENCES coupons (tenant_id, id) ON DELETE RESTRICT,
    FOREIGN KEY (tenant_id, product_type) REFERENCES product_types (tenant_id, key) ON DELETE RESTRICT
) {strict}
;
CREATE TABLE coupon_products (
    tenant_id {uuid} NOT NULL,
    coupon_id {uuid} NOT NULL,
    product_id {uuid} NOT NULL,
    excluded {bool} NOT NULL,
    PRIMARY KEY (tenant_id, coupon_id, product_id),
    FOREIGN KEY (tenant_id, coupon_id) REFERENCES coupons (tenant_id, id) ON DELETE RESTRICT,
    FOREIGN KEY (tenant_id, product_id) REFERENCES products (tenant_id, id) ON DELETE RESTRICT
) {strict}
;
CREATE TABLE coupon_people (
    tenant_id {uuid} NOT NULL,
    coupon_id {uuid} NOT NULL,
    person_id {uuid} NOT NULL,
    PRIMARY KEY (tenant_id, coupon_id, person_id),
    FOREIGN KEY (tenant_id, coupon_id) REFERENCES coupons (tenant_id, id) ON DELETE RESTRICT,
    FOREIGN KEY (tenant_id, person_id) REFERENCES persons (tenant_id, id) ON DELETE RESTRICT
) {strict}
;
CREATE TABLE codes (
    seq {seq},
    tenant_id {uuid} NOT NULL,
    id {uuid} NOT NULL,
    coupon_id {uuid} NOT NULL,
    text TEXT NOT NULL CHECK (text <> ''),
    key {key} NOT NULL CHECK (length(key) BETWEEN 1 AND 64),
    max_uses {int} CHECK (max_uses >= 0),
    canary {bool} NOT NULL,
    uses {int} NOT NULL DEFAULT 0 CHECK (uses >= 0),
    held {int} NOT NULL DEFAULT 0 CHECK (held >= 0),
    created_at {time} NOT NULL,
    deleted_at {time},
    UNIQUE (tenant_id, id),
    UNIQUE (tenant_id, key),
    CHECK (max_uses IS NULL OR uses + held <= max_uses),
    FOREIGN KEY (tenant_id, coupon_id) REFERENCES coupons (tenant_id, id) ON DELETE RESTRICT
) {strict}
;
CREATE INDEX codes_by_coupon ON codes (tenant_id, coupon_id, id)
;
",
    down: [
        "codes", "coupon_people", "coupon_products", "coupon_product_types", "coupon_tags", "coupon_limits", "coupons",
    ],
}
