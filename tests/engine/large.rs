//! The large tenant that measurements are made on is one that the program could have made: nothing in it contradicts itself.

use support::prelude::*;
use support::seed::large::{self, Size};
use vouchsafe::redemptions::doctor;

on_both_databases! {
    async fn a_seeded_tenant_has_every_row_and_every_counter_right(app: App) {
        let size = Size { coupons: 300, redemptions: 2_000, attempts: 50 };
        large::fill(&app.db, app.tenant, size, app.now()).await;
        let found = doctor::examine(&app.db, app.tenant).await.unwrap();
        assert!(found.is_empty(), "{:?}", &found[..found.len().min(3)]);
        let page = app.admin().await.get("/dashboard/coupons").await.expect(200).page();
        assert_eq!(page.texts("#coupons tbody th .code").len(), 15);
    }
}
