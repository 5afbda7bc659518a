//! `make bench`: redemptions and validations over HTTP with a key, on both databases, beside the least that each could cost
//! on this machine. Only 2xx answers count; what matters are the ratios, because all of it shares one machine.

#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a measurement that cannot go on says so and ends"
)]

mod bare;
mod beside;
#[expect(dead_code, reason = "what else the lists need of it")]
mod client;
mod groups;
mod server;
#[path = "../lists/still.rs"]
mod still;

use client::{Clients, Request, Run, post, run};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use server::Server;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use support::{make, seed};
use uuid::Uuid;
use vouchsafe::accounts::keys;
use vouchsafe::audit;
use vouchsafe::clock::Clock;
use vouchsafe::config::Config;
use vouchsafe::db::Db;
use vouchsafe::db::tables::{audit_entries, coupons, redemptions};

/// Codes and coupons of the spread runs.
const MANY: usize = 100_000;
const CLIENTS: [usize; 3] = [1, 8, 64];

/// One database with what is measured on it.
struct Bench {
    name: &'static str,
    server: Server,
    db: Db,
    key: String,
    /// The coupon of 100,000 codes.
    coupon: Uuid,
    time: Duration,
}

#[tokio::main]
async fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    if let Some([_, disk, seconds]) = arguments.windows(3).find(|three| three[0] == groups::WORD) {
        let time = Duration::from_secs_f64(seconds.parse().expect("seconds"));
        return groups::part(disk == "slow", time).await;
    }
    let seconds = std::env::var("VOUCHSAFE_BENCH_SECONDS").ok().and_then(|text| text.parse().ok()).unwrap_or(3.0);
    let time = Duration::from_secs_f64(seconds);
    let folder = tempfile::tempdir().expect("a folder");
    let url = std::env::var("VOUCHSAFE_TEST_POSTGRES").expect("run this by `make bench`");
    let ceiling = ceiling(time).await;
    println!("| what | clients | rate /s | p50 ms | p99 ms | ratio | beside |\n|---|---|---|---|---|---|---|");
    println!(
        "| JSON in, JSON out, nothing else | 64 | {:.0} | {:.2} | {:.2} | | |",
        ceiling.rate(),
        ceiling.percentile(50),
        ceiling.percentile(99)
    );
    if wanted("SQLite") {
        let bare = bare::sqlite(folder.path(), time).await;
        println!("| SQLite, one durable transaction each, in process | 1 | {bare:.0} | | | | |");
        let sqlite = Bench::open("SQLite", folder.path(), None, time).await;
        sqlite.measure(ceiling.rate(), ("ceiling", ceiling.rate())).await;
    }
    if wanted("PostgreSQL") {
        bare::prepare(&url).await;
        let best = best_of_pgbench(&url, folder.path(), 1, time);
        let spread = best_of_pgbench(&url, folder.path(), MANY, time);
        println!("| pgbench, one hot code, best of 1, 8, 32, 64 clients | | {best:.0} | | | | |");
        println!("| pgbench, {MANY} codes, best of 1, 8, 32, 64 clients | | {spread:.0} | | | | |");
        let postgres = Bench::open("PostgreSQL", folder.path(), Some(url), time).await;
        postgres.measure(ceiling.rate(), ("pgbench, hot", best)).await;
    }
    groups::measure(folder.path(), time);
}

/// Whether this database is measured: both are, unless `VOUCHSAFE_BENCH_ONLY` names one.
fn wanted(name: &str) -> bool {
    std::env::var("VOUCHSAFE_BENCH_ONLY").map_or(true, |only| only == name)
}

async fn ceiling(time: Duration) -> Run {
    let address = server::ceiling();
    let request: Request = Arc::new(|number| post("/", "-", &body(&format!("CODE{number:08}"))));
    run(address, Clients::People(64), time, request).await
}

fn best_of_pgbench(url: &str, folder: &std::path::Path, codes: usize, time: Duration) -> f64 {
    [1, 8, 32, 64].into_iter().map(|clients| bare::pgbench(url, folder, clients, codes, time)).fold(0.0, f64::max)
}

/// A ticket that the code makes free.
fn body(code: &str) -> String {
    format!(
        r#"{{"code":"{code}","mode":"instant","items":[{{"sku":"ticket","product_type":"ticket","unit_price":1000}}]}}"#
    )
}

