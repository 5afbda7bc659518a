//! What every answer says about its own safety.

use crate::web::{htmx, request_log};
use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use actix_web::middleware::DefaultHeaders;

/// Nothing inline, nothing from elsewhere, nothing framed.
const CONTENT_SECURITY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
    font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; object-src 'none'";

/// The headers that go with everything.
const EVERYWHERE: [(&str, &str); 8] = [
    ("content-security-policy", CONTENT_SECURITY),
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    ("referrer-policy", "same-origin"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    ("permissions-policy", "camera=(), microphone=(), geolocation=(), browsing-topics=()"),
    ("strict-transport-security", "max-age=63072000; includeSubDomains"),
];

/// Adds the headers that go with everything.
#[must_use]
pub fn security() -> DefaultHeaders {
    EVERYWHERE.iter().fold(DefaultHeaders::new(), |headers, header| headers.add(*header))
}

/// Adds them, and the request's id, to an answer that passes no middleware any more.
pub fn complete(headers: &mut HeaderMap, request_id: &str) {
    for (name, value) in EVERYWHERE {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    headers.insert(request_log::HEADER, htmx::value(request_id));
}
