//! `/dashboard/imports/{id}`: one import, its rows, and what can be done with it.

use super::sheet::{Line, Sheet};
use crate::accounts::guards::CouponAdmin;
use crate::accounts::shell::{Section, Shell};
use crate::coupons::queries as coupons;
use crate::db::tables::imports::Model;
use crate::db::{self, Db};
use crate::error::Error;
use crate::imports::state::{Outcome, State};
use crate::imports::{create, queries, undo as undoing};
use crate::money::grouped;
use crate::web::form::Query;
use crate::web::html;
use crate::web::notice::Notice;
use crate::web::paging::{self, Cursor};
use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use askama::Template;
use serde::Deserialize;
use uuid::Uuid;

/// Rows of one page.
const ROWS: usize = 50;

/// Which rows.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Wanted {
    show: String,
    after: Option<String>,
    before: Option<String>,
}

/// A tab of the rows.
struct Tab {
    label: &'static str,
    count: String,
    path: String,
    here: bool,
}

/// The import with the rows that are looked at.
struct Looks {
    import: Sheet,
    /// This tab and page.
    here: String,
    tabs: Vec<Tab>,
    rows: Vec<Line>,
    newer: Option<String>,
    older: Option<String>,
}

impl Looks {
    /// The step that it stands at.
    fn step(&self) -> i32 {
        match self.import.state {
            State::New | State::Discarded => 2,
            State::Checking | State::Checked => 3,
            State::Running | State::Done | State::Undoing | State::Undone => 4,
        }
    }
}

#[derive(Template)]
#[template(path = "imports/show.html")]
struct Page {
    shell: Shell,
    looks: Looks,
}

#[derive(Template)]
#[template(path = "imports/_fragment.html")]
struct Fragment {
    looks: Looks,
}

/// `GET /dashboard/imports/{id}`.
///
/// # Errors
/// [`Error::NotFound`] for an import that the tenant does not have.
pub async fn show(
    who: CouponAdmin,
    db: web::Data<Db>,
    id: web::Path<Uuid>,
    Query(wanted): Query<Wanted>,
) -> Result<HttpResponse, Error> {
    let row = queries::by_id(db.read(), who.tenant.id, *id).await?.ok_or(Error::NotFound)?;
    let looks = looks(&who, &db, &row, &wanted).await?;
    if who.fragment {
        return html::with_status(StatusCode::OK, &Fragment { looks });
    }
    html::page(&Page { shell: who.shell(Section::Imports), looks })
}

async fn looks(who: &CouponAdmin, db: &Db, row: &Model, wanted: &Wanted) -> Result<Looks, Error> {
    let job = queries::job_of(db.read(), row).await?;
    let code = match row.coupon_id {
        Some(coupon) => coupons::first_code(db.read(), who.tenant.id, coupon).await?.map(|code| code.to_string()),
        None => None,
    };
    let import = Sheet::of(who, row, code, job.as_ref());
    let outcome = match wanted.show.as_str() {
        "" => None,
        word => Some(Outcome::from_word(word).ok_or_else(|| Error::BadRequest("There is no such tab.".to_owned()))?),
    };
    let path = |pairs: &[(&str, &str)]| format!("/dashboard/imports/{}{}", row.id, paging::query(pairs));
    let at = |edge: &Option<String>| edge.clone().unwrap_or_default();
    let here = path(&[("show", wanted.show.as_str()), ("after", &at(&wanted.after)), ("before", &at(&wanted.before))]);
    if !import.has_rows() {
        return Ok(Looks { import, here, tabs: Vec::new(), rows: Vec::new(), newer: None, older: None });
    }
    let cursor = Cursor { after: wanted.after.clone(), before: wanted.before.clone() };
    let found = queries::rows(db.read(), row, outcome, (&cursor, ROWS)).await?;
    let tab = |(of, label, count): (Option<Outcome>, &'static str, i64)| Tab {
        label: if of.is_none() { "All" } else { label },
        count: grouped(count),
        path: path(&[("show", of.map_or("", Outcome::word))]),
        here: of == outcome,
    };
    let step = |key: &str, edge: &Option<String>| {
        edge.as_ref().map(|edge| path(&[("show", wanted.show.as_str()), (key, edge.as_str())]))
    };
    Ok(Looks {
        tabs: import.figures().into_iter().filter(|(of, _, count)| of.is_none() || *count > 0).map(tab).collect(),
        import,
        here,
        newer: step("before", &found.previous),
        older: step("after", &found.next),
        rows: found.rows.into_iter().map(Line::from).collect(),
    })
}

/// `POST /dashboard/imports/{id}/run`.
///
/// # Errors
/// As [`show`]; [`Error::Conflict`] for one whose rows were not checked.
pub async fn run(who: CouponAdmin, db: web::Data<Db>, id: web::Path<Uuid>) -> Result<HttpResponse, Error> {
    let tx = db.begin().await?;
    create::run(&tx, &who.actor(), (who.tenant.id, *id), who.now).await?;
    db::commit(tx).await?;
    let said = "The import runs. You can close this page; it goes on.";
    Ok(Notice::new(said).on(html::see_other(&format!("/dashboard/imports/{id}"))))
}

/// `POST /dashboard/imports/{id}/undo`.
///
/// # Errors
/// As [`show`]; [`Error::Conflict`] for one that has not run.
pub async fn undo(who: CouponAdmin, db: web::Data<Db>, id: web::Path<Uuid>) -> Result<HttpResponse, Error> {
    let tx = db.begin().await?;
    undoing::undo(&tx, &who.actor(), (who.tenant.id, *id), who.now).await?;
    db::commit(tx).await?;
    let said = "What nobody has used is taken back. Importing the same rows again brings it back.";
    Ok(Notice::new(said).on(html::see_other(&format!("/dashboard/imports/{id}"))))
}

/// `POST /dashboard/imports/{id}/discard`.
///
/// # Errors
/// As [`show`]; [`Error::Conflict`] for one that runs or has run.
pub async fn discard(who: CouponAdmin, db: web::Data<Db>, id: web::Path<Uuid>) -> Result<HttpResponse, Error> {
    let tx = db.begin().await?;
    let import = create::discard(&tx, (who.tenant.id, *id)).await?;
    db::commit(tx).await?;
    Ok(Notice::new(format!("{} was discarded. Nothing was imported.", import.file_name))
        .on(html::see_other("/dashboard/imports")))
}
