//! What is sold, as far as a coupon can be narrowed to it.

crate::ddl::migration! {
    up: r"
CREATE TABLE product_types (
    tenant_id {uuid} NOT NULL REFERENCES tenants (id) ON DELETE RESTRICT,
    key {key} NOT NULL CHECK (key <> ''),
    label TEXT NOT NULL CHECK (label <> ''),
    recurring {bool} NOT NULL,
    created_at {time} NOT NULL,
    PRIMARY KEY (tenant_id, key)
) {strict}
;
CREATE TABLE products (
    tenant_id {uuid} NOT NULL,
    id {uuid} NOT NULL,
    product_type {key} NOT NULL,
    name TEXT NOT NULL CHECK (name <> ''),
    sku {key} NOT NULL CHECK (sku <> ''),
    price {int} CHECK (price >= 0),
    private {bool} NOT NULL,
    retail_licensed {bool} NOT NULL,
    created_at {time} NOT NULL,
    updated_at {time} NOT NULL,
    archived_at {time},
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, sku),
    CHECK (price IS NOT NULL OR private),
    FOREIGN KEY (tenant_id, product_type) REFERENCES product_types (tenant_id, key) ON DELETE RESTRICT
) {strict}
;
CREATE INDEX products_by_name ON products (tenant_id, name)
;
",
    down: ["products", "product_types"],
}
