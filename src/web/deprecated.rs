//! Addresses that are kept for those who know them, and say where their successors are (RFC 9745).

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::http::header::{HeaderName, LINK};
use actix_web::middleware::Next;

use crate::web::htmx;

const DEPRECATION: HeaderName = HeaderName::from_static("deprecation");

/// What came before `/billing/vouchers`, and since when, in seconds since 1970.
const OLD: (&str, i64) = ("/billing/admin/promos", 1_763_683_200);

/// What came after an old address.
fn successor(method: &Method, path: &str) -> Option<String> {
    let rest = path.strip_prefix(OLD.0)?;
    match (rest.strip_prefix('/'), method) {
        (Some(code), _) => Some(format!("/billing/vouchers/revoke/{code}")),
        (None, _) if !rest.is_empty() => None,
        (None, &Method::POST) => Some("/billing/vouchers/issue".to_owned()),
        (None, _) => Some("/billing/vouchers/list".to_owned()),
    }
}

/// Adds `Deprecation` and the successor's address to every answer of an old address.
///
/// # Errors
/// Those of the request itself.
pub async fn middleware(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, actix_web::Error> {
    let successor = successor(request.method(), request.path());
    let mut response = next.call(request).await?;
    if let Some(successor) = successor {
        let headers = response.headers_mut();
        headers.insert(DEPRECATION, htmx::value(&format!("@{}", OLD.1)));
        // Beside the one that says where a list goes on.
        headers.append(LINK, htmx::value(&format!("<{successor}>; rel=\"successor-version\"")));
    }
    Ok(response)
}
