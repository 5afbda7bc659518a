//! Jobs survive whatever happens to the processes that work on them, and none is ever done twice.

use chrono::{DateTime, Duration, Utc};
use futures_util::future::join_all;
use sea_orm::{ActiveValue::Set, EntityTrait, PaginatorTrait};
use serde_json::json;
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use support::prelude::*;
use tokio::sync::Semaphore;
use uuid::Uuid;
use vouchsafe::clock::Clock;
use vouchsafe::db::Db;
use vouchsafe::db::tables::throttles;
use vouchsafe::error::Error;
use vouchsafe::jobs::{self, Failure, Job, Jobs, Kind, Lane, New, State, Step, Stepping, queries};

/// Writes a row for each of its pieces, which no two steps may write.
#[derive(Clone)]
struct Pieces {
    db: Db,
    /// Taken by each step before it writes: a test holds a worker there.
    gate: Arc<Semaphore>,
    /// Steps that came as far as the gate.
    came: Arc<AtomicUsize>,
    /// The jobs with a step under way, in any process.
    busy: Arc<Mutex<BTreeSet<Uuid>>>,
}

impl Pieces {
    fn new(db: &Db) -> Self {
        let gate = Arc::new(Semaphore::new(Semaphore::MAX_PERMITS));
        Self { db: db.clone(), gate, came: Arc::default(), busy: Arc::default() }
    }

    /// The same with a gate that is shut.
    fn shut(&self, open_for: usize) -> Self {
        Self { gate: Arc::new(Semaphore::new(open_for)), came: Arc::default(), ..self.clone() }
    }

    async fn piece(&self, job: &Job, now: DateTime<Utc>) -> Result<Step, Failure> {
        let at: i64 = job.place()?.unwrap_or_default();
        let total = job.total.unwrap_or_default();
        if at == total {
            return Ok(Step::Done);
        }
        self.came.fetch_add(1, Ordering::SeqCst);
        self.gate.acquire().await.expect("the gate").forget();
        let tx = self.db.begin().await?;
        let row = throttles::ActiveModel {
            bucket: Set(format!("{}/{at}", job.id)),
            failures: Set(0),
            blocked_until: Set(now),
            last_at: Set(now),
        };
        throttles::Entity::insert(row).exec_without_returning(&tx).await?;
        job.keep(&tx, &(at + 1), (at + 1, Some(total)), now).await?;
        tx.commit().await?;
        Ok(Step::More)
    }
}

impl Kind for Pieces {
    fn word(&self) -> &'static str {
        "test.pieces"
    }
    fn label(&self) -> &'static str {
        "Pieces"
    }
    fn lane(&self) -> Lane {
        Lane::Long
    }
    fn step<'a>(&'a self, job: &'a Job, now: DateTime<Utc>) -> Stepping<'a> {
        Box::pin(async move {
            assert!(self.busy.lock().unwrap().insert(job.id), "two workers have one job");
            let end = self.piece(job, now).await;
            self.busy.lock().unwrap().remove(&job.id);
            end
        })
    }
}

/// Fails so many times.
struct Broken(AtomicI64);

impl Kind for Broken {
    fn word(&self) -> &'static str {
        "test.broken"
    }
    fn label(&self) -> &'static str {
        "Broken"
    }
    fn lane(&self) -> Lane {
        Lane::Short
    }
    fn most_tries(&self) -> i64 {
        3
    }
    fn step<'a>(&'a self, _: &'a Job, _: DateTime<Utc>) -> Stepping<'a> {
        let left = self.0.fetch_sub(1, Ordering::SeqCst);
        let end = if left > 0 { Err(Failure::Again("The wire was cut.".to_owned())) } else { Ok(Step::Done) };
        Box::pin(async move { end })
    }
}

/// A step that takes for ever, and can be cut.
struct Endless(Arc<AtomicUsize>);

impl Kind for Endless {
    fn word(&self) -> &'static str {
        "test.endless"
    }
    fn label(&self) -> &'static str {
        "Endless"
    }
    fn lane(&self) -> Lane {
        Lane::Long
    }
    fn may_be_cut(&self) -> bool {
        true
    }
    fn step<'a>(&'a self, _: &'a Job, _: DateTime<Utc>) -> Stepping<'a> {
        self.0.fetch_add(1, Ordering::SeqCst);
        Box::pin(std::future::pending())
    }
}

