//! `/api/v1/exports`.

use super::ask::{self, Wanted as Asked};
use super::filter::Filter;
use super::pages::file::of;
use super::queries::{self, State};
use super::subject::Subject;
use crate::accounts::caller::Exports;
use crate::db::Db;
use crate::db::tables::exports::Model;
use crate::error::Error;
use crate::files;
use crate::jobs::Job;
use crate::sheets::Format;
use crate::web::api::{self, Answer, Body, List, Query};
use crate::web::paging::Cursor;
use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use sea_orm::ConnectionTrait;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The query of a list of exports.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Wanted {
    /// The `next` of the page before.
    #[schemars(with = "Option<Uuid>")]
    pub after: Option<String>,
    /// So many at once.
    pub limit: Option<api::Limit>,
}

/// An export to be made.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ExportFields {
    /// Rows of what.
    pub subject: Subject,
    /// `xlsx` where nothing is said.
    #[serde(default = "xlsx")]
    pub format: Format,
    /// Which of them; all where nothing is said.
    #[serde(default)]
    pub filter: Filter,
}

const fn xlsx() -> Format {
    Format::Xlsx
}

/// An export.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ExportView {
    /// Its id.
    pub id: Uuid,
    /// Rows of what.
    pub subject: String,
    /// `xlsx` or `csv`.
    pub format: String,
    /// Which of them.
    pub filter: Filter,
    /// What people call it.
    pub label: String,
    /// `waiting`, `running`, `done`, `failed` or `expired`.
    pub state: &'static str,
    /// Why it failed, the last time.
    pub failure: Option<String>,
    /// How many rows it has; null before it is done.
    pub rows: Option<i64>,
    /// How many bytes; null before it is done.
    pub size: Option<i64>,
    /// Where the file is, while it is there.
    pub file: Option<String>,
    /// When it was asked for.
    pub created_at: DateTime<Utc>,
    /// Since when it is done.
    pub finished_at: Option<DateTime<Utc>>,
    /// Until when the file is there.
    pub expires_at: Option<DateTime<Utc>>,
}

impl ExportView {
    fn of(row: Model, job: Option<&Job>, now: DateTime<Utc>) -> Self {
        let state = State::of(&row, job, now);
        let done = row.finished_at.is_some();
        Self {
            id: row.id,
            filter: serde_json::from_value(row.filter).unwrap_or_default(),
            subject: row.subject,
            format: row.format,
            label: row.label,
            state: state.word(),
            failure: job.and_then(|job| job.failure.clone()),
            rows: done.then_some(row.row_count),
            size: done.then_some(row.size),
            file: (state == State::Done).then(|| format!("/api/v1/exports/{}/file", row.id)),
            created_at: row.created_at,
            finished_at: row.finished_at,
            expires_at: row.expires_at,
        }
    }
}

/// `GET /api/v1/exports`: the caller's own, newest first.
///
/// # Errors
/// [`Error::BadQuery`] for a cursor that is none.
pub async fn index(who: Exports, db: web::Data<Db>, Query(wanted): Query<Wanted>) -> Result<HttpResponse, Error> {
    let cursor = Cursor { after: wanted.after, before: None };
    let size = wanted.limit.unwrap_or_default().get();
    let found = queries::page(db.read(), (who.tenant.id, &who.word()), (&cursor, size)).await?;
    let jobs = queries::jobs_of(db.read(), &found.rows).await?;
    let view = |row: Model| {
        let job = jobs.get(&row.job_id);
        ExportView::of(row, job, who.now)
    };
    api::json(&List::from(found.map(view)))
}

/// `GET /api/v1/exports/{id}`.
///
/// # Errors
/// [`Error::NotFound`] for an export that the caller does not have.
pub async fn show(who: Exports, db: web::Data<Db>, id: api::Id) -> Result<HttpResponse, Error> {
    let row = queries::by_id(db.read(), (who.tenant.id, &who.word()), *id).await?.ok_or(Error::NotFound)?;
    api::json(&view(db.read(), row, who.now).await?)
}

/// `POST /api/v1/exports`: 201 with the export, which a job makes.
///
/// # Errors
/// 422 with what is wrong with which field; [`Error::Forbidden`] for what the role may not have.
pub async fn create(
    who: Exports,
    db: web::Data<Db>,
    Body { data, once }: Body<ExportFields>,
) -> Result<HttpResponse, Error> {
    if who.as_user().is_some_and(|user| !user.reaches(data.subject.least_role())) {
        return Err(Error::Forbidden("Only administrators, and keys with the scope exports, export this."));
    }
    let asked = Asked { subject: data.subject, format: data.format, filter: data.filter };
    let name = |field: &str| format!("filter.{field}");
    let checked = asked.check(&db, &who.tenant).await?.map_err(|errors| api::refuse(&errors, name))?;
    api::once(&db, who.request_key(&once).as_ref(), who.now, async |tx| {
        let row = ask::create(tx, &who.actor(), (who.tenant.id, who.word()), checked, who.now).await?;
        let path = format!("/api/v1/exports/{}", row.id);
        Ok(Answer::of(StatusCode::CREATED, &view(tx, row, who.now).await?)?.located(path))
    })
    .await
}

/// `DELETE /api/v1/exports/{id}`: with its file.
///
/// # Errors
/// As [`show`].
pub async fn delete(who: Exports, db: web::Data<Db>, id: api::Id, once: api::Once) -> Result<HttpResponse, Error> {
    api::once(&db, who.request_key(&once).as_ref(), who.now, async |tx| {
        let gone = queries::delete(tx, &who.actor(), (who.tenant.id, &who.word()), *id, who.now).await?;
        gone.map(|_| Answer::no_content()).ok_or(Error::NotFound)
    })
    .await
}

/// `GET /api/v1/exports/{id}/file`.
///
/// # Errors
/// As [`show`]; 410 `expired` when its time is over, 409 `not_ready` before it is whole.
pub async fn file(who: Exports, db: web::Data<Db>, request: HttpRequest, id: api::Id) -> Result<HttpResponse, Error> {
    let reaches = |role| who.as_user().is_none_or(|user| user.reaches(role));
    let file = of(&db, &who.tenant, (&who.word(), *id), reaches, who.now).await?;
    Ok(files::download(&db, &file, &request))
}

async fn view(connection: &impl ConnectionTrait, row: Model, now: DateTime<Utc>) -> Result<ExportView, Error> {
    let jobs = queries::jobs_of(connection, std::slice::from_ref(&row)).await?;
    let job = jobs.get(&row.job_id).cloned();
    Ok(ExportView::of(row, job.as_ref(), now))
}
