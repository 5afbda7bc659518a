//! Clients that redeem without a pause, each request under its own `Idempotency-Key`, asked again until it is answered.

use crate::house::instant;
use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::sync::watch;
use tokio::task::JoinSet;
use uuid::Uuid;

/// What was answered.
#[derive(Debug, Default)]
pub struct Answered {
    /// The redemption of each request.
    pub acknowledged: BTreeMap<String, Uuid>,
    /// How often each status came; 0 for a connection that ended without an answer.
    pub statuses: BTreeMap<u16, usize>,
    /// The slowest answer of a server that was there.
    pub slowest: Duration,
    /// What should never come.
    pub strange: Vec<String>,
    /// When the last request was acknowledged.
    pub last: Option<Instant>,
}

/// Clients under way.
pub struct Load {
    pub answered: Arc<Mutex<Answered>>,
    server: watch::Sender<SocketAddr>,
    stop: watch::Sender<bool>,
    clients: JoinSet<()>,
}

impl Load {
    /// So many clients that redeem this code.
    pub fn start(clients: usize, server: SocketAddr, key: &str, code: &str) -> Self {
        let answered = Arc::new(Mutex::new(Answered::default()));
        let (server, at) = watch::channel(server);
        let (stop, stopped) = watch::channel(false);
        let mut set = JoinSet::new();
        let http = reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(30)).build().expect("a client");
        for client in 0..clients {
            let it = Client { http: http.clone(), at: at.clone(), key: key.to_owned(), code: code.to_owned() };
            set.spawn(it.redeem_on_and_on(client, answered.clone(), stopped.clone()));
        }
        Self { answered, server, stop, clients: set }
    }

    /// The server is at another address now.
    pub fn moved(&self, server: SocketAddr) {
        self.server.send_replace(server);
    }

    /// What was acknowledged until now.
    pub fn acknowledged(&self) -> BTreeSet<Uuid> {
        self.answered.lock().expect("the answers").acknowledged.values().copied().collect()
    }

    /// Waits until so many more are acknowledged; how long that took.
    pub async fn goes_on(&self, more: usize) -> Duration {
        let (began, wanted) = (Instant::now(), self.acknowledged().len() + more);
        while self.acknowledged().len() < wanted {
            assert!(began.elapsed() < Duration::from_secs(60), "nothing goes on: {:?}", self.summary());
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        began.elapsed()
    }

    pub fn summary(&self) -> String {
        let answered = self.answered.lock().expect("the answers");
        let strange: Vec<_> = answered.strange.iter().take(3).collect();
        format!("{:?}, slowest {:?}, {strange:?}", answered.statuses, answered.slowest)
    }

    /// Lets every client get its last answer; what was answered in all.
    pub async fn finish(mut self) -> Answered {
        self.stop.send_replace(true);
        while let Some(client) = self.clients.join_next().await {
            client.expect("a client ends");
        }
        let answered = std::mem::take(&mut *self.answered.lock().expect("the answers"));
        assert!(answered.strange.is_empty(), "{:?} {:?}", answered.statuses, &answered.strange[..1]);
        answered
    }
}

struct Client {
    http: reqwest::Client,
    at: watch::Receiver<SocketAddr>,
    key: String,
    code: String,
}

impl Client {
    async fn redeem_on_and_on(self, client: usize, answered: Arc<Mutex<Answered>>, stopped: watch::Receiver<bool>) {
        let mut number = 0;
        while !*stopped.borrow() {
            number += 1;
            let once = format!("client-{client}-request-{number}");
            // The same request again and again, until its fate is known.
            while !self.ask(&once, &answered).await {
                tokio::time::sleep(Duration::from_millis(30)).await;
            }
        }
    }

    /// Whether it is answered for good.
    async fn ask(&self, once: &str, answered: &Mutex<Answered>) -> bool {
        let url = format!("http://{}/api/v1/redemptions", *self.at.borrow());
        let mut body = instant(&self.code);
        body["person"] = serde_json::json!({ "external_id": once });
        let request = self.http.post(url).bearer_auth(&self.key).header("Idempotency-Key", once).json(&body);
        let began = Instant::now();
        let response = request.send().await;
        let (status, body) = match response {
            Ok(response) => (response.status().as_u16(), response.text().await.unwrap_or_default()),
            Err(error) if error.is_timeout() => (1, error.to_string()),
            Err(_) => (0, String::new()),
        };
        let mut answered = answered.lock().expect("the answers");
        *answered.statuses.entry(status).or_default() += 1;
        if status > 0 {
            answered.slowest = answered.slowest.max(began.elapsed());
        }
        match status {
            200 | 201 => {
                let body: serde_json::Value = serde_json::from_str(&body).unwrap_or_default();
                let Some(id) = body["id"].as_str().and_then(|id| id.parse().ok()) else { return false };
                answered.last = Some(Instant::now());
                let before = answered.acknowledged.insert(once.to_owned(), id);
                if before.is_some_and(|before| before != id) {
                    answered.strange.push(format!("{once} was answered with {before:?} and then with {id}"));
                }
                true
            }
            0 | 503 => false,
            other => {
                answered.strange.push(format!("{other}: {body}"));
                true
            }
        }
    }
}
