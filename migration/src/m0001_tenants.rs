//! Tenants and the settings of the whole installation.

crate::ddl::migration! {
    up: r"
CREATE TABLE platform_settings (
    key {key} PRIMARY KEY,
    value {json} NOT NULL,
    updated_at {time} NOT NULL
) {strict}
;
CREATE TABLE tenants (
    id {uuid} PRIMARY KEY,
    slug {key} NOT NULL UNIQUE CHECK (slug <> ''),
    name TEXT NOT NULL CHECK (name <> ''),
    hostname {key} UNIQUE,
    base_url TEXT,
    currency TEXT NOT NULL CHECK (length(currency) = 3),
    time_zone TEXT NOT NULL,
    minimum_charge {int} NOT NULL DEFAULT 0 CHECK (minimum_charge >= 0),
    support_contact TEXT NOT NULL,
    hold_minutes {int} NOT NULL DEFAULT 45 CHECK (hold_minutes BETWEEN 1 AND 1440),
    coupons_enabled {bool} NOT NULL,
    full_discount_single_item {bool} NOT NULL,
    free_claims_per_person {int} CHECK (free_claims_per_person >= 0),
    payment_settings {json} NOT NULL,
    sandbox_payments {bool} NOT NULL,
    created_at {time} NOT NULL,
    updated_at {time} NOT NULL,
    version {int} NOT NULL DEFAULT 1
) {strict}
;
",
    down: ["tenants", "platform_settings"],
}
