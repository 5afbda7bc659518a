//! The moves of a job: claimed, extended, given back, ended. Each is one guarded update, so that the row decides.

use super::job::{Job, State};
use super::{LEASE, kind};
use crate::db::tables::jobs::{ActiveModel, Column, Entity, Model};
use crate::db::{self, Db};
use crate::error::Error;
use chrono::{DateTime, Utc};
use kind::Kind;
use sea_orm::sea_query::{Expr, LockBehavior, LockType, Query};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter,
    QueryOrder, QuerySelect, QueryTrait, Select,
};
use serde_json::{Value, json};
use uuid::Uuid;

/// Takes the job of these kinds whose turn it is, if there is one. Kinds are asked in the order given; a caller that
/// turns the order lets none starve.
///
/// # Errors
/// When the database does not answer.
pub(super) async fn claim(db: &Db, kinds: &[&dyn Kind], now: DateTime<Utc>) -> Result<Option<Job>, Error> {
    // Looked at first: who finds nothing takes no lock, and idle workers look all the time.
    if !is_any_due(db.read(), kinds, now).await? {
        return Ok(None);
    }
    for kind in kinds {
        for due in due(kind.word(), now) {
            if due.clone().one(db.read()).await?.is_none() {
                continue;
            }
            let tx = db.begin().await?;
            if let Some(job) = take(&tx, due, db.is_postgres(), now).await? {
                db::commit(tx).await?;
                return Ok(Some(job));
            }
        }
    }
    Ok(None)
}

/// Whether there is a job for these kinds: one statement, with a seek or two for each.
async fn is_any_due(connection: &impl ConnectionTrait, kinds: &[&dyn Kind], now: DateTime<Utc>) -> Result<bool, Error> {
    let due = kinds.iter().flat_map(|kind| due(kind.word(), now));
    let exists = |due: Select<Entity>| Expr::exists(due.select_only().column(Column::Id).into_query());
    let any = due.map(exists).fold(Condition::any(), Condition::add);
    let look = Query::select().expr(Expr::val(1)).cond_where(any).to_owned();
    Ok(connection.query_one(&look).await?.is_some())
}

/// The jobs of a kind whose turn it is; those first that somebody left.
fn due(kind: &str, now: DateTime<Utc>) -> [Select<Entity>; 2] {
    [abandoned(kind, now), waiting(kind, now)]
}

fn waiting(kind: &str, now: DateTime<Utc>) -> Select<Entity> {
    of_kind(kind, State::Waiting).filter(Column::RunAt.lte(now)).order_by_asc(Column::RunAt)
}

/// Jobs whose worker gave no sign of life.
fn abandoned(kind: &str, now: DateTime<Utc>) -> Select<Entity> {
    of_kind(kind, State::Running).filter(Column::LeasedUntil.lte(now)).order_by_asc(Column::RunAt)
}

fn of_kind(kind: &str, state: State) -> Select<Entity> {
    Entity::find().filter(Column::Kind.eq(kind)).filter(Column::State.eq(state.word()))
}

async fn take(
    tx: &DatabaseTransaction,
    mut due: Select<Entity>,
    postgres: bool,
    now: DateTime<Utc>,
) -> Result<Option<Job>, Error> {
    if postgres {
        due = due.lock_with_behavior(LockType::Update, LockBehavior::SkipLocked);
    }
    let Some(row) = due.one(tx).await? else { return Ok(None) };
    // Whoever died over it may have died of it.
    let tries = row.tries + i64::from(row.state == State::Running.word());
    let lease = Uuid::now_v7();
    let taken = ActiveModel {
        state: Set(State::Running.word().to_owned()),
        tries: Set(tries),
        leased_by: Set(Some(lease)),
        leased_until: Set(Some(now + LEASE)),
        updated_at: Set(now),
        ..Default::default()
    };
    Entity::update_many().set(taken).filter(Column::Id.eq(row.id)).exec(tx).await?;
    let state = State::Running.word().to_owned();
    Ok(Some(Job::from(Model { state, tries, leased_by: Some(lease), leased_until: Some(now + LEASE), ..row })))
}

/// Extends the lease; whether it was still there.
///
/// # Errors
/// When the database does not answer.
pub(super) async fn extend(db: &Db, job: &Job, now: DateTime<Utc>) -> Result<bool, Error> {
    moved(db, job, ActiveModel { leased_until: Set(Some(now + LEASE)), ..Default::default() }).await
}

/// Puts a job back for the next worker, as it stands.
///
/// # Errors
/// When the database does not answer.
pub(super) async fn give_back(db: &Db, job: &Job, now: DateTime<Utc>) -> Result<bool, Error> {
    moved(db, job, ended(State::Waiting, now)).await
}

/// Nothing is left of it; what it was asked to do is forgotten, since it may hold what only its receiver may know.
///
/// # Errors
/// When the database does not answer.
pub(super) async fn finish(db: &Db, job: &Job, now: DateTime<Utc>) -> Result<bool, Error> {
    let done = ActiveModel {
        failure: Set(None),
        payload: Set(json!({})),
        place: Set(Value::Null),
        finished_at: Set(Some(now)),
        ..ended(State::Done, now)
    };
    moved(db, job, done).await
}

/// Nothing is left of it, and nothing is to be seen of it.
///
/// # Errors
/// When the database does not answer.
pub(super) async fn remove(db: &Db, job: &Job) -> Result<bool, Error> {
    let tx = db.begin().await?;
    let mine = Condition::all().add(Column::Id.eq(job.id)).add(job.is_leased());
    let removed = Entity::delete_many().filter(mine).exec(&tx).await?.rows_affected == 1;
    db::commit(tx).await?;
    Ok(removed)
}

/// Lets it be tried again at `again`, or stand as failed.
///
/// # Errors
/// When the database does not answer.
pub(super) async fn fail(
    db: &Db,
    job: &Job,
    reason: &str,
    again: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
) -> Result<bool, Error> {
    let mut failed = ended(if again.is_some() { State::Waiting } else { State::Failed }, now);
    (failed.tries, failed.failure) = (Set(job.tries + 1), Set(Some(reason.to_owned())));
    match again {
        Some(at) => failed.run_at = Set(at),
        None => failed.finished_at = Set(Some(now)),
    }
    moved(db, job, failed).await
}

fn ended(state: State, now: DateTime<Utc>) -> ActiveModel {
    ActiveModel {
        state: Set(state.word().to_owned()),
        leased_by: Set(None),
        leased_until: Set(None),
        updated_at: Set(now),
        ..Default::default()
    }
}

async fn moved(db: &Db, job: &Job, change: ActiveModel) -> Result<bool, Error> {
    // Batches and imports write in larger pieces while nobody else does, for which a heartbeat does not count.
    let tx = db.begin_for_upkeep().await?;
    let mine = Condition::all().add(Column::Id.eq(job.id)).add(job.is_leased());
    let moved = Entity::update_many().set(change).filter(mine).exec(&tx).await?.rows_affected == 1;
    db::commit(tx).await?;
    Ok(moved)
}
