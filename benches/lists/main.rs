//! `make bench`: the lists over HTTP, signed in, on both databases, with a thousand coupons and with a million, beside a
//! static page of as many bytes: made anew for each request, and asked for again while nothing changes. Only 2xx answers
//! count; what matters are the ratios, because all of it shares one machine.
//!
//! `VOUCHSAFE_BENCH_COUPONS` makes the large tenant smaller, `VOUCHSAFE_BENCH_SECONDS` each run longer, and a folder in
//! `VOUCHSAFE_BENCH_DATA` keeps what was seeded for the next run.

#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a measurement that cannot go on says so and ends"
)]

mod cases;
#[path = "../redeem/client.rs"]
#[expect(dead_code, reason = "what else the other bench needs of it")]
mod client;
#[path = "../redeem/server.rs"]
#[expect(dead_code, reason = "as above")]
mod server;
mod still;

use cases::{Case, cases};
use client::{Clients, Request, run};
use sea_orm::{EntityTrait, PaginatorTrait};
use server::Server;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use support::actor::{SESSION_COOKIE, session};
use support::seed::large::{self, Size};
use support::{postgres, seed};
use vouchsafe::clock::Clock;
use vouchsafe::config::Config;
use vouchsafe::db::Db;
use vouchsafe::db::tables::coupons;

/// The small tenant.
const SMALL: u64 = 1_000;
/// Somebody who is signed in, with as many connections as come at once.
const CLIENTS: Clients = Clients::OfOne(64);

/// One tenant on one database, served.
struct Bench {
    name: &'static str,
    coupons: u64,
    server: Server,
    cookie: String,
    cases: Vec<Case>,
    time: Duration,
}

#[tokio::main]
async fn main() {
    let seconds = number("VOUCHSAFE_BENCH_SECONDS").unwrap_or(2.0);
    let large = number("VOUCHSAFE_BENCH_COUPONS").map_or(1_000_000, |coupons| coupons as u64);
    let time = Duration::from_secs_f64(seconds);
    let temporary = tempfile::tempdir().expect("a folder");
    let folder = std::env::var("VOUCHSAFE_BENCH_DATA").map_or(temporary.path().to_owned(), PathBuf::from);
    println!(
        "| what | coupons | made: p50 ms alone | rate /s | p99 ms | processor µs | of a static page | of {SMALL} \
         | again: rate /s | processor µs | of a static page | of {SMALL} |"
    );
    println!("|---|---|---|---|---|---|---|---|---|---|---|---|");
    for name in ["SQLite", "PostgreSQL"] {
        if std::env::var("VOUCHSAFE_BENCH_ONLY").is_ok_and(|only| only != name) {
            continue;
        }
        let mut before = HashMap::new();
        for coupons in [SMALL, large] {
            let bench = Bench::open(name, &folder, coupons, time).await;
            before = bench.measure(&before).await;
        }
    }
}

fn number(name: &str) -> Option<f64> {
    std::env::var(name).ok()?.parse().ok()
}

/// The database with so many coupons, new or kept from the last run.
async fn database(name: &str, folder: &Path, coupons: u64) -> (Config, PathBuf) {
    let data = folder.join(format!("{name}-{coupons}"));
    std::fs::create_dir_all(&data).expect("a folder");
    if name == "SQLite" {
        let words = |word: &str| match word {
            "VOUCHSAFE_DATA" => Some(data.display().to_string()),
            "VOUCHSAFE_SECRET_KEY" => Some(support::app::SECRET.to_owned()),
            _ => None,
        };
        return (Config::load(None, words).expect("a configuration"), data);
    }
    let kept = data.join("url");
    let url = match std::fs::read_to_string(&kept) {
        Ok(url) => url,
        Err(_) => postgres::empty().await,
    };
    std::fs::write(kept, &url).expect("the address is kept");
    (postgres::config(&url), data)
}

