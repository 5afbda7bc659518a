//! How many statements an answer takes: as many for a large tenant as for a small one, and for a batch hardly more than
//! for one.

use crate::redeem::{entry, organizations, tenant};
use futures_util::future::join_all;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use support::prelude::*;
use vouchsafe::coupons::queries::{self, Filter};
use vouchsafe::db::Db;
use vouchsafe::redemptions::desk::{Desk, Reply};
use vouchsafe::web::paging::Cursor;

/// Counts what is asked of a database.
#[derive(Clone, Default)]
struct Count(Arc<AtomicUsize>);

impl Count {
    async fn on(&self, app: &App) -> Db {
        let count = Arc::clone(&self.0);
        let tell = move |_: &str| _ = count.fetch_add(1, Ordering::SeqCst);
        Db::open(&app.config).await.unwrap().watched(tell)
    }

    /// Statements since the last look.
    fn take(&self) -> usize {
        self.0.swap(0, Ordering::SeqCst)
    }
}

on_both_databases! {
    async fn an_entry_takes_as_many_statements_however_much_there_is(app: App) {
        let count = Count::default();
        let desk = Desk::open(count.on(&app).await);
        let tenant = tenant(&app).await;
        let user = app.member().await.id();
        let places = organizations(&app, 72).await;
        let made = make::coupon().raise("instances", 50).create(&app).await;
        let enter = async |place: usize| desk.enter(entry(&app, &tenant, user, places[place], &made.code)).await.unwrap();
        assert!(matches!(enter(0).await, Reply::Done(_)));
        count.take();
        assert!(matches!(enter(1).await, Reply::Done(_)));
        let small = count.take();
        assert!((1..=40).contains(&small), "{small} statements for one entry");
        for _ in 0..200 {
            make::coupon().raise("instances", 60).create(&app).await;
        }
        for place in 2..6 {
            assert!(matches!(enter(place).await, Reply::Done(_)));
        }
        count.take();
        assert!(matches!(enter(6).await, Reply::Done(_)));
        let large = count.take();
        assert!(large <= small, "{large} statements instead of {small}");
        let many = join_all(places[7..71].iter().map(|place| desk.enter(entry(&app, &tenant, user, *place, &made.code)))).await;
        assert!(many.into_iter().all(|reply| matches!(reply, Ok(Reply::Done(_)))));
        let batch = count.take();
        assert!(batch <= 8 * small, "{batch} statements for 64 entries, {small} for one");
    }

    async fn a_page_of_the_list_takes_as_many_statements_for_fifteen_rows_as_for_one(app: App) {
        let count = Count::default();
        let db = count.on(&app).await;
        let page = async || {
            count.take();
            let found = queries::page(&db, app.tenant, &Filter::default(), (&Cursor::default(), 15), app.now()).await;
            (found.unwrap().rows.rows.len(), count.take())
        };
        make::coupon().raise("instances", 5).create(&app).await;
        let (one, few) = page().await;
        for _ in 0..20 {
            make::coupon().raise("instances", 5).create(&app).await;
        }
        let (full, many) = page().await;
        assert_eq!((one, full), (1, 15));
        assert_eq!((many, few), (1, 1), "statements for a full page, and for one row");
    }
}
