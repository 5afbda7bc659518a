//! The job that sends what an endpoint is to be told. There is at most one for each endpoint, and only while something
//! waits: so a slow endpoint holds up nobody else, and one that works hears of things in their order.

use super::endpoints::{self, secrets};
use super::outbox;
use super::targets::Targets;
use super::wire::{Outcome, Wire};
use super::{deliveries, sign};
use crate::audit::Actor;
use crate::clock::after;
use crate::config::Config;
use crate::db::tables::webhook_deliveries::Model;
use crate::db::tables::webhook_endpoints::{ActiveModel, Model as Endpoint};
use crate::db::{self, Db};
use crate::error::Error;
use crate::jobs::{self, Failure, Feeding, Job, Kind, Lane, New, Step, Stepping};
use crate::web::seal::Seal;
use chrono::{DateTime, Duration, Utc};
use futures_util::stream::{self, StreamExt};
use sea_orm::{ActiveValue::Set, DatabaseTransaction};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;
use tokio::sync::Mutex;
use uuid::Uuid;

/// The word in the rows.
pub const WORD: &str = "webhook.deliver";
/// An endpoint that took nothing for so long is switched off.
const GIVES_UP_AFTER: Duration = Duration::hours(24);
/// A message that was not taken so often is given up; the waits between add up to a day and a half.
pub const MOST_TRIES: i64 = 40;
/// The first wait, in seconds; each is four times the one before, up to the longest.
const FIRST_WAIT: i64 = 5;
const LONGEST_WAIT: i64 = 3_600;
/// As many messages as are under way at once to an endpoint that works, and to one that fails.
const AT_ONCE: usize = 8;
const ROUND: u64 = 32;
const ROUND_OF_FAILING: u64 = 2;
/// How long an endpoint that took nothing is left alone, whatever is due.
const REST: Duration = Duration::seconds(20);
/// After so many messages others get their turn.
const TURN: i64 = 256;

/// Sends deliveries; clones are the same one.
#[derive(Clone)]
pub struct Deliver {
    db: Db,
    wire: Wire,
    seal: Seal,
    feeding: Arc<Mutex<()>>,
}

#[derive(Deserialize)]
struct Payload {
    endpoint: Uuid,
}

impl Deliver {
    /// On this database, to what the configuration opens.
    ///
    /// # Errors
    /// When the secret key cannot be read, or there is no way to encrypt.
    pub fn new(db: &Db, config: &Config) -> anyhow::Result<Self> {
        let (wire, seal) = (Wire::new(Targets::of(config))?, Seal::of(config)?);
        Ok(Self { db: db.clone(), wire, seal, feeding: Arc::default() })
    }

    /// One round: what is due goes out, what came of it is written down together.
    async fn round(&self, job: &Job, now: DateTime<Utc>) -> Result<Step, Failure> {
        let Payload { endpoint } = job.payload()?;
        let tenant = job.tenant_id.unwrap_or_default();
        let found = endpoints::by_id(self.db.read(), tenant, endpoint).await?;
        let mine = |endpoint: &Endpoint| endpoint.job_id == Some(job.id) && endpoint.disabled_at.is_none();
        let Some(endpoint) = found.filter(mine) else { return Ok(Step::Done) };
        let most = if endpoint.failing_since.is_some() { ROUND_OF_FAILING } else { ROUND };
        let due = deliveries::due(self.db.read(), &endpoint, most, now).await?;
        if due.is_empty() {
            return self.hand_over(job, &endpoint, now).await;
        }
        let start = Instant::now();
        let told = self.send_all(&endpoint, due, now).await;
        let now = after(now, start);
        let done = job.done.saturating_add(i64::try_from(told.len()).unwrap_or(i64::MAX));
        let is_well = told.iter().any(|(_, outcome)| outcome.failure.is_none());
        let tx = self.db.begin().await?;
        job.keep(&tx, &Value::Null, (done, None), now).await?;
        // Locked before its deliveries, as everybody does who changes both.
        let Some(endpoint) = endpoints::locked(&tx, tenant, endpoint.id).await? else { return Ok(Step::Done) };
        for (row, outcome) in &told {
            deliveries::note(&tx, row, outcome, next_try(row.tries + 1, now), now).await?;
        }
        let is_over = self.note_health(&tx, &endpoint, &told, now).await?;
        if is_over || (is_well && done < TURN) {
            db::commit(tx).await?;
            return Ok(if is_over { Step::Done } else { Step::More });
        }
        let at = if is_well { now } else { now + REST };
        follow(&tx, &endpoint, Some(at), now).await?;
        db::commit(tx).await?;
        Ok(Step::Done)
    }

