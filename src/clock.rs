//! The one place that knows what time it is. Everything below the edge takes `now` as an argument.

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest, web};
use chrono::{DateTime, SubsecRound, Utc};
use std::future::{Ready, ready};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

/// Tells the time: the system's, or one that a test holds in its hand.
#[derive(Clone, Debug, Default)]
pub enum Clock {
    /// The system's clock.
    #[default]
    System,
    /// Microseconds since 1970, moved by whoever shares it.
    Held(Arc<AtomicI64>),
}

impl Clock {
    /// The present instant, cut to the microseconds that both databases keep.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "this is the edge that owns the clock")]
    pub fn now(&self) -> DateTime<Utc> {
        match self {
            Self::System => Utc::now().trunc_subsecs(6),
            Self::Held(micros) => {
                DateTime::from_timestamp_micros(micros.load(Ordering::SeqCst)).unwrap_or(DateTime::UNIX_EPOCH)
            }
        }
    }
}

/// The instant at which a request came in.
#[derive(Clone, Copy, Debug)]
pub struct Now(pub DateTime<Utc>);

impl FromRequest for Now {
    type Error = actix_web::Error;
    type Future = Ready<Result<Self, Self::Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let clock = request.app_data::<web::Data<Clock>>();
        ready(Ok(Self(clock.map_or_else(|| Clock::System.now(), |clock| clock.now()))))
    }
}
