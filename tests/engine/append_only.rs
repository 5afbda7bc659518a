//! The last guard is the database: it refuses to rewrite history, and to let a counter pass its maximum.

use sea_orm::{ActiveValue::Set, ConnectionTrait, EntityTrait};
use support::prelude::*;
use uuid::Uuid;
use vouchsafe::audit::{Actor as Author, Entry, record};
use vouchsafe::db::tables::credit_entries;

/// Whether the database takes this statement; what it does is undone.
async fn takes(app: &App, sql: &str) -> bool {
    let tx = app.db.begin().await.unwrap();
    let taken = tx.execute_unprepared(sql).await.is_ok();
    tx.rollback().await.unwrap();
    taken
}

on_both_databases! {
    async fn an_audit_entry_is_never_changed_nor_deleted(app: App) {
        let tx = app.db.begin().await.unwrap();
        let entry = Entry { action: "coupon.paused", subject_kind: "coupon", ..Entry::default() };
        record(&tx, &Author::system("test"), app.tenant, entry, app.now()).await.unwrap();
        tx.commit().await.unwrap();
        for sql in ["UPDATE audit_entries SET action = 'coupon.resumed'", "DELETE FROM audit_entries"] {
            assert!(!takes(&app, sql).await, "{sql}");
        }
    }

    async fn a_ledger_entry_is_never_changed_nor_deleted(app: App) {
        let organization = make::organization(&app, "Nordwind").await;
        let row = credit_entries::ActiveModel {
            tenant_id: Set(app.tenant),
            id: Set(Uuid::now_v7()),
            organization_id: Set(organization.id),
            amount: Set(500),
            balance_after: Set(500),
            kind: Set("adjustment".to_owned()),
            redemption_id: Set(None),
            external_ref: Set(None),
            memo: Set(String::new()),
            created_at: Set(app.now()),
        };
        let tx = app.db.begin().await.unwrap();
        credit_entries::Entity::insert(row).exec_without_returning(&tx).await.unwrap();
        tx.commit().await.unwrap();
        for sql in ["UPDATE credit_entries SET amount = 1", "DELETE FROM credit_entries"] {
            assert!(!takes(&app, sql).await, "{sql}");
        }
        assert!(!takes(&app, "UPDATE credit_balances SET balance = -1").await, "a balance below zero");
    }

    async fn no_counter_passes_its_maximum_or_falls_below_zero(app: App) {
        make::coupon().max_uses(3).used(2).with(|row| row.budget = Set(Some(1_000))).create(&app).await;
        assert!(takes(&app, "UPDATE coupons SET held = 1").await);
        for sql in [
            "UPDATE coupons SET held = 2",
            "UPDATE coupons SET uses = 4",
            "UPDATE coupons SET max_uses = 1",
            "UPDATE coupons SET uses = -1",
            "UPDATE coupons SET spent = 600, spent_held = 401",
            "UPDATE codes SET max_uses = 1, uses = 1, held = 1",
            "UPDATE codes SET held = -1",
        ] {
            assert!(!takes(&app, sql).await, "{sql}");
        }
    }

    async fn the_text_of_a_code_never_changes(app: App) {
        make::coupon().code("WELCOME-10").create(&app).await;
        assert!(takes(&app, "UPDATE codes SET uses = 1").await);
        assert!(!takes(&app, "UPDATE codes SET text = 'OTHER-10'").await);
        assert!(!takes(&app, "UPDATE codes SET key = '0THER10'").await);
    }
}
