//! One code of a coupon: added, deleted softly and restored, each from a form.

use super::actions::back;
use crate::accounts::guards::CouponAdmin;
use crate::accounts::shell::{Section, Shell};
use crate::coupons::add_code::{NewCode, add_code};
use crate::coupons::code::CodeText;
use crate::coupons::create::{CodeTaken, NotCreated};
use crate::coupons::one_code::{Restored, delete_code, restore_code};
use crate::coupons::{form, queries, rows, save, summary};
use crate::db::{self, Db};
use crate::error::Error;
use crate::web::form::{Errors, Form};
use crate::web::html;
use crate::web::notice::Notice;
use crate::web::paging::query;
use crate::web::replay::{self, Claim};
use crate::web::token;
use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

/// The form.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Fields {
    code: String,
    max_uses: String,
    canary: String,
    request_key: String,
}

#[derive(Template)]
#[template(path = "coupons/code_form.html")]
struct Page {
    shell: Shell,
    /// The coupon, and the code it is known by.
    coupon: (Uuid, String),
    typed: Fields,
    errors: Errors,
    /// Where what is deleted comes back that has this code, and how it is written.
    restore: Option<(String, String)>,
}

/// A code that was added.
#[derive(Serialize, Deserialize)]
struct Added {
    id: Uuid,
    text: String,
}

/// Why none was added.
enum Refused {
    Invalid(Errors),
    Taken(CodeTaken),
}

impl Fields {
    fn read(&self) -> Result<NewCode, Errors> {
        let mut errors = Errors::default();
        let text = errors.keep("code", CodeText::create(&self.code).map_err(|fault| fault.to_string()));
        let max_uses = form::optional_count("max_uses", &self.max_uses, &mut errors);
        match text {
            Some(text) if errors.is_empty() => Ok(NewCode { text, max_uses, canary: !self.canary.is_empty() }),
            _ => Err(errors),
        }
    }
}

/// `GET /dashboard/coupons/{id}/codes/new`.
///
/// # Errors
/// [`Error::NotFound`] for a coupon the tenant does not have, [`Error::Conflict`] for a deleted one.
pub async fn new(who: CouponAdmin, db: web::Data<Db>, id: web::Path<Uuid>) -> Result<HttpResponse, Error> {
    let typed = Fields { request_key: token::random(24)?, ..Fields::default() };
    html::page(&page(&who, &db, *id, typed).await?)
}

/// `POST /dashboard/coupons/{id}/codes`.
///
/// # Errors
/// As [`new()`].
pub async fn create(
    who: CouponAdmin,
    db: web::Data<Db>,
    id: web::Path<Uuid>,
    Form(typed): Form<Fields>,
) -> Result<HttpResponse, Error> {
    let refused = match add(&who, &db, *id, &typed).await? {
        Ok(Added { id: code, text }) => {
            let all = format!("/dashboard/coupons/{id}/codes{}", query(&[("q", &text)]));
            let notice = Notice::new(format!("{text} was added.")).with_link(all, "Show it");
            let notice = notice.with_undo(format!("/dashboard/codes/{code}/delete"), vec![]);
            return Ok(notice.on(html::see_other(&format!("/dashboard/coupons/{id}"))));
        }
        Err(refused) => refused,
    };
    let mut page = page(&who, &db, *id, typed).await?;
    match refused {
        Refused::Invalid(errors) => page.errors = errors,
        Refused::Taken(taken) => {
            page.errors.add("code", taken.sentence());
            page.restore = taken.gone.map(|gone| (format!("/dashboard{}", gone.path()), taken.there.to_string()));
        }
    }
    html::with_status(StatusCode::UNPROCESSABLE_ENTITY, &page)
}

