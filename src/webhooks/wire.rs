//! One POST to an address that was checked: a name is resolved once, what it resolved to is checked, and that is what is
//! connected to. No redirect is followed, no proxy asked, no cookie kept.

use super::targets::Targets;
use futures_util::future::BoxFuture;
use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::{Request, Response};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::dns::Name;
use hyper_util::client::legacy::{Client, Error};
use hyper_util::rt::{TokioExecutor, TokioTimer};
use rustls::{ClientConfig, RootCertStore, crypto};
use std::error::Error as StdError;
use std::fmt::{self, Display, Formatter};
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::time::{Instant, timeout_at};
use tower_service::Service;
use url::Url;

/// How long an endpoint may take for all of it.
pub const PATIENCE: Duration = Duration::from_secs(10);
/// As much of an answer as is read.
const MOST_READ: usize = 2_048;
/// How long a connection is kept for the next message.
const KEPT_OPEN: Duration = Duration::from_secs(15);

/// Finds the addresses of a name.
pub type Lookup = Arc<dyn Fn(String) -> BoxFuture<'static, io::Result<Vec<IpAddr>>> + Send + Sync>;

/// Sends messages; clones are the same one.
#[derive(Clone)]
pub struct Wire {
    targets: Targets,
    client: Client<HttpsConnector<HttpConnector<Guarded>>, Full<Bytes>>,
}

/// What came back.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// The status, if there was an answer.
    pub status: Option<u16>,
    /// The first characters of the answer.
    pub answer: String,
    /// What went wrong, in a sentence that says nothing of what is inside our network.
    pub failure: Option<String>,
    /// How long it took.
    pub took: Duration,
}

impl Wire {
    /// With the certificates that browsers trust and those that this system does.
    ///
    /// # Errors
    /// When there is no way to encrypt.
    pub fn new(targets: Targets) -> anyhow::Result<Self> {
        Self::with_lookup(targets, Arc::new(|name| Box::pin(system_lookup(name))))
    }

    /// The same with a directory of names of its own.
    ///
    /// # Errors
    /// As [`Wire::new`].
    pub fn with_lookup(targets: Targets, lookup: Lookup) -> anyhow::Result<Self> {
        let mut http = HttpConnector::new_with_resolver(Guarded { targets: targets.clone(), lookup });
        http.enforce_http(false);
        http.set_connect_timeout(Some(PATIENCE / 2));
        let https = HttpsConnectorBuilder::new().with_tls_config(tls()?).https_or_http().enable_http1();
        let client = Client::builder(TokioExecutor::new())
            .pool_idle_timeout(KEPT_OPEN)
            .pool_timer(TokioTimer::new())
            .build(https.wrap_connector(http));
        Ok(Self { targets, client })
    }

