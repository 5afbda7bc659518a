//! `/api/v1/coupons` and `/api/v1/coupons/{id}`.

use super::view::{self, CouponView};
use super::{fields, merge};
use crate::accounts::caller::{ReadsCoupons, WritesCoupons};
use crate::coupons::actions::{self, Action};
use crate::coupons::create::CodeTaken;
use crate::coupons::queries::{self, Choices, Filter, Words};
use crate::coupons::save::{self, Outcome};
use crate::db::Db;
use crate::error::{Error, Fault};
use crate::web::api::{self, Answer, Body, Id, IfMatch, List, Once, Prefer, Query};
use crate::web::form::Errors;
use crate::web::paging::{Cursor, Slice};
use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;
use uuid::Uuid;

/// The query of a list of coupons.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[expect(missing_docs, reason = "each is named after what it filters by")]
pub struct Wanted {
    #[schemars(length(max = 100))]
    pub q: String,
    #[schemars(extend("enum" = ["", "scheduled", "active", "exhausted", "expired", "paused", "deleted"]))]
    pub status: String,
    #[schemars(extend("enum" = ["", "percentage", "fixed_amount", "credit", "limits"]))]
    pub benefit: String,
    /// The key of a type that there is.
    #[schemars(length(max = 100))]
    pub product_type: String,
    #[schemars(length(max = 100))]
    pub tag: String,
    /// Gifts alone, in place of all others.
    pub gift: bool,
    pub include_deleted: bool,
    /// `created`, `name`, `uses`, `valid_until`; with `-` before it the largest first.
    #[schemars(extend("enum" = [
        "", "created", "-created", "name", "-name", "uses", "-uses", "valid_until", "-valid_until",
    ]))]
    pub sort: String,
    /// The `next` of the page before.
    #[schemars(with = "Option<Uuid>")]
    pub after: Option<String>,
    /// So many at once.
    pub limit: Option<api::Limit>,
}

/// `GET /api/v1/coupons`.
///
/// # Errors
/// [`Error::BadQuery`] for a filter, an order or a cursor that there is not.
pub async fn index(who: ReadsCoupons, db: web::Data<Db>, Query(wanted): Query<Wanted>) -> Result<HttpResponse, Error> {
    let words = Words {
        tab: if wanted.gift { "gifts" } else { "" },
        typed: &wanted.q,
        status: &wanted.status,
        benefit: &wanted.benefit,
        product_type: &wanted.product_type,
        tag: &wanted.tag,
        sort: &wanted.sort,
    };
    let choices = Choices::load(db.read(), who.tenant.id).await?;
    if !wanted.product_type.is_empty() && choices.types.iter().all(|row| row.key != wanted.product_type) {
        let mut errors = Errors::default();
        errors.add("product_type", "There is no such product type.");
        return Err(api::refuse(&errors, str::to_owned));
    }
    let found = words.filter(&choices)?;
    let filter = Filter { living: found.living && !wanted.include_deleted, ..found };
    let is_id = wanted.after.as_ref().is_some_and(|after| after.parse::<Uuid>().is_ok());
    let cursor = Cursor { after: wanted.after, before: None };
    let size = wanted.limit.unwrap_or_default().get();
    let page = queries::coupons(&db, who.tenant.id, &filter, (&cursor, size), who.now).await;
    let page = page.map_err(|error| if is_id { gone(error) } else { error })?;
    let rows = view::of(db.read(), &who.tenant, &page.rows, who.now).await?;
    api::json(&List::from(Slice { rows, next: page.next, previous: page.previous }))
}

/// `GET /api/v1/coupons/{id}`, deleted ones too.
///
/// # Errors
/// [`Error::NotFound`] for a coupon that the tenant does not have.
pub async fn show(who: ReadsCoupons, db: web::Data<Db>, id: Id) -> Result<HttpResponse, Error> {
    let coupon = view::one(db.read(), &who.tenant, *id, who.now).await?;
    Ok(answer(StatusCode::OK, &coupon)?.into_response())
}

/// `POST /api/v1/coupons`.
///
/// # Errors
/// 409 `code_taken`, 422 with what is wrong with which field.
pub async fn create(
    who: WritesCoupons,
    db: web::Data<Db>,
    Body { data, once }: Body<Value>,
) -> Result<HttpResponse, Error> {
    let names = fields::names(&data);
    let form = merge::fresh(&data)?.into_form(who.tenant.currency).map_err(|errors| api::refuse(&errors, &names))?;
    api::once(&db, who.request_key(&once).as_ref(), who.now, async |tx| {
        let saved = saved_as(save::make(tx, &who.actor(), &who.tenant, &form, who.now).await?, &names)?;
        let coupon = view::one(tx, &who.tenant, saved, who.now).await?;
        Ok(answer(StatusCode::CREATED, &coupon)?.located(path(saved)))
    })
    .await
}

