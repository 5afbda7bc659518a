//! How many tries a caller has left, as the headers `RateLimit-Policy` and `RateLimit` say it.

use crate::web::htmx;
use actix_web::HttpResponse;
use actix_web::http::header::HeaderName;
use chrono::Duration;

const POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
const LEFT: HeaderName = HeaderName::from_static("ratelimit");

/// A number of tries within a time, and what is left of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quota {
    /// So many are free.
    pub tries: i64,
    /// Within this time.
    pub window: Duration,
    /// So many are left.
    pub left: i64,
    /// All of them are back after this time.
    pub resets: Duration,
}

impl Quota {
    /// Says it on an answer.
    pub fn say(self, response: &mut HttpResponse) {
        let seconds = |time: Duration| time.num_seconds().max(0);
        let policy = format!("\"guesses\";q={};w={}", self.tries, seconds(self.window));
        let left = format!("\"guesses\";r={};t={}", self.left.max(0), seconds(self.resets));
        response.headers_mut().insert(POLICY, htmx::value(&policy));
        response.headers_mut().insert(LEFT, htmx::value(&left));
    }
}
