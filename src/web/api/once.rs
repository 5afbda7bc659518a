//! `Idempotency-Key`: the same call again gets the same answer, and happens once.

use super::answer::Answer;
use super::body::Optional;
use crate::db::{self, Db};
use crate::error::{Error, Fault};
use crate::web::replay::{self, Claim};
use actix_web::dev::Payload;
use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::{FromRequest, HttpRequest, HttpResponse, ResponseError};
use chrono::{DateTime, Utc};
use futures_util::future::LocalBoxFuture;
use sea_orm::DatabaseTransaction;
use serde::Deserialize;
use serde_json::Value;
use uuid::Uuid;

const KEY: &str = "idempotency-key";
const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

/// What a call calls itself, with what makes it the same call. As an extractor it is for calls that take no fields, whose
/// body is none or an empty object; others get it with their `Body`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Once {
    key: Option<String>,
    /// Method and path.
    route: String,
    content: String,
}

impl Once {
    /// Of a call whose content is not known yet.
    ///
    /// # Errors
    /// 400 `invalid_header` for a key that is malformed or sent twice.
    pub fn of(request: &HttpRequest) -> Result<Self, Error> {
        let mut sent = request.headers().get_all(KEY);
        let key = match (sent.next(), sent.next()) {
            (None, _) => None,
            (Some(key), None) => Some(key.to_str().ok().filter(|key| replay::fits(key)).ok_or_else(malformed)?),
            _ => return Err(malformed()),
        };
        let route = format!("{} {}", request.method(), request.path());
        Ok(Self { key: key.map(str::to_owned), route, content: String::new() })
    }

    /// With what was sent, which matters only to a call that has a name.
    pub(super) fn with_content(self, document: &Value) -> Self {
        let content = self.key.as_ref().map(|_| document.to_string()).unwrap_or_default();
        Self { content, ..self }
    }

    /// The key of this call by this actor (`user:<id>`, `key:<id>`); `None` where the caller named none.
    #[must_use]
    pub fn key(&self, tenant: Uuid, actor: String) -> Option<replay::Key> {
        let key = self.key.as_deref()?;
        replay::Key::new(tenant, actor, &self.route, key, &self.content).ok()
    }
}

/// The fields of a call that takes none.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Nothing {}

impl FromRequest for Once {
    type Error = Error;
    type Future = LocalBoxFuture<'static, Result<Self, Error>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let body = Optional::<Nothing>::from_request(request, payload);
        Box::pin(async move { Ok(body.await?.0.once) })
    }
}

fn malformed() -> Error {
    let detail = "Idempotency-Key is 1 to 128 printable ASCII characters without spaces, sent once.";
    Fault::new("invalid_header", "A header cannot be read", detail)
        .on("Idempotency-Key", "invalid_value", detail)
        .with_status(StatusCode::BAD_REQUEST)
}

/// Runs a write in one transaction with its kept answer: the first call with this key writes, every later one gets the
/// first's answer with `Idempotency-Replayed: true`. Final refusals are kept as well, but not what they tried to write;
/// what passes by itself is not kept.
///
/// # Errors
/// Those of the write; 422 when the key came with another content before.
pub async fn once(
    connections: &Db,
    key: Option<&replay::Key>,
    now: DateTime<Utc>,
    write: impl AsyncFnOnce(&DatabaseTransaction) -> Result<Answer, Error>,
) -> Result<HttpResponse, Error> {
    let tx = connections.begin().await?;
    let Some(key) = key else {
        let answer = write(&tx).await?;
        db::commit(tx).await?;
        return Ok(answer.into_response());
    };
    if let Claim::Again(kept) = replay::claim(&tx, key, now).await? {
        drop(tx);
        return again(kept);
    }
    let inner = db::savepoint(&tx).await?;
    match write(&inner).await {
        Ok(answer) => {
            db::keep(inner).await?;
            settle(tx, key, &answer, now).await?;
            Ok(answer.into_response())
        }
        Err(error) if error.is_final() => {
            inner.rollback().await?;
            settle(tx, key, &Answer::refused(error.status_code(), error.fault()), now).await?;
            Err(error)
        }
        Err(error) => Err(error),
    }
}

async fn settle(tx: DatabaseTransaction, key: &replay::Key, answer: &Answer, now: DateTime<Utc>) -> Result<(), Error> {
    let kept = serde_json::to_value(answer).map_err(|error| Error::Internal(error.into()))?;
    replay::settle(&tx, key, kept, now).await?;
    db::commit(tx).await
}

/// A kept answer, marked as such.
fn again(kept: Value) -> Result<HttpResponse, Error> {
    let answer: Answer = serde_json::from_value(kept).map_err(|error| Error::Internal(error.into()))?;
    Ok(marked(answer.into_response(), true))
}

/// An answer or a refusal, marked if the same call had it before.
#[must_use]
pub fn marked(mut response: HttpResponse, replayed: bool) -> HttpResponse {
    if replayed {
        response.headers_mut().insert(REPLAYED, HeaderValue::from_static("true"));
    }
    response
}
