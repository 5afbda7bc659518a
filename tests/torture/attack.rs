//! Requests that arrive as nearly at one instant as a machine can make them: all of each is sent but for its last byte,
//! and then the last bytes of all.

use serde_json::Value;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::Barrier;

/// A request with a body, and where it goes.
#[derive(Clone)]
pub struct Request {
    pub to: SocketAddr,
    pub path: String,
    pub key: String,
    pub body: Value,
    /// Its `Idempotency-Key`.
    pub once: Option<String>,
    /// How long after all others are ready its last byte is sent.
    pub after: Duration,
}

/// What came back; status 0 for a connection that ended without an answer, and what the socket said of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    pub status: u16,
    pub body: String,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// The machine's word of a problem.
    pub fn code(&self) -> String {
        self.json()["code"].as_str().unwrap_or_default().to_owned()
    }
}

impl Request {
    pub fn redeem(to: SocketAddr, key: &str, body: Value) -> Self {
        let path = "/api/v1/redemptions".to_owned();
        Self { to, path, key: key.to_owned(), body, once: None, after: Duration::ZERO }
    }

    fn bytes(&self) -> Vec<u8> {
        let body = self.body.to_string();
        let once = self.once.as_ref().map(|key| format!("Idempotency-Key: {key}\r\n")).unwrap_or_default();
        let head = format!(
            "POST {} HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {}\r\nContent-Type: application/json\r\n\
             Content-Length: {}\r\nConnection: close\r\n{once}\r\n",
            self.path,
            self.to,
            self.key,
            body.len()
        );
        (head + &body).into_bytes()
    }

    async fn send(self, all_ready: Arc<Barrier>) -> std::io::Result<Answer> {
        let bytes = self.bytes();
        let (last, rest) = bytes.split_last().expect("a body");
        let ready = async {
            let mut stream = TcpStream::connect(self.to).await?;
            stream.set_nodelay(true)?;
            // A request counts from when its head is read; one that is to be late is late as a whole.
            if self.after.is_zero() {
                stream.write_all(rest).await?;
            }
            std::io::Result::Ok(stream)
        };
        let stream = ready.await;
        all_ready.wait().await;
        let mut stream = stream?;
        if self.after.is_zero() {
            stream.write_all(&[*last]).await?;
        } else {
            tokio::time::sleep(self.after).await;
            stream.write_all(&bytes).await?;
        }
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await?;
        let text = String::from_utf8_lossy(&answer).into_owned();
        let status = text.split(' ').nth(1).and_then(|word| word.parse().ok()).unwrap_or_default();
        let body = text.split_once("\r\n\r\n").map(|(_, body)| body.to_owned()).unwrap_or_default();
        Ok(Answer { status, body })
    }
}

/// Sends them at once; the answers in their order.
pub async fn at_once(requests: Vec<Request>) -> Vec<Answer> {
    let all_ready = Arc::new(Barrier::new(requests.len()));
    let racers: Vec<_> = requests.into_iter().map(|request| tokio::spawn(request.send(all_ready.clone()))).collect();
    let mut answers = Vec::with_capacity(racers.len());
    for racer in racers {
        let answer = racer.await.expect("a racer ends");
        answers.push(answer.unwrap_or_else(|error| Answer { status: 0, body: error.to_string() }));
    }
    answers
}
