//! The schema of Vouchsafe, one change a file, applied in the order listed here.
//!
//! A change is written once in SQL and fits both databases: [`ddl`] fills in the few words in which
//! SQLite and PostgreSQL differ. Changes to a released schema go *expand → move → contract*
//! (see `README.md` beside this crate).

mod ddl;
mod m0001_tenants;
mod m0002_accounts;
mod m0003_organizations;
mod m0004_catalogue;
mod m0005_coupons;
mod m0006_redemptions;
mod m0007_audit;
mod m0008_writes;
mod m0009_search;
mod m0010_messages;
mod m0011_jobs;
mod m0012_orders;
mod m0013_lists;
mod m0014_batches;
mod m0015_mail;
mod m0016_webhooks;
mod m0017_files;
mod m0018_imports;
mod m0019_looks;
mod m0020_key_search;
mod m0021_proven_addresses;
mod m0022_attention;
mod m0023_search_pages;
mod m0024_finding;
mod m0025_folded_names;
mod m0026_order_attention;
mod m0027_resumed_coupons;
mod m0028_deleted_coupons;
mod m0029_search_merges;
mod m0030_shop;
mod m0031_payments;

pub use sea_orm_migration::prelude::*;

/// Every change, oldest first.
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m0001_tenants::Migration),
            Box::new(m0002_accounts::Migration),
            Box::new(m0003_organizations::Migration),
            Box::new(m0004_catalogue::Migration),
            Box::new(m0005_coupons::Migration),
            Box::new(m0006_redemptions::Migration),
            Box::new(m0007_audit::Migration),
            Box::new(m0008_writes::Migration),
            Box::new(m0009_search::Migration),
            Box::new(m0010_messages::Migration),
            Box::new(m0011_jobs::Migration),
            Box::new(m0012_orders::Migration),
            Box::new(m0013_lists::Migration),
            Box::new(m0014_batches::Migration),
            Box::new(m0015_mail::Migration),
            Box::new(m0016_webhooks::Migration),
            Box::new(m0017_files::Migration),
            Box::new(m0018_imports::Migration),
            Box::new(m0019_looks::Migration),
            Box::new(m0020_key_search::Migration),
            Box::new(m0021_proven_addresses::Migration),
            Box::new(m0022_attention::Migration),
            Box::new(m0023_search_pages::Migration),
            Box::new(m0024_finding::Migration),
            Box::new(m0025_folded_names::Migration),
            Box::new(m0026_order_attention::Migration),
            Box::new(m0027_resumed_coupons::Migration),
            Box::new(m0028_deleted_coupons::Migration),
            Box::new(m0029_search_merges::Migration),
            Box::new(m0030_shop::Migration),
            Box::new(m0031_payments::Migration),
        ]
    }
}
