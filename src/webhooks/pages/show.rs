//! `/dashboard/webhooks/{id}`: one endpoint, what it was told, and its form.

use super::form::Fields;
use super::log::{Filter, Log};
use super::{Row, Secret};
use crate::accounts::guards::Admin;
use crate::accounts::shell::{Section, Shell};
use crate::config::Config;
use crate::db::tables::webhook_endpoints::Model;
use crate::db::{self, Db};
use crate::error::Error;
use crate::web::form::{Errors, Form, Query};
use crate::web::html;
use crate::web::notice::Notice;
use crate::web::token;
use crate::webhooks::{deliveries, endpoints};
use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use askama::Template;
use uuid::Uuid;

/// How long the old secret may sign as well, in hours.
pub(super) const OVERLAPS: [(&str, &str); 4] =
    [("0", "Not at all"), ("1", "1 hour"), ("24", "24 hours"), ("168", "7 days")];

#[derive(Template)]
#[template(path = "webhooks/show.html")]
pub(super) struct Page {
    shell: Shell,
    row: Row,
    pub(super) secret: Option<Secret>,
    request_key: String,
    pub(super) errors: Errors,
    /// What is wrong with the form that deletes.
    pub(super) unsure: Errors,
    typed: Fields,
    overlaps: [(&'static str, &'static str); 4],
    log: Log,
    has_failed: bool,
}

#[derive(Template)]
#[template(path = "webhooks/_fragment.html")]
struct Fragment {
    row: Row,
    log: Log,
}

/// `GET /dashboard/webhooks/{id}`.
///
/// # Errors
/// [`Error::NotFound`] for an endpoint that the tenant does not have, [`Error::BadRequest`] for a filter that there is not.
pub async fn show(
    who: Admin,
    db: web::Data<Db>,
    id: web::Path<Uuid>,
    Query(filter): Query<Filter>,
) -> Result<HttpResponse, Error> {
    let found = found(&who, &db, *id).await?;
    if who.fragment {
        let row = Row::of(&who.tenant, &found, who.now);
        let fragment = Fragment { row, log: Log::read(&who, &db, &found, filter).await? };
        return html::with_status(StatusCode::OK, &fragment);
    }
    let typed = Fields::of(&found);
    html::page(&page(&who, &db, found, filter, typed).await?)
}

/// `POST /dashboard/webhooks/{id}`.
///
/// # Errors
/// As [`show`].
pub async fn update(
    who: Admin,
    db: web::Data<Db>,
    config: web::Data<Config>,
    id: web::Path<Uuid>,
    Form(typed): Form<Fields>,
) -> Result<HttpResponse, Error> {
    let found = found(&who, &db, *id).await?;
    let said = match typed.read(&config) {
        Ok(said) => said,
        Err(errors) => {
            let page = Page { errors, ..page(&who, &db, found, Filter::default(), typed).await? };
            return html::with_status(StatusCode::UNPROCESSABLE_ENTITY, &page);
        }
    };
    let tx = db.begin().await?;
    let found = endpoints::locked(&tx, who.tenant.id, *id).await?.ok_or(Error::NotFound)?;
    endpoints::edit(&tx, &who.actor(), &found, said, who.now).await?;
    db::commit(tx).await?;
    Ok(back(*id, "The endpoint was changed."))
}

/// The page of an endpoint.
///
/// # Errors
/// When the database does not answer.
pub(super) async fn page(who: &Admin, db: &Db, found: Model, filter: Filter, typed: Fields) -> Result<Page, Error> {
    Ok(Page {
        shell: who.shell(Section::Webhooks),
        row: Row::of(&who.tenant, &found, who.now),
        secret: None,
        request_key: token::random(24)?,
        errors: Errors::default(),
        unsure: Errors::default(),
        typed,
        overlaps: OVERLAPS,
        has_failed: deliveries::has_failed(db.read(), &found).await?,
        log: Log::read(who, db, &found, filter).await?,
    })
}

/// The endpoint, if the tenant has it.
///
/// # Errors
/// [`Error::NotFound`].
pub(super) async fn found(who: &Admin, db: &Db, id: Uuid) -> Result<Model, Error> {
    endpoints::by_id(db.read(), who.tenant.id, id).await?.ok_or(Error::NotFound)
}

/// Back to the endpoint, with something to say.
pub(super) fn back(id: Uuid, said: &str) -> HttpResponse {
    Notice::new(said).on(html::see_other(&format!("/dashboard/webhooks/{id}")))
}