/// `PATCH /api/v1/coupons/{id}`: a JSON merge patch.
///
/// # Errors
/// As [`show`] and [`create`]; 412 where `If-Match` names another version, 409 `deleted`.
pub async fn update(
    who: WritesCoupons,
    db: web::Data<Db>,
    id: Id,
    (prefer, only): (Prefer, IfMatch),
    Body { data, once }: Body<Value>,
) -> Result<HttpResponse, Error> {
    let names = fields::names(&data);
    api::once(&db, who.request_key(&once).as_ref(), who.now, async |tx| {
        let before = save::lock(tx, who.tenant.id, *id).await?.ok_or(Error::NotFound)?;
        only.check(before.version)?;
        if before.deleted_at.is_some() {
            return Err(deleted(*id));
        }
        let fields = merge::patched(&view::fields(tx, who.tenant.id, &before).await?, &data)?;
        let form = fields.into_form(who.tenant.currency).map_err(|errors| api::refuse(&errors, &names))?;
        saved_as(save::over(tx, &who.actor(), &who.tenant, (before, &form), who.now).await?, &names)?;
        Ok(answer(StatusCode::OK, &view::one(tx, &who.tenant, *id, who.now).await?)?.as_preferred(prefer))
    })
    .await
}

/// `DELETE /api/v1/coupons/{id}`: softly, and the second time with the same answer.
///
/// # Errors
/// As [`show`]; 412 where `If-Match` names another version.
pub async fn delete(
    who: WritesCoupons,
    db: web::Data<Db>,
    id: Id,
    (only, once): (IfMatch, Once),
) -> Result<HttpResponse, Error> {
    api::once(&db, who.request_key(&once).as_ref(), who.now, async |tx| {
        let before = save::lock(tx, who.tenant.id, *id).await?.ok_or(Error::NotFound)?;
        only.check(before.version)?;
        actions::act(tx, &who.actor(), who.tenant.id, Action::Delete, &[*id], who.now).await?;
        Ok(Answer::no_content())
    })
    .await
}

/// A coupon as an answer, at its version.
pub(super) fn answer(status: StatusCode, coupon: &CouponView) -> Result<Answer, Error> {
    Ok(Answer::of(status, coupon)?.at_version(coupon.version))
}

fn path(id: Uuid) -> String {
    format!("/api/v1/coupons/{id}")
}

/// The id of what was saved. `name` says what the body calls a field of the form.
pub(super) fn saved_as(outcome: Outcome, name: impl Fn(&str) -> String) -> Result<Uuid, Error> {
    match outcome {
        Outcome::Saved(saved) => Ok(saved.id),
        Outcome::Invalid(errors) => Err(api::refuse(&errors, name)),
        Outcome::Taken(there) => Err(taken(&there)),
        Outcome::Outdated(theirs) => Err(deleted(theirs.coupon.id)),
        Outcome::Gone => Err(Error::NotFound),
    }
}

/// 410 for a page that began at a coupon that there is not.
fn gone(error: Error) -> Error {
    match error {
        Error::BadQuery(_, detail) => {
            Fault::new("page_gone", "Not there any more", detail).with_status(StatusCode::GONE)
        }
        other => other,
    }
}

/// 409 for a coupon that has to be restored first.
pub(super) fn deleted(id: Uuid) -> Error {
    let detail = "This coupon is deleted. Restore it before you change it.";
    let fault = Fault::new("deleted", "Deleted", detail).with("restore", format!("{}/restore", path(id)));
    fault.with_status(StatusCode::CONFLICT)
}

/// 409 with the code that is there, and how to have it back where it is deleted.
pub(super) fn taken(there: &CodeTaken) -> Error {
    let sentence = there.sentence();
    let fault = Fault::new("code_taken", "This code exists", sentence.clone())
        .on("code", "taken", sentence)
        .with("existing_code", there.there.as_str())
        .with("coupon_id", there.coupon_id.to_string())
        .with("deleted", there.gone.is_some());
    let fault = match there.gone {
        Some(gone) => fault.with("restore", format!("/api/v1{}", gone.path())),
        None => fault,
    };
    fault.with_status(StatusCode::CONFLICT)
}
