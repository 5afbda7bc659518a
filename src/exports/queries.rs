//! How exports are found, moved on, and swept away. Whoever asks names the owner: nobody sees another's.

use super::ask::subject;
use crate::audit::{self, Actor, Entry};
use crate::db::newest;
use crate::db::tables::exports::{ActiveModel, Column, Entity, Model};
use crate::error::Error;
use crate::files;
use crate::jobs::{self, Job, State as JobState};
use crate::web::paging::{Cursor, Slice};
use chrono::{DateTime, Duration, Utc};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter,
};
use std::collections::HashMap;
use uuid::Uuid;

/// How long the list says that an export is over.
const REMEMBERED: Duration = Duration::days(7);
/// How long one that was never finished stands there.
const REMEMBERED_UNFINISHED: Duration = Duration::days(30);

/// Where an export stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Its job waits.
    Waiting,
    /// Its job is at it.
    Running,
    /// It can be fetched.
    Done,
    /// Its job was given up.
    Failed,
    /// Its file is gone.
    Expired,
}

impl State {
    /// The word that machines read.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Running => "running",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Expired => "expired",
        }
    }

    /// Of an export and its job.
    #[must_use]
    pub fn of(row: &Model, job: Option<&Job>, now: DateTime<Utc>) -> Self {
        match (row.expires_at, job.map(Job::state)) {
            (Some(until), _) if until <= now => Self::Expired,
            (Some(_), _) => Self::Done,
            (None, Some(JobState::Waiting)) => Self::Waiting,
            (None, Some(JobState::Running)) => Self::Running,
            (None, Some(JobState::Done | JobState::Failed) | None) => Self::Failed,
        }
    }
}

/// An export of this owner.
///
/// # Errors
/// When the database does not answer.
pub async fn by_id(
    connection: &impl ConnectionTrait,
    (tenant, owner): (Uuid, &str),
    id: Uuid,
) -> Result<Option<Model>, Error> {
    Ok(anybodys(connection, tenant, id).await?.filter(|row| row.owner == owner))
}

/// An export, whoever's it is: for its own jobs.
pub(super) async fn anybodys(
    connection: &impl ConnectionTrait,
    tenant: Uuid,
    id: Uuid,
) -> Result<Option<Model>, Error> {
    Ok(Entity::find_by_id((tenant, id)).one(connection).await?)
}

/// The exports of this owner, newest first.
///
/// # Errors
/// [`Error::BadQuery`] for a cursor that is none.
pub async fn page(
    connection: &impl ConnectionTrait,
    (tenant, owner): (Uuid, &str),
    (cursor, size): (&Cursor, usize),
) -> Result<Slice<Model>, Error> {
    let find = Entity::find().filter(Column::TenantId.eq(tenant)).filter(Column::Owner.eq(owner));
    newest::of_entity(connection, find, (Column::Id, |row| row.id), (cursor, size)).await
}

/// Their jobs, by id, as far as they are still kept.
///
/// # Errors
/// When the database does not answer.
pub async fn jobs_of(connection: &impl ConnectionTrait, rows: &[Model]) -> Result<HashMap<Uuid, Job>, Error> {
    jobs::queries::by_ids(connection, rows.iter().map(|row| row.job_id)).await
}

fn this(row: &Model) -> Condition {
    Condition::all().add(Column::TenantId.eq(row.tenant_id)).add(Column::Id.eq(row.id))
}

/// A try has begun, with this file.
pub(super) async fn begun(tx: &DatabaseTransaction, row: &Model, file: Uuid) -> Result<(), Error> {
    let begun = ActiveModel { file_id: Set(Some(file)), ..Default::default() };
    Entity::update_many().set(begun).filter(this(row)).exec(tx).await?;
    Ok(())
}

/// Its file is whole; `false` where it was deleted meanwhile.
pub(super) async fn finished(
    tx: &DatabaseTransaction,
    row: &Model,
    (rows, size): (i64, i64),
    until: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<bool, Error> {
    let finished = ActiveModel {
        row_count: Set(rows),
        size: Set(size),
        finished_at: Set(Some(now)),
        expires_at: Set(Some(until)),
        ..Default::default()
    };
    Ok(Entity::update_many().set(finished).filter(this(row)).exec(tx).await?.rows_affected == 1)
}

/// Deletes an export of this owner; `None` where there is none. Its file is over with it and goes with the next sweep; one
/// that is being made ends with its job's next look.
///
/// # Errors
/// When the database does not answer.
pub async fn delete(
    tx: &DatabaseTransaction,
    actor: &Actor,
    (tenant, owner): (Uuid, &str),
    id: Uuid,
    now: DateTime<Utc>,
) -> Result<Option<Model>, Error> {
    let Some(row) = by_id(tx, (tenant, owner), id).await? else { return Ok(None) };
    if Entity::delete_many().filter(this(&row)).exec(tx).await?.rows_affected == 0 {
        return Ok(None);
    }
    if let Some(file) = row.file_id {
        files::end(tx, tenant, file, now).await?;
    }
    audit::record(tx, actor, tenant, Entry { action: "export.deleted", ..subject(&row) }, now).await?;
    Ok(Some(row))
}

/// Forgets exports that are over long since. Their files went when their time was over. How many.
///
/// # Errors
/// When the database does not answer.
pub async fn sweep(tx: &DatabaseTransaction, now: DateTime<Utc>) -> Result<u64, Error> {
    let unfinished =
        Condition::all().add(Column::ExpiresAt.is_null()).add(Column::CreatedAt.lte(now - REMEMBERED_UNFINISHED));
    let over = Condition::any().add(Column::ExpiresAt.lte(now - REMEMBERED)).add(unfinished);
    Ok(Entity::delete_many().filter(over).exec(tx).await?.rows_affected)
}
