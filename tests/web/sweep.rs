//! What is kept for a while does not stay for ever.

use chrono::Duration;
use sea_orm::{EntityTrait, PaginatorTrait};
use support::prelude::*;
use vouchsafe::db::tables::{idempotency_keys, sessions, throttles};

/// Sessions, kept answers, buckets of guesses.
async fn rows(app: &App) -> (u64, u64, u64) {
    let db = app.db.read();
    (
        sessions::Entity::find().count(db).await.unwrap(),
        idempotency_keys::Entity::find().count(db).await.unwrap(),
        throttles::Entity::find().count(db).await.unwrap(),
    )
}

on_both_databases! {
    async fn what_has_run_out_is_swept_and_what_counts_still_is_left(app: App) {
        let admin = app.admin().await;
        let form = [("name", "Northwind"), ("request_key", "a-key-of-its-own")];
        admin.post_form("/dashboard/organizations", &form).await.expect(303);
        let wrong = [("email", "nobody@harbour.test"), ("password", "not the password")];
        app.anonymous().post_form("/sign-in", &wrong).await.expect(422);
        let before = rows(&app).await;
        assert!(before.0 >= 1 && before.1 == 1 && before.2 >= 1, "{before:?}");
        assert_eq!(vouchsafe::app::sweep(&app.db, app.now()).await.unwrap(), 0);
        assert_eq!(rows(&app).await, before);
        vouchsafe::app::sweep(&app.db, app.now() + Duration::hours(25)).await.unwrap();
        assert_eq!(rows(&app).await, (0, 1, 0), "an answer is kept for two days");
        vouchsafe::app::sweep(&app.db, app.now() + Duration::hours(49)).await.unwrap();
        assert_eq!(rows(&app).await, (0, 0, 0));
    }
}
