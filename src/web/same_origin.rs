//! Writes come from our own pages.
//!
//! The browser says where a request started (`Sec-Fetch-Site`, or `Origin` in older ones). A request with a cookie that
//! says neither is refused; one without a cookie has nothing to borrow and passes, wherever it says it started, when it
//! brings a key of its own. No tokens, so that an anonymous visitor costs no row.

use crate::error::Error;
use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{AUTHORIZATION, COOKIE, HOST, HeaderMap, ORIGIN};
use actix_web::middleware::Next;

/// Refuses a write that another site started.
///
/// # Errors
/// Those of the request itself.
pub async fn middleware(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, actix_web::Error> {
    let headers = request.headers();
    let keyed = headers.contains_key(AUTHORIZATION) && !headers.contains_key(COOKIE);
    if request.method().is_safe() || keyed || started_here(headers) {
        Ok(next.call(request).await?.map_into_left_body())
    } else {
        let refused = Error::Forbidden("This was sent from another site. Open the page here and try again.");
        Ok(request.error_response(refused).map_into_right_body())
    }
}

fn started_here(headers: &HeaderMap) -> bool {
    let text =
        |name| headers.get(name).map(|value: &actix_web::http::header::HeaderValue| value.to_str().unwrap_or(""));
    if let Some(site) = headers.get("sec-fetch-site") {
        return matches!(site.to_str(), Ok("same-origin" | "none"));
    }
    match text(ORIGIN) {
        Some(origin) => {
            let host = text(HOST).unwrap_or_default();
            !host.is_empty() && origin.split_once("://").is_some_and(|(_, rest)| rest.eq_ignore_ascii_case(host))
        }
        None => !headers.contains_key(COOKIE),
    }
}
