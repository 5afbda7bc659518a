//! `/dashboard/batches/{id}`: one batch, and what can be done to it.

use super::sheet::Sheet;
use crate::accounts::guards::CouponAdmin;
use crate::accounts::shell::{Section, Shell};
use crate::batches::queries;
use crate::batches::void::{self, Turn};
use crate::coupons::queries as coupons;
use crate::db::{self, Db};
use crate::error::Error;
use crate::web::html;
use crate::web::notice::Notice;
use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use askama::Template;
use uuid::Uuid;

#[derive(Template)]
#[template(path = "batches/show.html")]
struct Page {
    shell: Shell,
    batch: Sheet,
}

#[derive(Template)]
#[template(path = "batches/_fragment.html")]
struct Fragment {
    batch: Sheet,
}

/// `GET /dashboard/batches/{id}`.
///
/// # Errors
/// [`Error::NotFound`] for a batch that the tenant does not have.
pub async fn show(who: CouponAdmin, db: web::Data<Db>, id: web::Path<Uuid>) -> Result<HttpResponse, Error> {
    let row = queries::by_id(db.read(), who.tenant.id, *id).await?.ok_or(Error::NotFound)?;
    let jobs = queries::jobs_of(db.read(), std::slice::from_ref(&row)).await?;
    let code = coupons::first_code(db.read(), who.tenant.id, row.coupon_id).await?;
    let batch = Sheet::of(&who, &row, code.map_or_else(|| "a coupon".to_owned(), |code| code.to_string()), &jobs);
    if who.fragment {
        return html::with_status(StatusCode::OK, &Fragment { batch });
    }
    html::page(&Page { shell: who.shell(Section::Batches), batch })
}

/// `POST /dashboard/batches/{id}/void`.
///
/// # Errors
/// As [`show`]; [`Error::Conflict`] while a job works on its codes.
pub async fn void(who: CouponAdmin, db: web::Data<Db>, id: web::Path<Uuid>) -> Result<HttpResponse, Error> {
    turn(&who, &db, *id, Turn::Void).await
}

/// `POST /dashboard/batches/{id}/restore`.
///
/// # Errors
/// As [`void()`].
pub async fn restore(who: CouponAdmin, db: web::Data<Db>, id: web::Path<Uuid>) -> Result<HttpResponse, Error> {
    turn(&who, &db, *id, Turn::Restore).await
}

async fn turn(who: &CouponAdmin, db: &Db, id: Uuid, turn: Turn) -> Result<HttpResponse, Error> {
    let tx = db.begin().await?;
    void::turn(&tx, &who.actor(), (who.tenant.id, id), turn, who.now).await?;
    db::commit(tx).await?;
    let (said, undo) = match turn {
        Turn::Void => ("The unused codes become void. What was used or is held stays as it is.", Turn::Restore),
        Turn::Restore => ("The codes that were void can be used again.", Turn::Void),
    };
    let path = format!("/dashboard/batches/{id}");
    Ok(Notice::new(said).with_undo(format!("{path}/{}", undo.word()), vec![]).on(html::see_other(&path)))
}
