//! An import survives the process that works on it: what a killed one left is gone on with, and the counts are exact.

use chrono::Duration;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use std::fmt::Write as _;
use std::io::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use support::prelude::*;
use uuid::Uuid;
use vouchsafe::audit::Actor as Author;
use vouchsafe::clock::Clock;
use vouchsafe::db::tables::{codes, import_rows, imports, jobs as rows};
use vouchsafe::error::Error;
use vouchsafe::files::{New, Writer};
use vouchsafe::imports::check::Check;
use vouchsafe::imports::create::{self, Upload};
use vouchsafe::imports::faces::presets;
use vouchsafe::imports::queries;
use vouchsafe::imports::reading;
use vouchsafe::imports::run::Run;
use vouchsafe::jobs::{Job, Jobs, Kind, Lane, Stepping};

/// A kind under a word of its own, so that the app's workers leave it alone. After so many steps its process is gone.
struct Dying<K> {
    inner: K,
    word: &'static str,
    left: Arc<AtomicUsize>,
    came: Arc<AtomicUsize>,
}

impl<K: Kind> Kind for Dying<K> {
    fn word(&self) -> &'static str {
        self.word
    }
    fn label(&self) -> &'static str {
        "Dying"
    }
    fn lane(&self) -> Lane {
        Lane::Long
    }
    fn step<'a>(&'a self, job: &'a Job, now: chrono::DateTime<chrono::Utc>) -> Stepping<'a> {
        self.came.fetch_add(1, Ordering::SeqCst);
        let left = self.left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1));
        if left.is_err() { Box::pin(std::future::pending()) } else { self.inner.step(job, now) }
    }
}

/// Gives the job that was just asked for to [`Dying`].
async fn rename(tx: &sea_orm::DatabaseTransaction, from: &str, to: &str) {
    let all = rows::Entity::update_many().col_expr(rows::Column::Kind, Expr::value(to));
    all.filter(rows::Column::Kind.eq(from)).exec(tx).await.unwrap();
}

/// Lets processes work on it, each of which dies after some steps, until one comes to the end.
async fn work<K: Kind + 'static>(app: &App, hand: &Arc<AtomicI64>, word: &'static str, kind: impl Fn() -> K) {
    for steps in [1, 2, 3] {
        let (left, came) = (Arc::new(AtomicUsize::new(steps)), Arc::new(AtomicUsize::new(0)));
        let dying = Dying { inner: kind(), word, left, came: came.clone() };
        let process = Jobs::new(app.db.clone(), Clock::Held(hand.clone()), vec![Box::new(dying)]);
        let running = tokio::spawn(async move { process.run_due().await });
        let patience = std::time::Instant::now();
        while came.load(Ordering::SeqCst) <= steps {
            assert!(patience.elapsed().as_secs() < 30, "the process does not come as far as its death");
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
        running.abort();
        assert!(running.await.is_err(), "killed");
        hand.fetch_add(Duration::seconds(11).num_microseconds().unwrap(), Ordering::SeqCst);
    }
    let (left, came) = (Arc::new(AtomicUsize::new(usize::MAX)), Arc::default());
    let last =
        Jobs::new(app.db.clone(), Clock::Held(hand.clone()), vec![Box::new(Dying { inner: kind(), word, left, came })]);
    last.run_due().await.unwrap();
}

async fn sent(app: &App, coupon: Uuid, text: &str, now: chrono::DateTime<chrono::Utc>) -> Uuid {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(text.as_bytes()).unwrap();
    let looked = reading::look(&mut file, None, 1 << 20).unwrap();
    let mapping = presets::guess(&looked.columns, true);
    let new = New { tenant: app.tenant, name: "many.csv".to_owned(), media_type: "text/csv".to_owned() };
    let mut kept = Writer::create(&app.db, new, now).await.unwrap();
    kept.write(text.as_bytes()).await.unwrap();
    let name = "many.csv".to_owned();
    let upload = Upload {
        coupon: Some(coupon),
        file: kept.id(),
        name,
        size: 1,
        looked: looked.clone(),
        mapping: mapping.clone(),
    };
    let tx = app.db.begin().await.unwrap();
    kept.finish(&tx, now + Duration::days(7), now).await.unwrap();
    let id = create::create(&tx, &Author::system("tests"), app.tenant, upload, now).await.unwrap();
    create::check(&tx, (app.tenant, id), (&looked, &mapping), now).await.unwrap();
    rename(&tx, "import.check", "test.check").await;
    tx.commit().await.unwrap();
    id
}

on_both_databases! {
    async fn an_import_goes_on_where_a_killed_process_stopped_with_exact_counts(app: App) {
        let coupon = make::coupon().code("KILLED-26").percent("10").create(&app).await;
        let mut text = String::from("code\n");
        for number in 0..6_000 {
            writeln!(text, "K{:06}X", if number % 50 == 1 { number - 1 } else { number }).unwrap();
        }
        let hand = Arc::new(AtomicI64::new(app.now().timestamp_micros()));
        let clock = Clock::Held(hand.clone());
        let id = sent(&app, coupon.id, &text, clock.now()).await;
        work(&app, &hand, "test.check", || Check::new(&app.db, &app.config)).await;
        let import = imports::Entity::find_by_id((app.tenant, id)).one(app.db.read()).await.unwrap().unwrap();
        assert_eq!((import.state.as_str(), import.row_count, import.fresh, import.duplicates), ("checked", 6_000, 5_880, 120));
        assert_eq!(import_rows::Entity::find().count(app.db.read()).await.unwrap(), 6_000);
        let tx = app.db.begin().await.unwrap();
        create::run(&tx, &Author::system("tests"), (app.tenant, id), clock.now()).await.unwrap();
        rename(&tx, "import.run", "test.run").await;
        tx.commit().await.unwrap();
        work(&app, &hand, "test.run", || Run::new(&app.db)).await;
        let import = imports::Entity::find_by_id((app.tenant, id)).one(app.db.read()).await.unwrap().unwrap();
        assert_eq!((import.state.as_str(), import.made, import.duplicates), ("done", 5_880, 120));
        let made = codes::Entity::find().filter(codes::Column::CouponId.eq(coupon.id)).count(app.db.read()).await.unwrap();
        assert_eq!(made, 5_881, "each once, and the coupon's own");
    }

    async fn an_import_whose_time_is_over_goes_whole_or_not_at_all(app: App) {
        let coupon = make::coupon().code("LATE-26").percent("10").create(&app).await;
        let mut text = String::from("code\n");
        for number in 0..6_000 {
            writeln!(text, "L{number:06}X").unwrap();
        }
        let hand = Arc::new(AtomicI64::new(app.now().timestamp_micros()));
        let clock = Clock::Held(hand.clone());
        let id = sent(&app, coupon.id, &text, clock.now()).await;
        work(&app, &hand, "test.check", || Check::new(&app.db, &app.config)).await;
        let later = clock.now() + queries::KEPT + Duration::hours(1);
        // The first piece of a sweep that does not come to its end.
        queries::sweep_some(&app.db, later).await.unwrap();
        let tx = app.db.begin().await.unwrap();
        let run = create::run(&tx, &Author::system("tests"), (app.tenant, id), later).await;
        assert!(matches!(run, Err(Error::NotFound)), "{run:?}");
        drop(tx);
        queries::sweep(&app.db, later).await.unwrap();
        assert_eq!(import_rows::Entity::find().count(app.db.read()).await.unwrap(), 0);
    }
}
