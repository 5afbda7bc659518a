//! Pause, resume, delete and restore: one coupon or the ticked ones.

use crate::accounts::guards::CouponAdmin;
use crate::coupons::actions::{self, Action, Done};
use crate::db::{self, Db};
use crate::error::Error;
use crate::web::form::Form;
use crate::web::html;
use crate::web::notice::Notice;
use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;
use uuid::Uuid;

/// An undo names so many coupons at most: the notice travels in a cookie.
const UNDOABLE: usize = 40;
const LIST: &str = "/dashboard/coupons";

/// The form of the ticked rows.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bulk {
    action: String,
    #[serde(default)]
    ids: Vec<String>,
}

/// `POST /dashboard/coupons/bulk`.
///
/// # Errors
/// [`Error::BadRequest`] for an action that there is not, [`Error::Unprocessable`] for too many coupons.
pub async fn bulk(
    who: CouponAdmin,
    db: web::Data<Db>,
    request: HttpRequest,
    Form(bulk): Form<Bulk>,
) -> Result<HttpResponse, Error> {
    let action =
        Action::from_word(&bulk.action).ok_or_else(|| Error::BadRequest("There is no such action.".to_owned()))?;
    let ids: Vec<Uuid> = bulk.ids.iter().filter_map(|id| id.parse().ok()).collect();
    let unreadable = bulk.ids.len() - ids.len();
    let tx = db.begin().await?;
    let mut done = actions::act(&tx, &who.actor(), who.tenant.id, action, &ids, who.now).await?;
    db::commit(tx).await?;
    done.unknown += unreadable;
    Ok(notice(action, &done).on(html::redirect(who.fragment, &back(&request, LIST))))
}

/// `POST /dashboard/coupons/{id}/pause`.
///
/// # Errors
/// [`Error::NotFound`] for a coupon the tenant does not have.
pub async fn pause(
    who: CouponAdmin,
    db: web::Data<Db>,
    request: HttpRequest,
    id: web::Path<Uuid>,
) -> Result<HttpResponse, Error> {
    one(&who, &db, &request, Action::Pause, *id).await
}

/// `POST /dashboard/coupons/{id}/resume`.
///
/// # Errors
/// As [`pause`].
pub async fn resume(
    who: CouponAdmin,
    db: web::Data<Db>,
    request: HttpRequest,
    id: web::Path<Uuid>,
) -> Result<HttpResponse, Error> {
    one(&who, &db, &request, Action::Resume, *id).await
}

/// `POST /dashboard/coupons/{id}/delete`: softly; its history stays.
///
/// # Errors
/// As [`pause`].
pub async fn delete(
    who: CouponAdmin,
    db: web::Data<Db>,
    request: HttpRequest,
    id: web::Path<Uuid>,
) -> Result<HttpResponse, Error> {
    one(&who, &db, &request, Action::Delete, *id).await
}

/// `POST /dashboard/coupons/{id}/restore`.
///
/// # Errors
/// As [`pause`].
pub async fn restore(
    who: CouponAdmin,
    db: web::Data<Db>,
    request: HttpRequest,
    id: web::Path<Uuid>,
) -> Result<HttpResponse, Error> {
    one(&who, &db, &request, Action::Restore, *id).await
}

async fn one(
    who: &CouponAdmin,
    db: &Db,
    request: &HttpRequest,
    action: Action,
    id: Uuid,
) -> Result<HttpResponse, Error> {
    let tx = db.begin().await?;
    let done = actions::act(&tx, &who.actor(), who.tenant.id, action, &[id], who.now).await?;
    if done.unknown > 0 {
        return Err(Error::NotFound);
    }
    db::commit(tx).await?;
    Ok(notice(action, &done).on(html::redirect(who.fragment, &back(request, LIST))))
}

/// What happened, in a sentence, and the form that takes it back.
fn notice(action: Action, done: &Done) -> Notice {
    let verb = action.done();
    let mut text = match done.changed.as_slice() {
        [] if done.unchanged > 0 => "Nothing was changed: it is so already.".to_owned(),
        [] => "Nothing was changed.".to_owned(),
        [(_, code)] => format!("{code} was {verb}."),
        many => format!("{} coupons were {verb}.", many.len()),
    };
    if action == Action::Delete && !done.changed.is_empty() {
        let them = if done.changed.len() == 1 { "it" } else { "them" };
        text.push_str(&format!(" Nobody can use {them} any more; what was redeemed stays."));
    }
    if done.unknown > 0 {
        text.push_str(&format!(" {} of the chosen coupons do not exist here.", done.unknown));
    }
    let undo = action.undo();
    match done.changed.as_slice() {
        [] => Notice::new(text),
        [(id, _)] => Notice::new(text).with_undo(format!("/dashboard/coupons/{id}/{}", undo.word()), vec![]),
        many if many.len() <= UNDOABLE => {
            let mut fields = vec![("action".to_owned(), undo.word().to_owned())];
            fields.extend(many.iter().map(|(id, _)| ("ids".to_owned(), id.to_string())));
            Notice::new(text).with_undo("/dashboard/coupons/bulk", fields)
        }
        _ => Notice::new(text),
    }
}

/// The page of coupons the form was on, with its filters; `otherwise` where it was on none.
pub(super) fn back(request: &HttpRequest, otherwise: &str) -> String {
    let referer = request.headers().get(header::REFERER).and_then(|url| url.to_str().ok()).unwrap_or_default();
    let path = referer.split_once("://").and_then(|(_, rest)| rest.find('/').and_then(|at| rest.get(at..)));
    let is_form = |path: &str| path.contains("/new") || path.contains("/edit");
    path.filter(|path| path.starts_with(LIST) && !is_form(path)).unwrap_or(otherwise).to_owned()
}
