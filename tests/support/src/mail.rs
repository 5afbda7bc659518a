//! A mail server on loopback: takes letters by SMTP, and refuses those it is told to.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;

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

/// When a server begins to encrypt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encryption {
    /// Never.
    None,
    /// With the first byte (`smtps://`).
    Always,
    /// When it is asked to (STARTTLS).
    OnDemand,
}

/// The server; it runs until the test ends.
#[derive(Clone)]
pub struct MailServer {
    /// For `VOUCHSAFE_SMTP_URL`.
    pub url: String,
    /// The certificate of a server that encrypts, in PEM: its own authority.
    pub certificate: String,
    letters: Arc<Mutex<Vec<Mail>>>,
    busy: Arc<AtomicUsize>,
}

impl MailServer {
    /// On a port of its own.
    pub async fn start() -> Self {
        Self::start_with(Encryption::None).await
    }

    /// On a port of its own, with a certificate that nobody knows.
    pub async fn start_with(encryption: Encryption) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let url = match encryption {
            Encryption::None => format!("smtp://{address}"),
            Encryption::Always => format!("smtps://{address}"),
            Encryption::OnDemand => format!("smtp://{address}?tls=required"),
        };
        let (certificate, acceptor) = certificate();
        let server = Self { url, certificate, letters: Arc::default(), busy: Arc::default() };
        let running = server.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(running.clone().welcome(stream, encryption, acceptor.clone()));
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

    async fn welcome(self, stream: TcpStream, encryption: Encryption, acceptor: TlsAcceptor) {
        if encryption == Encryption::Always {
            // A client that does not trust the certificate hangs up.
            let Ok(stream) = acceptor.accept(stream).await else { return };
            self.talk(BufReader::new(stream), true, false).await;
            return;
        }
        let plain = self.talk(BufReader::new(stream), true, encryption == Encryption::OnDemand).await;
        let Some(plain) = plain else { return };
        let Ok(stream) = acceptor.accept(plain.into_inner()).await else { return };
        self.talk(BufReader::new(stream), false, false).await;
    }

    /// Until the client goes, or asks for encryption: the stream is given back then.
    async fn talk<S: AsyncRead + AsyncWrite + Unpin>(
        &self,
        mut stream: BufReader<S>,
        greets: bool,
        encrypts: bool,
    ) -> Option<BufReader<S>> {
        let mut to = String::new();
        if greets {
            stream.write_all(b"220 mail.test ESMTP\r\n").await.ok()?;
        }
        while let Some(line) = line(&mut stream).await {
            let upper = line.to_uppercase();
            let answer = if upper.starts_with("EHLO") && encrypts {
                "250-mail.test\r\n250 STARTTLS\r\n".to_owned()
            } else if upper.starts_with("EHLO") {
                "250-mail.test\r\n250 8BITMIME\r\n".to_owned()
            } else if upper == "STARTTLS" && encrypts {
                stream.write_all(b"220 go ahead\r\n").await.ok()?;
                return Some(stream);
            } else if encrypts && upper != "QUIT" {
                "530 5.7.0 STARTTLS first\r\n".to_owned()
            } else if upper.starts_with("RCPT TO:") {
                to = line[8..].trim().trim_matches(['<', '>']).to_owned();
                match to.starts_with("refused@") {
                    true => "550 5.1.1 no such mailbox\r\n".to_owned(),
                    false => "250 ok\r\n".to_owned(),
                }
            } else if upper == "DATA" {
                stream.write_all(b"354 go on\r\n").await.ok()?;
                self.take(&to, source(&mut stream).await)
            } else if upper == "QUIT" {
                _ = stream.write_all(b"221 bye\r\n").await;
                return None;
            } else {
                "250 ok\r\n".to_owned()
            };
            stream.write_all(answer.as_bytes()).await.ok()?;
            stream.flush().await.ok()?;
        }
        None
    }

    fn take(&self, to: &str, source: String) -> String {
        let busy = self.busy.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1));
        if busy.is_ok() {
            return "451 4.3.0 come again later\r\n".to_owned();
        }
        self.letters.lock().expect("the letters").push(Mail { to: to.to_owned(), source });
        "250 taken\r\n".to_owned()
    }
}

/// One line without its end; `None` when nobody speaks any more.
async fn line<S: AsyncRead + Unpin>(stream: &mut BufReader<S>) -> Option<String> {
    let mut line = String::new();
    let length = stream.read_line(&mut line).await.ok()?;
    (length > 0).then(|| line.trim_end_matches(['\r', '\n']).to_owned())
}

/// A letter up to the line with a dot.
async fn source<S: AsyncRead + Unpin>(stream: &mut BufReader<S>) -> String {
    let mut source = String::new();
    while let Some(line) = line(stream).await.filter(|line| line != ".") {
        source.push_str(line.strip_prefix('.').unwrap_or(&line));
        source.push('\n');
    }
    source
}

/// A certificate for loopback that signed itself, in PEM, and what encrypts with it.
fn certificate() -> (String, TlsAcceptor) {
    let made = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).expect("a certificate");
    let key = made.signing_key.serialize_der().try_into().expect("a key");
    let config = ServerConfig::builder_with_provider(Arc::new(tokio_rustls::rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("the versions of TLS")
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .expect("a key of this certificate");
    (made.cert.pem(), TlsAcceptor::from(Arc::new(config)))
}