/// A clock of this test alone.
fn clock(app: &App) -> (Clock, Arc<AtomicI64>) {
    let hand = Arc::new(AtomicI64::new(app.now().timestamp_micros()));
    (Clock::Held(hand.clone()), hand)
}

fn pass(hand: &AtomicI64, time: Duration) {
    hand.fetch_add(time.num_microseconds().unwrap(), Ordering::SeqCst);
}

async fn ask(app: &App, kind: &'static str, total: i64, now: DateTime<Utc>) -> Uuid {
    let tx = app.db.begin().await.unwrap();
    let new = New {
        kind,
        tenant: Some(app.tenant),
        label: "Something to do".to_owned(),
        payload: json!({ "secret": "of the job" }),
        total: Some(total),
        ..New::default()
    };
    let id = jobs::enqueue(&tx, new, now).await.unwrap();
    tx.commit().await.unwrap();
    id
}

async fn job(app: &App, id: Uuid) -> Job {
    queries::by_id(app.db.read(), app.tenant, id).await.unwrap().unwrap()
}

async fn rows(app: &App) -> u64 {
    throttles::Entity::find().count(app.db.read()).await.unwrap()
}

/// Waits for what another task brings about.
async fn until(what: &str, is_so: impl Fn() -> bool) {
    for _ in 0..3_000 {
        if is_so() {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    panic!("{what} did not come");
}

on_both_databases! {
    async fn a_worker_with_nothing_to_do_asks_once_for_all_kinds(app: App) {
        let asked = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&asked);
        let tell = move |_: &str| _ = count.fetch_add(1, Ordering::SeqCst);
        let db = Db::open(&app.config).await.unwrap().watched(tell);
        let kinds: Vec<Box<dyn Kind>> = vec![
            Box::new(Pieces::new(&db)),
            Box::new(Broken(AtomicI64::new(0))),
            Box::new(Endless(Arc::default())),
        ];
        let jobs = Jobs::new(db, Clock::System, kinds);
        ask(&app, "test.pieces", 1, app.now() + Duration::hours(1)).await;
        assert_eq!(jobs.run_due().await.unwrap(), 0);
        // The other one asks whether a job runs elsewhere.
        assert_eq!(asked.load(Ordering::SeqCst), 2);
    }

    async fn a_job_runs_only_if_its_transaction_commits(app: App) {
        let jobs = Jobs::new(app.db.clone(), Clock::System, vec![Box::new(Pieces::new(&app.db))]);
        let tx = app.db.begin().await.unwrap();
        let new = New { kind: "test.pieces", total: Some(1), ..New::default() };
        jobs::enqueue(&tx, new, app.now()).await.unwrap();
        assert_eq!(jobs.run_due().await.unwrap(), 0, "it is not committed yet");
        drop(tx);
        assert_eq!(jobs.run_due().await.unwrap(), 0);
        let id = ask(&app, "test.pieces", 3, app.now()).await;
        assert_eq!(jobs.run_due().await.unwrap(), 1);
        let done = job(&app, id).await;
        assert_eq!((done.state(), done.done, rows(&app).await), (State::Done, 3, 3));
        assert_eq!(done.payload, json!({}), "what it was asked is forgotten");
        assert_eq!(jobs.run_due().await.unwrap(), 0);
    }

    async fn what_fails_is_tried_again_after_a_growing_while_and_then_stands_with_its_reason(app: App) {
        let (clock, hand) = clock(&app);
        let jobs = Jobs::new(app.db.clone(), clock.clone(), vec![Box::new(Broken(AtomicI64::new(3)))]);
        let id = ask(&app, "test.broken", 1, clock.now()).await;
        let mut waits = Vec::new();
        for tries in 1..3 {
            assert_eq!(jobs.run_due().await.unwrap(), 1, "try {tries}");
            let job = job(&app, id).await;
            assert_eq!((job.state(), job.tries, job.failure.as_deref()), (State::Waiting, tries, Some("The wire was cut.")));
            waits.push(job.run_at - clock.now());
            assert_eq!(jobs.run_due().await.unwrap(), 0, "not before its time");
            pass(&hand, job.run_at - clock.now());
        }
        assert!(waits[0] >= Duration::seconds(1) && waits[1] >= waits[0] * 2, "{waits:?}");
        assert_eq!(jobs.run_due().await.unwrap(), 1);
        let failed = job(&app, id).await;
        assert_eq!((failed.state(), failed.failure.as_deref()), (State::Failed, Some("The wire was cut.")));
        pass(&hand, Duration::days(1));
        assert_eq!(jobs.run_due().await.unwrap(), 0, "nothing runs that was given up");
        // By hand, from the page.
        let admin = app.admin().await;
        let page = admin.get("/dashboard/jobs").await.expect(200).page();
        assert!(page.words().contains("The wire was cut."), "{}", page.words());
        let said = admin.submit(&page.form("form[action$='/retry']")).await;
        assert!(admin.follow(&said).await.page().status().contains("tried again"));
        assert_eq!(jobs.run_due().await.unwrap(), 1);
        assert_eq!(job(&app, id).await.state(), State::Done);
        assert!(admin.get("/audit").await.page().words().contains("tried a job again"));
    }

    async fn a_process_that_stops_does_not_wait_for_a_step_that_can_be_cut(app: App) {
        let begun = Arc::new(AtomicUsize::new(0));
        let jobs = Jobs::new(app.db.clone(), Clock::System, vec![Box::new(Endless(begun.clone()))]);
        let id = ask(&app, "test.endless", 1, app.now()).await;
        jobs.start();
        until("the step", || begun.load(Ordering::SeqCst) == 1).await;
        jobs.close().await;
        let job = job(&app, id).await;
        assert_eq!((job.state(), job.tries), (State::Waiting, 0), "the next process begins it anew, at once");
    }

    async fn the_job_of_a_killed_process_goes_on_where_it_stopped(app: App) {
        let (clock, hand) = clock(&app);
        let whole = Pieces::new(&app.db);
        let dying = whole.shut(4);
        let first = Jobs::new(app.db.clone(), clock.clone(), vec![Box::new(dying.clone())]);
        let id = ask(&app, "test.pieces", 10, clock.now()).await;
        let process = tokio::spawn(async move { first.run_due().await });
        until("the fifth step", || dying.came.load(Ordering::SeqCst) == 5).await;
        process.abort();
        assert!(process.await.is_err());
        whole.busy.lock().unwrap().clear();
        let stopped = job(&app, id).await;
        assert_eq!((stopped.state(), stopped.done, rows(&app).await), (State::Running, 4, 4));
        let second = Jobs::new(app.db.clone(), clock, vec![Box::new(whole.clone())]);
        pass(&hand, jobs::LEASE + Duration::seconds(1));
        assert_eq!(second.run_due().await.unwrap(), 1);
        let done = job(&app, id).await;
        assert_eq!((done.state(), done.done, rows(&app).await), (State::Done, 10, 10));
        assert_eq!(whole.came.load(Ordering::SeqCst), 6, "nothing is done again");
    }

    async fn a_worker_that_lost_its_lease_keeps_nothing(app: App) {
        let (clock, hand) = clock(&app);
        let slow = Pieces::new(&app.db).shut(2);
        let first = Jobs::new(app.db.clone(), clock.clone(), vec![Box::new(slow.clone())]);
        let id = ask(&app, "test.pieces", 5, clock.now()).await;
        let process = tokio::spawn(async move { first.run_due().await });
        until("the third step", || slow.came.load(Ordering::SeqCst) == 3).await;
        pass(&hand, jobs::LEASE + Duration::seconds(1));
        let second = Jobs::new(app.db.clone(), clock, vec![Box::new(Pieces::new(&app.db))]);
        second.run_due().await.unwrap();
        assert_eq!((job(&app, id).await.state(), rows(&app).await), (State::Done, 5));
        slow.gate.add_permits(100);
        process.await.unwrap().unwrap();
        let done = job(&app, id).await;
        assert_eq!((done.state(), done.done, rows(&app).await), (State::Done, 5, 5));
    }

    async fn two_processes_share_the_jobs_and_none_has_two_workers(app: App) {
        let other = Db::open(&app.config).await.unwrap();
        let here = Pieces::new(&app.db);
        let there = Pieces { db: other.clone(), ..here.clone() };
        let mut ids = Vec::new();
        for _ in 0..12 {
            ids.push(ask(&app, "test.pieces", 6, app.now()).await);
        }
        let processes = [(app.db.clone(), &here), (other.clone(), &there)];
        let workers = processes.iter().flat_map(|(db, kind)| {
            let jobs = Jobs::new(db.clone(), Clock::System, vec![Box::new((*kind).clone())]);
            [jobs.clone(), jobs]
        });
        let ran = join_all(workers.map(|jobs| async move { jobs.run_due().await.unwrap() })).await;
        assert_eq!(ran.iter().sum::<usize>(), 12, "{ran:?}");
        for id in ids {
            assert_eq!((job(&app, id).await.state(), job(&app, id).await.done), (State::Done, 6));
        }
        assert_eq!(rows(&app).await, 72);
        other.close().await;
    }

    async fn a_graceful_stop_leaves_the_rest_to_the_next_worker_at_once(app: App) {
        let (clock, _) = clock(&app);
        let kind = Pieces::new(&app.db).shut(3);
        let first = Jobs::new(app.db.clone(), clock.clone(), vec![Box::new(kind.clone())]);
        let id = ask(&app, "test.pieces", 8, clock.now()).await;
        first.start();
        until("the fourth step", || kind.came.load(Ordering::SeqCst) == 4).await;
        let closing = tokio::spawn(async move { first.close().await });
        tokio::task::yield_now().await;
        kind.gate.add_permits(1);
        closing.await.unwrap();
        let left = job(&app, id).await;
        assert_eq!((left.state(), left.done, left.tries), (State::Waiting, 4, 0));
        let second = Jobs::new(app.db.clone(), clock, vec![Box::new(Pieces::new(&app.db))]);
        assert_eq!(second.run_due().await.unwrap(), 1);
        assert_eq!((job(&app, id).await.state(), rows(&app).await), (State::Done, 8));
    }

    async fn a_step_that_panics_is_a_failure_like_any_other(app: App) {
        struct Panics;
        impl Kind for Panics {
            fn word(&self) -> &'static str {
                "test.panics"
            }
            fn label(&self) -> &'static str {
                "Panics"
            }
            fn lane(&self) -> Lane {
                Lane::Short
            }
            fn step<'a>(&'a self, _: &'a Job, _: DateTime<Utc>) -> Stepping<'a> {
                Box::pin(async move { panic!("as the test wants it") })
            }
        }
        let jobs = Jobs::new(app.db.clone(), Clock::System, vec![Box::new(Panics)]);
        let id = ask(&app, "test.panics", 1, app.now()).await;
        jobs.run_due().await.unwrap();
        let failed = job(&app, id).await;
        assert_eq!((failed.state(), failed.tries), (State::Waiting, 1));
        assert!(failed.failure.clone().unwrap().contains("the log says more"));
    }

    async fn jobs_that_are_over_are_swept_after_a_while(app: App) {
        let jobs = Jobs::new(app.db.clone(), Clock::System, vec![Box::new(Pieces::new(&app.db))]);
        let id = ask(&app, "test.pieces", 1, app.now()).await;
        jobs.run_due().await.unwrap();
        vouchsafe::app::sweep(&app.db, app.now() + Duration::days(6)).await.unwrap();
        assert_eq!(job(&app, id).await.state(), State::Done);
        vouchsafe::app::sweep(&app.db, app.now() + Duration::days(8)).await.unwrap();
        assert!(queries::by_id(app.db.read(), app.tenant, id).await.unwrap().is_none());
    }
}

/// What a refusal of the program says is said; what the database says is for the log.
#[test]
fn a_failure_never_shows_what_is_inside() {
    let inside = || anyhow::anyhow!("duplicate key in relation secrets");
    for error in [Error::Internal(inside()), Error::Unavailable(inside())] {
        match Failure::from(error) {
            Failure::Again(said) => assert!(!said.contains("secrets"), "{said}"),
            other => panic!("{other:?}"),
        }
    }
    assert!(
        matches!(Failure::from(Error::Conflict("It is over.".to_owned())), Failure::Final(said) if said == "It is over.")
    );
}
