//! An import comes to be, is told what its columns mean, and is set to work.

use super::check::{self, write};
use super::fields::Mapping;
use super::queries;
use super::reading::Looked;
use super::run::{self, payload, subject};
use super::state::State;
use crate::audit::{self, Actor, Change, Entry};
use crate::clock;
use crate::db::tables::imports::{ActiveModel, Entity, Model};
use crate::error::Error;
use crate::jobs::{self, New};
use anyhow::anyhow;
use chrono::{DateTime, Utc};
use sea_orm::{ActiveValue::Set, DatabaseTransaction, EntityTrait};
use serde::Serialize;
use serde_json::Value;
use uuid::Uuid;

/// A file that is here.
#[derive(Clone, Debug)]
pub struct Upload {
    /// The coupon that its codes are for; `None` for whole coupons.
    pub coupon: Option<Uuid>,
    /// Where it is kept.
    pub file: Uuid,
    /// What it was called.
    pub name: String,
    /// Its bytes.
    pub size: i64,
    /// What was seen of it.
    pub looked: Looked,
    /// What its columns seem to mean.
    pub mapping: Mapping,
}

/// An import of this file.
///
/// # Errors
/// When the database does not answer.
pub async fn create(
    tx: &DatabaseTransaction,
    actor: &Actor,
    tenant: Uuid,
    upload: Upload,
    now: DateTime<Utc>,
) -> Result<Uuid, Error> {
    let id = clock::id_at(now);
    let row = ActiveModel {
        tenant_id: Set(tenant),
        id: Set(id),
        coupon_id: Set(upload.coupon),
        file_id: Set(upload.file),
        file_name: Set(upload.name),
        size: Set(upload.size),
        state: Set(State::New.word().to_owned()),
        looked: Set(value(&upload.looked)?),
        mapping: Set(value(&upload.mapping)?),
        created_by: Set(actor.label.clone()),
        created_at: Set(now),
        ..Default::default()
    };
    Entity::insert(row).exec_without_returning(tx).await?;
    Ok(id)
}

/// Keeps how a file is read and what its columns mean, without checking its rows.
///
/// # Errors
/// As [`check()`].
pub async fn keep(
    tx: &DatabaseTransaction,
    (tenant, id): (Uuid, Uuid),
    (looked, mapping): (&Looked, &Mapping),
) -> Result<(), Error> {
    let import = open(tx, tenant, id).await?;
    let row = ActiveModel {
        state: Set(State::New.word().to_owned()),
        looked: Set(value(looked)?),
        mapping: Set(value(mapping)?),
        problem: Set(None),
        ..Default::default()
    };
    write(tx, &import, row).await
}

/// Has every row checked, read so and with this meaning of its columns.
///
/// # Errors
/// [`Error::NotFound`] for an import that the tenant does not have; [`Error::Conflict`] for one that is being checked, or
/// has run.
pub async fn check(
    tx: &DatabaseTransaction,
    (tenant, id): (Uuid, Uuid),
    (looked, mapping): (&Looked, &Mapping),
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let import = open(tx, tenant, id).await?;
    let job = New {
        kind: check::WORD,
        tenant: Some(tenant),
        label: format!("Check the rows of {}", import.file_name),
        link: Some(format!("/dashboard/imports/{id}")),
        payload: payload(id),
        total: None,
        run_at: None,
    };
    let job_id = jobs::enqueue(tx, job, now).await?;
    let row = ActiveModel {
        state: Set(State::Checking.word().to_owned()),
        looked: Set(value(looked)?),
        mapping: Set(value(mapping)?),
        problem: Set(None),
        job_id: Set(Some(job_id)),
        ..Default::default()
    };
    write(tx, &import, row).await
}

/// Has what is new made, with a job and one audit entry; nothing happens to an import that runs or has run.
///
/// # Errors
/// [`Error::NotFound`] for an import that the tenant does not have; [`Error::Conflict`] for one that was not checked.
pub async fn run(
    tx: &DatabaseTransaction,
    actor: &Actor,
    (tenant, id): (Uuid, Uuid),
    now: DateTime<Utc>,
) -> Result<Model, Error> {
    let import = queries::lock(tx, tenant, id).await?.ok_or(Error::NotFound)?;
    match State::of(&import.state) {
        State::Checked => {}
        State::Running | State::Done | State::Undoing | State::Undone => return Ok(import),
        _ => return Err(Error::Conflict("Its rows have to be checked first.".to_owned())),
    }
    let job = New {
        kind: run::WORD,
        tenant: Some(tenant),
        label: format!("Import {} from {}", super::many(&import, import.fresh), import.file_name),
        link: Some(format!("/dashboard/imports/{id}")),
        payload: payload(id),
        total: Some(import.fresh),
        run_at: None,
    };
    let job_id = jobs::enqueue(tx, job, now).await?;
    let row = ActiveModel {
        state: Set(State::Running.word().to_owned()),
        job_id: Set(Some(job_id)),
        ran_by: Set(Some(actor.label.clone())),
        ran_by_id: Set(actor.id),
        ran_at: Set(Some(now)),
        ..Default::default()
    };
    write(tx, &import, row).await?;
    let changes = vec![
        Change::new("rows", (), import.row_count),
        Change::new("new", (), import.fresh),
        Change::new("size in bytes", (), import.size),
    ];
    audit::record(tx, actor, tenant, Entry { action: "import.started", changes, ..subject(&import) }, now).await?;
    Ok(import)
}

/// Lets go of an import that has not run; its file and rows go with the next sweeps.
///
/// # Errors
/// As [`check()`].
pub async fn discard(tx: &DatabaseTransaction, (tenant, id): (Uuid, Uuid)) -> Result<Model, Error> {
    let import = open(tx, tenant, id).await?;
    write(tx, &import, ActiveModel { state: Set(State::Discarded.word().to_owned()), ..Default::default() }).await?;
    Ok(import)
}

async fn open(tx: &DatabaseTransaction, tenant: Uuid, id: Uuid) -> Result<Model, Error> {
    let import = queries::lock(tx, tenant, id).await?.ok_or(Error::NotFound)?;
    let state = State::of(&import.state);
    if state.is_open() {
        return Ok(import);
    }
    // A check that was given up may be begun anew.
    let stuck = match import.job_id {
        Some(job) => jobs::queries::by_id(tx, tenant, job).await?.is_some_and(|job| job.state() == jobs::State::Failed),
        None => false,
    };
    if state == State::Checking && stuck {
        return Ok(import);
    }
    Err(Error::Conflict("This import is being worked on, or has run already.".to_owned()))
}

fn value(of: &impl Serialize) -> Result<Value, Error> {
    serde_json::to_value(of).map_err(|error| Error::Internal(anyhow!(error)))
}
