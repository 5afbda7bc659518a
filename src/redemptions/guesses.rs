//! Who guesses codes waits, longer each time. Whatever an asker is answered with 400 or 404 counts as a guess, whatever
//! the inner reason.

use crate::coupons::refusal::Refusal;
use crate::web::throttle::Patience;
use chrono::Duration;
use uuid::Uuid;

/// Guesses of one user, or of one person that a key's call names.
const OF_PERSON: Patience =
    Patience { free: 10, first: Duration::seconds(5), longest: Duration::minutes(30), forgets: Duration::hours(1) };
/// Guesses from one address, behind which many may sit.
const OF_ADDRESS: Patience =
    Patience { free: 60, first: Duration::seconds(5), longest: Duration::minutes(10), forgets: Duration::hours(1) };
/// Guesses of one address on public pages.
const OF_STRANGERS: Patience =
    Patience { free: 15, first: Duration::seconds(5), longest: Duration::minutes(30), forgets: Duration::hours(1) };
/// Guesses of a key's calls that name nobody.
const OF_KEY: Patience =
    Patience { free: 100, first: Duration::seconds(1), longest: Duration::minutes(5), forgets: Duration::hours(1) };

/// A bucket in which guesses are counted, and how patient it is.
#[derive(Clone, Debug)]
pub struct Guess {
    /// Its name.
    pub bucket: String,
    /// How patient it is.
    pub patience: Patience,
}

impl Guess {
    fn new(tenant: Uuid, who: &str, patience: Patience) -> Self {
        Self { bucket: format!("guess:{tenant}:{who}"), patience }
    }
}

/// The buckets of somebody who is signed in.
#[must_use]
pub fn of_user(tenant: Uuid, user: Uuid, address: &str) -> Vec<Guess> {
    let address = format!("address:{address}");
    vec![Guess::new(tenant, &format!("user:{user}"), OF_PERSON), Guess::new(tenant, &address, OF_ADDRESS)]
}

/// The bucket of a stranger.
#[must_use]
pub fn of_stranger(tenant: Uuid, address: &str) -> Vec<Guess> {
    vec![Guess::new(tenant, &format!("stranger:{address}"), OF_STRANGERS)]
}

/// The buckets of a call with a key: of the person and the client's address that it names; one for all calls that name
/// neither.
#[must_use]
pub fn of_key(tenant: Uuid, key: Uuid, person: Option<&str>, client_address: Option<&str>) -> Vec<Guess> {
    let person = person.map(|person| Guess::new(tenant, &format!("key:{key}:person:{person}"), OF_PERSON));
    let address = client_address.map(|address| Guess::new(tenant, &format!("key:{key}:address:{address}"), OF_ADDRESS));
    let named: Vec<Guess> = person.into_iter().chain(address).collect();
    if named.is_empty() { vec![Guess::new(tenant, &format!("key:{key}"), OF_KEY)] } else { named }
}

/// Whether an entry that is refused so was a guess.
#[must_use]
pub const fn is_guess(refusal: &Refusal) -> bool {
    matches!(refusal.status(), 400 | 404)
}
