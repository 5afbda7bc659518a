//! The JSON API as other systems meet it.

mod audit_entries;
mod checkout;
mod codes;
mod coupons;
mod coupons_edit;
mod finding;
mod ground;
mod keys;
mod once;
mod openapi;
mod organizations;
mod previews;
mod promo_codes;
mod redemptions;
mod statuses;
mod validations;
mod vouchers;
