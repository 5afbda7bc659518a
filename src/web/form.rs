//! What people typed, and what is wrong with it.

use crate::error::Error;
use crate::web::{gate, unsent};
use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpMessage, HttpRequest};
use futures_util::StreamExt;
use futures_util::future::LocalBoxFuture;
use serde::de::DeserializeOwned;

/// The largest body of a form, in bytes.
pub const LARGEST_FORM: usize = 64 * 1024;

/// The fields of a posted form. Fields the form does not have are refused, so that nobody can write a column by
/// guessing its name; a field may repeat where the form takes a list.
#[derive(Debug)]
pub struct Form<T>(pub T);

impl<T: DeserializeOwned + 'static> FromRequest for Form<T> {
    type Error = Error;
    type Future = LocalBoxFuture<'static, Result<Self, Error>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, payload) = (request.clone(), payload.take());
        let sent = unsent::expect(&request);
        Box::pin(async move {
            let read = async {
                let body = body(&request, payload).await?;
                sent.send_replace(body.clone());
                drop(sent);
                fields(&body)
            };
            gate::after(&request, read).await.map(Self)
        })
    }
}

async fn body(request: &HttpRequest, mut payload: Payload) -> Result<Vec<u8>, Error> {
    let mut body = Vec::new();
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|_| Error::BadRequest("The form did not arrive whole.".to_owned()))?;
        if body.len() + chunk.len() > LARGEST_FORM {
            return Err(Error::TooLarge);
        }
        body.extend_from_slice(&chunk);
    }
    let is_form = request.content_type().eq_ignore_ascii_case("application/x-www-form-urlencoded");
    if !is_form && !body.is_empty() {
        return Err(Error::BadRequest("This address takes a form.".to_owned()));
    }
    Ok(body)
}

/// The fields of a form or a query. No database keeps the character U+0000, so nothing can be found or kept by it.
fn fields<T: DeserializeOwned>(encoded: &[u8]) -> Result<T, Error> {
    if encoded.contains(&0) || encoded.windows(3).any(|letters| letters == b"%00") {
        return Err(Error::BadRequest("A text cannot hold the character U+0000.".to_owned()));
    }
    serde_html_form::from_bytes(encoded).map_err(|error| not_understood(&error))
}

/// The filters of a list, from the query string. Unknown names and values are refused with 400.
#[derive(Debug)]
pub struct Query<T>(pub T);

impl<T: DeserializeOwned + 'static> FromRequest for Query<T> {
    type Error = Error;
    type Future = LocalBoxFuture<'static, Result<Self, Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(
            async move { gate::after(&request, async { fields(request.query_string().as_bytes()) }).await.map(Self) },
        )
    }
}

fn not_understood(error: &serde_html_form::de::Error) -> Error {
    Error::BadRequest(format!("The request cannot be read: {error}."))
}

/// Whether an option of a select is the chosen one, for templates.
pub fn is_chosen(option: impl AsRef<str>, value: impl AsRef<str>) -> bool {
    option.as_ref() == value.as_ref()
}

/// What is wrong with a form, in the order of its fields.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Errors(Vec<(&'static str, String)>);

impl Errors {
    /// Notes a sentence for a field; its first one stays.
    pub fn add(&mut self, field: &'static str, sentence: impl Into<String>) {
        if self.of(field).is_none() {
            self.0.push((field, sentence.into()));
        }
    }

    /// The value, or nothing and its sentence noted.
    pub fn keep<T>(&mut self, field: &'static str, value: Result<T, String>) -> Option<T> {
        value.map_err(|sentence| self.add(field, sentence)).ok()
    }

    /// The sentence for a field.
    #[must_use]
    pub fn of(&self, field: &str) -> Option<&str> {
        self.0.iter().find(|(name, _)| *name == field).map(|(_, sentence)| sentence.as_str())
    }

    /// Whether nothing is wrong.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The heading of the summary above the form.
    #[must_use]
    pub fn heading(&self) -> String {
        match self.0.len() {
            1 => "One thing needs your attention".to_owned(),
            count => format!("{count} things need your attention"),
        }
    }

    /// All of it, for the summary above the form.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.0.iter().map(|(field, sentence)| (*field, sentence.as_str()))
    }
}
