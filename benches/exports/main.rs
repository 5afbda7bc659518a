//! `make bench`: a million rows out and a million codes in, by the jobs of a server of its own, on both databases.
//!
//! An export stands beside the bare workbook writer on the same cells, which are in its hands already; a batch beside the
//! same rows in one statement and one transaction, as fast as the database takes them. What matters are the ratios and the
//! server's memory. `VOUCHSAFE_BENCH_ROWS` makes both smaller.

#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a measurement that cannot go on says so and ends"
)]

mod bare;
#[path = "../redeem/server.rs"]
#[expect(dead_code, reason = "what else the other bench needs of it")]
mod server;

use serde_json::{Value, json};
use server::Server;
use std::path::Path;
use std::time::{Duration, Instant};
use support::seed::large::{self, Size};
use support::{make, postgres, seed};
use vouchsafe::accounts::keys;
use vouchsafe::audit::Actor;
use vouchsafe::clock::Clock;
use vouchsafe::config::Config;
use vouchsafe::db::Db;
use vouchsafe::exports::filter::Filter;
use vouchsafe::exports::source::Source;
use vouchsafe::exports::subject::Subject;
use vouchsafe::tenants;

/// One database with its server.
struct Bench {
    name: &'static str,
    server: Server,
    key: String,
    http: reqwest::Client,
}

#[tokio::main]
async fn main() {
    let rows = std::env::var("VOUCHSAFE_BENCH_ROWS").ok().and_then(|rows| rows.parse().ok()).unwrap_or(1_000_000_u64);
    println!("| what | rows | seconds | beside it, seconds | ratio | server's memory, MiB |");
    println!("|---|---|---|---|---|---|");
    for name in ["SQLite", "PostgreSQL"] {
        if std::env::var("VOUCHSAFE_BENCH_ONLY").is_ok_and(|only| only != name) {
            continue;
        }
        let folder = tempfile::tempdir().expect("a folder");
        exports(name, folder.path(), rows).await;
        let folder = tempfile::tempdir().expect("a folder");
        batches(name, folder.path(), rows).await;
    }
}

async fn database(name: &str, data: &Path) -> (Config, Db) {
    let words = |word: &str| match word {
        "VOUCHSAFE_DATA" => Some(data.display().to_string()),
        "VOUCHSAFE_SECRET_KEY" => Some(support::app::SECRET.to_owned()),
        _ => None,
    };
    let mut config = Config::load(None, words).expect("a configuration");
    if name == "PostgreSQL" {
        config = Config { data: data.to_owned(), ..postgres::config(&postgres::empty().await) };
    }
    let db = Db::open(&config).await.expect("the database");
    db.migrate().await.expect("the schema");
    seed::fill(&db).await;
    (config, db)
}

impl Bench {
    async fn open(name: &'static str, config: &Config, db: Db) -> Self {
        let tenant = seed::tenant(&db).await;
        let scopes = ["exports", "coupons:read", "coupons:write"].map(str::to_owned).to_vec();
        let new = keys::New { name: "bench".to_owned(), scopes, expires_at: None, created_by: None };
        let tx = db.begin().await.expect("a transaction");
        let made = keys::create(&tx, &Actor::system("bench"), tenant, new, Clock::System.now()).await;
        let key = made.expect("a key").1;
        tx.commit().await.expect("it is kept");
        db.close().await;
        let server = Server::start(&config.data, config.database_url.as_deref()).await;
        Self { name, server, key, http: reqwest::Client::new() }
    }

    async fn call(&self, path: &str, body: Option<&Value>) -> Value {
        let url = format!("http://{}{path}", self.server.address);
        let request = match body {
            Some(body) => self.http.post(url).header("Content-Type", "application/json").body(body.to_string()),
            None => self.http.get(url),
        };
        let answer = request.bearer_auth(&self.key).send().await.expect("the server answers");
        let status = answer.status();
        let text = answer.text().await.expect("a body");
        assert!(status.is_success(), "{path}: {status} {text}");
        serde_json::from_str(&text).expect("JSON")
    }

    /// Asks, and waits until it is done; how long that took.
    async fn done(&self, path: &str, body: &Value) -> (Duration, Value) {
        let began = Instant::now();
        let asked = self.call(path, Some(body)).await;
        let path = format!("{path}/{}", asked["id"].as_str().expect("an id"));
        loop {
            let now = self.call(&path, None).await;
            match now["state"].as_str() {
                Some("done") => return (began.elapsed(), now),
                Some("failed") => panic!("{now}"),
                _ => tokio::time::sleep(Duration::from_millis(100)).await,
            }
        }
    }

    fn row(&self, what: &str, rows: u64, took: Duration, beside: Option<Duration>) {
        let beside_it = beside.map_or_else(|| "–".to_owned(), |it| format!("{:.1}", it.as_secs_f64()));
        let ratio = beside.map_or_else(String::new, |it| format!("{:.2}", took.as_secs_f64() / it.as_secs_f64()));
        let (name, memory) = (self.name, self.server.peak_memory());
        println!("| {name}: {what} | {rows} | {:.1} | {beside_it} | {ratio} | {memory} |", took.as_secs_f64());
    }
}

/// Every redemption, as both formats.
async fn exports(name: &'static str, data: &Path, rows: u64) {
    let (config, db) = database(name, data).await;
    let (tenant, now) = (seed::tenant(&db).await, Clock::System.now());
    let size = Size { coupons: (rows / 10).max(10), redemptions: rows, attempts: 10 };
    large::fill(&db, tenant, size, now).await;
    let tenant = tenants::queries::by_id(db.read(), tenant).await.expect("the tenant").expect("the tenant");
    let source = Source::open(&db, &tenant, (Subject::Usage, Filter::default()), now).await.expect("redemptions");
    let bare = bare::workbook(source, data).await;
    let bench = Bench::open(name, &config, db).await;
    for format in ["xlsx", "csv"] {
        let (took, made) = bench.done("/api/v1/exports", &json!({ "subject": "usage", "format": format })).await;
        assert_eq!(made["rows"], json!(bare.rows), "every row is in it");
        bench.row(&format!("export as {format}, beside the bare xlsx writer"), rows, took, Some(bare.took));
    }
}

/// Codes of one coupon.
async fn batches(name: &'static str, data: &Path, rows: u64) {
    let (config, db) = database(name, data).await;
    let (tenant, now) = (seed::tenant(&db).await, Clock::System.now());
    let coupon = make::coupon().percent("10").create_at(&db, tenant, now).await;
    let beside = make::coupon().percent("10").create_at(&db, tenant, now).await;
    let ceiling = bare::codes(&db, (tenant, beside.id), rows).await;
    let bench = Bench::open(name, &config, db).await;
    let body = json!({ "coupon_id": coupon.id, "count": rows, "length": 12, "group": 4 });
    let (took, made) = bench.done("/api/v1/batches", &body).await;
    assert_eq!(made["made"], json!(rows), "exactly as many");
    bench.row("batch of codes, beside one statement", rows, took, Some(ceiling));
}
