//! What was typed into a form is not lost when it arrives after its session has ended: the answer carries it, to be sent
//! again.
//!
//! A guard and the form of a handler are polled together (see [`gate`](super::gate)), and the first that fails answers. So
//! a guard that turns somebody away first waits until the form has arrived.

use actix_web::{HttpMessage, HttpRequest};
use tokio::sync::watch;

/// Fields that are never given back: they go into no page.
const SECRET: [&str; 3] = ["password", "current", "new"];

/// The body of the form of a request, empty until it is there.
#[derive(Clone, Debug)]
struct Unsent(watch::Receiver<Vec<u8>>);

/// Says that the request has a form; its body goes into the sender, which is dropped when there is none after all.
#[must_use]
pub fn expect(request: &HttpRequest) -> watch::Sender<Vec<u8>> {
    let (sender, receiver) = watch::channel(Vec::new());
    request.extensions_mut().insert(Unsent(receiver));
    sender
}

/// Waits until the form of the request has arrived, if it has one.
pub async fn arrived(request: &HttpRequest) {
    let unsent = request.extensions().get::<Unsent>().cloned();
    if let Some(Unsent(mut body)) = unsent {
        // It ends when the sender is dropped.
        while body.changed().await.is_ok() {}
    }
}

/// The fields of the form, in their order; `None` when the request has no form, or one with a secret.
#[must_use]
pub fn fields(request: &HttpRequest) -> Option<Vec<(String, String)>> {
    let extensions = request.extensions();
    let body = extensions.get::<Unsent>()?.0.borrow();
    let fields: Vec<(String, String)> = serde_html_form::from_bytes(&body).ok()?;
    let is_secret = |name: &str| SECRET.contains(&name);
    (!fields.iter().any(|(name, _)| is_secret(name))).then_some(fields)
}
