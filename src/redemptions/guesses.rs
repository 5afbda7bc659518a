//! Who guesses codes waits, longer each time. Whatever an asker is answered with 400 or 404 counts as a guess, whatever
//! the inner reason.
//!
//! Beside each asker's own, a tenant's guesses are counted as a whole: from [`ALARMING`] within an hour on there is an entry
//! in the audit log, and anonymous addresses have less patience until the end of the next hour.

use crate::audit::{self, Actor, Entry};
use crate::coupons::code::Code;
use crate::coupons::refusal::Refusal;
use crate::db::tables::throttles;
use crate::db::{self, Db};
use crate::error::Error;
use crate::web::address;
use crate::web::quota::Quota;
use crate::web::throttle::{self, Patience};
use chrono::{DateTime, Duration, Utc};
use sea_orm::{ConnectionTrait, DatabaseTransaction};
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
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
/// The same while many codes are guessed at the tenant.
const OF_STRANGERS_IN_ALARM: Patience =
    Patience { free: 3, first: Duration::seconds(30), longest: Duration::hours(1), forgets: Duration::hours(1) };
/// Guesses of a key's calls that name nobody.
const OF_KEY: Patience =
    Patience { free: 100, first: Duration::seconds(1), longest: Duration::minutes(5), forgets: Duration::hours(1) };

/// So many guesses of all askers of a tenant within an hour raise an alarm.
pub const ALARMING: i64 = 200;
const HOUR: i64 = 3_600;

/// A bucket in which guesses are counted, and how patient it is.
#[derive(Clone, Debug)]
pub struct Guess {
    /// Its name.
    pub bucket: String,
    /// How patient it is.
    pub patience: Patience,
    /// Whether nobody is known behind it, so that an alarm makes it less patient.
    anonymous: bool,
}

impl Guess {
    fn new(tenant: Uuid, who: &str, patience: Patience) -> Self {
        Self { bucket: format!("guess:{tenant}:{who}"), patience, anonymous: false }
    }

    const fn patience(&self, alarmed: bool) -> Patience {
        if alarmed && self.anonymous { OF_STRANGERS_IN_ALARM } else { self.patience }
    }
}

/// The buckets of somebody who is signed in.
#[must_use]
pub fn of_user(tenant: Uuid, user: Uuid, address: IpAddr) -> Vec<Guess> {
    let address = format!("address:{}", address::place(address));
    vec![Guess::new(tenant, &format!("user:{user}"), OF_PERSON), Guess::new(tenant, &address, OF_ADDRESS)]
}

/// The bucket of a stranger.
#[must_use]
pub fn of_stranger(tenant: Uuid, address: IpAddr) -> Guess {
    let place = address::place(address);
    Guess { anonymous: true, ..Guess::new(tenant, &format!("stranger:{place}"), OF_STRANGERS) }
}

/// The buckets of a call with a key: of the person and the client's address that it names; one for all calls that name
/// neither.
#[must_use]
pub fn of_key(tenant: Uuid, key: Uuid, person: Option<&str>, client_address: Option<IpAddr>) -> Vec<Guess> {
    let person = person.map(|person| Guess::new(tenant, &format!("key:{key}:person:{person}"), OF_PERSON));
    let place = client_address.map(address::place);
    let address = place.map(|place| Guess::new(tenant, &format!("key:{key}:address:{place}"), OF_ADDRESS));
    let named: Vec<Guess> = person.into_iter().chain(address).collect();
    if named.is_empty() { vec![Guess::new(tenant, &format!("key:{key}"), OF_KEY)] } else { named }
}

/// Whether an entry that is refused so was a guess.
#[must_use]
pub const fn is_guess(refusal: &Refusal) -> bool {
    matches!(refusal.status(), 400 | 404)
}

/// What is known of somebody who asks, before the answer.
#[derive(Clone, Debug)]
pub struct Watch {
    tenant: Uuid,
    guesses: Vec<Guess>,
    rows: BTreeMap<String, throttles::Model>,
    alarmed: bool,
}

impl Watch {
    /// The buckets to look at: those of the guesses, and the tenant's alarms where nobody is known behind one.
    #[must_use]
    pub fn buckets(tenant: Uuid, guesses: &[Guess], now: DateTime<Utc>) -> BTreeSet<String> {
        let alarms = alarms(tenant, now).into_iter().filter(|_| guesses.iter().any(|guess| guess.anonymous));
        guesses.iter().map(|guess| guess.bucket.clone()).chain(alarms).collect()
    }

    /// What these rows, which may be others' as well, say of an asker.
    #[must_use]
    pub fn of(tenant: Uuid, guesses: &[Guess], rows: &BTreeMap<String, throttles::Model>, now: DateTime<Utc>) -> Self {
        let own = guesses.iter().filter_map(|guess| Some((guess.bucket.clone(), rows.get(&guess.bucket)?.clone())));
        let alarmed = alarms(tenant, now).iter().any(|alarm| rows.contains_key(alarm));
        Self { tenant, guesses: guesses.to_vec(), rows: own.collect(), alarmed }
    }