fn validation(code: &str) -> String {
    format!(r#"{{"code":"{code}","items":[{{"sku":"ticket","product_type":"ticket","unit_price":1000}}]}}"#)
}

impl Bench {
    async fn open(name: &'static str, folder: &std::path::Path, url: Option<String>, time: Duration) -> Self {
        let data = folder.join(name);
        let config = Config {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            data: data.clone(),
            database_url: url.clone(),
            base_url: None,
            secret_key: None,
            trusted_proxies: Vec::new(),
            smtp_url: None,
            mail_from: None,
            webhook_hosts: Vec::new(),
            largest_upload: 64 * 1_024 * 1_024,
            demo: false,
            demo_password: None,
        };
        let db = Db::open(&config).await.expect("the database");
        db.migrate().await.expect("the schema");
        seed::fill(&db).await;
        let (tenant, now) = (seed::tenant(&db).await, Clock::System.now());
        let free = || make::coupon().percent("100");
        make::many_coupons(&db, tenant, free, &["HOT".to_owned()], now).await;
        let coupon = make::many_codes(&db, tenant, free(), &codes('B'), now).await;
        make::many_coupons(&db, tenant, free, &codes('C'), now).await;
        let new = keys::New {
            name: "bench".to_owned(),
            scopes: ["validations", "redemptions:write", "coupons:read", "coupons:write"].map(str::to_owned).to_vec(),
            expires_at: None,
            created_by: None,
        };
        let tx = db.begin().await.expect("a transaction");
        let (_, key) = keys::create(&tx, &audit::Actor::system("bench"), tenant, new, now).await.expect("a key");
        tx.commit().await.expect("the key is kept");
        let server = Server::start(&data, url.as_deref()).await;
        Self { name, server, db, key, coupon, time }
    }

    async fn measure(&self, ceiling: f64, (beside, hot): (&str, f64)) {
        let cases: [(&str, fn(u64) -> String); 3] = [
            ("one hot code", |_| "HOT".to_owned()),
            ("100,000 codes of one coupon", |number| code('B', number)),
            ("100,000 coupons", |number| code('C', number)),
        ];
        for (what, which) in cases {
            for clients in CLIENTS {
                let key = self.key.clone();
                let request: Request = Arc::new(move |n| post("/api/v1/redemptions", &key, &body(&which(n))));
                self.row(&format!("redeem, {what}"), clients, request, (beside, hot)).await;
            }
        }
        let key = self.key.clone();
        let request: Request = Arc::new(move |n| post("/api/v1/validations", &key, &validation(&code('C', n))));
        self.row("validate, 100,000 coupons", 64, request, ("ceiling", ceiling)).await;
        self.previews().await;
        self.keys().await;
        self.during_a_batch((beside, hot)).await;
        println!("| {}: memory at most | | {} MiB | | | | |", self.name, self.server.peak_memory());
        self.check().await;
    }

    async fn row(&self, what: &str, clients: usize, request: Request, (beside, other): (&str, f64)) {
        if !what.contains(&std::env::var("VOUCHSAFE_BENCH_CASE").unwrap_or_default()) {
            return;
        }
        let before = self.server.processor_seconds();
        let got = run(self.server.address, Clients::People(clients), self.time, request).await;
        let processor = (self.server.processor_seconds() - before) * 1e6 / got.micros.len().max(1) as f64;
        assert_eq!(got.failures(), 0, "{what}: {:?}", got.statuses);
        println!(
            "| {}: {what} ({processor:.0} µs of processor each) | {clients} | {:.0} | {:.2} | {:.2} | {:.2} | {beside} |",
            self.name,
            got.rate(),
            got.percentile(50),
            got.percentile(99),
            got.rate() / other,
        );
    }

    /// Afterwards every use is a redemption and an audit entry.
    async fn check(&self) {
        let db = self.db.read();
        let rows = redemptions::Entity::find().count(db).await.expect("redemptions");
        let uses: i64 = coupons::Entity::find().all(db).await.expect("coupons").iter().map(|row| row.uses).sum();
        let of_redemptions = audit_entries::Entity::find().filter(audit_entries::Column::SubjectKind.eq("redemption"));
        let told = of_redemptions.count(db).await.expect("entries");
        assert_eq!((uses, told), (i64::try_from(rows).expect("a count"), rows), "uses, redemptions and entries agree");
        println!("| {}: uses = redemptions = audit entries | | {rows} | | | | |", self.name);
    }
}

fn codes(letter: char) -> Vec<String> {
    (0..MANY as u64).map(|number| code(letter, number)).collect()
}

/// Codes in an order that has nothing to do with their keys.
fn code(letter: char, number: u64) -> String {
    let spread = number.wrapping_mul(7_919) % MANY as u64;
    let id = Uuid::from_u128(u128::from(spread) * 0x9e37_79b9_7f4a_7c15 + 1);
    format!("{letter}{}{spread:06}", &id.simple().to_string()[20..26].to_uppercase())
}
