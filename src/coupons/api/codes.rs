//! `/api/v1/coupons/{id}/codes`, `/api/v1/codes/{id}` and its `/restore`.

use super::coupons::{deleted, taken};
use super::view::CodeView;
use crate::accounts::caller::{ReadsCoupons, WritesCoupons};
use crate::coupons::add_code::{NewCode, add_code};
use crate::coupons::code::CodeText;
use crate::coupons::create::NotCreated;
use crate::coupons::one_code::{Restored, delete_code, restore_code};
use crate::coupons::{queries, rows, save};
use crate::db::Db;
use crate::error::Error;
use crate::web::api::{self, Answer, Body, Id, List, Once, Query};
use crate::web::form::Errors;
use crate::web::paging::Cursor;
use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use schemars::JsonSchema;
use serde::Deserialize;

/// Another code for a coupon.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CodeFields {
    /// What people will type.
    pub code: String,
    /// How often it can be used, beside the coupon's own limit.
    #[serde(default)]
    #[schemars(range(min = 0))]
    pub max_uses: Option<i64>,
    /// Whether nobody is given it: whoever types it has guessed.
    #[serde(default)]
    pub canary: bool,
}

/// `GET /api/v1/coupons/{id}/codes`, newest first.
///
/// # Errors
/// [`Error::NotFound`] for a coupon that the tenant does not have.
pub async fn index(
    who: ReadsCoupons,
    db: web::Data<Db>,
    id: Id,
    Query(page): Query<api::Page>,
) -> Result<HttpResponse, Error> {
    if !rows::load(db.read(), who.tenant.id, &[*id]).await?.contains_key(&*id) {
        return Err(Error::NotFound);
    }
    let cursor = Cursor { after: page.after, before: None };
    let size = page.limit.unwrap_or_default().get();
    let found = queries::codes_of(db.read(), who.tenant.id, *id, (&cursor, size), who.now).await?;
    api::json(&List::from(found.map(|code| CodeView::from(&code))))
}

/// `GET /api/v1/codes/{id}`.
///
/// # Errors
/// [`Error::NotFound`] for a code that the tenant does not have.
pub async fn show(who: ReadsCoupons, db: web::Data<Db>, id: Id) -> Result<HttpResponse, Error> {
    let code =
        rows::read_codes(db.read(), who.tenant.id, &[*id], who.now).await?.remove(&*id).ok_or(Error::NotFound)?;
    api::json(&CodeView::from(&code))
}

/// `POST /api/v1/coupons/{id}/codes`.
///
/// # Errors
/// As [`index`]; 409 `code_taken` or `deleted`, 422 for a code that cannot be one.
pub async fn create(
    who: WritesCoupons,
    db: web::Data<Db>,
    id: Id,
    Body { data, once }: Body<CodeFields>,
) -> Result<HttpResponse, Error> {
    let new = read(&data)?;
    api::once(&db, who.request_key(&once).as_ref(), who.now, async |tx| {
        let coupon = save::lock(tx, who.tenant.id, *id).await?.ok_or(Error::NotFound)?;
        if coupon.deleted_at.is_some() {
            return Err(deleted(*id));
        }
        let made = add_code(tx, &who.actor(), &coupon, new, who.now).await;
        let code = made.map_err(|fault| match fault {
            NotCreated::Taken(there) => taken(&there),
            NotCreated::Failed(error) => error,
        })?;
        let answer = Answer::of(StatusCode::CREATED, &CodeView::from(&code))?;
        Ok(answer.located(format!("/api/v1/codes/{}", code.id)))
    })
    .await
}

/// `DELETE /api/v1/codes/{id}`: softly; the coupon and its other codes stay. Doing it again changes nothing.
///
/// # Errors
/// As [`show`].
pub async fn delete(who: WritesCoupons, db: web::Data<Db>, id: Id, once: Once) -> Result<HttpResponse, Error> {
    api::once(&db, who.request_key(&once).as_ref(), who.now, async |tx| {
        delete_code(tx, &who.actor(), (who.tenant.id, *id), who.now).await?;
        Ok(Answer::no_content())
    })
    .await
}

/// `POST /api/v1/codes/{id}/restore`: the code as it is then. Doing it again changes nothing.
///
/// # Errors
/// [`Error::NotFound`] for a code that the tenant does not have; 409 `deleted` where its coupon has to come back first, and
/// `conflict` for a code that is void with its batch.
pub async fn restore(who: WritesCoupons, db: web::Data<Db>, id: Id, once: Once) -> Result<HttpResponse, Error> {
    api::once(&db, who.request_key(&once).as_ref(), who.now, async |tx| {
        match restore_code(tx, &who.actor(), (who.tenant.id, *id), who.now).await? {
            Restored::There(code) => Answer::of(StatusCode::OK, &CodeView::from(&code)),
            Restored::CouponDeleted(coupon) => Err(deleted(coupon)),
        }
    })
    .await
}

fn read(data: &CodeFields) -> Result<NewCode, Error> {
    let mut errors = Errors::default();
    let text = errors.keep("code", CodeText::create(&data.code).map_err(|fault| fault.to_string()));
    if data.max_uses.is_some_and(|most| most < 0) {
        errors.add("max_uses", "This cannot be below 0.");
    }
    match text {
        Some(text) if errors.is_empty() => Ok(NewCode { text, max_uses: data.max_uses, canary: data.canary }),
        _ => Err(api::refuse(&errors, str::to_owned)),
    }
}