/// `POST /dashboard/codes/{id}/delete`: softly; what was used of it stays, and so does its text.
///
/// # Errors
/// [`Error::NotFound`] for a code that the tenant does not have.
pub async fn delete(
    who: CouponAdmin,
    db: web::Data<Db>,
    request: HttpRequest,
    id: web::Path<Uuid>,
) -> Result<HttpResponse, Error> {
    let tx = db.begin().await?;
    let code = delete_code(&tx, &who.actor(), (who.tenant.id, *id), who.now).await?;
    db::commit(tx).await?;
    let path = back(&request, &format!("/dashboard/coupons/{}", code.coupon_id));
    let notice = Notice::new(format!("{} was deleted. {}", code.text, summary::after_deletion(&code)));
    let notice = notice.with_undo(format!("/dashboard/codes/{id}/restore"), vec![]);
    Ok(notice.on(html::redirect(who.fragment, &path)))
}

/// `POST /dashboard/codes/{id}/restore`: one code that was deleted alone.
///
/// # Errors
/// [`Error::NotFound`] for a code that the tenant does not have; [`Error::Conflict`] where its coupon or its batch has to come
/// back.
pub async fn restore(
    who: CouponAdmin,
    db: web::Data<Db>,
    request: HttpRequest,
    id: web::Path<Uuid>,
) -> Result<HttpResponse, Error> {
    let tx = db.begin().await?;
    let Restored::There(code) = restore_code(&tx, &who.actor(), (who.tenant.id, *id), who.now).await? else {
        return Err(Error::Conflict("The coupon of this code is deleted. Restore the coupon first.".to_owned()));
    };
    db::commit(tx).await?;
    let path = back(&request, &format!("/dashboard/coupons/{}", code.coupon_id));
    Ok(Notice::new(format!("{} was restored.", code.text)).on(html::redirect(who.fragment, &path)))
}

/// Adds it, once for each form.
async fn add(who: &CouponAdmin, db: &Db, id: Uuid, typed: &Fields) -> Result<Result<Added, Refused>, Error> {
    let new = match typed.read() {
        Ok(new) => new,
        Err(errors) => return Ok(Err(Refused::Invalid(errors))),
    };
    let route = format!("POST /dashboard/coupons/{id}/codes");
    let body = json!([typed.code, typed.max_uses, typed.canary]).to_string();
    let key = replay::Key::of_form(who.tenant.id, who.user.id, &route, &typed.request_key, &body)?;
    let tx = db.begin().await?;
    if let Claim::Again(answer) = replay::claim(&tx, &key, who.now).await? {
        return Ok(Ok(serde_json::from_value(answer).map_err(|error| Error::Internal(error.into()))?));
    }
    let coupon = save::lock(&tx, who.tenant.id, id).await?.ok_or(Error::NotFound)?;
    if coupon.deleted_at.is_some() {
        return Err(gone());
    }
    match add_code(&tx, &who.actor(), &coupon, new, who.now).await {
        Ok(code) => {
            replay::settle(&tx, &key, json!({ "id": code.id, "text": code.text.as_str() }), who.now).await?;
            db::commit(tx).await?;
            Ok(Ok(Added { id: code.id, text: code.text.to_string() }))
        }
        Err(NotCreated::Taken(taken)) => Ok(Err(Refused::Taken(taken))),
        Err(NotCreated::Failed(error)) => Err(error),
    }
}

async fn page(who: &CouponAdmin, db: &Db, id: Uuid, typed: Fields) -> Result<Page, Error> {
    let coupon = rows::load(db.read(), who.tenant.id, &[id]).await?.remove(&id).ok_or(Error::NotFound)?;
    if coupon.deleted_at.is_some() {
        return Err(gone());
    }
    let first = queries::first_code(db.read(), who.tenant.id, id).await?;
    let name = first.map_or(coupon.name, |code| code.to_string());
    let shell = who.shell(Section::Coupons);
    Ok(Page { shell, coupon: (id, name), typed, errors: Errors::default(), restore: None })
}

fn gone() -> Error {
    Error::Conflict("This coupon is deleted. Restore it before you add a code.".to_owned())
}
