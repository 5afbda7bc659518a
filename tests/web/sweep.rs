//! What is kept for a while does not stay for ever.

use chrono::Duration;
use sea_orm::{EntityTrait, PaginatorTrait};
use support::prelude::*;
use vouchsafe::db::tables::{idempotency_keys, sessions, throttles};
use vouchsafe::web::throttle::{self, Patience};

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

/// A request locks its buckets in their order, a sweep in none: so it takes only what nobody holds.
#[tokio::test]
async fn a_sweep_waits_for_nobody_who_is_guessing() {
    support::app::tell(Database::Postgres, |app| async move {
        let hour = Duration::hours(1);
        let patience = Patience { free: 3, first: hour, longest: hour, forgets: hour };
        let tx = app.db.begin().await.unwrap();
        for bucket in ["one", "other"] {
            throttle::fail(&tx, bucket, &patience, app.now() - Duration::hours(30)).await.unwrap();
        }
        tx.commit().await.unwrap();
        let guessing = app.db.begin().await.unwrap();
        throttle::fail(&guessing, "other", &patience, app.now()).await.unwrap();
        let sweeping = app.db.begin().await.unwrap();
        let patience = std::time::Duration::from_secs(2);
        let swept = tokio::time::timeout(patience, throttle::sweep(&sweeping, app.now())).await;
        assert_eq!(swept.expect("it waits for nobody").unwrap(), 1);
        sweeping.commit().await.unwrap();
        guessing.commit().await.unwrap();
        assert_eq!(rows(&app).await.2, 1);
    })
    .await;
}
