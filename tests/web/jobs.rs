//! `/dashboard/jobs`: what runs, waits and failed, for the admins of its tenant alone.

use serde_json::json;
use support::prelude::*;
use uuid::Uuid;
use vouchsafe::jobs::{self, New};

async fn ask(app: &App, tenant: Option<Uuid>, label: &str) -> Uuid {
    let tx = app.db.begin().await.unwrap();
    let new = New {
        kind: "test.unknown",
        tenant,
        label: label.to_owned(),
        payload: json!({}),
        total: Some(34_000),
        ..New::default()
    };
    let id = jobs::enqueue(&tx, new, app.now()).await.unwrap();
    tx.commit().await.unwrap();
    id
}

on_both_databases! {
    async fn a_page_shows_what_waits_and_moves_by_itself(app: App) {
        let admin = app.admin().await;
        let page = admin.get("/dashboard/jobs").await.expect(200).page();
        assert!(page.words().contains("Nothing to do") && !page.has("#jobs[hx-get]"), "an empty page stands still");
        ask(&app, Some(app.tenant), "34,000 codes").await;
        let page = admin.get("/dashboard/jobs").await.expect(200).page();
        assert_eq!(page.text("#waiting-title"), "Waiting");
        assert!(page.text("tbody").contains("34,000 codes") && page.text("tbody").contains("0 of 34,000"));
        assert_eq!(page.attribute("progress", "max").as_deref(), Some("34000"));
        assert_eq!(page.attribute("#jobs", "hx-get").as_deref(), Some("/dashboard/jobs"));
        let fragment = admin.htmx_get("/dashboard/jobs").await.expect(200);
        assert!(fragment.body.trim_start().starts_with("<div id=\"jobs\""), "{}", fragment.body);
    }

    async fn the_jobs_of_others_are_nobodys_here(app: App) {
        make::hostname(&app, "127.0.0.1").await;
        let other = make::tenant(&app, "other", "other.test").await;
        let others = ask(&app, Some(other), "Somebody else’s").await;
        let nobodys = ask(&app, None, "The installation’s").await;
        let admin = app.admin().await;
        let words = app.admin().await.get("/dashboard/jobs").await.page().words();
        assert!(!words.contains("Somebody") && !words.contains("installation’s"), "{words}");
        for id in [others, nobodys] {
            admin.post_form(&format!("/dashboard/jobs/{id}/retry"), &[]).await.expect(404);
        }
    }
}
