//! What can be done with an endpoint: try it, send again, rotate its secret, switch it off and on, delete it.

use super::Secret;
use super::form::Fields;
use super::log::Filter;
use super::show::{OVERLAPS, Page, back, found, page};
use crate::accounts::guards::Admin;
use crate::calendar;
use crate::config::Config;
use crate::db::tables::webhook_endpoints::Model;
use crate::db::{self, Db};
use crate::error::Error;
use crate::web::form::Form;
use crate::web::html;
use crate::web::notice::Notice;
use crate::web::replay::{self, Claim};
use crate::web::seal::Seal;
use crate::webhooks::deliveries::{self, FAILED, WAITING};
use crate::webhooks::endpoints;
use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use chrono::Duration;
use sea_orm::DatabaseTransaction;
use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;

/// The form of a rotation.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rotation {
    overlap: String,
    request_key: String,
}

/// The form of a deletion.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Deletion {
    sure: String,
}

/// `POST /dashboard/webhooks/{id}/test`.
///
/// # Errors
/// [`Error::NotFound`] for an endpoint that the tenant does not have, [`Error::Conflict`] for one that is switched off.
pub async fn test(who: Admin, db: web::Data<Db>, id: web::Path<Uuid>) -> Result<HttpResponse, Error> {
    let tx = db.begin().await?;
    let row = switched_on(&tx, &who, *id).await?;
    deliveries::test(&tx, &row, &who.tenant.row.name, who.now).await?;
    db::commit(tx).await?;
    Ok(back(*id, "A test message is on its way. What becomes of it stands below."))
}

/// `POST /dashboard/webhooks/{id}/replay`: everything that waits or was given up.
///
/// # Errors
/// As [`test`].
pub async fn replay(who: Admin, db: web::Data<Db>, id: web::Path<Uuid>) -> Result<HttpResponse, Error> {
    let tx = db.begin().await?;
    let row = switched_on(&tx, &who, *id).await?;
    let count = deliveries::all_again(&tx, &row, &[WAITING, FAILED], who.now).await?;
    db::commit(tx).await?;
    let said = match count {
        0 => "There is nothing to send again.".to_owned(),
        1 => "1 message is sent again, with the id that it had.".to_owned(),
        count => format!("{count} messages are sent again, with the ids that they had."),
    };
    Ok(back(*id, &said))
}

/// `POST /dashboard/webhooks/{id}/deliveries/{delivery}/replay`.
///
/// # Errors
/// As [`test`].
pub async fn replay_one(who: Admin, db: web::Data<Db>, path: web::Path<(Uuid, Uuid)>) -> Result<HttpResponse, Error> {
    let (id, delivery) = *path;
    let tx = db.begin().await?;
    let row = switched_on(&tx, &who, id).await?;
    if !deliveries::again(&tx, &row, delivery, who.now).await? {
        return Err(Error::NotFound);
    }
    db::commit(tx).await?;
    Ok(back(id, "The message is sent again, with the id that it had."))
}

/// `POST /dashboard/webhooks/{id}/rotate`: shows the new secret, which is why it answers with a page and no redirect.
///
/// # Errors
/// As [`test`].
pub async fn rotate(
    who: Admin,
    db: web::Data<Db>,
    config: web::Data<Config>,
    id: web::Path<Uuid>,
    Form(typed): Form<Rotation>,
) -> Result<HttpResponse, Error> {
    let offered = OVERLAPS.iter().any(|(hours, _)| *hours == typed.overlap);
    let hours: Option<i64> = typed.overlap.parse().ok().filter(|_| offered);
    let hours = hours.ok_or_else(|| Error::BadRequest("There is no such choice.".to_owned()))?;
    let route = format!("POST /dashboard/webhooks/{id}/rotate");
    let key = replay::Key::of_form(who.tenant.id, who.user.id, &route, &typed.request_key, &typed.overlap)?;
    let tx = db.begin().await?;
    if let Claim::Again(_) = replay::claim(&tx, &key, who.now).await? {
        drop(tx);
        // Once more, and the secret that receivers know would not sign any more.
        return Ok(back(*id, "The secret was rotated already, and shown then. If you missed it, rotate it once more."));
    }
    let row = endpoints::locked(&tx, who.tenant.id, *id).await?.ok_or(Error::NotFound)?;
    let seal = Seal::of(&config)?;
    let text = endpoints::rotate(&tx, &seal, &who.actor(), &row, Duration::hours(hours), who.now).await?;
    replay::settle(&tx, &key, json!(row.id), who.now).await?;
    db::commit(tx).await?;
    let until = (hours > 0).then(|| calendar::moment(who.now + Duration::hours(hours), who.tenant.zone));
    let mut page = as_it_is(&who, &db, *id).await?;
    page.secret = Some(Secret { title: "The new secret".to_owned(), text, until });
    html::page(&page)
}