    /// Sends a body of JSON with these headers.
    pub async fn send(&self, url: &str, headers: [(&'static str, String); 3], body: String) -> Outcome {
        let start = Instant::now();
        let mut outcome = match self.targets.read(url) {
            Ok(url) => self.exchange(url, headers, body).await,
            Err(refused) => Outcome { failure: Some(refused), ..Outcome::default() },
        };
        outcome.took = start.elapsed();
        outcome
    }

    async fn exchange(&self, url: Url, headers: [(&'static str, String); 3], body: String) -> Outcome {
        let end = Instant::now() + PATIENCE;
        let mut request = Request::post(url.as_str())
            .header("content-type", "application/json")
            .header("user-agent", concat!("Vouchsafe/", env!("CARGO_PKG_VERSION")));
        for (name, value) in headers {
            request = request.header(name, value);
        }
        let Ok(request) = request.body(Full::from(body)) else { return failed("Its address cannot be used.") };
        match timeout_at(end, self.client.request(request)).await {
            Ok(Ok(response)) => read(response, end).await,
            Ok(Err(error)) => failed(said(&error)),
            Err(_) => failed(format!("It did not answer within {} seconds.", PATIENCE.as_secs())),
        }
    }
}

fn failed(why: impl Into<String>) -> Outcome {
    Outcome { failure: Some(why.into()), ..Outcome::default() }
}

/// What comes after the status is only looked at: a body that breaks off or never ends changes nothing.
async fn read(mut response: Response<Incoming>, end: Instant) -> Outcome {
    let status = response.status().as_u16();
    let mut answer = Vec::new();
    while answer.len() < MOST_READ {
        let Ok(Some(Ok(frame))) = timeout_at(end, response.frame()).await else { break };
        let bytes = frame.data_ref().map(Bytes::as_ref).unwrap_or_default();
        answer.extend(bytes.iter().take(MOST_READ - answer.len()));
    }
    let failure = match status {
        200..=299 => None,
        300..=399 => Some(format!("It answered {status}, a redirect; none is followed.")),
        410 => Some("It answered 410: it is gone.".to_owned()),
        _ => Some(format!("It answered {status}.")),
    };
    Outcome { status: Some(status), answer: readable(&answer), failure, ..Outcome::default() }
}

/// Text without what a terminal or a database would stumble over.
fn readable(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    text.chars().map(|c| if c.is_control() && c != '\n' { ' ' } else { c }).collect::<String>().trim().to_owned()
}

fn tls() -> anyhow::Result<ClientConfig> {
    let mut roots: RootCertStore = webpki_roots::TLS_SERVER_ROOTS.iter().cloned().collect();
    // A house may have an authority of its own. What cannot be read of the system's list is left out.
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    Ok(ClientConfig::builder_with_provider(Arc::new(crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth())
}

async fn system_lookup(name: String) -> io::Result<Vec<IpAddr>> {
    Ok(tokio::net::lookup_host((name, 0)).await?.map(|address| address.ip()).collect())
}

/// Resolves names to addresses that may be connected to.
#[derive(Clone)]
struct Guarded {
    targets: Targets,
    lookup: Lookup,
}

impl Service<Name> for Guarded {
    type Response = std::vec::IntoIter<SocketAddr>;
    type Error = Refused;
    type Future = BoxFuture<'static, Result<Self::Response, Refused>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Refused>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, name: Name) -> Self::Future {
        let (targets, found) = (self.targets.clone(), (self.lookup)(name.as_str().to_owned()));
        Box::pin(async move {
            let found = found.await.map_err(|_| Refused::Unknown)?;
            if found.is_empty() {
                return Err(Refused::Unknown);
            }
            // All must be outside: a name that mixes is a trick.
            if !found.iter().all(|address| targets.admits(name.as_str(), *address)) {
                return Err(Refused::Inside);
            }
            // The port is that of the URL.
            let found: Vec<_> = found.into_iter().map(|address| SocketAddr::new(address, 0)).collect();
            Ok(found.into_iter())
        })
    }
}

/// Why a name is not connected to.
#[derive(Clone, Copy, Debug)]
enum Refused {
    Inside,
    Unknown,
}

impl Display for Refused {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Inside => "It lies inside the network, where webhooks do not go.",
            Self::Unknown => "Its name is not known.",
        })
    }
}

impl StdError for Refused {}

/// What an error of the client says to an admin.
fn said(error: &Error) -> String {
    let mut cause: Option<&(dyn StdError + 'static)> = Some(error);
    while let Some(this) = cause {
        if let Some(refused) = this.downcast_ref::<Refused>() {
            return refused.to_string();
        }
        if let Some(fault) = this.downcast_ref::<rustls::Error>() {
            return format!("No secure connection: {fault}.");
        }
        // An error of this kind passes over what it wraps.
        let wrapped = this.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        cause = wrapped.map(|wrapped| wrapped as &(dyn StdError + 'static)).or_else(|| this.source());
    }
    if error.is_connect() { "It takes no connections.".to_owned() } else { "The connection broke.".to_owned() }
}

#[cfg(test)]
mod tests {
    use super::readable;

    #[test]
    fn an_answer_is_kept_as_text_that_a_database_takes() {
        assert_eq!(readable(b"  fine\0\r\n\x1b[31mred\xff "), "fine  \n [31mred\u{fffd}");
    }
}
