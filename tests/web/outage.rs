//! The database goes away while people work, and comes back.

use std::time::Duration;
use support::prelude::*;

#[tokio::test]
async fn a_form_sent_while_the_database_is_away_gets_a_503_page_and_nothing_is_half_done() {
    support::app::tell(Database::Postgres, |app| async move {
        let organization = make::organization(&app, "Nordwind").await;
        make::coupon().code("WELCOME-10").raise("instances", 10).create(&app).await;
        let member = app.member_of(&organization).await;
        let form = member.get("/organization").await.expect(200).page().form("#apply").with("code", "welcome 10");

        let url = app.config.database_url.clone().unwrap();
        support::postgres::shut(&url).await;
        let answer = member.submit(&form).await.expect(503);
        assert_eq!(answer.page().text("h1"), "Out of reach for a moment");
        assert!(!answer.header("retry-after").is_empty());
        assert!(answer.header("content-security-policy").contains("default-src 'none'"));
        assert!(!answer.body.contains("postgres") && !answer.body.contains("sqlx"), "{}", answer.body);
        app.anonymous().get("/healthz").await.expect(200);
        app.anonymous().get("/readyz").await.expect(503);

        support::postgres::reopen(&url).await;
        let mut tries = 0;
        while app.anonymous().get("/readyz").await.status != 200 {
            tries += 1;
            assert!(tries < 100, "it does not recover");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        assert_eq!(member.get("/organization").await.expect(200).page().text("#limit-instances"), "3");
        member.submit(&form).await;
        assert_eq!(member.get("/organization").await.expect(200).page().text("#limit-instances"), "10");
    })
    .await;
}