    /// Messages about the same go one after the other, as far as they are taken; others beside them.
    async fn send_all(&self, endpoint: &Endpoint, due: Vec<Model>, now: DateTime<Utc>) -> Vec<(Model, Outcome)> {
        let mut chains: Vec<Vec<Model>> = Vec::new();
        let mut places: BTreeMap<String, usize> = BTreeMap::new();
        for row in due {
            let place = *places.entry(row.subject.clone()).or_insert(chains.len());
            match chains.get_mut(place) {
                Some(chain) => chain.push(row),
                None => chains.push(vec![row]),
            }
        }
        let secrets = secrets(&self.seal, endpoint, now);
        let chains =
            stream::iter(chains.into_iter().map(|chain| self.send_chain(endpoint, secrets.as_deref(), chain, now)));
        chains.buffer_unordered(AT_ONCE).collect::<Vec<_>>().await.into_iter().flatten().collect()
    }

    async fn send_chain(
        &self,
        endpoint: &Endpoint,
        secrets: Option<&[String]>,
        chain: Vec<Model>,
        now: DateTime<Utc>,
    ) -> Vec<(Model, Outcome)> {
        let start = Instant::now();
        let mut told = Vec::new();
        for row in chain {
            let outcome = self.send(endpoint, secrets, &row, after(now, start)).await;
            let goes_on = outcome.failure.is_none() && start.elapsed() < super::wire::PATIENCE;
            told.push((row, outcome));
            if !goes_on {
                break;
            }
        }
        told
    }

    async fn send(&self, endpoint: &Endpoint, secrets: Option<&[String]>, row: &Model, now: DateTime<Utc>) -> Outcome {
        let signed = secrets.and_then(|secrets| sign::signature(secrets, &row.message_id, now, &row.body).ok());
        let Some(signed) = signed else {
            let said =
                "Its secret cannot be opened: the installation’s secret key is another one now. Rotate the secret.";
            return Outcome { failure: Some(said.to_owned()), ..Outcome::default() };
        };
        let headers = [
            ("webhook-id", row.message_id.clone()),
            ("webhook-timestamp", now.timestamp().to_string()),
            ("webhook-signature", signed),
        ];
        self.wire.send(&endpoint.url, headers, row.body.clone()).await
    }

    /// Notes since when nothing is taken, and switches the endpoint off when that is too long; whether it did.
    async fn note_health(
        &self,
        tx: &DatabaseTransaction,
        endpoint: &Endpoint,
        told: &[(Model, Outcome)],
        now: DateTime<Utc>,
    ) -> Result<bool, Error> {
        let failed = told.iter().find_map(|(_, outcome)| outcome.failure.as_deref());
        let gone = told.iter().find(|(_, outcome)| outcome.status == Some(410));
        let is_well = told.iter().any(|(_, outcome)| outcome.failure.is_none());
        let since = if is_well { None } else { endpoint.failing_since.or(Some(now)) };
        if since != endpoint.failing_since {
            let set = ActiveModel { failing_since: Set(since), ..Default::default() };
            endpoints::update(tx, endpoint, set).await?;
        }
        let too_long = since.is_some_and(|since| now - since >= GIVES_UP_AFTER);
        let reason = match (gone, failed) {
            (Some(_), _) => "It answered 410: it is gone.".to_owned(),
            (None, Some(failure)) if too_long => format!("It took nothing for a day. {failure}"),
            _ => return Ok(false),
        };
        endpoints::disable(tx, &Actor::system("webhooks"), endpoint, Some(&reason), now).await?;
        Ok(true)
    }

    /// Nothing is due: the next job comes when something will be, or with the next change.
    async fn hand_over(&self, job: &Job, endpoint: &Endpoint, now: DateTime<Utc>) -> Result<Step, Failure> {
        let tx = self.db.begin().await?;
        job.keep(&tx, &Value::Null, (job.done, None), now).await?;
        // Locked, so that nothing is written for it between the look and the commit.
        let locked = endpoints::locked(&tx, endpoint.tenant_id, endpoint.id).await?;
        if let Some(endpoint) = locked.filter(|endpoint| endpoint.job_id == Some(job.id)) {
            let next = deliveries::next(&tx, &endpoint).await?;
            follow(&tx, &endpoint, next, now).await?;
        }
        db::commit(tx).await?;
        Ok(Step::Done)
    }
}

