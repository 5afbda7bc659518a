//! Where a write may come from: the browser says so, and what it does not say is refused.

use reqwest::{Method, RequestBuilder};
use support::prelude::*;

const FORM: &str = "application/x-www-form-urlencoded";

/// A write that does nothing but end the own session.
fn write(actor: &Actor) -> RequestBuilder {
    actor.bare_request(Method::POST, "/sign-out").header("Content-Type", FORM)
}

on_both_databases! {
    async fn a_write_from_another_site_is_refused_and_changes_nothing(app: App) {
        let admin = app.admin().await;
        let refused = [
            write(&admin),
            write(&admin).header("Origin", "https://elsewhere.test"),
            write(&admin).header("Origin", "null"),
            write(&admin).header("Origin", format!("{}0", app.url)),
            write(&admin).header("Sec-Fetch-Site", "cross-site"),
            write(&admin).header("Sec-Fetch-Site", "same-site"),
            write(&admin).header("Sec-Fetch-Site", "cross-site").header("Origin", app.url.clone()),
        ];
        for (number, request) in refused.into_iter().enumerate() {
            let answer = admin.send(request).await;
            assert_eq!(answer.status, 403, "number {number}: {answer:?}");
            assert!(answer.page().words().contains("another site"), "{answer:?}");
        }
        admin.get("/organization").await.expect(200);
    }

    async fn a_write_from_our_own_pages_is_taken(app: App) {
        for own in [("Origin", app.url.as_str()), ("Sec-Fetch-Site", "same-origin"), ("Sec-Fetch-Site", "none")] {
            let admin = app.admin().await;
            admin.send(write(&admin).header(own.0, own.1)).await.expect(303);
            assert_eq!(admin.get("/organization").await.expect(303).location(), "/sign-in?next=%2Forganization");
        }
    }

    async fn reading_is_free_to_come_from_anywhere(app: App) {
        let admin = app.admin().await;
        let request = admin.bare_request(Method::GET, "/organization").header("Sec-Fetch-Site", "cross-site");
        admin.send(request).await.expect(200);
    }
}
