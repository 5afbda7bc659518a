//! The body of a call.

use super::once::Once;
use super::strict;
use crate::error::{Error, Fault};
use crate::web::form::Errors;
use crate::web::gate;
use actix_web::dev::Payload;
use actix_web::http::StatusCode;
use actix_web::http::header::CONTENT_ENCODING;
use actix_web::{FromRequest, HttpMessage, HttpRequest};
use futures_util::StreamExt;
use futures_util::future::LocalBoxFuture;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

/// The largest body of a call, in bytes.
pub const LARGEST_BODY: usize = 256 * 1024;

/// The media types of a body.
const KINDS: [&str; 2] = ["application/json", "application/merge-patch+json"];

/// A JSON object, read strictly: `T` denies unknown fields, no key stands twice, and a fault names its field. With it
/// comes what makes the same call the same.
#[derive(Clone, Debug)]
pub struct Body<T> {
    /// What was sent.
    pub data: T,
    /// What the call calls itself.
    pub once: Once,
}

impl<T: DeserializeOwned + 'static> FromRequest for Body<T> {
    type Error = Error;
    type Future = LocalBoxFuture<'static, Result<Self, Error>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, payload) = (request.clone(), payload.take());
        Box::pin(async move { gate::after(&request, Self::arriving(&request, payload, None)).await })
    }
}

impl<T: DeserializeOwned> Body<T> {
    /// The body of a request. `absent` is what none at all is read as, where there need be none.
    pub(super) async fn arriving(
        request: &HttpRequest,
        mut payload: Payload,
        absent: Option<Value>,
    ) -> Result<Self, Error> {
        let once = Once::of(request)?;
        let bytes = whole(&mut payload).await?;
        let document = match absent {
            Some(absent) if bytes.is_empty() => absent,
            _ => {
                is_plain_json(request)?;
                strict::document(&bytes)?
            }
        };
        let data = strict::data(&document)?;
        Ok(Self { data, once: once.with_content(&document) })
    }
}

/// A body whose fields can all be left out, and so the body itself: none is an empty object.
#[derive(Clone, Debug)]
pub struct Optional<T>(pub Body<T>);

impl<T: DeserializeOwned + 'static> FromRequest for Optional<T> {
    type Error = Error;
    type Future = LocalBoxFuture<'static, Result<Self, Error>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, payload) = (request.clone(), payload.take());
        Box::pin(async move {
            gate::after(&request, async { Body::arriving(&request, payload, Some(json!({}))).await.map(Self) }).await
        })
    }
}

/// The bytes of a call as they came, for signatures that are of them.
#[derive(Clone, Debug)]
pub struct Raw(pub Vec<u8>);

impl FromRequest for Raw {
    type Error = Error;
    type Future = LocalBoxFuture<'static, Result<Self, Error>>;

    fn from_request(_: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let mut payload = payload.take();
        Box::pin(async move { whole(&mut payload).await.map(Self) })
    }
}

async fn whole(payload: &mut Payload) -> Result<Vec<u8>, Error> {
    let mut bytes = Vec::new();
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|_| Error::BadRequest("The body did not arrive whole.".to_owned()))?;
        if bytes.len() + chunk.len() > LARGEST_BODY {
            return Err(Error::TooLarge);
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

/// The data that a document says, which came as a body or was made of one.
///
/// # Errors
/// 400 `invalid_body` with the field that is unknown, missing, or of another type.
pub fn read<T: DeserializeOwned>(document: &Value) -> Result<T, Error> {
    strict::data(document)
}

/// A JSON merge patch (RFC 7396): null clears, absent keeps, objects are merged, all else replaces.
pub fn merge(target: &mut Value, patch: &Value) {
    let Value::Object(fields) = patch else {
        *target = patch.clone();
        return;
    };
    if !target.is_object() {
        *target = Value::Object(Map::new());
    }
    let Value::Object(object) = target else { return };
    for (name, value) in fields {
        if value.is_null() {
            object.remove(name);
        } else {
            merge(object.entry(name).or_insert(Value::Null), value);
        }
    }
}

/// 415 for a body of another kind, and for one that is compressed.
fn is_plain_json(request: &HttpRequest) -> Result<(), Error> {
    let detail = if !KINDS.iter().any(|kind| request.content_type().eq_ignore_ascii_case(kind)) {
        "Send the body as JSON, with Content-Type: application/json."
    } else if request
        .headers()
        .get_all(CONTENT_ENCODING)
        .any(|encoding| !encoding.as_bytes().eq_ignore_ascii_case(b"identity"))
    {
        "Send the body as it is, without Content-Encoding."
    } else {
        return Ok(());
    };
    let fault = Fault::new("unsupported_media_type", "Not a JSON body", detail);
    Err(fault.with_status(StatusCode::UNSUPPORTED_MEDIA_TYPE))
}

/// 422 with what is wrong with which field. `name` says what the body calls a field of the form.
#[must_use]
pub fn refuse(errors: &Errors, name: impl Fn(&str) -> String) -> Error {
    let detail = match errors.iter().next() {
        Some((_, only)) if errors.iter().count() == 1 => only.to_owned(),
        _ => format!("{}.", errors.heading()),
    };
    let fault = Fault::new("invalid", "Not acceptable", detail);
    let all = errors.iter().fold(fault, |fault, (field, sentence)| fault.on(name(field), "invalid", sentence));
    all.with_status(StatusCode::UNPROCESSABLE_ENTITY)
}

#[cfg(test)]
mod tests {
    use super::merge;
    use serde_json::json;

    /// Examples of RFC 7396, appendix A.
    #[test]
    fn a_patch_is_merged_as_its_standard_says() {
        for (mut target, patch, merged) in [
            (json!({ "a": "b" }), json!({ "a": "c" }), json!({ "a": "c" })),
            (json!({ "a": "b" }), json!({ "b": "c" }), json!({ "a": "b", "b": "c" })),
            (json!({ "a": "b", "b": "c" }), json!({ "a": null }), json!({ "b": "c" })),
            (json!({ "a": ["b"] }), json!({ "a": "c" }), json!({ "a": "c" })),
            (json!({ "a": "c" }), json!({ "a": ["b"] }), json!({ "a": ["b"] })),
            (json!({ "a": { "b": "c" } }), json!({ "a": { "b": "d", "c": null } }), json!({ "a": { "b": "d" } })),
            (json!({ "e": null }), json!({ "a": 1 }), json!({ "e": null, "a": 1 })),
            (json!({}), json!({ "a": { "bb": { "ccc": null } } }), json!({ "a": { "bb": {} } })),
        ] {
            merge(&mut target, &patch);
            assert_eq!(target, merged);
        }
    }
}
