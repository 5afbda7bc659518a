//! The one place that knows what time it is. Everything below the edge takes `now` as an argument.

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest, web};
use chrono::{DateTime, Duration, SubsecRound, Utc};
use std::future::{Ready, ready};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU32, Ordering};
use std::time::Instant;
use uuid::Uuid;

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

/// The instant it is now, where it was `now` when this began; to the microsecond as well.
#[must_use]
pub fn after(now: DateTime<Utc>, began: Instant) -> DateTime<Utc> {
    now + Duration::microseconds(i64::try_from(began.elapsed().as_micros()).unwrap_or_default())
}

/// A version 7 id made at `now` (RFC 9562, method 3): ids sort as the instants they were made at, to the microsecond, and
/// within one as they were made here. So a list by id is a list by time, and a span of time is a span of ids.
#[must_use]
pub fn id_at(now: DateTime<Utc>) -> Uuid {
    static MADE: AtomicU32 = AtomicU32::new(0);
    let [a, b, c, d] = (MADE.fetch_add(1, Ordering::Relaxed) & 0x3fff_ffff).to_be_bytes();
    // A process of its own, or another clock, must not make the same id: the tail of any new one is random.
    let [.., e, f, g, h] = Uuid::now_v7().into_bytes();
    let [high, low] = micros_of(now);
    with_millis(now, [high, low, a, b, c, d, e, f, g, h])
}

/// The bound below all ids of [`id_at`] that are made at `instant` or later, and above all others.
#[must_use]
pub fn first_id(instant: DateTime<Utc>) -> Uuid {
    let [high, low] = micros_of(instant);
    with_millis(instant, [high, low, 0, 0, 0, 0, 0, 0, 0, 0])
}

fn micros_of(instant: DateTime<Utc>) -> [u8; 2] {
    u16::try_from(instant.timestamp_subsec_micros() % 1000).unwrap_or_default().to_be_bytes()
}

fn with_millis(instant: DateTime<Utc>, tail: [u8; 10]) -> Uuid {
    let millis = u64::try_from(instant.timestamp_millis()).unwrap_or_default();
    uuid::Builder::from_unix_timestamp_millis(millis, &tail).into_uuid()
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

#[cfg(test)]
mod tests {
    use super::{first_id, id_at};
    use chrono::{DateTime, Duration};

    #[test]
    fn ids_sort_as_they_were_made_and_lie_within_their_span_of_time() {
        let now = DateTime::from_timestamp_micros(1_800_000_000_123_456).unwrap();
        let (first, second) = (id_at(now), id_at(now));
        let later = now + Duration::microseconds(1);
        assert!(first < second && second < id_at(later));
        assert!(first_id(now) < first && second < first_id(later) && first_id(later) < id_at(later));
        assert_eq!(first.get_version_num(), 7);
    }
}
