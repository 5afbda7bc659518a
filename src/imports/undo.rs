//! Taking an import back: its codes that nobody has used become void, its coupons that nobody has used are deleted. What
//! was used or is held stays. The same rows imported again come back.

use super::check::{load, write};
use super::make::{self, Settled};
use super::queries;
use super::run::{payload, ran_by, subject};
use super::state::{Outcome, State};
use crate::audit::{self, Actor, Change, Entry};
use crate::coupons::actions::{self, Action};
use crate::db::tables::import_rows::Model as Row;
use crate::db::tables::imports::{ActiveModel, Column, Entity, Model};
use crate::db::tables::{codes, coupons};
use crate::db::{self, Db};
use crate::error::Error;
use crate::jobs::{self, Failure, Job, Kind, Lane, New, Step, Stepping};
use chrono::{DateTime, Utc};
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ActiveValue::Set, ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use std::collections::BTreeSet;
use uuid::Uuid;

/// The word in the rows.
pub const WORD: &str = "import.undo";
/// Codes of one transaction.
const CODES_AT_ONCE: u64 = 1_000;
/// Coupons of one transaction: each has an audit entry.
const COUPONS_AT_ONCE: u64 = 100;

/// Asks for it, with a job and one audit entry; nothing happens to an import that is taken back already.
///
/// # Errors
/// [`Error::NotFound`] for an import that the tenant does not have; [`Error::Conflict`] for one that did not run to its end.
pub async fn undo(
    tx: &DatabaseTransaction,
    actor: &Actor,
    (tenant, id): (Uuid, Uuid),
    now: DateTime<Utc>,
) -> Result<Model, Error> {
    let import = queries::lock(tx, tenant, id).await?.ok_or(Error::NotFound)?;
    match State::of(&import.state) {
        State::Done => {}
        State::Undoing | State::Undone => return Ok(import),
        _ => return Err(Error::Conflict("Only an import that has run can be taken back.".to_owned())),
    }
    let job = New {
        kind: WORD,
        tenant: Some(tenant),
        label: format!("Take back the import of {}", import.file_name),
        link: Some(format!("/dashboard/imports/{id}")),
        payload: payload(id),
        total: Some(import.made),
        run_at: None,
    };
    let job_id = Some(jobs::enqueue(tx, job, now).await?);
    let state = State::Undoing.word().to_owned();
    let row = ActiveModel {
        state: Set(state.clone()),
        job_id: Set(job_id),
        undone_at: Set(Some(now)),
        ran_by: Set(Some(actor.label.clone())),
        ran_by_id: Set(actor.id),
        ..Default::default()
    };
    write(tx, &import, row).await?;
    let entry = Entry {
        action: "import.undone",
        changes: vec![Change::new("rows that were imported", (), import.made)],
        ..subject(&import)
    };
    audit::record(tx, actor, tenant, entry, now).await?;
    Ok(Model { state, job_id, undone_at: Some(now), ..import })
}

/// Carries it out.
#[derive(Debug)]
pub struct Undo {
    db: Db,
}

impl Undo {
    /// On this database.
    #[must_use]
    pub fn new(db: &Db) -> Self {
        Self { db: db.clone() }
    }

