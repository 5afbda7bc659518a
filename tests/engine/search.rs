//! SQLite's index of trigrams, which is merged beside the work.

use sea_orm::{ConnectionTrait, Statement};
use std::time::Duration;
use support::prelude::*;
use vouchsafe::coupons::queries::{self, Filter, Total};
use vouchsafe::web::paging::Cursor;

/// The runs that the index of codes consists of.
async fn runs(app: &App) -> i64 {
    let ask = "SELECT count(DISTINCT segid) FROM codes_search_idx";
    let ask = Statement::from_string(app.db.read().get_database_backend(), ask);
    app.db.read().query_one_raw(ask).await.unwrap().unwrap().try_get_by_index(0).unwrap()
}

#[tokio::test]
async fn runs_that_single_codes_leave_are_merged_and_a_search_finds_every_code() {
    support::app::tell(Database::Sqlite, |app| async move {
        for number in 0..60 {
            make::coupon().code(&format!("SINGLE-{number:02}")).create(&app).await;
        }
        let mut left = runs(&app).await;
        for _ in 0..100 {
            if left < 5 {
                break;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
            left = runs(&app).await;
        }
        assert!(left < 5, "{left} runs are left after ten seconds");
        let filter = Filter { typed: "INGLE-".to_owned(), ..Filter::default() };
        let found = queries::page(&app.db, app.tenant, &filter, (&Cursor::default(), 15), app.now()).await.unwrap();
        assert_eq!(found.total, Some(Total::Exactly(60)));
    })
    .await;
}
