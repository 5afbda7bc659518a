//! A name for every request and a line for every answer.
//!
//! The line holds the pattern of the route, never the path or the query: codes and ids stay out of the log.

use crate::web::htmx;
use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::HeaderName;
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage, HttpRequest};
use tracing::Instrument;
use uuid::Uuid;

/// The name under which a request stands in the log, the audit log and every answer.
#[derive(Clone, Debug)]
pub struct RequestId(pub String);

/// The header that carries it.
pub const HEADER: HeaderName = HeaderName::from_static("x-request-id");

/// The id of a request; empty for one that did not come through the middleware.
#[must_use]
pub fn id_of(request: &HttpRequest) -> String {
    request.extensions().get::<RequestId>().map(|id| id.0.clone()).unwrap_or_default()
}

/// Names the request, and logs its answer with the time it took.
///
/// # Errors
/// Those of the request itself.
pub async fn middleware(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let id = Uuid::now_v7().to_string();
    request.extensions_mut().insert(RequestId(id.clone()));
    let method = request.method().clone();
    let route = request.match_pattern().unwrap_or_else(|| "none".to_owned());
    let started = std::time::Instant::now();
    let span = tracing::info_span!("request", id = %id, %method, %route);
    let answer = next.call(request).instrument(span.clone()).await;
    let status = match &answer {
        Ok(response) => response.status().as_u16(),
        Err(error) => error.as_response_error().status_code().as_u16(),
    };
    let micros = started.elapsed().as_micros();
    tracing::info!(parent: &span, status, micros = u64::try_from(micros).unwrap_or(u64::MAX), "answered");
    let mut response = answer?;
    response.headers_mut().insert(HEADER, htmx::value(&id));
    Ok(response)
}
