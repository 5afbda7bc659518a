//! What is asked again, while nothing has changed, is answered as it was before.
//!
//! A page says what the database knew, at the second it was asked for, to whoever asked; so does the answer to a question
//! that changes nothing. So an answer is given again only to a request that is the same to the byte, within the same
//! second, and while the database stands where it stood before the answer was made. Whoever loses a right, or changes a
//! row, therefore sees it with the next request.
//!
//! What is meant for one request alone, such as a form with a key of its own, is always made anew.
//!
//! What is asked once costs nothing more: only the second request within a second has its answer kept, and those that
//! come meanwhile wait for it.

use crate::clock::Clock;
use crate::db::Db;
use crate::db::standing::Standing;
use actix_web::body::{self, BoxBody, MessageBody};
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::http::header::{self, HeaderMap};
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::Next;
use actix_web::web::{self, Bytes};
use actix_web::{Error, HttpMessage, HttpResponse};
use chrono::{DateTime, Utc};
use futures_util::{StreamExt, stream};
use std::collections::HashMap;
use std::io::Write;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::time::timeout;

/// So many requests of a second are remembered.
const MOST: usize = 1_024;
/// The answers that are kept in a second, in bytes.
const ALL: usize = 8 * 1_024 * 1_024;
/// The largest question, in bytes.
const LARGEST_QUESTION: usize = 1_024;
/// How long a question is waited for here, and an answer that somebody makes.
const SOON: Duration = Duration::from_secs(1);

/// What was asked in this second; clones share it.
#[derive(Clone)]
pub struct Answers {
    db: Db,
    clock: Clock,
    /// The paths to which questions are posted that change nothing.
    questions: &'static [&'static str],
    second: Arc<Mutex<Second>>,
}

#[derive(Default)]
struct Second {
    /// Seconds since 1970.
    of: i64,
    /// Of the answers that were kept.
    bytes: usize,
    /// By all that was sent.
    asked: HashMap<Vec<u8>, Place>,
}

/// Where an answer is kept, and who makes it.
type Place = Arc<tokio::sync::Mutex<Option<Answer>>>;

#[derive(Clone)]
struct Answer {
    /// Where the database stood before it was made.
    at: Standing,
    /// When it ceases to be true, if it is known to.
    until: Option<DateTime<Utc>>,
    headers: HeaderMap,
    body: Bytes,
}

/// Left with a response: when it ceases to be true, whatever the database says.
#[derive(Clone, Copy, Debug)]
pub struct Until(pub DateTime<Utc>);

/// Left with a response that is for one request alone.
#[derive(Clone, Copy, Debug)]
pub struct Once;

impl Answers {
    /// For pages, and for questions that are posted to these paths.
    #[must_use]
    pub fn new(db: Db, clock: Clock, questions: &'static [&'static str]) -> Self {
        Self { db, clock, questions, second: Arc::default() }
    }

    /// Where the answer is kept, for what was asked before in this second.
    fn place(&self, second: i64, asked: Vec<u8>) -> Option<Place> {
        let mut answers = self.second.lock().unwrap_or_else(PoisonError::into_inner);
        if answers.of != second {
            *answers = Second { of: second, ..Second::default() };
        }
        if let Some(place) = answers.asked.get(&asked) {
            return Some(place.clone());
        }
        if answers.asked.len() < MOST {
            answers.asked.insert(asked, Place::default());
        }
        None
    }

    fn has_room(&self, bytes: usize) -> bool {
        let mut answers = self.second.lock().unwrap_or_else(PoisonError::into_inner);
        answers.bytes += bytes;
        answers.bytes <= ALL
    }
}