/// Sees to it that a job looks after an endpoint at once, or soon if it fails. To be called in the transaction that writes deliveries for it.
///
/// # Errors
/// When the database does not answer.
pub(super) async fn wake(tx: &DatabaseTransaction, endpoint: &Endpoint, now: DateTime<Utc>) -> Result<(), Error> {
    let Some(endpoint) = endpoints::locked(tx, endpoint.tenant_id, endpoint.id).await? else { return Ok(()) };
    let at = if endpoint.failing_since.is_some() { now + REST } else { now };
    if let Some(job) = endpoint.job_id
        && jobs::hurry(tx, job, at).await?
    {
        return Ok(());
    }
    follow(tx, &endpoint, Some(at), now).await
}

/// Makes the next job of an endpoint, or notes that it needs none.
async fn follow(
    tx: &DatabaseTransaction,
    endpoint: &Endpoint,
    at: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let job = match at {
        Some(at) => Some(jobs::enqueue(tx, job(endpoint, at.max(now)), now).await?),
        None => None,
    };
    endpoints::update(tx, endpoint, ActiveModel { job_id: Set(job), ..Default::default() }).await
}

fn job(endpoint: &Endpoint, at: DateTime<Utc>) -> New {
    New {
        kind: WORD,
        tenant: Some(endpoint.tenant_id),
        label: format!("Webhooks to {}", endpoints::host(endpoint)),
        link: Some(format!("/dashboard/webhooks/{}", endpoint.id)),
        payload: json!({ "endpoint": endpoint.id }),
        run_at: Some(at),
        ..New::default()
    }
}

/// When a message is tried again that was not taken so often; `None` when it is given up.
fn next_try(tries: i64, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    if tries >= MOST_TRIES {
        return None;
    }
    let grown = 4_i64.saturating_pow(u32::try_from(tries - 1).unwrap_or_default().min(20));
    let wait = FIRST_WAIT.saturating_mul(grown).min(LONGEST_WAIT);
    // A fifth more or less, so that what failed together does not come back together.
    let mut random = [0; 2];
    let jitter = getrandom::fill(&mut random).map_or(0, |()| i64::from(u16::from_le_bytes(random)) - 32_768);
    Some(now + Duration::milliseconds(wait * 1_000 + wait * 200 * jitter / 32_768))
}

impl Kind for Deliver {
    fn word(&self) -> &'static str {
        WORD
    }

    fn label(&self) -> &'static str {
        "Webhooks"
    }

    fn lane(&self) -> Lane {
        Lane::Outside
    }

    fn step<'a>(&'a self, job: &'a Job, now: DateTime<Utc>) -> Stepping<'a> {
        Box::pin(self.round(job, now))
    }

    fn feed(&self, now: DateTime<Utc>) -> Feeding<'_> {
        Box::pin(async move {
            // One worker is enough; the others have endpoints to look after.
            match self.feeding.try_lock() {
                Ok(_alone) => outbox::empty(&self.db, now).await,
                Err(_) => Ok(()),
            }
        })
    }

    fn leaves_no_trace(&self) -> bool {
        true
    }

    fn may_be_cut(&self) -> bool {
        // What was under way is sent once more, under the same name.
        true
    }

    fn most_tries(&self) -> i64 {
        i64::MAX
    }
}

#[cfg(test)]
mod tests {
    use super::{MOST_TRIES, next_try};
    use chrono::{DateTime, Duration, Utc};

    #[test]
    fn waits_grow_to_an_hour_and_add_up_to_more_than_a_day() {
        let now = DateTime::<Utc>::UNIX_EPOCH;
        let wait = |tries| next_try(tries, now).map(|at| at - now);
        for (tries, seconds) in [(1, 5), (2, 20), (3, 80), (6, 3_600), (39, 3_600)] {
            let (least, most) = (Duration::milliseconds(seconds * 800), Duration::milliseconds(seconds * 1_200));
            let waits: Vec<_> = (0..50).filter_map(|_| wait(tries)).collect();
            assert!(waits.len() == 50 && waits.iter().all(|wait| (least..=most).contains(wait)), "{tries}: {waits:?}");
            assert!(waits.iter().any(|wait| *wait != waits[0]), "they are spread");
        }
        assert_eq!(wait(MOST_TRIES), None);
        let all: Duration = (1..MOST_TRIES).filter_map(wait).sum();
        assert!(all > Duration::hours(26), "{all}");
    }
}
