//! `GET /dashboard/exports`: the own exports, and the form for another one.

use super::create::Fields;
use crate::accounts::guards::Support;
use crate::accounts::role::Role;
use crate::accounts::shell::{Section, Shell};
use crate::calendar;
use crate::db::Db;
use crate::db::tables::exports::Model;
use crate::error::Error;
use crate::exports::queries::{self, State};
use crate::exports::subject::Subject;
use crate::jobs::{Job, Progress};
use crate::money::grouped;
use crate::sheets::Format;
use crate::web::form::{Errors, Query};
use crate::web::html;
use crate::web::paging::{Cursor, query};
use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use askama::Template;
use serde::Deserialize;
use uuid::Uuid;

const ROWS: usize = 20;

/// Where in the list.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Wanted {
    after: Option<String>,
    before: Option<String>,
}

/// An export as a row.
struct Shown {
    id: Uuid,
    label: String,
    format: &'static str,
    state: State,
    badge: (&'static str, &'static str),
    progress: Option<Progress>,
    rows: String,
    size: String,
    asked: String,
    until: String,
}

/// The rows of one page.
struct List {
    rows: Vec<Shown>,
    here: String,
    newer: Option<String>,
    older: Option<String>,
}

#[derive(Template)]
#[template(path = "exports/index.html")]
struct Page {
    shell: Shell,
    list: List,
    fields: Fields,
    errors: Errors,
    may: Vec<Subject>,
}

#[derive(Template)]
#[template(path = "exports/_list.html")]
struct Fragment {
    list: List,
}

/// `GET /dashboard/exports`.
///
/// # Errors
/// [`Error::BadRequest`] for a page that there is not.
pub async fn index(who: Support, db: web::Data<Db>, Query(wanted): Query<Wanted>) -> Result<HttpResponse, Error> {
    if who.fragment {
        let list = List::load(&who, &db, wanted).await?;
        return html::with_status(StatusCode::OK, &Fragment { list });
    }
    page(&who, &db, (wanted, Fields::default()), Errors::default()).await
}

/// The page with the form as it was sent, and what is wrong with it.
pub(super) async fn page(
    who: &Support,
    db: &Db,
    (wanted, fields): (Wanted, Fields),
    errors: Errors,
) -> Result<HttpResponse, Error> {
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let subjects = [Subject::Usage, Subject::Coupons, Subject::Audit].into_iter();
    let may = subjects.filter(|subject| who.reaches(subject.least_role())).collect();
    let list = List::load(who, db, wanted).await?;
    html::with_status(status, &Page { shell: who.shell(Section::Exports), list, fields, errors, may })
}

/// Whose exports somebody sees.
pub(super) fn owner(who: &Support) -> String {
    format!("user:{}", who.user.id)
}

impl Page {
    fn subjects(&self) -> impl Iterator<Item = (&'static str, &'static str)> {
        self.may.iter().map(|subject| (subject.word(), subject.label()))
    }

    fn formats(&self) -> impl Iterator<Item = (&'static str, &'static str)> {
        Format::ALL.iter().map(|format| (format.word(), format.label()))
    }

    fn is_admin(&self) -> bool {
        self.may.iter().any(|subject| subject.least_role() == Role::Admin)
    }
}

impl List {
    async fn load(who: &Support, db: &Db, wanted: Wanted) -> Result<Self, Error> {
        let cursor = Cursor { after: wanted.after, before: wanted.before };
        let found = queries::page(db.read(), (who.tenant.id, &owner(who)), (&cursor, ROWS)).await?;
        let jobs = queries::jobs_of(db.read(), &found.rows).await?;
        let path = |key: &str, id: &str| format!("/dashboard/exports{}", query(&[(key, id)]));
        Ok(Self {
            here: match (&cursor.after, &cursor.before) {
                (Some(after), _) => path("after", after),
                (None, Some(before)) => path("before", before),
                (None, None) => path("", ""),
            },
            newer: found.previous.as_ref().map(|id| path("before", id)),
            older: found.next.as_ref().map(|id| path("after", id)),
            rows: found.rows.iter().map(|row| Shown::of(who, row, jobs.get(&row.job_id))).collect(),
        })
    }

    /// Whether it will look different in a moment.
    fn moves(&self) -> bool {
        self.rows.iter().any(|row| matches!(row.state, State::Waiting | State::Running))
    }
}

impl Shown {
    fn of(who: &Support, row: &Model, job: Option<&Job>) -> Self {
        let state = State::of(row, job, who.now);
        let zone = who.tenant.zone;
        Self {
            id: row.id,
            label: row.label.clone(),
            format: Format::from_word(&row.format).map_or("", Format::label),
            badge: match state {
                State::Waiting => ("badge--held", "Waiting"),
                State::Running => ("badge--scheduled", "Running"),
                State::Done => ("badge--active", "Ready"),
                State::Failed => ("badge--refused", "Failed"),
                State::Expired => ("badge--expired", "Expired"),
            },
            progress: job.map(Job::progress).filter(|_| row.finished_at.is_none()),
            rows: row.finished_at.map(|_| grouped(row.row_count)).unwrap_or_default(),
            size: row.finished_at.map(|_| size(row.size)).unwrap_or_default(),
            asked: calendar::moment(row.created_at, zone),
            until: row.expires_at.map(|until| calendar::soon(until, who.now, zone)).unwrap_or_default(),
            state,
        }
    }

    fn is_there(&self) -> bool {
        self.state == State::Done
    }

    fn is_over(&self) -> bool {
        self.state == State::Expired
    }
}

/// `812 bytes`, `41 KB`, `1.2 MB`.
fn size(bytes: i64) -> String {
    match bytes {
        ..1_000 => format!("{bytes} bytes"),
        1_000..1_000_000 => format!("{} KB", bytes / 1_000),
        _ => format!("{}.{} MB", grouped(bytes / 1_000_000), bytes / 100_000 % 10),
    }
}

#[cfg(test)]
mod tests {
    use super::size;

    #[test]
    fn a_size_is_said_in_two_digits() {
        assert_eq!((size(812), size(41_900), size(1_250_000)), ("812 bytes".into(), "41 KB".into(), "1.2 MB".into()));
        assert_eq!(size(1_234_567_890), "1,234.5 MB");
    }
}
