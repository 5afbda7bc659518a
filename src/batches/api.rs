//! `/api/v1/batches`.

use super::create::{self, Outcome};
use super::plan::Typed;
use super::queries;
use super::void::{self, Turn};
use crate::accounts::caller::{ReadsCoupons, WritesCoupons};
use crate::db::Db;
use crate::db::tables::batches::Model;
use crate::error::{Error, Fault};
use crate::jobs::{Job, State};
use crate::web::api::{self, Answer, Body, List, Once, Query};
use crate::web::paging::Cursor;
use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use sea_orm::ConnectionTrait;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use uuid::Uuid;

/// The query of a list of batches.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Wanted {
    /// Of this coupon alone.
    pub coupon_id: Option<Uuid>,
    /// The `next` of the page before.
    #[schemars(with = "Option<Uuid>")]
    pub after: Option<String>,
    /// So many at once.
    pub limit: Option<api::Limit>,
}

/// Many codes for a coupon.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BatchFields {
    /// The coupon they are for.
    pub coupon_id: Uuid,
    /// How many.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub count: i64,
    /// What they begin with.
    #[serde(default)]
    #[schemars(length(max = 127), regex(pattern = "^[ A-Za-z0-9._-]*$"))]
    pub prefix: String,
    /// How many random characters; 12 where nothing is said.
    #[serde(default = "twelve")]
    #[schemars(range(min = 1, max = 64))]
    pub length: i64,
    /// A dash after so many characters; none where nothing is said.
    #[serde(default)]
    #[schemars(range(min = 1, max = 64))]
    pub group: Option<i64>,
    /// How often each can be used: once where nothing is said, null is unlimited.
    #[serde(default = "once")]
    #[schemars(range(min = 1))]
    pub max_uses: Option<i64>,
}

const fn twelve() -> i64 {
    12
}

#[expect(clippy::unnecessary_wraps, reason = "the default of a field that may be null")]
const fn once() -> Option<i64> {
    Some(1)
}

/// A batch.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct BatchView {
    /// Its id.
    pub id: Uuid,
    /// The coupon its codes are for.
    pub coupon_id: Uuid,
    /// `waiting`, `running`, `done` or `failed`.
    pub state: &'static str,
    /// Why it failed, the last time.
    pub failure: Option<String>,
    /// How many codes were asked for.
    pub count: i64,
    /// How many there are.
    pub made: i64,
    /// What they begin with.
    pub prefix: String,
    /// How many random characters they have.
    pub length: i64,
    /// How many characters stand together.
    pub group: Option<i64>,
    /// How often each can be used.
    pub max_uses: Option<i64>,
    /// Since when its unused codes are void.
    pub voided_at: Option<DateTime<Utc>>,
    /// How many codes are void.
    pub voided: i64,
    /// When it was asked for.
    pub created_at: DateTime<Utc>,
}

impl BatchView {
    fn of(row: Model, jobs: &HashMap<Uuid, Job>) -> Self {
        let unfinished = |id: &Uuid| jobs.get(id).filter(|job| job.state() != State::Done);
        let job = unfinished(&row.job_id).or_else(|| row.void_job_id.as_ref().and_then(unfinished));
        // A job that was given up is forgotten after a while; what it left undone is not.
        let rest = if row.made < row.count { State::Failed } else { State::Done };
        Self {
            id: row.id,
            coupon_id: row.coupon_id,
            state: job.map_or(rest, Job::state).word(),
            failure: job.and_then(|job| job.failure.clone()),
            count: row.count,
            made: row.made,
            prefix: row.prefix,
            length: row.length,
            group: row.group_size,
            max_uses: row.max_uses,
            voided_at: row.voided_at,
            voided: row.voided,
            created_at: row.created_at,
        }
    }
}

