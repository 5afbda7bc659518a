//! `GET /dashboard/imports`.

use super::sheet::Sheet;
use crate::accounts::guards::CouponAdmin;
use crate::accounts::shell::{Section, Shell};
use crate::coupons::queries as coupons;
use crate::db::Db;
use crate::error::Error;
use crate::imports::queries;
use crate::web::form::Query;
use crate::web::html;
use crate::web::paging::{self, Cursor};
use actix_web::{HttpResponse, web};
use askama::Template;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
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
    let ids: BTreeSet<Uuid> = found.rows.iter().filter_map(|row| row.coupon_id).collect();
    let mut codes = BTreeMap::new();
    for id in ids {
        codes.insert(id, coupons::first_code(db.read(), tenant, id).await?.map(|code| code.to_string()));
    }
    let path = |key: &str, id: String| format!("/dashboard/imports{}", paging::query(&[(key, id.as_str())]));
    let mut rows = Vec::new();
    for row in &found.rows {
        let job = queries::job_of(db.read(), row).await?;
        let code = row.coupon_id.and_then(|id| codes.get(&id).cloned().flatten());
        rows.push(Sheet::of(&who, row, code, job.as_ref()));
    }
    let newer = found.previous.map(|id| path("before", id));
    let older = found.next.map(|id| path("after", id));
    html::page(&Page { shell: who.shell(Section::Imports), rows, newer, older })
}