    /// Looks at all buckets of an asker in one read.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn look(
        connection: &impl ConnectionTrait,
        tenant: Uuid,
        guesses: &[Guess],
        now: DateTime<Utc>,
    ) -> Result<Self, Error> {
        let rows = throttle::load(connection, &Self::buckets(tenant, guesses, now)).await?;
        Ok(Self::of(tenant, guesses, &rows, now))
    }

    /// How long to wait before another try is welcome.
    #[must_use]
    pub fn wait(&self, now: DateTime<Utc>) -> Option<Duration> {
        let rows = self.guesses.iter().filter_map(|guess| self.rows.get(&guess.bucket));
        // A failure that was free blocks nobody, also not a request that came in before it and waited for its turn.
        let until = rows.filter(|row| row.blocked_until > row.last_at).map(|row| row.blocked_until);
        until.max().filter(|until| *until > now).map(|until| until - now)
    }

    /// What is left of the tries, by the bucket with the fewest.
    #[must_use]
    pub fn quota(&self, now: DateTime<Utc>) -> Option<Quota> {
        let quota = |guess: &Guess| {
            let patience = guess.patience(self.alarmed);
            let row = self.rows.get(&guess.bucket).filter(|row| row.last_at >= now - patience.forgets);
            let blocked = row.filter(|row| row.blocked_until > now);
            let left = row.map_or(patience.free, |row| (patience.free - row.failures).max(0));
            let forgotten = row.map_or(patience.forgets, |row| row.last_at + patience.forgets - now);
            Quota {
                tries: patience.free,
                window: patience.forgets,
                left: if blocked.is_some() { 0 } else { left },
                resets: blocked.map_or(forgotten, |row| row.blocked_until - now),
            }
        };
        self.guesses.iter().map(quota).min_by_key(|quota| quota.left)
    }

    /// Counts a guess before its answer is given, with what else is to be on record of it. A burst cannot pass together:
    /// who had a guess too many meanwhile is told to wait instead.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn guessed(
        &mut self,
        db: &Db,
        seen: Option<(Actor, Entry)>,
        now: DateTime<Utc>,
    ) -> Result<Option<Duration>, Error> {
        let mut buckets: Vec<(String, Patience)> =
            self.guesses.iter().map(|guess| (guess.bucket.clone(), guess.patience(self.alarmed))).collect();
        // In the order in which the desk takes them too.
        buckets.sort_by(|a, b| a.0.cmp(&b.0));
        let tx = db.begin().await?;
        if let Some(wait) = throttle::charge(&tx, &buckets, now).await? {
            return Ok(Some(wait));
        }
        for guess in &self.guesses {
            let known = self.rows.get(&guess.bucket);
            let after = throttle::after_failure(known, &guess.bucket, &guess.patience(self.alarmed), now);
            self.rows.insert(guess.bucket.clone(), after);
        }
        count_all(&tx, self.tenant, 1, now).await?;
        if let Some((actor, entry)) = seen {
            audit::record(&tx, &actor, self.tenant, entry, now).await?;
        }
        db::commit(tx).await?;
        Ok(None)
    }
}

fn all_of(tenant: Uuid, hour: i64) -> String {
    format!("guesses:{tenant}:{hour}")
}

/// The alarms that are on: of this hour and of the one before.
fn alarms(tenant: Uuid, now: DateTime<Utc>) -> [String; 2] {
    let hour = now.timestamp().div_euclid(HOUR);
    [alarm_of(tenant, hour), alarm_of(tenant, hour - 1)]
}

fn alarm_of(tenant: Uuid, hour: i64) -> String {
    format!("guesses-alarm:{tenant}:{hour}")
}

/// Counts guesses of whoever it was, after those of each, and raises the tenant's alarm once an hour. The hour that is not
/// over counts with as much of the one before as is still within sixty minutes.
///
/// # Errors
/// When the database does not answer.
pub async fn count_all(tx: &DatabaseTransaction, tenant: Uuid, guesses: i64, now: DateTime<Utc>) -> Result<(), Error> {
    let (hour, passed) = (now.timestamp().div_euclid(HOUR), now.timestamp().rem_euclid(HOUR));
    let counted = throttle::count(tx, &all_of(tenant, hour), guesses, now).await?;
    let (before, alarm) = (all_of(tenant, hour - 1), alarm_of(tenant, hour));
    let rows = throttle::load(tx, &BTreeSet::from([before.clone(), alarm.clone()])).await?;
    let earlier = rows.get(&before).map_or(0, |row| row.failures * (HOUR - passed) / HOUR);
    if counted + earlier < ALARMING || rows.contains_key(&alarm) {
        return Ok(());
    }
    if throttle::count(tx, &alarm, 1, now).await? > 1 {
        return Ok(());
    }
    let reason = format!("{} codes that nobody has were tried within an hour.", counted + earlier);
    let entry = Entry {
        action: "tenant.guessing",
        subject_kind: "tenant",
        subject_id: tenant.to_string(),
        subject_label: "this tenant".to_owned(),
        reason: Some(reason),
        ..Entry::default()
    };
    audit::record(tx, &Actor::system("guesses"), tenant, entry, now).await
}

/// The entry for somebody who typed a code that nobody was ever given.
#[must_use]
pub fn canary_tried(code: &Code, address: &str) -> Entry {
    Entry {
        action: "code.canary_tried",
        subject_kind: "code",
        subject_id: code.id.to_string(),
        subject_label: code.text.to_string(),
        coupon_id: Some(code.coupon_id),
        code: Some((code.text.key().to_string(), code.text.to_string())),
        reason: Some(format!("Tried from {address}: somebody guesses codes, or has a list that was not to leave.")),
        ..Entry::default()
    }
}