    async fn piece(&self, job: &Job, now: DateTime<Utc>) -> Result<Step, Failure> {
        let Some(import) = load(&self.db, job, State::Undoing).await? else { return Ok(Step::Done) };
        let last: i64 = job.place()?.unwrap_or_default();
        let most = if import.coupon_id.is_some() { CODES_AT_ONCE } else { COUPONS_AT_ONCE };
        let rows = queries::next(self.db.read(), &import, &[Outcome::Made], (last, most)).await?;
        let tx = self.db.begin().await?;
        let Some(end) = rows.last().map(|row| row.number) else {
            write(&tx, &import, ActiveModel { state: Set(State::Undone.word().to_owned()), ..Default::default() })
                .await?;
            job.keep(&tx, &i64::MAX, (job.done, job.total), now).await?;
            db::commit(tx).await?;
            return Ok(Step::Done);
        };
        let free = match import.coupon_id {
            Some(_) => void(&tx, &import, &rows, now).await?,
            None => delete(&tx, &import, &rows, now).await?,
        };
        let of = |row: &&Row| row.code_id.is_some_and(|code| free.contains(&code));
        let settled: Vec<Settled> = rows.iter().filter(of).map(Settled::undone).collect();
        make::settle(&tx, (import.tenant_id, import.id), &settled).await?;
        let count = |rows: usize| i64::try_from(rows).unwrap_or(i64::MAX);
        Entity::update_many()
            .col_expr(Column::Undone, Expr::col(Column::Undone).add(count(settled.len())))
            .filter(Column::TenantId.eq(import.tenant_id))
            .filter(Column::Id.eq(import.id))
            .exec(&tx)
            .await?;
        job.keep(&tx, &end, (job.done + count(rows.len()), job.total), now).await?;
        db::commit(tx).await?;
        Ok(Step::More)
    }
}

/// Voids the codes of these rows that nobody has used or holds; which.
async fn void(
    tx: &DatabaseTransaction,
    import: &Model,
    rows: &[Row],
    now: DateTime<Utc>,
) -> Result<BTreeSet<Uuid>, Error> {
    use codes::Column as Code;
    let ids: Vec<Uuid> = rows.iter().filter_map(|row| row.code_id).collect();
    let free = || {
        codes::Entity::find()
            .filter(Code::TenantId.eq(import.tenant_id))
            .filter(Code::Id.is_in(ids.iter().copied()))
            .filter(Code::Uses.eq(0))
            .filter(Code::Held.eq(0))
            .filter(Code::DeletedAt.is_null())
    };
    // Whoever redeems locks the code: what was taken meanwhile is not free any more.
    let locked = free().order_by_asc(Code::Id).lock_exclusive().all(tx).await?;
    let free: BTreeSet<Uuid> =
        locked.into_iter().filter(|code| code.uses == 0 && code.held == 0).map(|code| code.id).collect();
    codes::Entity::update_many()
        .col_expr(Code::DeletedAt, Expr::value(now))
        .filter(Code::TenantId.eq(import.tenant_id))
        .filter(Code::Id.is_in(free.iter().copied()))
        .exec(tx)
        .await?;
    Ok(free)
}

/// Deletes the coupons of these rows that nobody has used or holds; their codes.
async fn delete(
    tx: &DatabaseTransaction,
    import: &Model,
    rows: &[Row],
    now: DateTime<Utc>,
) -> Result<BTreeSet<Uuid>, Error> {
    use coupons::Column as Coupon;
    let ids: Vec<Uuid> = rows.iter().filter_map(|row| row.coupon_id).collect();
    let locked = coupons::Entity::find()
        .filter(Coupon::TenantId.eq(import.tenant_id))
        .filter(Coupon::Id.is_in(ids))
        .order_by_asc(Coupon::Id)
        .lock_exclusive()
        .all(tx)
        .await?;
    let unused = |coupon: &coupons::Model| coupon.uses == 0 && coupon.held == 0 && coupon.deleted_at.is_none();
    let free: BTreeSet<Uuid> = locked.iter().filter(|coupon| unused(coupon)).map(|coupon| coupon.id).collect();
    let list: Vec<Uuid> = free.iter().copied().collect();
    actions::act(tx, &ran_by(import), import.tenant_id, Action::Delete, &list, now).await?;
    let of = |row: &&Row| row.coupon_id.is_some_and(|coupon| free.contains(&coupon));
    Ok(rows.iter().filter(of).filter_map(|row| row.code_id).collect())
}

impl Kind for Undo {
    fn word(&self) -> &'static str {
        WORD
    }

    fn label(&self) -> &'static str {
        "Taking an import back"
    }

    fn lane(&self) -> Lane {
        Lane::Long
    }

    fn step<'a>(&'a self, job: &'a Job, now: DateTime<Utc>) -> Stepping<'a> {
        Box::pin(self.piece(job, now))
    }
}
