//! Nobody waits for ever: a request that is not answered in time is told so, whatever it waits for.
//!
//! A network can swallow what is sent to the database without a word. Then only a clock tells.

use crate::error::Error;
use actix_web::HttpMessage;
use actix_web::body::MessageBody;
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::middleware::Next;
use anyhow::anyhow;
use futures_util::StreamExt;
use std::cell::Cell;
use std::pin::pin;
use std::rc::Rc;
use std::time::Duration;
use tokio::time::{Instant, timeout_at};

/// How long a request may take.
pub const LONGEST: Duration = Duration::from_secs(9);

/// Gives up on a request after [`LONGEST`]. Where files are sent, the time begins anew with each piece that arrives.
///
/// # Errors
/// 503 then; otherwise those of the request itself.
pub async fn middleware(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, actix_web::Error> {
    within(LONGEST, request, next).await
}

async fn within(
    longest: Duration,
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, actix_web::Error> {
    if cfg!(feature = "planted-no-patience") {
        return next.call(request).await;
    }
    let is_safe = request.method().is_safe();
    let arrived = Rc::new(Cell::new(Instant::now()));
    if request.content_type().eq_ignore_ascii_case("multipart/form-data") {
        let last = Rc::clone(&arrived);
        let body = request.take_payload().inspect(move |_| last.set(Instant::now()));
        request.set_payload(Payload::Stream { payload: Box::pin(body) });
    }
    let mut answer = pin!(next.call(request));
    loop {
        let end = arrived.get() + longest;
        match timeout_at(end, answer.as_mut()).await {
            Ok(answer) => return answer,
            Err(_) if arrived.get() + longest > end => {}
            Err(_) => return Err(late(is_safe, longest).into()),
        }
    }
}

/// Who only looked knows that nothing was changed.
fn late(is_safe: bool, longest: Duration) -> Error {
    let why = anyhow!("a request took longer than {longest:?}");
    if is_safe { Error::Unavailable(why) } else { Error::Unknown(why) }
}

#[cfg(test)]
mod tests {
    use super::within;
    use crate::error::Error;
    use actix_web::dev::{Payload, Service};
    use actix_web::error::PayloadError;
    use actix_web::http::{Method, header::CONTENT_TYPE};
    use actix_web::middleware::from_fn;
    use actix_web::web::{self, Bytes};
    use actix_web::{App, HttpResponse, test};
    use futures_util::{Stream, StreamExt, stream};
    use std::time::Duration;

    const LONGEST: Duration = Duration::from_millis(300);

    /// What becomes of a request with this body, whose handler reads it all and then takes so long.
    async fn outcome(
        method: Method,
        kind: &str,
        body: impl Stream<Item = Result<Bytes, PayloadError>> + 'static,
        work: Duration,
    ) -> Result<u16, Error> {
        let handler = move |mut body: web::Payload| async move {
            while body.next().await.is_some() {}
            tokio::time::sleep(work).await;
            HttpResponse::Ok().finish()
        };
        let patient = from_fn(|request, next| within(LONGEST, request, next));
        let app = test::init_service(App::new().wrap(patient).default_service(web::to(handler))).await;
        let request = test::TestRequest::default().method(method).insert_header((CONTENT_TYPE, kind)).to_request();
        let body: Payload = Payload::Stream { payload: Box::pin(body) };
        let (request, _) = request.replace_payload(body);
        match app.call(request).await {
            Ok(answer) => Ok(answer.status().as_u16()),
            Err(error) => match error.as_error::<Error>() {
                Some(Error::Unavailable(_)) => Err(Error::Unavailable(anyhow::anyhow!("late"))),
                Some(Error::Unknown(_)) => Err(Error::Unknown(anyhow::anyhow!("late"))),
                other => panic!("{other:?}"),
            },
        }
    }

    /// A body in eight pieces, which takes longer than a request may.
    fn slow() -> impl Stream<Item = Result<Bytes, PayloadError>> {
        stream::iter(0..8).then(|_| async {
            tokio::time::sleep(LONGEST / 5).await;
            Ok(Bytes::from_static(b"piece"))
        })
    }

    fn large() -> impl Stream<Item = Result<Bytes, PayloadError>> {
        stream::iter([Ok(Bytes::from(vec![b' '; 200_000]))])
    }

    #[actix_web::test]
    async fn a_large_body_is_no_reason_to_wait_for_ever() {
        let late = outcome(Method::POST, "application/json", large(), LONGEST * 4).await;
        assert!(matches!(late, Err(Error::Unknown(_))), "{late:?}");
        let late = outcome(Method::POST, "application/json", slow(), Duration::ZERO).await;
        assert!(matches!(late, Err(Error::Unknown(_))), "{late:?}");
        assert!(matches!(outcome(Method::POST, "application/json", large(), Duration::ZERO).await, Ok(200)));
    }

    #[actix_web::test]
    async fn whoever_only_looked_is_told_that_nothing_was_changed() {
        let late = outcome(Method::GET, "", stream::empty(), LONGEST * 4).await;
        assert!(matches!(late, Err(Error::Unavailable(_))), "{late:?}");
    }

    #[actix_web::test]
    async fn a_file_may_take_its_time_as_long_as_it_arrives() {
        let file = "multipart/form-data; boundary=x";
        assert!(matches!(outcome(Method::POST, file, slow(), Duration::ZERO).await, Ok(200)));
        let late = outcome(Method::POST, file, slow().chain(stream::pending()), Duration::ZERO).await;
        assert!(matches!(late, Err(Error::Unknown(_))), "{late:?}");
        let late = outcome(Method::POST, file, large(), LONGEST * 4).await;
        assert!(matches!(late, Err(Error::Unknown(_))), "{late:?}");
    }
}
