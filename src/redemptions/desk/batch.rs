//! One transaction of the desk: claim the keys, find what is touched, lock it, load the facts, decide each command in
//! memory (later ones see the earlier ones), write set-wise, commit.

use super::book::{Book, Proof};
use super::command::{Command, Enter};
use super::lock;
use super::reply::{Reply, Told};
use super::{askers, enter, life};
use crate::db::{self, Db};
use crate::error::Error;
use crate::redemptions::world::{Ask, Rows, Subjects, World};
use crate::tenants::Tenant;
use crate::web::replay::{self, Claim};
use crate::web::throttle;
use anyhow::anyhow;
use chrono::{DateTime, Utc};
use sea_orm::DatabaseTransaction;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use uuid::Uuid;

/// The answer of one command: none while it is not decided.
type Slot = Option<Result<Told, Error>>;
/// The commands of one tenant, with their places in the batch.
type Group<'a> = [(usize, &'a Command)];

/// How often a batch starts over because what it touches has grown between the read and the locks.
const MOST_STARTS: usize = 5;
/// How long a commit whose answer was lost may take to arrive.
const LOOK_FOR_COMMIT: [u64; 4] = [20, 100, 400, 1_000];

/// Runs the commands in one transaction; says when its commit is on its way.
///
/// # Errors
/// When the batch as a whole failed and changed nothing.
pub(super) async fn run(
    db: &Db,
    commands: &[Command],
    committing: &AtomicBool,
) -> Result<Vec<Result<Told, Error>>, Error> {
    let mut known = BTreeMap::new();
    for _ in 0..MOST_STARTS {
        if let Some(replies) = start(db, commands, &mut known, committing).await? {
            return Ok(replies);
        }
    }
    Err(Error::Unavailable(anyhow!("what the batch touches does not stand still")))
}

/// One start; `None` if more must be locked than `known`, which has grown then.
async fn start(
    db: &Db,
    commands: &[Command],
    known: &mut BTreeMap<Uuid, Rows>,
    committing: &AtomicBool,
) -> Result<Option<Vec<Result<Told, Error>>>, Error> {
    let tx = db.begin().await?;
    let (mut slots, twins) = claim(&tx, commands).await?;
    let mut tenants: BTreeMap<Uuid, Vec<(usize, &Command)>> = BTreeMap::new();
    for (index, command) in commands.iter().enumerate() {
        if slots.get(index).is_some_and(Option::is_none) && !twins.contains_key(&index) {
            tenants.entry(command.tenant().id).or_default().push((index, command));
        }
    }
    let mut proof = None;
    for group in tenants.values() {
        let Some((_, first)) = group.first() else { continue };
        let known = known.entry(first.tenant().id).or_default();
        let Some(replies) = of_tenant(&tx, first.tenant(), group, known, &mut proof).await? else { return Ok(None) };
        let decided: Vec<_> = group.iter().map(|(_, command)| *command).zip(&replies).collect();
        settle(&tx, &decided).await?;
        for ((index, _), reply) in group.iter().zip(replies) {
            if let Some(slot) = slots.get_mut(*index) {
                *slot = Some(Ok(Told { reply, replayed: false }));
            }
        }
    }
    committing.store(true, Ordering::Relaxed);
    let committed = if cfg!(feature = "planted-early-answer") {
        tokio::spawn(async move {
            tokio::time::sleep(Duration::from_millis(50)).await;
            db::commit(tx).await
        });
        Ok(())
    } else {
        db::commit(tx).await
    };
    match committed {
        // It may have arrived although its answer did not.
        Err(Error::Unknown(cause)) => match arrived(db, proof).await {
            Some(true) => {}
            Some(false) => return Err(Error::Unavailable(cause)),
            None => return Err(Error::Unknown(cause)),
        },
        committed => committed?,
    }
    Ok(Some(finish(slots, &twins)))
}

/// Claims the keys in one order. Answers that are there already are final; a command whose twin is in the same batch
/// gets the twin's answer.
async fn claim(tx: &DatabaseTransaction, commands: &[Command]) -> Result<(Vec<Slot>, BTreeMap<usize, usize>), Error> {
    let mut slots: Vec<Slot> = commands.iter().map(|_| None).collect();
    let mut twins = BTreeMap::new();
    let mut keyed: Vec<_> = commands.iter().enumerate().filter_map(|(i, c)| Some((c.request()?, i, c.now()))).collect();
    keyed.sort();
    let mut firsts: Vec<(&replay::Key, usize, DateTime<Utc>)> = Vec::with_capacity(keyed.len());
    for (key, index, now) in keyed {
        match firsts.last() {
            Some((claimed, first, _)) if *claimed == key => _ = twins.insert(index, *first),
            _ => firsts.push((key, index, now)),
        }
    }
    let keys: Vec<_> = firsts.iter().map(|(key, _, now)| (*key, *now)).collect();
    for ((_, index, _), claim) in firsts.iter().zip(replay::claim_all(tx, &keys).await?) {
        let answer = match claim {
            Ok(Claim::First) => None,
            Ok(Claim::Again(answer)) => Some(read_back(answer)),
            Err(refused @ Error::Told(..)) => Some(Err(refused)),
            Err(error) => return Err(error),
        };
        if let Some(slot) = slots.get_mut(*index) {
            *slot = answer;
        }
    }
    Ok((slots, twins))
}

