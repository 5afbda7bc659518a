//! Answers in JSON, and how a caller would rather have them.

use super::precondition::etag;
use crate::error::{Error, Fault};
use crate::web::htmx;
use crate::web::paging::Slice;
use actix_web::dev::Payload;
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderName};
use actix_web::{FromRequest, HttpRequest, HttpResponse};
use serde::{Deserialize, Serialize};
use std::future::{Ready, ready};

const PREFERENCE_APPLIED: HeaderName = HeaderName::from_static("preference-applied");

/// One page of a list: `next` goes on as the parameter `after`, and is null at the end.
#[derive(Clone, Debug, Serialize)]
pub struct List<T> {
    /// The page.
    pub items: Vec<T>,
    /// The cursor of the next page.
    pub next: Option<String>,
}

impl<T> From<Slice<T>> for List<T> {
    fn from(slice: Slice<T>) -> Self {
        Self { items: slice.rows, next: slice.next }
    }
}

/// 200 with this body.
///
/// # Errors
/// When it cannot be written as JSON.
pub fn json(body: &impl Serialize) -> Result<HttpResponse, Error> {
    Ok(Answer::of(StatusCode::OK, body)?.into_response())
}

/// The answer of a write, as it is kept for the same request again.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Answer {
    status: u16,
    /// The document as it is sent, so that a kept one has the same bytes; `None` where there is none.
    body: Option<String>,
    etag: Option<String>,
    location: Option<String>,
    /// Whether the caller asked for no body.
    #[serde(default)]
    minimal: bool,
    /// What is said instead, where it was refused.
    #[serde(default)]
    fault: Option<Fault>,
}

impl Answer {
    /// An answer with a body.
    ///
    /// # Errors
    /// When it cannot be written as JSON.
    pub fn of(status: StatusCode, body: &impl Serialize) -> Result<Self, Error> {
        let body = serde_json::to_string(body).map_err(|error| Error::Internal(error.into()))?;
        Ok(Self { body: Some(body), ..Self::empty(status) })
    }

    /// 204.
    #[must_use]
    pub fn no_content() -> Self {
        Self::empty(StatusCode::NO_CONTENT)
    }

    /// A refusal that is final.
    #[must_use]
    pub fn refused(status: StatusCode, fault: Fault) -> Self {
        Self { fault: Some(fault), ..Self::empty(status) }
    }

    fn empty(status: StatusCode) -> Self {
        Self { status: status.as_u16(), body: None, etag: None, location: None, minimal: false, fault: None }
    }

    /// With the tag of this version.
    #[must_use]
    pub fn at_version(mut self, version: i64) -> Self {
        self.etag = Some(etag(version));
        self
    }

    /// With where it can be read.
    #[must_use]
    pub fn located(mut self, path: impl Into<String>) -> Self {
        self.location = Some(path.into());
        self
    }

    /// 204 in place of 200, where the caller would rather have no body. What was made is always told.
    #[must_use]
    pub fn as_preferred(mut self, prefer: Prefer) -> Self {
        if prefer.minimal && self.status == StatusCode::OK.as_u16() {
            (self.minimal, self.body) = (true, None);
            self.status = StatusCode::NO_CONTENT.as_u16();
        }
        self
    }

    /// As it is sent.
    #[must_use]
    pub fn into_response(self) -> HttpResponse {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = HttpResponse::build(status);
        response.insert_header((header::CACHE_CONTROL, "no-store"));
        if let Some(etag) = &self.etag {
            response.insert_header((header::ETAG, htmx::value(etag)));
        }
        if let Some(location) = &self.location {
            response.insert_header((header::LOCATION, htmx::value(location)));
        }
        if self.minimal {
            response.insert_header((PREFERENCE_APPLIED, "return=minimal"));
        }
        if let Some(fault) = self.fault {
            let mut response = response.finish();
            response.extensions_mut().insert(fault);
            return response;
        }
        match self.body {
            Some(body) => response.insert_header((header::CONTENT_TYPE, "application/json")).body(body),
            None => response.finish(),
        }
    }
}

/// The header `Prefer` (RFC 7240), as far as it is honoured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Prefer {
    /// `return=minimal`: no body where there need be none.
    pub minimal: bool,
}

impl FromRequest for Prefer {
    type Error = Error;
    type Future = Ready<Result<Self, Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let values = request.headers().get_all("prefer").filter_map(|value| value.to_str().ok());
        let minimal = values
            .flat_map(|value| value.split([',', ';']))
            .any(|word| word.trim().replace(['"', ' '], "").eq_ignore_ascii_case("return=minimal"));
        ready(Ok(Self { minimal }))
    }
}
