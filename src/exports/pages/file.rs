//! `/dashboard/exports/{id}`: the file, and its end.

use super::list::owner;
use crate::accounts::guards::Support;
use crate::accounts::role::Role;
use crate::calendar;
use crate::db::{self, Db};
use crate::error::{Error, Fault};
use crate::exports::queries;
use crate::exports::subject::Subject;
use crate::files::{self, File};
use crate::tenants::Tenant;
use crate::web::html;
use crate::web::notice::Notice;
use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use chrono::{DateTime, Utc};
use uuid::Uuid;

/// `GET /dashboard/exports/{id}/file`: what a letter links to.
///
/// # Errors
/// [`Error::NotFound`] for somebody else's; 410 when its time is over, 409 before it is ready.
pub async fn show(
    who: Support,
    db: web::Data<Db>,
    request: HttpRequest,
    id: web::Path<Uuid>,
) -> Result<HttpResponse, Error> {
    let file = of(&db, &who.tenant, (&owner(&who), *id), |role| who.reaches(role), who.now).await?;
    Ok(files::download(&db, &file, &request))
}

/// `POST /dashboard/exports/{id}/delete`.
///
/// # Errors
/// [`Error::NotFound`] for somebody else's.
pub async fn delete(who: Support, db: web::Data<Db>, id: web::Path<Uuid>) -> Result<HttpResponse, Error> {
    let tx = db.begin().await?;
    let gone = queries::delete(&tx, &who.actor(), (who.tenant.id, &owner(&who)), *id, who.now).await?;
    let gone = gone.ok_or(Error::NotFound)?;
    db::commit(tx).await?;
    Ok(Notice::new(format!("“{}” was deleted.", gone.label)).on(html::see_other("/dashboard/exports")))
}

/// The file, or why there is none.
///
/// # Errors
/// [`Error::NotFound`] for another owner's, [`Error::Forbidden`] where a role was taken away since; 410 `expired` when its time is over, 409 `not_ready` before it is whole.
pub(in crate::exports) async fn of(
    db: &Db,
    tenant: &Tenant,
    (owner, id): (&str, Uuid),
    reaches: impl Fn(Role) -> bool,
    now: DateTime<Utc>,
) -> Result<File, Error> {
    let row = queries::by_id(db.read(), (tenant.id, owner), id).await?.ok_or(Error::NotFound)?;
    if !Subject::from_word(&row.subject).is_some_and(|subject| reaches(subject.least_role())) {
        return Err(Error::Forbidden("Only administrators export this."));
    }
    let Some(until) = row.expires_at else {
        let detail = "This export is not ready yet. The list of exports shows how far it is.";
        return Err(Fault::new("not_ready", "Not ready yet", detail).again_after(5).with_status(StatusCode::CONFLICT));
    };
    let file = files::finished(db.read(), tenant.id, row.file_id.unwrap_or_default(), now).await?;
    file.filter(|_| until > now).ok_or_else(|| {
        let when = calendar::end_moment(until, tenant.zone);
        let detail = format!("This export was there until {when}; then its file was removed. Ask for it again.");
        Fault::new("expired", "This link is over", detail).with_status(StatusCode::GONE)
    })
}
