//! What holds for every address: health, headers, unknown paths and methods, and where a write may come from.

use reqwest::Method;
use support::prelude::*;

on_both_databases! {
    async fn a_fresh_app_is_alive_and_ready(app: App) {
        let visitor = app.anonymous();
        assert_eq!(visitor.get("/healthz").await.expect(200).body, "alive\n");
        assert_eq!(visitor.get("/readyz").await.expect(200).body, "ready\n");
    }

    async fn an_unknown_address_is_a_404_page_with_a_request_id(app: App) {
        let answer = app.anonymous().get("/nowhere").await.expect(404);
        assert_eq!(answer.page().text("h1"), "Not found");
        assert!(answer.page().words().contains(answer.header("x-request-id")), "{answer:?}");
    }
}

#[tokio::test]
async fn every_answer_says_how_it_may_be_used() {
    support::app::tell(Database::Sqlite, |app| async move {
        let stylesheet = app.anonymous().get("/nowhere").await.page().attribute("link[rel=stylesheet]", "href");
        for path in ["/healthz", "/nowhere", &stylesheet.unwrap(), "/favicon.ico"] {
            let answer = app.anonymous().get(path).await;
            let policy = answer.header("content-security-policy");
            assert!(policy.contains("default-src 'none'") && policy.contains("script-src 'self'"), "{answer:?}");
            assert!(!policy.contains("unsafe"), "{policy}");
            assert_eq!(answer.header("x-content-type-options"), "nosniff");
            assert_eq!(answer.header("referrer-policy"), "same-origin");
            assert_eq!(answer.header("x-frame-options"), "DENY");
            assert!(answer.header("strict-transport-security").contains("max-age="));
            assert!(!answer.header("x-request-id").is_empty());
        }
    })
    .await;
}

#[tokio::test]
async fn assets_are_kept_for_a_year_and_pages_not_at_all() {
    support::app::tell(Database::Sqlite, |app| async move {
        let page = app.anonymous().get("/nowhere").await;
        assert_eq!((page.header("cache-control"), page.header("vary")), ("no-store", "HX-Request"), "{page:?}");
        let address = page.page().attribute("link[rel=stylesheet]", "href").unwrap();
        let asset = app.anonymous().get(&address).await.expect(200);
        assert!(asset.header("cache-control").contains("immutable"), "{address}");
        let squeezed = app.anonymous().request(Method::GET, &address).header("Accept-Encoding", "gzip");
        assert_eq!(app.anonymous().send(squeezed).await.header("content-encoding"), "gzip");
    })
    .await;
}

#[tokio::test]
async fn another_method_is_405_and_names_those_that_work() {
    support::app::tell(Database::Sqlite, |app| async move {
        let visitor = app.anonymous();
        let answer = visitor.send(visitor.request(Method::DELETE, "/healthz")).await.expect(405);
        assert_eq!(answer.header("allow"), "GET, HEAD");
        assert_eq!(answer.page().text("h1"), "Not possible here");
    })
    .await;
}
