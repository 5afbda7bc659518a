//! The status line: what the last write did, and how to undo it.
//!
//! It crosses the redirect in a cookie of its own, which is cleared once a page has shown it, so that a notice costs no
//! row. A browser can only forge what it shows to itself; the text is escaped, the link and the undo go to paths of ours.

use crate::web::htmx;
use actix_web::cookie::time::Duration;
use actix_web::cookie::{Cookie, SameSite};
use actix_web::{HttpMessage, HttpRequest, HttpResponse};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64;
use serde::{Deserialize, Serialize};

const COOKIE: &str = "__Host-notice";

/// One sentence about what happened.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// The sentence.
    pub text: String,
    /// How to take it back, where that makes sense.
    pub undo: Option<Undo>,
    /// Where to look at it: a path of ours, and the words of the link.
    pub link: Option<(String, String)>,
}

/// A form that takes the last write back.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Undo {
    /// The path it is posted to.
    pub action: String,
    /// Hidden fields, by name.
    pub fields: Vec<(String, String)>,
}

/// Marks that a page has shown the notice it came with.
#[derive(Clone, Copy, Debug)]
struct Shown;

impl Notice {
    /// A sentence alone.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), ..Self::default() }
    }

    /// With a link to what it is about.
    #[must_use]
    pub fn with_link(mut self, path: impl Into<String>, words: impl Into<String>) -> Self {
        self.link = Some((path.into(), words.into()));
        self
    }

    /// With a form that takes it back.
    #[must_use]
    pub fn with_undo(mut self, action: impl Into<String>, fields: Vec<(String, String)>) -> Self {
        self.undo = Some(Undo { action: action.into(), fields });
        self
    }

    /// Sends it along with a redirect or an empty answer, for the next page to show.
    #[must_use]
    pub fn on(&self, mut response: HttpResponse) -> HttpResponse {
        let value = BASE64.encode(serde_json::to_vec(self).unwrap_or_default());
        // A cookie that cannot be added would be one that is no cookie; then the notice is lost, and nothing else.
        if let Err(error) = response.add_cookie(&cookie(value, Duration::minutes(5))) {
            tracing::warn!(%error, "a notice was lost");
        }
        response
    }

    /// The notice that came with a request; whoever takes it shows it.
    #[must_use]
    pub fn take(request: &HttpRequest) -> Option<Self> {
        let cookie = request.cookie(COOKIE)?;
        request.extensions_mut().insert(Shown);
        let notice: Self = serde_json::from_slice(&BASE64.decode(cookie.value()).ok()?).ok()?;
        let is_ours = |path: &str| path.starts_with('/') && !path.starts_with("//");
        let undo = notice.undo.filter(|undo| is_ours(&undo.action));
        Some(Self { undo, link: notice.link.filter(|(path, _)| is_ours(path)), text: notice.text })
    }

    /// Clears the cookie of a notice that was shown, unless the answer brings the next one.
    pub fn forget(request: &HttpRequest, response: &mut HttpResponse<impl actix_web::body::MessageBody>) {
        let has_next = response.cookies().any(|next| next.name() == COOKIE);
        if request.extensions().contains::<Shown>() && !has_next {
            let gone = cookie(String::new(), Duration::ZERO).to_string();
            response.headers_mut().append(actix_web::http::header::SET_COOKIE, htmx::value(&gone));
        }
    }
}

fn cookie(value: String, age: Duration) -> Cookie<'static> {
    Cookie::build(COOKIE, value).path("/").secure(true).http_only(true).same_site(SameSite::Lax).max_age(age).finish()
}
