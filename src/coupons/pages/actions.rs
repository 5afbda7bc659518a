//! Pause, resume, delete and restore: one coupon or the ticked ones.

use crate::accounts::guards::CouponAdmin;
use crate::coupons::actions::{self, Action, Done, MOST_MATCHING};
use crate::coupons::queries::{self, Choices, Words};
use crate::db::{self, Db};
use crate::error::Error;
use crate::web::form::Form;
use crate::web::html;
use crate::web::notice::Notice;
use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use chrono::{DateTime, SecondsFormat, Utc};
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
    /// Ticked where all that match are meant, as these words of the list say.
    #[serde(default)]
    all: String,
    #[serde(default)]
    tab: String,
    #[serde(default)]
    q: String,
    #[serde(default)]
    status: String,
    #[serde(default)]
    benefit: String,
    #[serde(default)]
    product_type: String,
    #[serde(default)]
    tag: String,
    /// The instant of the action that is taken back.
    since: Option<DateTime<Utc>>,
}

impl Bulk {
    fn words(&self) -> Words<'_> {
        let Self { tab, q: typed, status, benefit, product_type, tag, .. } = self;
        Words { tab, typed, status, benefit, product_type, tag, sort: "" }
    }

    /// The coupons that are meant, and how many of them cannot be any.
    async fn meant(&self, who: &CouponAdmin, db: &Db, action: Action) -> Result<(Vec<Uuid>, usize), Error> {
        let tenant = who.tenant.id;
        if let Some(at) = self.since {
            return Ok((actions::since(db.search(), tenant, action.undo(), at).await?, 0));
        }
        if !self.all.is_empty() {
            let filter = self.words().filter(&Choices::load(db.read(), tenant).await?)?;
            return Ok((queries::ids(db, tenant, &filter, MOST_MATCHING, who.now).await?, 0));
        }
        let ids: Vec<Uuid> = self.ids.iter().filter_map(|id| id.parse().ok()).collect();
        let unreadable = self.ids.len() - ids.len();
        Ok((ids, unreadable))
    }
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
    let (ids, unreadable) = bulk.meant(&who, &db, action).await?;
    if ids.len() > MOST_MATCHING {
        return Err(Error::Unprocessable(format!("At most {MOST_MATCHING} coupons at once.")));
    }
    let mut done = actions::act_on_many(&db, &who.actor(), who.tenant.id, action, &ids, who.now).await?;
    done.unknown += unreadable;
    Ok(notice(action, &done, who.now).on(html::redirect(who.fragment, &back(&request, LIST))))
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
    Ok(notice(action, &done, who.now).on(html::redirect(who.fragment, &back(request, LIST))))
}

/// What happened, in a sentence, and the form that takes it back.
fn notice(action: Action, done: &Done, now: DateTime<Utc>) -> Notice {
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
        _ if matches!(action, Action::Pause | Action::Delete) => {
            let at = now.to_rfc3339_opts(SecondsFormat::Micros, true);
            let fields = [("action", undo.word().to_owned()), ("since", at)];
            let fields = fields.map(|(name, value)| (name.to_owned(), value));
            Notice::new(text).with_undo("/dashboard/coupons/bulk", Vec::from(fields))
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
