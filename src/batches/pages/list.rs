//! `GET /dashboard/batches`.

use super::sheet::Sheet;
use crate::accounts::guards::CouponAdmin;
use crate::accounts::shell::{Section, Shell};
use crate::batches::queries;
use crate::coupons::queries as coupons;
use crate::db::Db;
use crate::error::Error;
use crate::web::form::Query;
use crate::web::html;
use crate::web::paging::{self, Cursor};
use actix_web::{HttpResponse, web};
use askama::Template;
use serde::Deserialize;
use uuid::Uuid;

const ROWS: usize = 20;

/// Which batches.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Wanted {
    coupon: Option<Uuid>,
    after: Option<String>,
    before: Option<String>,
}

#[derive(Template)]
#[template(path = "batches/index.html")]
struct Page {
    shell: Shell,
    coupon: Option<(Uuid, String)>,
    rows: Vec<Sheet>,
    newer: Option<String>,
    older: Option<String>,
}

/// `GET /dashboard/batches`.
///
/// # Errors
/// [`Error::BadRequest`] for a page that there is not.
pub async fn index(who: CouponAdmin, db: web::Data<Db>, Query(wanted): Query<Wanted>) -> Result<HttpResponse, Error> {
    let tenant = who.tenant.id;
    let cursor = Cursor { after: wanted.after, before: wanted.before };
    let found = queries::page(db.read(), tenant, wanted.coupon, (&cursor, ROWS)).await?;
    let jobs = queries::jobs_of(db.read(), &found.rows).await?;
    let ids: Vec<Uuid> = found.rows.iter().map(|row| row.coupon_id).chain(wanted.coupon).collect();
    let codes = coupons::first_texts(db.read(), tenant, &ids).await?;
    let code = |id: &Uuid| codes.get(id).cloned().unwrap_or_else(|| "a coupon".to_owned());
    let coupon = wanted.coupon.map(|id| (id, code(&id)));
    let filter = wanted.coupon.map(|id| id.to_string()).unwrap_or_default();
    let path = |key: &str, id: String| {
        format!("/dashboard/batches{}", paging::query(&[("coupon", filter.as_str()), (key, id.as_str())]))
    };
    let newer = found.previous.clone().map(|id| path("before", id));
    let older = found.next.clone().map(|id| path("after", id));
    let rows = found.rows.iter().map(|row| Sheet::of(&who, row, code(&row.coupon_id), &jobs)).collect();
    html::page(&Page { shell: who.shell(Section::Batches), coupon, rows, newer, older })
}
