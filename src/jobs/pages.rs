//! `/dashboard/jobs`: what runs, what waits, what failed and why.

use super::job::{Job, Progress, State};
use super::{Jobs, queries};
use crate::accounts::guards::Admin;
use crate::accounts::shell::{Section, Shell};
use crate::calendar;
use crate::db::{self, Db};
use crate::error::Error;
use crate::web::html;
use crate::web::notice::Notice;
use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use askama::Template;
use uuid::Uuid;

const PATH: &str = "/dashboard/jobs";
/// Rows of each state that the page shows.
const SHOWN: u64 = 20;

struct Row {
    id: Uuid,
    kind: &'static str,
    link: Option<String>,
    progress: Progress,
    when: String,
    tries: i64,
    may_retry: bool,
}

/// The rows of one state.
struct Group {
    id: &'static str,
    title: &'static str,
    when: &'static str,
    badge: (&'static str, &'static str),
    rows: Vec<Row>,
    more: u64,
}

struct Sheet {
    groups: Vec<Group>,
    moves: bool,
}

#[derive(Template)]
#[template(path = "jobs/index.html")]
struct Page {
    shell: Shell,
    sheet: Sheet,
}

#[derive(Template)]
#[template(path = "jobs/_fragment.html")]
struct Fragment {
    sheet: Sheet,
}

/// `GET /dashboard/jobs`.
///
/// # Errors
/// As the guard.
pub async fn index(who: Admin, db: web::Data<Db>, jobs: web::Data<Jobs>) -> Result<HttpResponse, Error> {
    let sheet = sheet(&who, &db, &jobs).await?;
    if who.fragment {
        return html::with_status(StatusCode::OK, &Fragment { sheet });
    }
    html::page(&Page { shell: who.shell(Section::Jobs), sheet })
}

/// `POST /dashboard/jobs/{id}/retry`.
///
/// # Errors
/// [`Error::NotFound`] for a job that the tenant does not have.
pub async fn retry(who: Admin, db: web::Data<Db>, id: web::Path<Uuid>) -> Result<HttpResponse, Error> {
    let tx = db.begin().await?;
    let job = queries::retry(&tx, &who.actor(), (who.tenant.id, *id), who.now).await?.ok_or(Error::NotFound)?;
    db::commit(tx).await?;
    Ok(Notice::new(format!("“{}” is tried again.", job.label)).on(html::see_other(PATH)))
}

async fn sheet(who: &Admin, db: &Db, jobs: &Jobs) -> Result<Sheet, Error> {
    let kinds = [
        ("running", "Running", "Since", ("badge--active", "Running"), State::Running),
        ("failed", "Failed", "When", ("badge--refused", "Failed"), State::Failed),
        ("waiting", "Waiting", "Next", ("badge--held", "Waiting"), State::Waiting),
        ("done", "Done lately", "When", ("badge--expired", "Done"), State::Done),
    ];
    let mut groups = Vec::new();
    for (id, title, when, badge, state) in kinds {
        let (found, count) = queries::in_state(db.read(), who.tenant.id, state, SHOWN).await?;
        let more = count.saturating_sub(SHOWN);
        let rows: Vec<Row> = found.into_iter().map(|job| row(who, jobs, job)).collect();
        if !rows.is_empty() {
            groups.push(Group { id, title, when, badge, rows, more });
        }
    }
    let moves = groups.iter().any(|group| group.id == "running" || group.id == "waiting");
    Ok(Sheet { groups, moves })
}

fn row(who: &Admin, jobs: &Jobs, job: Job) -> Row {
    let state = job.state();
    let at = match state {
        State::Waiting => job.run_at.max(who.now),
        State::Running => job.created_at,
        State::Done | State::Failed => job.finished_at.unwrap_or(job.updated_at),
    };
    Row {
        id: job.id,
        kind: jobs.label(&job.kind),
        link: job.link.clone(),
        progress: job.progress(),
        when: calendar::from_now(at, who.now),
        tries: job.tries,
        may_retry: state == State::Failed || state == State::Waiting && job.failure.is_some(),
    }
}
