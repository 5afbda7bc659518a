//! A client that costs little: raw HTTP/1.1 over connections that stay open, each sending its next request when the last is
//! answered.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};

/// The bytes of the request with this number.
pub type Request = Arc<dyn Fn(u64) -> Vec<u8> + Send + Sync>;

/// Who sends at the same time.
#[derive(Clone, Copy, Debug)]
pub enum Clients {
    /// So many people, each from an address of their own.
    People(usize),
    /// So many connections of one person, who has one address.
    OfOne(usize),
}

impl Clients {
    fn addresses(self) -> Vec<Ipv4Addr> {
        let address = |number: usize| {
            let [high, low] = u16::try_from(number).expect("few clients").to_be_bytes();
            Ipv4Addr::new(127, 0, high, low)
        };
        match self {
            Self::People(many) => (1..=many).map(address).collect(),
            Self::OfOne(many) => vec![address(1); many],
        }
    }
}

/// What a run gave.
#[derive(Clone, Debug, Default)]
pub struct Run {
    pub seconds: f64,
    /// Answers by status.
    pub statuses: BTreeMap<u16, u64>,
    /// Microseconds of each 2xx, sorted.
    pub micros: Vec<u32>,
}

impl Run {
    /// 2xx answers a second.
    pub fn rate(&self) -> f64 {
        self.micros.len() as f64 / self.seconds
    }

    /// So many in a hundred were faster than this, in milliseconds.
    pub fn percentile(&self, percent: usize) -> f64 {
        let last = self.micros.len().saturating_sub(1);
        let at = (self.micros.len() * percent / 100).min(last);
        self.micros.get(at).map_or(f64::NAN, |micros| f64::from(*micros) / 1_000.0)
    }

    /// What was not 2xx.
    pub fn failures(&self) -> u64 {
        self.statuses.iter().filter(|(status, _)| !(200..300).contains(*status)).map(|(_, count)| count).sum()
    }
}

/// A POST of JSON.
pub fn post(path: &str, key: &str, body: &str) -> Vec<u8> {
    format!(
        "POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {key}\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

/// Sends requests for so long.
pub async fn run(address: SocketAddr, clients: Clients, time: Duration, request: Request) -> Run {
    let next = Arc::new(AtomicU64::new(0));
    let begin = Instant::now();
    let tasks: Vec<_> = clients
        .addresses()
        .into_iter()
        .map(|from| tokio::spawn(client((from, address), begin + time, next.clone(), request.clone())))
        .collect();
    let mut run = Run::default();
    for task in tasks {
        for (status, micros) in task.await.expect("a client") {
            *run.statuses.entry(status).or_default() += 1;
            if (200..300).contains(&status) {
                run.micros.push(micros);
            }
        }
    }
    run.seconds = begin.elapsed().as_secs_f64();
    run.micros.sort_unstable();
    run
}

async fn client(
    (from, address): (Ipv4Addr, SocketAddr),
    end: Instant,
    next: Arc<AtomicU64>,
    request: Request,
) -> Vec<(u16, u32)> {
    let socket = TcpSocket::new_v4().expect("a socket");
    socket.bind(SocketAddr::from((from, 0))).expect("an address of its own");
    let mut stream = socket.connect(address).await.expect("the server listens");
    stream.set_nodelay(true).expect("no delay");
    let mut answers = Vec::new();
    let mut buffer = Vec::with_capacity(16 * 1024);
    while Instant::now() < end {
        let bytes = request(next.fetch_add(1, Ordering::Relaxed));
        let begin = Instant::now();
        stream.write_all(&bytes).await.expect("the server reads");
        let status = answer(&mut stream, &mut buffer).await;
        answers.push((status, u32::try_from(begin.elapsed().as_micros()).unwrap_or(u32::MAX)));
    }
    answers
}

/// Reads one answer whole; its status.
async fn answer(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> u16 {
    buffer.clear();
    loop {
        let read = stream.read_buf(buffer).await.expect("the server answers");
        assert!(read > 0, "the server hung up");
        let Some(head) = buffer.windows(4).position(|window| window == b"\r\n\r\n") else { continue };
        let text = String::from_utf8_lossy(&buffer[..head]).to_ascii_lowercase();
        let length = text.lines().find_map(|line| line.strip_prefix("content-length:")?.trim().parse::<usize>().ok());
        while buffer.len() < head + 4 + length.unwrap_or(0) {
            assert!(stream.read_buf(buffer).await.expect("the rest") > 0, "the server hung up");
        }
        return text.get(9..12).and_then(|status| status.parse().ok()).expect("a status");
    }
}
