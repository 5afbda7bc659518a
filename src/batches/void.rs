//! Voiding a batch: nobody can use its unused codes any more. What was used or is held stays; it can be taken back.

use super::queries;
use crate::audit::{self, Actor, Change, Entry};
use crate::coupons::{queries as coupon_queries, rows, subject};
use crate::db::tables::batches::{ActiveModel, Column, Entity, Model};
use crate::db::tables::codes;
use crate::db::{self, Db};
use crate::error::Error;
use crate::jobs::{self, Failure, Job, Kind, Lane, New, Step, Stepping};
use chrono::{DateTime, Utc};
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ActiveValue::Set, ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;

/// The word in the rows.
pub const WORD: &str = "batch.void";
/// Codes of one transaction: short enough that nobody who redeems waits for it.
const AT_ONCE: u64 = 1_000;

/// Whether codes become void, or valid again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// The unused codes cannot be used any more.
    Void,
    /// Those that were voided can be used again.
    Restore,
}

impl Turn {
    /// The word of addresses.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Void => "void",
            Self::Restore => "restore",
        }
    }

    const fn entry(self) -> &'static str {
        match self {
            Self::Void => "batch.voided",
            Self::Restore => "batch.restored",
        }
    }
}

/// Asks for it, with a job and one audit entry; nothing happens to a batch that is so already. The batch as it is now.
///
/// # Errors
/// [`Error::NotFound`] for a batch that the tenant does not have; [`Error::Conflict`] while its codes are being made, or
/// made void, or restored.
pub async fn turn(
    tx: &DatabaseTransaction,
    actor: &Actor,
    (tenant, id): (Uuid, Uuid),
    turn: Turn,
    now: DateTime<Utc>,
) -> Result<Model, Error> {
    let batch = queries::lock(tx, tenant, id).await?.ok_or(Error::NotFound)?;
    if batch.voided_at.is_some() == (turn == Turn::Void) {
        return Ok(batch);
    }
    for job in std::iter::once(batch.job_id).chain(batch.void_job_id) {
        let moves = jobs::queries::by_id(tx, tenant, job).await?.is_some_and(|job| job.progress().moves());
        if moves {
            return Err(Error::Conflict(
                "Its codes are still being worked on. Try again when that is done.".to_owned(),
            ));
        }
    }
    let coupon = rows::load(tx, tenant, &[batch.coupon_id]).await?.remove(&batch.coupon_id).ok_or(Error::NotFound)?;
    let code = coupon_queries::first_code(tx, tenant, coupon.id).await?;
    let name = code.as_ref().map_or_else(|| coupon.name.clone(), ToString::to_string);
    let label = match turn {
        Turn::Void => format!("Void the unused codes of a batch of {name}"),
        Turn::Restore => format!("Restore the codes of a batch of {name}"),
    };
    let at = batch.voided_at.unwrap_or(now);
    let job = New {
        kind: WORD,
        tenant: Some(tenant),
        label,
        link: Some(format!("/dashboard/batches/{id}")),
        payload: json!({ "batch": id, "void": turn == Turn::Void, "at": at }),
        total: Some(batch.made),
        run_at: None,
    };
    let job = jobs::enqueue(tx, job, now).await?;
    let voided_at = (turn == Turn::Void).then_some(now);
    let row = ActiveModel { voided_at: Set(voided_at), void_job_id: Set(Some(job)), ..Default::default() };
    let this = Entity::update_many().set(row).filter(Column::TenantId.eq(tenant)).filter(Column::Id.eq(id));
    this.exec(tx).await?;
    let change = Change::new("voided_at", json!(batch.voided_at), json!(voided_at));
    let entry = Entry { action: turn.entry(), changes: vec![change], ..subject(&coupon, code.as_ref()) };
    audit::record(tx, actor, tenant, entry, now).await?;
    Ok(Model { voided_at, void_job_id: Some(job), ..batch })
}

/// Carries it out.
#[derive(Debug)]
pub struct Carry {
    db: Db,
}

#[derive(Deserialize)]
struct Payload {
    batch: Uuid,
    void: bool,
    /// The instant that marks the codes of this void.
    at: DateTime<Utc>,
}

impl Carry {
    /// On this database.
    #[must_use]
    pub fn new(db: &Db) -> Self {
        Self { db: db.clone() }
    }

    async fn piece(&self, job: &Job, now: DateTime<Utc>) -> Result<Step, Failure> {
        use codes::Column as Code;
        let Payload { batch, void, at } = job.payload()?;
        let tenant = job.tenant_id.unwrap_or_default();
        let asked = queries::by_id(self.db.read(), tenant, batch).await?;
        if asked.is_none_or(|batch| batch.void_job_id != Some(job.id)) {
            // Given up, and another turn was asked for since.
            return Ok(Step::Done);
        }
        let last: Option<Uuid> = job.place()?;
        let ids: Vec<Uuid> = codes::Entity::find()
            .select_only()
            .column(Code::Id)
            .filter(Code::TenantId.eq(tenant))
            .filter(Code::BatchId.eq(batch))
            .filter(Code::Id.gt(last.unwrap_or_default()))
            .order_by_asc(Code::Id)
            .limit(AT_ONCE)
            .into_tuple()
            .all(self.db.read())
            .await?;
        let Some(last) = ids.last().copied() else { return Ok(Step::Done) };
        let seen = job.done + i64::try_from(ids.len()).unwrap_or_default();
        let tx = self.db.begin().await?;
        let these = codes::Entity::update_many().filter(Code::TenantId.eq(tenant)).filter(Code::Id.is_in(ids));
        let these = if void {
            // Whoever redeems locks the code: what was taken meanwhile is not void.
            let free = Code::Uses.eq(0).and(Code::Held.eq(0)).and(Code::DeletedAt.is_null());
            these.col_expr(Code::DeletedAt, Expr::value(at)).filter(free)
        } else {
            these.col_expr(Code::DeletedAt, Expr::value(None::<DateTime<Utc>>)).filter(Code::DeletedAt.eq(at))
        };
        let moved = i64::try_from(these.exec(&tx).await?.rows_affected).unwrap_or_default();
        noted(&tx, (tenant, batch), if void { moved } else { -moved }).await?;
        job.keep(&tx, &last, (seen, job.total), now).await?;
        db::commit(tx).await?;
        Ok(Step::More)
    }
}

async fn noted(tx: &DatabaseTransaction, (tenant, batch): (Uuid, Uuid), moved: i64) -> Result<(), Error> {
    Entity::update_many()
        .col_expr(Column::Voided, Expr::col(Column::Voided).add(moved))
        .filter(Column::TenantId.eq(tenant))
        .filter(Column::Id.eq(batch))
        .exec(tx)
        .await?;
    Ok(())
}

impl Kind for Carry {
    fn word(&self) -> &'static str {
        WORD
    }

    fn label(&self) -> &'static str {
        "Voiding codes"
    }

    fn lane(&self) -> Lane {
        Lane::Long
    }

    fn step<'a>(&'a self, job: &'a Job, now: DateTime<Utc>) -> Stepping<'a> {
        Box::pin(self.piece(job, now))
    }
}
