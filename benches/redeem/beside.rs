//! What else the server does beside redemptions: previews, keys, and redemptions while a batch of codes is made.

use super::client::{Clients, Request, post, run};
use super::still;
use super::{Bench, CLIENTS, body, code};
use serde_json::Value;
use std::sync::Arc;
use std::time::{Duration, Instant};
use vouchsafe::accounts::door::Door;
use vouchsafe::clock::Clock;

/// Codes of the batch that is made meanwhile.
const BATCH: u64 = 200_000;
/// Requests that come in at a time.
const AT_ONCE: usize = 64;

impl Bench {
    /// Previews of a code that everybody was sent, and of 100,000 coupons, beside an answer of as many bytes that stands
    /// still.
    pub(super) async fn previews(&self) {
        let bytes = self.ask("POST", "/api/v1/previews", Some(previewed(&code('C', 1)))).await.1;
        let cases: [(&str, fn(u64) -> String); 2] =
            [("one code", |_| code('C', 1)), ("100,000 coupons", |number| code('C', number))];
        for (what, which) in cases {
            let request: Request = Arc::new(move |n| post("/api/v1/previews", "none", &previewed(&which(n))));
            let beside = run(still::page(bytes), Clients::People(AT_ONCE), self.time, request.clone()).await;
            self.row(&format!("preview, {what}"), AT_ONCE, request, ("static", beside.rate())).await;
        }
    }

    /// What a key costs: requests let in with one, less those without.
    pub(super) async fn keys(&self) {
        let door = Door::open(self.db.clone());
        let mut micros = Vec::new();
        for secret in [None, Some(self.key.as_str())] {
            let (before, begin) = (own_processor_seconds(), Instant::now());
            let client = async || {
                let mut count = 0_u32;
                while begin.elapsed() < self.time {
                    let admitted = door.admit("127.0.0.1", secret, Clock::System.now()).await.expect("the tenant");
                    assert_eq!(admitted.key.is_some(), secret.is_some(), "the key is known");
                    count += 1;
                }
                count
            };
            let let_in: u32 = futures_util::future::join_all((0..AT_ONCE).map(|_| client())).await.into_iter().sum();
            micros.push((own_processor_seconds() - before) * 1e6 / f64::from(let_in));
        }
        println!(
            "| {}: a key, µs of processor beside a request without | {AT_ONCE} | | | | {:.1} | {:.1} without |",
            self.name,
            micros[1] - micros[0],
            micros[0]
        );
    }

    /// Redemptions while codes are made.
    pub(super) async fn during_a_batch(&self, (beside, hot): (&str, f64)) {
        let coupon = self.coupon.to_string();
        let wanted = format!(r#"{{"coupon_id":"{coupon}","count":{BATCH}}}"#);
        let begin = Instant::now();
        let (made, _) = self.ask("POST", "/api/v1/batches", Some(wanted)).await;
        let batch = format!("/api/v1/batches/{}", made["id"].as_str().expect("an id"));
        let key = self.key.clone();
        let request: Request = Arc::new(move |_| post("/api/v1/redemptions", &key, &body("HOT")));
        let what = format!("redeem, one hot code, while {BATCH} codes are made");
        self.row(&what, CLIENTS[1], request, (beside, hot)).await;
        let is_made = async || self.ask("GET", &batch, None).await.0["made"].as_u64();
        let meanwhile = is_made().await.unwrap_or_default();
        while is_made().await != Some(BATCH) {
            assert!(begin.elapsed() < Duration::from_secs(300), "the batch is made");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        let (name, seconds) = (self.name, begin.elapsed().as_secs_f64());
        println!("| {name}: {meanwhile} codes of it meanwhile, all after {seconds:.1} s | | | | | | |");
    }

    /// Asks once with the key; the answer, and how many bytes it has.
    async fn ask(&self, method: &str, path: &str, body: Option<String>) -> (Value, usize) {
        let method = method.parse().expect("a method");
        let mut ask = reqwest::Client::new().request(method, format!("http://{}{path}", self.server.address));
        ask = ask.bearer_auth(&self.key);
        if let Some(body) = body {
            ask = ask.header("content-type", "application/json").body(body);
        }
        let answer = ask.send().await.expect("the server answers");
        let (status, text) = (answer.status(), answer.text().await.expect("the answer"));
        assert!(status.is_success(), "{path}: {status} {text}");
        (serde_json::from_str(&text).expect("JSON"), text.len())
    }
}

fn previewed(code: &str) -> String {
    format!(r#"{{"code":"{code}"}}"#)
}

fn own_processor_seconds() -> f64 {
    super::server::processor_seconds("self")
}
