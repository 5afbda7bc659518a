//! Addresses that are kept for those who know them, and say where their successors are (RFC 9745).

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{HeaderName, LINK};
use actix_web::middleware::Next;

use crate::web::htmx;

const DEPRECATION: HeaderName = HeaderName::from_static("deprecation");

/// Paths, what came after them, and since when, in seconds since 1970.
const OLD: [(&str, &str, i64); 1] = [("/billing/admin/promos", "/billing/vouchers/list", 1_763_683_200)];

/// Adds `Deprecation` and the successor's address to every answer of an old address.
///
/// # Errors
/// Those of the request itself.
pub async fn middleware(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, actix_web::Error> {
    let below =
        |root: &str| request.path().strip_prefix(root).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    let old = OLD.iter().find(|(path, ..)| below(path));
    let mut response = next.call(request).await?;
    if let Some((_, successor, since)) = old {
        let headers = response.headers_mut();
        headers.insert(DEPRECATION, htmx::value(&format!("@{since}")));
        headers.insert(LINK, htmx::value(&format!("<{successor}>; rel=\"successor-version\"")));
    }
    Ok(response)
}
