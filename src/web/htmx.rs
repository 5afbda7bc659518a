//! Every header of htmx that this program reads or sends.

use actix_web::HttpRequest;
use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};

/// Makes the browser go to another page.
pub const REDIRECT: HeaderName = HeaderName::from_static("hx-redirect");
/// Puts another address into the address bar.
pub const PUSH_URL: HeaderName = HeaderName::from_static("hx-push-url");
/// Swaps another element than the one the request named.
pub const RETARGET: HeaderName = HeaderName::from_static("hx-retarget");
/// Swaps in another way than the request named.
pub const RESWAP: HeaderName = HeaderName::from_static("hx-reswap");
/// Fires an event in the page.
pub const TRIGGER: HeaderName = HeaderName::from_static("hx-trigger");

/// Whether the caller wants a fragment. A page that htmx restores from history is whole.
#[must_use]
pub fn wants_fragment(headers: &HeaderMap) -> bool {
    headers.contains_key("hx-request")
        && !headers.contains_key("hx-boosted")
        && !headers.contains_key("hx-history-restore-request")
}

/// As [`wants_fragment`], of a request.
#[must_use]
pub fn is_fragment(request: &HttpRequest) -> bool {
    wants_fragment(request.headers())
}

/// A header value from text of ours; an unprintable one becomes empty.
#[must_use]
pub fn value(text: &str) -> HeaderValue {
    HeaderValue::from_str(text).unwrap_or_else(|_| HeaderValue::from_static(""))
}
