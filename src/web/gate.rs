//! Who asks is settled before what was sent is looked at.
//!
//! The framework polls all extractors of a handler together, and the first that fails answers. A form is read without
//! waiting, a guard asks the database: so a form that cannot be read would answer 400 to somebody who may not send it at
//! all. A fault of the content therefore waits here until the guard of the same request has let it in. When the guard
//! refuses, the request is answered and the fault is never told.

use crate::error::Error;
use actix_web::{HttpMessage, HttpRequest};
use tokio::sync::watch;

/// Held by a guard while it decides; dropping it opens the gate.
#[derive(Debug)]
pub struct Closed {
    _open: watch::Sender<()>,
}

/// The other side, in the request.
#[derive(Clone, Debug)]
struct Gate(watch::Receiver<()>);

/// Closes the gate of a request until the answer is dropped.
#[must_use]
pub fn close(request: &HttpRequest) -> Closed {
    let (open, gate) = watch::channel(());
    request.extensions_mut().insert(Gate(gate));
    Closed { _open: open }
}

/// What was read from a request; a fault in it is told once the guard of the request, if it has one, has let it in.
///
/// # Errors
/// Those of the reading.
pub async fn after<T>(request: &HttpRequest, reading: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
    let read = reading.await;
    let gate = request.extensions().get::<Gate>().cloned();
    if let (Err(_), Some(Gate(mut gate))) = (&read, gate) {
        // Nothing is ever sent: it ends when the sender is dropped.
        while gate.changed().await.is_ok() {}
    }
    read
}