/// `GET /api/v1/batches`, newest first.
///
/// # Errors
/// [`Error::BadQuery`] for a cursor that is none.
pub async fn index(who: ReadsCoupons, db: web::Data<Db>, Query(wanted): Query<Wanted>) -> Result<HttpResponse, Error> {
    let cursor = Cursor { after: wanted.after, before: None };
    let size = wanted.limit.unwrap_or_default().get();
    let found = queries::page(db.read(), who.tenant.id, wanted.coupon_id, (&cursor, size)).await?;
    let jobs = queries::jobs_of(db.read(), &found.rows).await?;
    api::json(&List::from(found.map(|row| BatchView::of(row, &jobs))))
}

/// `GET /api/v1/batches/{id}`.
///
/// # Errors
/// [`Error::NotFound`] for a batch that the tenant does not have.
pub async fn show(who: ReadsCoupons, db: web::Data<Db>, id: api::Id) -> Result<HttpResponse, Error> {
    let row = queries::by_id(db.read(), who.tenant.id, *id).await?.ok_or(Error::NotFound)?;
    api::json(&view(db.read(), row).await?)
}

/// `POST /api/v1/batches`: 201 with the batch, whose codes a job makes.
///
/// # Errors
/// 422 with what is wrong with which field; 409 `deleted`.
pub async fn create(
    who: WritesCoupons,
    db: web::Data<Db>,
    Body { data, once }: Body<BatchFields>,
) -> Result<HttpResponse, Error> {
    let refused = |errors: &_| api::refuse(errors, str::to_owned);
    let plan = typed(&data).read().map_err(|errors| refused(&errors))?;
    let there = queries::like(db.search(), who.tenant.id, &plan.pattern, plan.length).await?;
    api::once(&db, who.request_key(&once).as_ref(), who.now, async |tx| {
        let subject = (who.tenant.id, data.coupon_id);
        let asked = create::create(tx, &who.actor(), subject, (plan, there), who.now).await;
        match asked.map_err(|error| unknown(error, data.coupon_id))? {
            Outcome::Asked(row) => {
                let path = format!("/api/v1/batches/{}", row.id);
                Ok(Answer::of(StatusCode::CREATED, &view(tx, *row).await?)?.located(path))
            }
            Outcome::Invalid(errors) => Err(refused(&errors)),
            Outcome::Deleted => {
                let detail = "This coupon is deleted. Restore it before you change it.";
                Err(Fault::new("deleted", "Deleted", detail).with_status(StatusCode::CONFLICT))
            }
        }
    })
    .await
}

/// `POST /api/v1/batches/{id}/void`: the batch, whose unused codes a job makes void. Doing it again changes nothing.
///
/// # Errors
/// As [`show`]; 409 `conflict` while its codes are being made.
pub async fn void(who: WritesCoupons, db: web::Data<Db>, id: api::Id, once: Once) -> Result<HttpResponse, Error> {
    api::once(&db, who.request_key(&once).as_ref(), who.now, async |tx| {
        let row = void::turn(tx, &who.actor(), (who.tenant.id, *id), Turn::Void, who.now).await?;
        Answer::of(StatusCode::OK, &view(tx, row).await?)
    })
    .await
}

async fn view(connection: &impl ConnectionTrait, row: Model) -> Result<BatchView, Error> {
    let jobs = queries::jobs_of(connection, std::slice::from_ref(&row)).await?;
    Ok(BatchView::of(row, &jobs))
}

fn typed(data: &BatchFields) -> Typed {
    let optional = |number: Option<i64>| number.map(|number| number.to_string()).unwrap_or_default();
    Typed {
        count: data.count.to_string(),
        prefix: data.prefix.clone(),
        length: data.length.to_string(),
        group: optional(data.group),
        max_uses: optional(data.max_uses),
    }
}

/// A coupon that the tenant does not have is a fault of the body.
fn unknown(error: Error, coupon: Uuid) -> Error {
    if !matches!(error, Error::NotFound) {
        return error;
    }
    let detail = format!("There is no coupon {coupon} here.");
    let fault = Fault::new("invalid", "Not acceptable", detail.clone()).on("coupon_id", "invalid", detail);
    fault.with_status(StatusCode::UNPROCESSABLE_ENTITY)
}