/// Answers again, and keeps what may be.
///
/// # Errors
/// Those of the request itself.
pub async fn middleware(
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let plain = |answered: ServiceResponse<_>| answered.map_into_boxed_body();
    let Some(answers) = request.app_data::<web::Data<Answers>>().cloned() else {
        return next.call(request).await.map(plain);
    };
    let Some(asked) = asked(&mut request, answers.questions).await else { return next.call(request).await.map(plain) };
    let now = answers.clock.now();
    let Some(place) = answers.place(now.timestamp(), asked) else { return next.call(request).await.map(plain) };
    let standing = answers.db.standing().await;
    let holds = |answer: &Answer| Some(answer.at) == standing && answer.until.is_none_or(|until| now < until);
    let Ok(mut kept) = place.try_lock() else {
        // Somebody makes it: that is waited for once, and not for long.
        let made = timeout(SOON, place.lock()).await.ok().and_then(|kept| kept.clone());
        return match made.filter(holds) {
            Some(answer) => Ok(request.into_response(response(answer))),
            None => next.call(request).await.map(plain),
        };
    };
    if let Some(answer) = kept.clone().filter(holds) {
        return Ok(request.into_response(response(answer)));
    }
    let made = next.call(request).await?;
    let Some(at) = standing.filter(|_| may_be_kept(&made)) else { return Ok(plain(made)) };
    let (request, made) = made.into_parts();
    let until = made.extensions().get::<Until>().map(|until| until.0);
    let headers = made.headers().clone();
    let body = body::to_bytes(made.into_body()).await.map_err(Into::into)?;
    let answer = Answer { at, until, headers, body };
    *kept = answers.has_room(answer.body.len()).then(|| answer.clone());
    Ok(ServiceResponse::new(request, response(answer)))
}

/// All that an answer may depend on: who asks from where, every header, and the question; `None` for what may change
/// something, and for what is too long to be a question.
async fn asked(request: &mut ServiceRequest, questions: &[&str]) -> Option<Vec<u8>> {
    let question = match *request.method() {
        Method::GET => Bytes::new(),
        Method::POST if questions.contains(&request.path()) => question(request).await?,
        _ => return None,
    };
    let mut asked = Vec::with_capacity(1_024);
    // Writing to memory does not fail.
    drop(write!(asked, "{:?}\n{}\n", request.peer_addr().map(|peer| peer.ip()), request.uri()));
    let mut headers: Vec<_> = request.headers().iter().collect();
    // They come in no order; the values of one name stay in theirs.
    headers.sort_by(|one, other| one.0.as_str().cmp(other.0.as_str()));
    for (name, value) in headers {
        asked.extend_from_slice(name.as_ref());
        asked.push(b':');
        asked.extend_from_slice(value.as_bytes());
        asked.push(b'\n');
    }
    asked.push(b'\n');
    asked.extend_from_slice(&question);
    Some(asked)
}

/// The body of a request, if it is short and arrives soon; in any case the handlers get it whole.
async fn question(request: &mut ServiceRequest) -> Option<Bytes> {
    let length = request.headers().get(header::CONTENT_LENGTH)?.to_str().ok()?.parse::<usize>().ok()?;
    if length > LARGEST_QUESTION {
        return None;
    }
    let (mut body, mut read) = (request.take_payload(), Vec::with_capacity(length));
    let whole = timeout(SOON, async {
        while let Some(chunk) = body.next().await {
            read.extend_from_slice(&chunk?);
        }
        Ok(())
    });
    let whole = whole.await;
    let read = Bytes::from(read);
    let begun = stream::iter([Ok(read.clone())]);
    let payload = match whole {
        Ok(Ok(())) => begun.boxed_local(),
        Ok(Err(broken)) => begun.chain(stream::iter([Err(broken)])).boxed_local(),
        Err(_) => begun.chain(body).boxed_local(),
    };
    request.set_payload(Payload::Stream { payload });
    (read.len() == length).then_some(read)
}

/// Whole pages and answers that are not for one request alone and change nothing in the browser.
fn may_be_kept(made: &ServiceResponse<impl MessageBody>) -> bool {
    let kind = made.headers().get(header::CONTENT_TYPE).map(|kind| kind.as_bytes());
    let kept: &[u8] = if made.request().method() == Method::GET { b"text/html" } else { b"application/json" };
    made.status() == StatusCode::OK
        && kind.is_some_and(|kind| kind.starts_with(kept))
        && !made.headers().contains_key(header::SET_COOKIE)
        && !made.response().extensions().contains::<Once>()
}

fn response(answer: Answer) -> HttpResponse {
    let mut response = HttpResponse::Ok().body(answer.body);
    *response.headers_mut() = answer.headers;
    response
}
