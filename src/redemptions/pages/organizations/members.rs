//! What administrators do with the members of any organization.

use super::show::{Typed, answer};
use crate::accounts::guards::Admin;
use crate::db::Db;
use crate::error::Error;
use crate::redemptions::pages::members::{Added, RoleField, add, give, take_out};
use crate::web::form::Form;
use crate::web::html;
use actix_web::{HttpResponse, web};
use uuid::Uuid;

/// `POST /dashboard/organizations/{id}/members`.
///
/// # Errors
/// [`Error::NotFound`] for an organization of another tenant.
pub async fn create(
    who: Admin,
    id: web::Path<Uuid>,
    form: Form<Added>,
    db: web::Data<Db>,
) -> Result<HttpResponse, Error> {
    let mut typed = Typed { member: form.0, ..Typed::default() };
    match add(&db, &who, *id, &typed.member, &mut typed.errors).await? {
        Some(notice) => Ok(notice.on(html::see_other(&path(*id)))),
        None => answer(who, &db, *id, typed).await,
    }
}

/// `POST /dashboard/organizations/{id}/members/{user}/role`.
///
/// # Errors
/// [`Error::NotFound`] for whoever is no member.
pub async fn change_role(
    who: Admin,
    ids: web::Path<(Uuid, Uuid)>,
    form: Form<RoleField>,
    db: web::Data<Db>,
) -> Result<HttpResponse, Error> {
    Ok(give(&db, &who, *ids, form.0.role).await?.on(html::see_other(&path(ids.0))))
}

/// `POST /dashboard/organizations/{id}/members/{user}/remove`.
///
/// # Errors
/// [`Error::NotFound`] for whoever is no member.
pub async fn remove(who: Admin, ids: web::Path<(Uuid, Uuid)>, db: web::Data<Db>) -> Result<HttpResponse, Error> {
    let undo = format!("{}/members", path(ids.0));
    Ok(take_out(&db, &who, *ids, undo).await?.on(html::see_other(&path(ids.0))))
}

fn path(id: Uuid) -> String {
    format!("/dashboard/organizations/{id}")
}
