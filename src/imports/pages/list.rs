//! `GET /dashboard/imports`.

use super::sheet::Sheet;
use crate::accounts::guards::CouponAdmin;
use crate::accounts::shell::{Section, Shell};
use crate::coupons::queries as coupons;
use crate::db::Db;
use crate::db::tables::imports::Model;
use crate::error::Error;
use crate::imports::queries;
use crate::jobs;
use crate::web::form::Query;
use crate::web::html;
use crate::web::paging::{self, Cursor};
use actix_web::{HttpResponse, web};
use askama::Template;
use serde::Deserialize;
use uuid::Uuid;

const ROWS: usize = 20;

/// Which page.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Wanted {
    after: Option<String>,
    before: Option<String>,
}

#[derive(Template)]
#[template(path = "imports/index.html")]
struct Page {
    shell: Shell,
    rows: Vec<Sheet>,
    newer: Option<String>,
    older: Option<String>,
}

/// `GET /dashboard/imports`.
///
/// # Errors
/// [`Error::BadRequest`] for a page that there is not.
pub async fn index(who: CouponAdmin, db: web::Data<Db>, Query(wanted): Query<Wanted>) -> Result<HttpResponse, Error> {
    let tenant = who.tenant.id;
    let cursor = Cursor { after: wanted.after, before: wanted.before };
    let found = queries::page(db.read(), tenant, (&cursor, ROWS)).await?;
    let ids: Vec<Uuid> = found.rows.iter().filter_map(|row| row.coupon_id).collect();
    let codes = coupons::first_texts(db.read(), tenant, &ids).await?;
    let jobs = jobs::queries::by_ids(db.read(), found.rows.iter().filter_map(|row| row.job_id)).await?;
    let path = |key: &str, id: String| format!("/dashboard/imports{}", paging::query(&[(key, id.as_str())]));
    let sheet = |row: &Model| {
        let code = row.coupon_id.and_then(|id| codes.get(&id).cloned());
        Sheet::of(&who, row, code, row.job_id.and_then(|id| jobs.get(&id)))
    };
    let rows = found.rows.iter().map(sheet).collect();
    let newer = found.previous.map(|id| path("before", id));
    let older = found.next.map(|id| path("after", id));
    html::page(&Page { shell: who.shell(Section::Imports), rows, newer, older })
}
