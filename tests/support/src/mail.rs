//! A mail server on loopback: takes letters by SMTP, and refuses those it is told to.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// A letter as it came.
#[derive(Clone, Debug)]
pub struct Mail {
    /// Whom it is for.
    pub to: String,
    /// Headers and parts.
    pub source: String,
}

impl Mail {
    /// A header's value.
    pub fn header(&self, name: &str) -> String {
        let start = format!("{name}: ");
        let line = self.source.lines().find(|line| line.starts_with(&start));
        line.and_then(|line| line.strip_prefix(&start)).unwrap_or_default().to_owned()
    }

    /// The first address in it that begins with `start`.
    pub fn link(&self, start: &str) -> String {
        // Long lines come in pieces.
        let source = self.source.replace("=\n", "");
        let at = source.find(start).unwrap_or_else(|| panic!("no {start} in {source}"));
        source[at..].chars().take_while(|letter| !letter.is_whitespace() && !"\"<".contains(*letter)).collect()
    }
}

/// The server; it runs until the test ends.
#[derive(Clone)]
pub struct MailServer {
    /// For `VOUCHSAFE_SMTP_URL`.
    pub url: String,
    letters: Arc<Mutex<Vec<Mail>>>,
    busy: Arc<AtomicUsize>,
}

impl MailServer {
    /// On a port of its own.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("smtp://{}", listener.local_addr().expect("an address"));
        let server = Self { url, letters: Arc::default(), busy: Arc::default() };
        let running = server.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(running.clone().talk(stream));
            }
        });
        server
    }

    /// Everything that came.
    pub fn letters(&self) -> Vec<Mail> {
        self.letters.lock().expect("the letters").clone()
    }

    /// Says of the next so many letters that they may come later.
    pub fn is_busy_for(&self, letters: usize) {
        self.busy.store(letters, Ordering::SeqCst);
    }

    async fn talk(self, stream: TcpStream) {
        let (read, mut write) = stream.into_split();
        let mut lines = BufReader::new(read).lines();
        let mut to = String::new();
        if write.write_all(b"220 mail.test ESMTP\r\n").await.is_err() {
            return;
        }
        while let Ok(Some(line)) = lines.next_line().await {
            let upper = line.to_uppercase();
            let answer = if upper.starts_with("EHLO") {
                "250-mail.test\r\n250 8BITMIME\r\n".to_owned()
            } else if upper.starts_with("RCPT TO:") {
                to = line[8..].trim().trim_matches(['<', '>']).to_owned();
                match to.starts_with("refused@") {
                    true => "550 5.1.1 no such mailbox\r\n".to_owned(),
                    false => "250 ok\r\n".to_owned(),
                }
            } else if upper == "DATA" {
                if write.write_all(b"354 go on\r\n").await.is_err() {
                    return;
                }
                let mut source = String::new();
                while let Ok(Some(line)) = lines.next_line().await {
                    if line == "." {
                        break;
                    }
                    source.push_str(line.strip_prefix('.').unwrap_or(&line));
                    source.push('\n');
                }
                let busy = self.busy.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1));
                if busy.is_ok() {
                    "451 4.3.0 come again later\r\n".to_owned()
                } else {
                    self.letters.lock().expect("the letters").push(Mail { to: to.clone(), source });
                    "250 taken\r\n".to_owned()
                }
            } else if upper == "QUIT" {
                _ = write.write_all(b"221 bye\r\n").await;
                return;
            } else {
                "250 ok\r\n".to_owned()
            };
            if write.write_all(answer.as_bytes()).await.is_err() {
                return;
            }
        }
    }
}