/// `POST /dashboard/webhooks/{id}/disable`.
///
/// # Errors
/// [`Error::NotFound`] for an endpoint that the tenant does not have.
pub async fn disable(who: Admin, db: web::Data<Db>, id: web::Path<Uuid>) -> Result<HttpResponse, Error> {
    let tx = db.begin().await?;
    let row = endpoints::locked(&tx, who.tenant.id, *id).await?.ok_or(Error::NotFound)?;
    endpoints::disable(&tx, &who.actor(), &row, None, who.now).await?;
    db::commit(tx).await?;
    let said = Notice::new("The endpoint is switched off. What happens from now on is not told.");
    let said = said.with_undo(format!("/dashboard/webhooks/{id}/enable"), vec![]);
    Ok(said.on(html::see_other(&format!("/dashboard/webhooks/{id}"))))
}

/// `POST /dashboard/webhooks/{id}/enable`.
///
/// # Errors
/// As [`disable`].
pub async fn enable(who: Admin, db: web::Data<Db>, id: web::Path<Uuid>) -> Result<HttpResponse, Error> {
    let tx = db.begin().await?;
    let row = endpoints::locked(&tx, who.tenant.id, *id).await?.ok_or(Error::NotFound)?;
    endpoints::enable(&tx, &who.actor(), &row, who.now).await?;
    db::commit(tx).await?;
    Ok(back(*id, "The endpoint is told of changes again, from now on. What waited is sent now."))
}

/// `POST /dashboard/webhooks/{id}/delete`.
///
/// # Errors
/// As [`disable`].
pub async fn delete(
    who: Admin,
    db: web::Data<Db>,
    id: web::Path<Uuid>,
    Form(typed): Form<Deletion>,
) -> Result<HttpResponse, Error> {
    if typed.sure != "yes" {
        let mut page = as_it_is(&who, &db, *id).await?;
        page.unsure.add("sure", "Tick that the endpoint is to be told nothing from now on.");
        return html::with_status(StatusCode::UNPROCESSABLE_ENTITY, &page);
    }
    let tx = db.begin().await?;
    let row = endpoints::locked(&tx, who.tenant.id, *id).await?.ok_or(Error::NotFound)?;
    endpoints::delete(&tx, &who.actor(), &row, who.now).await?;
    db::commit(tx).await?;
    let said = format!("{} is told nothing any more.", endpoints::host(&row));
    Ok(Notice::new(said).on(html::see_other("/dashboard/webhooks")))
}

async fn switched_on(tx: &DatabaseTransaction, who: &Admin, id: Uuid) -> Result<Model, Error> {
    let row = endpoints::locked(tx, who.tenant.id, id).await?.ok_or(Error::NotFound)?;
    match row.disabled_at {
        Some(_) => Err(Error::Conflict("This endpoint is switched off. Switch it on first.".to_owned())),
        None => Ok(row),
    }
}

async fn as_it_is(who: &Admin, db: &Db, id: Uuid) -> Result<Page, Error> {
    let found = found(who, db, id).await?;
    let typed = Fields::of(&found);
    page(who, db, found, Filter::default(), typed).await
}
