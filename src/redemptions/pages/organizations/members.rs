//! The members of an organization: add by e-mail address, role, remove.

use super::show::{Typed, answer};
use crate::accounts::guards::Admin;
use crate::db::Db;
use crate::error::Error;
use crate::organizations::members::{self, MemberRole, Outcome};
use crate::organizations::queries;
use crate::web::form::Form;
use crate::web::html;
use crate::web::notice::Notice;
use actix_web::{HttpResponse, web};
use serde::Deserialize;
use uuid::Uuid;

/// Whom to add.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Added {
    /// The e-mail address of a member of the tenant.
    pub email: String,
    /// What they may do.
    pub role: String,
}

/// Another role.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RoleField {
    role: MemberRole,
}

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
    let user = members::by_email(db.read(), who.tenant.id, &typed.member.email).await?;
    if user.is_none() {
        typed.errors.add("email", sentence(&typed.member.email, &who.tenant.row.name));
    }
    let role = MemberRole::ALL.into_iter().find(|role| role.word() == typed.member.role);
    if role.is_none() {
        typed.errors.add("role", "Choose a role.");
    }
    let (Some(user), Some(role)) = (user, role) else { return answer(who, &db, *id, typed).await };
    let tx = db.begin().await?;
    let outcome = members::set(&tx, &who.actor(), (who.tenant.id, *id), user.id, role, who.now).await?;
    if outcome != Outcome::Done {
        return Err(Error::NotFound);
    }
    tx.commit().await?;
    let said = format!("{} is now {} of this organization.", user.display_name, role.label().to_lowercase());
    Ok(Notice::new(said).on(html::see_other(&path(*id))))
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
    let ((id, user), role) = (ids.into_inner(), form.0.role);
    let member = member(&db, &who, id, user).await?;
    let tx = db.begin().await?;
    members::set(&tx, &who.actor(), (who.tenant.id, id), user, role, who.now).await?;
    tx.commit().await?;
    let said = format!("{} is now {} of this organization.", member.name, role.label().to_lowercase());
    Ok(Notice::new(said).on(html::see_other(&path(id))))
}

/// `POST /dashboard/organizations/{id}/members/{user}/remove`.
///
/// # Errors
/// [`Error::NotFound`] for whoever is no member.
pub async fn remove(who: Admin, ids: web::Path<(Uuid, Uuid)>, db: web::Data<Db>) -> Result<HttpResponse, Error> {
    let (id, user) = ids.into_inner();
    let member = member(&db, &who, id, user).await?;
    let tx = db.begin().await?;
    if members::remove(&tx, &who.actor(), (who.tenant.id, id), user, who.now).await? != Outcome::Done {
        return Err(Error::NotFound);
    }
    tx.commit().await?;
    let undo = vec![("email".to_owned(), member.email), ("role".to_owned(), member.role.word().to_owned())];
    let notice = Notice::new(format!("{} was removed from this organization.", member.name));
    Ok(notice.with_undo(format!("{}/members", path(id)), undo).on(html::see_other(&path(id))))
}

async fn member(db: &Db, who: &Admin, id: Uuid, user: Uuid) -> Result<queries::OrganizationMember, Error> {
    let members = queries::members(db.read(), who.tenant.id, id).await?;
    members.into_iter().find(|member| member.user_id == user).ok_or(Error::NotFound)
}

fn path(id: Uuid) -> String {
    format!("/dashboard/organizations/{id}")
}

fn sentence(email: &str, tenant: &str) -> String {
    if email.trim().is_empty() {
        return "Enter the e-mail address of somebody who can sign in here.".to_owned();
    }
    format!("Nobody with this address can sign in to {tenant}. Invite them on the People page first.")
}