fn read_back(answer: Value) -> Result<Told, Error> {
    let reply = serde_json::from_value(answer).map_err(|error| Error::Internal(error.into()))?;
    Ok(Told { reply, replayed: true })
}

/// Lets the callers write beside their commands, and keeps the answers for their twins.
async fn settle(tx: &DatabaseTransaction, decided: &[(&Command, &Reply)]) -> Result<(), Error> {
    let mut answers = Vec::new();
    for (command, reply) in decided {
        if let Some(beside) = command.beside() {
            beside.write(tx, reply).await?;
        }
        let Some(key) = command.request() else { continue };
        if reply.is_final() {
            let answer = serde_json::to_value(reply).map_err(|error| Error::Internal(error.into()))?;
            answers.push((key, answer, command.now()));
        } else {
            replay::give_back(tx, key).await?;
        }
    }
    replay::settle_all(tx, answers).await
}

fn finish(slots: Vec<Slot>, twins: &BTreeMap<usize, usize>) -> Vec<Result<Told, Error>> {
    let again = |first: &usize| match slots.get(*first)?.as_ref()? {
        Ok(told) => Some(Ok(Told { reply: told.reply.clone(), replayed: true })),
        Err(Error::Told(status, fault)) => Some(Err(Error::Told(*status, fault.clone()))),
        Err(_) => None,
    };
    let mut shared: BTreeMap<usize, _> =
        twins.iter().filter_map(|(twin, first)| Some((*twin, again(first)?))).collect();
    let nothing = || Err(Error::Internal(anyhow!("a command got no answer")));
    let answer = |(index, slot): (usize, Slot)| slot.or_else(|| shared.remove(&index)).unwrap_or_else(nothing);
    slots.into_iter().enumerate().map(answer).collect()
}

/// Decides and writes the commands of one tenant. `None` if rows must be locked that are not among `known`.
async fn of_tenant(
    tx: &DatabaseTransaction,
    tenant: &Tenant,
    group: &Group<'_>,
    known: &mut Rows,
    proof: &mut Option<Proof>,
) -> Result<Option<Vec<Reply>>, Error> {
    let now = group.iter().map(|(_, command)| command.now()).max().unwrap_or_default();
    let persons = askers::settle(tx, tenant.id, group, now).await?;
    let asks = asks(group, &persons);
    let entries: Vec<Ask> = asks.iter().flatten().cloned().collect();
    let named: BTreeSet<Uuid> = group.iter().filter_map(|(_, command)| named(command)).collect();
    let mut subjects = Subjects::find(tx, tenant, &entries, &named, now).await?;
    if lock::is_needed(tx) {
        known.join(&subjects.rows);
        lock::lock(tx, tenant.id, known).await?;
        // Only now: what was read before the locks may have moved.
        subjects = Subjects::find(tx, tenant, &entries, &named, now).await?;
        let moved = askers::find(tx, tenant.id, group).await? != persons;
        if moved || !known.cover(&subjects.rows) {
            known.join(&subjects.rows);
            return Ok(None);
        }
    }
    let mut world = World::load(tx, tenant, &entries, subjects, now).await?;
    let buckets: BTreeSet<String> =
        group.iter().filter_map(|(_, command)| entered(command)).flat_map(Enter::buckets).collect();
    let mut book = Book::open(throttle::load(tx, &buckets).await?);
    let mut replies = Vec::with_capacity(group.len());
    for ((_, command), ask) in group.iter().zip(&asks) {
        life::expire_overdue(&mut world, &mut book, command.now());
        replies.push(match (command, ask) {
            (Command::Enter(command), Some(ask)) => enter::enter(&mut world, &mut book, command, ask),
            (Command::Enter(_), None) => Reply::NotFound,
            (Command::Change(command), _) => life::change(tx, &mut world, &mut book, command).await?,
        });
    }
    let written = book.write(tx, &world, now).await?;
    *proof = proof.take().or(written);
    Ok(Some(replies))
}

const fn entered(command: &Command) -> Option<&Enter> {
    match command {
        Command::Enter(enter) => Some(enter),
        Command::Change(_) => None,
    }
}

const fn named(command: &Command) -> Option<Uuid> {
    match command {
        Command::Enter(_) => None,
        Command::Change(change) => Some(change.id),
    }
}

fn asks(group: &Group<'_>, persons: &askers::Known) -> Vec<Option<Ask>> {
    let ask = |enter: &Enter| enter.ask(askers::person(persons, &enter.asker));
    group.iter().map(|(_, command)| entered(command).map(ask)).collect()
}

/// Whether a commit whose answer was lost has happened: one row of it tells, because it has all or none. `None` where
/// nobody can say. A batch that wrote no such row changed nothing that could be told.
async fn arrived(db: &Db, proof: Option<Proof>) -> Option<bool> {
    let Some(proof) = proof else { return Some(false) };
    let mut seen = None;
    for wait in LOOK_FOR_COMMIT {
        tokio::time::sleep(Duration::from_millis(wait)).await;
        match proof.is_there(db.read()).await {
            Ok(true) => return Some(true),
            Ok(false) => seen = Some(false),
            Err(error) => {
                // It may arrive meanwhile: only the last look counts.
                seen = None;
                tracing::warn!(%error, "cannot look whether a batch arrived");
            }
        }
    }
    seen
}
