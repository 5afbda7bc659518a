//! Somebody else's system: takes webhooks on loopback, and answers as it is told.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// A request as it came.
#[derive(Clone, Debug)]
pub struct Call {
    /// The first line.
    pub line: String,
    /// Names in lower case.
    pub headers: BTreeMap<String, String>,
    /// The body.
    pub body: String,
}

impl Call {
    /// The body as JSON.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).expect("a body of JSON")
    }

    /// The name of the message, the same whenever it is sent.
    pub fn id(&self) -> &str {
        &self.headers["webhook-id"]
    }

    /// What it tells of.
    pub fn event(&self) -> String {
        self.json()["type"].as_str().unwrap_or_default().to_owned()
    }
}

/// How it answers.
#[derive(Clone, Debug)]
enum Manner {
    Says(String),
    NeverEnds,
    Never,
}

/// The system; it runs until the test ends.
#[derive(Clone)]
pub struct Receiver {
    /// Where it listens.
    pub url: String,
    calls: Arc<Mutex<Vec<Call>>>,
    manner: Arc<Mutex<Manner>>,
    refused: Arc<Mutex<Option<String>>>,
}

impl Receiver {
    /// On a port of its own; it takes everything.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}/hooks?of=test", listener.local_addr().expect("an address"));
        let manner = Arc::new(Mutex::new(Manner::Says("204 No Content\r\n\r\n".to_owned())));
        let receiver = Self { url, calls: Arc::default(), manner, refused: Arc::default() };
        let running = receiver.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(running.clone().serve(stream));
            }
        });
        receiver
    }

    /// Its port.
    pub fn port(&self) -> u16 {
        let rest = self.url.rsplit(':').next().unwrap_or_default();
        rest.split('/').next().and_then(|port| port.parse().ok()).expect("a port")
    }

    /// What it answers from now on: status, further headers, and a body: `("500 Broken", "", "why")`.
    pub fn answers(&self, status: &str, headers: &str, body: &str) {
        let length = body.len();
        self.behaves(Manner::Says(format!("{status}\r\n{headers}Content-Length: {length}\r\n\r\n{body}")));
    }

    /// Its answers are good, and have no end.
    pub fn answers_without_end(&self) {
        self.behaves(Manner::NeverEnds);
    }

    /// It takes what comes and says nothing.
    pub fn never_answers(&self) {
        self.behaves(Manner::Never);
    }

    /// It never takes a message that holds this text.
    pub fn refuses(&self, text: &str) {
        *self.refused.lock().expect("what is refused") = Some(text.to_owned());
    }

    fn behaves(&self, manner: Manner) {
        *self.manner.lock().expect("the manner") = manner;
    }

    /// Everything that came.
    pub fn calls(&self) -> Vec<Call> {
        self.calls.lock().expect("the calls").clone()
    }

    /// The events of everything that came.
    pub fn events(&self) -> Vec<String> {
        self.calls().iter().map(Call::event).collect()
    }

    async fn serve(self, mut stream: TcpStream) {
        let mut bytes = Vec::new();
        let mut chunk = [0; 4_096];
        let call = loop {
            match stream.read(&mut chunk).await {
                Ok(0) | Err(_) => return,
                Ok(read) => bytes.extend_from_slice(&chunk[..read]),
            }
            // Who wants to encrypt is told as a server would that cannot.
            if bytes.first() == Some(&0x16) {
                _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n").await;
                return;
            }
            if let Some(call) = read_call(&bytes) {
                break call;
            }
        };
        let refused = self.refused.lock().expect("what is refused").as_ref().is_some_and(|it| call.body.contains(it));
        self.calls.lock().expect("the calls").push(call);
        let manner = match refused {
            true => Manner::Says("422 No\r\nContent-Length: 0\r\n\r\n".to_owned()),
            false => self.manner.lock().expect("the manner").clone(),
        };
        match manner {
            Manner::Says(answer) => {
                let answer = format!("HTTP/1.1 {}", answer.replacen("\r\n", "\r\nConnection: close\r\n", 1));
                _ = stream.write_all(answer.as_bytes()).await;
            }
            Manner::NeverEnds => {
                _ = stream.write_all(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n").await;
                while stream.write_all(&[b'x'; 4_096]).await.is_ok() {}
            }
            Manner::Never => while matches!(stream.read(&mut chunk).await, Ok(read) if read > 0) {},
        }
    }
}

/// A whole request; none while more is to come.
fn read_call(bytes: &[u8]) -> Option<Call> {
    let text = String::from_utf8_lossy(bytes);
    let (head, body) = text.split_once("\r\n\r\n")?;
    let mut lines = head.lines();
    let line = lines.next()?.to_owned();
    let headers: BTreeMap<String, String> = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_lowercase(), value.to_owned()))
        .collect();
    let length: usize = headers.get("content-length")?.parse().ok()?;
    (body.len() >= length).then(|| Call { line, headers, body: body.to_owned() })
}