impl Bench {
    async fn open(name: &'static str, folder: &Path, coupons: u64, time: Duration) -> Self {
        let (config, data) = database(name, folder, coupons).await;
        let db = Db::open(&config).await.expect("the database");
        db.migrate().await.expect("the schema");
        let now = Clock::System.now();
        if coupons::Entity::find().count(db.read()).await.expect("coupons") == 0 {
            seed::fill(&db).await;
            let size = Size { coupons, redemptions: 5 * coupons, attempts: coupons };
            let begin = std::time::Instant::now();
            large::fill(&db, seed::tenant(&db).await, size, now).await;
            eprintln!("{name}: seeded {size:?} in {:.0} s", begin.elapsed().as_secs_f64());
        }
        let tenant = seed::tenant(&db).await;
        let admin = seed::user(&db, seed::ADMIN).await;
        let cookie = session(&db, admin.id, now).await;
        let cases = cases(&db, tenant, coupons, now).await;
        db.close().await;
        let server = Server::start(&data, config.database_url.as_deref()).await;
        Self { name, coupons, server, cookie, cases, time }
    }

    /// Every case; the rates, made anew and asked again, by what was measured.
    async fn measure(&self, small: &HashMap<&'static str, [f64; 2]>) -> HashMap<&'static str, [f64; 2]> {
        let only = std::env::var("VOUCHSAFE_BENCH_CASE").unwrap_or_default();
        let mut rates = HashMap::new();
        let mut still: HashMap<usize, f64> = HashMap::new();
        for case in self.cases.iter().filter(|case| case.what.contains(&only)) {
            let (made, again) = (self.get(&case.path, true), self.get(&case.path, false));
            let bytes = self.once(&case.path).await;
            // One static page for all pages of about its size.
            let size = bytes.next_multiple_of(8 * 1_024);
            let beside = match still.get(&size) {
                Some(rate) => *rate,
                None => run(still::page(bytes), CLIENTS, self.time, again.clone()).await.rate(),
            };
            still.insert(size, beside);
            let alone = run(self.server.address, Clients::OfOne(1), self.time / 4, made.clone()).await;
            assert_eq!(alone.failures(), 0, "{}: {:?}", case.what, alone.statuses);
            print!("| {}: {} | {} | {:.2}", self.name, case.what, self.coupons, alone.percentile(50));
            let mut both = [0.0; 2];
            for (place, request) in [made, again].into_iter().enumerate() {
                let before = self.server.processor_seconds();
                let got = run(self.server.address, CLIENTS, self.time, request).await;
                let processor = (self.server.processor_seconds() - before) * 1e6 / got.micros.len().max(1) as f64;
                let busy = got.statuses.get(&503).copied().unwrap_or_default();
                assert_eq!(got.failures(), busy, "{}: {:?}", case.what, got.statuses);
                let busy = if busy > 0 { format!(", {busy} told to come later") } else { String::new() };
                let small =
                    small.get(case.what).map_or(String::new(), |small| format!("{:.2}", got.rate() / small[place]));
                let p99 = if place == 0 { format!(" | {:.2}", got.percentile(99)) } else { String::new() };
                print!(" | {:.0}{busy}{p99} | {processor:.0} | {:.3} | {small}", got.rate(), got.rate() / beside);
                both[place] = got.rate();
            }
            println!(" |");
            rates.insert(case.what, both);
        }
        println!(
            "| {}: memory at most, MiB | {} | {} | | | | | | | | | |",
            self.name,
            self.coupons,
            self.server.peak_memory()
        );
        rates
    }

    /// Asks once; the bytes of the page.
    async fn once(&self, path: &str) -> usize {
        let cookie = format!("{SESSION_COOKIE}={}", self.cookie);
        let ask = reqwest::Client::new().get(format!("http://{}{path}", self.server.address)).header("cookie", cookie);
        let answer = ask.send().await.expect("the server answers");
        assert!(answer.status().is_success(), "{path}: {}", answer.status());
        answer.bytes().await.expect("the page").len()
    }

    /// Requests for a page; with a header that differs from each to the next, it is made for every one of them.
    fn get(&self, path: &str, anew: bool) -> Request {
        let head = format!("GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: {SESSION_COOKIE}={}\r\n", self.cookie);
        Arc::new(move |number| {
            let differs = if anew { format!("X-Number: {number}\r\n") } else { String::new() };
            format!("{head}{differs}\r\n").into_bytes()
        })
    }
}
