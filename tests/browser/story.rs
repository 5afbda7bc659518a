//! The main story of the product, as three people live it.

use crate::browser::browse;
use support::prelude::*;
use support::seed;

#[tokio::test]
async fn a_member_signs_in_and_out() {
    browse(Database::Sqlite, |app, browser| async move {
        let _ = app;
        browser.sign_in(seed::MEMBER).await;
        browser.says("h1", "No organization yet").await;
        browser.nothing_was_blocked().await;
    })
    .await;
}

#[tokio::test]
async fn a_member_signs_in_without_scripts() {
    browse(Database::Sqlite, |app, browser| async move {
        let _ = app;
        browser.without_scripts().await;
        browser.sign_in(seed::MEMBER).await;
        assert_eq!(browser.text("h1").await, "No organization yet");
    })
    .await;
}
