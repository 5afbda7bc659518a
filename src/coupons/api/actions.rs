//! `/api/v1/coupons/{id}/pause`, `/resume`, `/restore`: the coupon as it is afterwards. Doing it again changes nothing.

use super::{coupons, view};
use crate::accounts::caller::WritesCoupons;
use crate::coupons::actions::{self, Action};
use crate::coupons::save;
use crate::db::Db;
use crate::error::Error;
use crate::web::api::{self, Id, Once, Prefer};
use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use uuid::Uuid;

/// `POST /api/v1/coupons/{id}/pause`.
///
/// # Errors
/// [`Error::NotFound`] for a coupon that the tenant does not have, 409 `deleted`.
pub async fn pause(
    who: WritesCoupons,
    db: web::Data<Db>,
    id: Id,
    (prefer, once): (Prefer, Once),
) -> Result<HttpResponse, Error> {
    act(&who, &db, (Action::Pause, *id), prefer, &once).await
}

/// `POST /api/v1/coupons/{id}/resume`.
///
/// # Errors
/// As [`pause`].
pub async fn resume(
    who: WritesCoupons,
    db: web::Data<Db>,
    id: Id,
    (prefer, once): (Prefer, Once),
) -> Result<HttpResponse, Error> {
    act(&who, &db, (Action::Resume, *id), prefer, &once).await
}

/// `POST /api/v1/coupons/{id}/restore`.
///
/// # Errors
/// [`Error::NotFound`] for a coupon that the tenant does not have.
pub async fn restore(
    who: WritesCoupons,
    db: web::Data<Db>,
    id: Id,
    (prefer, once): (Prefer, Once),
) -> Result<HttpResponse, Error> {
    act(&who, &db, (Action::Restore, *id), prefer, &once).await
}

async fn act(
    who: &WritesCoupons,
    db: &Db,
    (action, id): (Action, Uuid),
    prefer: Prefer,
    once: &Once,
) -> Result<HttpResponse, Error> {
    api::once(db, who.request_key(once).as_ref(), who.now, async |tx| {
        let before = save::lock(tx, who.tenant.id, id).await?.ok_or(Error::NotFound)?;
        if before.deleted_at.is_some() && action != Action::Restore {
            return Err(coupons::deleted(id));
        }
        actions::act(tx, &who.actor(), who.tenant.id, action, &[id], who.now).await?;
        let after = view::one(tx, &who.tenant, id, who.now).await?;
        Ok(coupons::answer(StatusCode::OK, &after)?.as_preferred(prefer))
    })
    .await
}
