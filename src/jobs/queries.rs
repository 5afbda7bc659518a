//! How jobs are found, retried by hand, and swept away.

use super::job::{Job, State};
use crate::audit::{self, Actor, Entry};
use crate::db::tables::jobs::{ActiveModel, Column, Entity};
use crate::error::Error;
use chrono::{DateTime, Duration, Utc};
use sea_orm::sea_query::ExprTrait;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, DatabaseTransaction, EntityTrait, PaginatorTrait,
    QueryFilter, QueryOrder, QuerySelect,
};
use std::collections::HashMap;
use uuid::Uuid;

/// How long a finished job can be looked at.
const KEPT: Duration = Duration::days(7);
/// How long one that failed can be retried.
const KEPT_FAILED: Duration = Duration::days(90);
/// How many go at once: a sweep holds up nobody.
const SWEPT_AT_ONCE: u64 = 1_000;

/// A job of this tenant.
///
/// # Errors
/// When the database does not answer.
pub async fn by_id(connection: &impl ConnectionTrait, tenant: Uuid, id: Uuid) -> Result<Option<Job>, Error> {
    Ok(anywhere(connection, id).await?.filter(|job| job.tenant_id == Some(tenant)))
}

/// Those of these jobs that are still kept, by id.
///
/// # Errors
/// When the database does not answer.
pub async fn by_ids(
    connection: &impl ConnectionTrait,
    ids: impl Iterator<Item = Uuid>,
) -> Result<HashMap<Uuid, Job>, Error> {
    let found = Entity::find().filter(Column::Id.is_in(ids)).all(connection).await?;
    Ok(found.into_iter().map(|row| (row.id, Job::from(row))).collect())
}

pub(super) async fn anywhere(connection: &impl ConnectionTrait, id: Uuid) -> Result<Option<Job>, Error> {
    Ok(Entity::find_by_id(id).one(connection).await?.map(Job::from))
}

/// The jobs of a tenant in this state, at most `most`: those that failed or finished last first, the others in the order
/// in which they came; and how many there are.
///
/// # Errors
/// When the database does not answer.
pub async fn in_state(
    connection: &impl ConnectionTrait,
    tenant: Uuid,
    state: State,
    most: u64,
) -> Result<(Vec<Job>, u64), Error> {
    let all = Entity::find().filter(Column::TenantId.eq(tenant)).filter(Column::State.eq(state.word()));
    let count = all.clone().count(connection).await?;
    let ordered = match state {
        State::Waiting | State::Running => all.order_by_asc(Column::Id),
        State::Done | State::Failed => all.order_by_desc(Column::Id),
    };
    let rows = ordered.limit(most).all(connection).await?;
    Ok((rows.into_iter().map(Job::from).collect(), count))
}

/// Whether a job of these kinds is due, or in the hands of a worker somewhere: asked at once, because one that is just being
/// taken is neither to whoever asks twice.
///
/// # Errors
/// When the database does not answer.
pub async fn is_any_left(connection: &impl ConnectionTrait, kinds: &[&str], now: DateTime<Utc>) -> Result<bool, Error> {
    let running = Column::State.eq(State::Running.word()).and(Column::LeasedUntil.gt(now));
    let due = Column::State.eq(State::Waiting.word()).and(Column::RunAt.lte(now));
    let left = Entity::find().filter(Column::Kind.is_in(kinds.iter().copied())).filter(running.or(due));
    Ok(left.one(connection).await?.is_some())
}

/// Lets a job that failed, or waits after a failure, run at once. `None` where the tenant has no such job.
///
/// # Errors
/// When the database does not answer.
pub async fn retry(
    tx: &DatabaseTransaction,
    actor: &Actor,
    (tenant, id): (Uuid, Uuid),
    now: DateTime<Utc>,
) -> Result<Option<Job>, Error> {
    let Some(job) = by_id(tx, tenant, id).await? else { return Ok(None) };
    let waits = Condition::all().add(Column::State.eq(State::Waiting.word())).add(Column::Failure.is_not_null());
    let stuck = Condition::any().add(Column::State.eq(State::Failed.word())).add(waits);
    let again = ActiveModel {
        state: Set(State::Waiting.word().to_owned()),
        tries: Set(0),
        run_at: Set(now),
        finished_at: Set(None),
        updated_at: Set(now),
        ..Default::default()
    };
    let moved = Entity::update_many().set(again).filter(Column::Id.eq(id)).filter(stuck).exec(tx).await?;
    if moved.rows_affected > 0 {
        let entry = Entry {
            action: "job.retried",
            subject_kind: "job",
            subject_id: id.to_string(),
            subject_label: job.label.clone(),
            ..Entry::default()
        };
        audit::record(tx, actor, tenant, entry, now).await?;
    }
    Ok(Some(job))
}

/// Removes jobs that are over long since. How many.
///
/// # Errors
/// When the database does not answer.
pub async fn sweep(tx: &DatabaseTransaction, now: DateTime<Utc>) -> Result<u64, Error> {
    let over = |state: State, kept| {
        Condition::all().add(Column::State.eq(state.word())).add(Column::FinishedAt.lte(now - kept))
    };
    let old = Condition::any().add(over(State::Done, KEPT)).add(over(State::Failed, KEPT_FAILED));
    let ids: Vec<Uuid> =
        Entity::find().select_only().column(Column::Id).filter(old).limit(SWEPT_AT_ONCE).into_tuple().all(tx).await?;
    if ids.is_empty() {
        return Ok(0);
    }
    Ok(Entity::delete_many().filter(Column::Id.is_in(ids)).exec(tx).await?.rows_affected)
}
