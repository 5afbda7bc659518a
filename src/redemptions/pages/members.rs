//! The members of an organization are added by e-mail address, get another role, and are removed: by an owner on the
//! organization's own page, and by administrators on theirs (`organizations::members`).

use super::organization::{self, Typed};
use super::owner::Owner;
use crate::accounts::guards::SignedIn;
use crate::db::{self, Db};
use crate::error::Error;
use crate::organizations::members::{self, MemberRole, Outcome};
use crate::organizations::queries;
use crate::web::form::{Errors, Form};
use crate::web::html;
use crate::web::notice::Notice;
use actix_web::http::StatusCode;
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
    /// What they may do from now on.
    pub role: MemberRole,
}

/// `POST /organization/{id}/members`.
///
/// # Errors
/// As the guard.
pub async fn create(who: Owner, form: Form<Added>, db: web::Data<Db>) -> Result<HttpResponse, Error> {
    let (mut errors, member) = (Errors::default(), form.0);
    if let Some(notice) = add(&db, &who, who.organization, &member, &mut errors).await? {
        return Ok(notice.on(html::see_other(&page(&who))));
    }
    let chosen = organization::choose(&db, &who.who, Some(who.organization)).await?.ok_or(Error::NotFound)?;
    let typed = Typed { member, errors, ..Typed::default() };
    organization::answer(&db, who.who, chosen, StatusCode::UNPROCESSABLE_ENTITY, typed).await
}

/// `POST /organization/{id}/members/{user}/role`.
///
/// # Errors
/// [`Error::NotFound`] for whoever is no member, [`Error::Unprocessable`] for oneself.
pub async fn change_role(
    who: Owner,
    ids: web::Path<(Uuid, Uuid)>,
    form: Form<RoleField>,
    db: web::Data<Db>,
) -> Result<HttpResponse, Error> {
    somebody_else(&who, ids.1)?;
    let notice = give(&db, &who, *ids, form.0.role).await?;
    Ok(notice.on(html::see_other(&page(&who))))
}

/// `POST /organization/{id}/members/{user}/remove`.
///
/// # Errors
/// As [`change_role`].
pub async fn remove(who: Owner, ids: web::Path<(Uuid, Uuid)>, db: web::Data<Db>) -> Result<HttpResponse, Error> {
    somebody_else(&who, ids.1)?;
    let notice = take_out(&db, &who, *ids, format!("/organization/{}/members", who.organization)).await?;
    Ok(notice.on(html::see_other(&page(&who))))
}

/// Nobody ends being an owner by themselves, so that an organization that has one keeps one.
fn somebody_else(who: &Owner, user: Uuid) -> Result<(), Error> {
    let sentence = "Ask another owner, or an administrator, to change what you may do yourself.";
    if user == who.user.id { Err(Error::Unprocessable(sentence.to_owned())) } else { Ok(()) }
}

fn page(who: &Owner) -> String {
    format!("/organization?id={}", who.organization)
}

/// Adds whoever has this address; `None` with the sentences noted when nobody may be added so.
///
/// # Errors
/// [`Error::NotFound`] for an organization of another tenant.
pub async fn add(
    db: &Db,
    who: &SignedIn,
    organization: Uuid,
    typed: &Added,
    errors: &mut Errors,
) -> Result<Option<Notice>, Error> {
    let user = members::by_email(db.read(), who.tenant.id, &typed.email).await?;
    let user = errors.keep("email", user.ok_or_else(|| sentence(&typed.email, &who.tenant.row.name)));
    let role = MemberRole::ALL.into_iter().find(|role| role.word() == typed.role);
    let role = errors.keep("role", role.ok_or_else(|| "Choose a role.".to_owned()));
    let (Some(user), Some(role)) = (user, role) else { return Ok(None) };
    let tx = db.begin().await?;
    let outcome = members::set(&tx, &who.actor(), (who.tenant.id, organization), user.id, role, who.now).await?;
    if outcome != Outcome::Done {
        return Err(Error::NotFound);
    }
    db::commit(tx).await?;
    Ok(Some(is_now(&user.display_name, role)))
}

/// Gives a member another role.
///
/// # Errors
/// [`Error::NotFound`] for whoever is no member.
pub async fn give(
    db: &Db,
    who: &SignedIn,
    (organization, user): (Uuid, Uuid),
    role: MemberRole,
) -> Result<Notice, Error> {
    let member = member(db, who, organization, user).await?;
    let tx = db.begin().await?;
    members::set(&tx, &who.actor(), (who.tenant.id, organization), user, role, who.now).await?;
    db::commit(tx).await?;
    Ok(is_now(&member.name, role))
}

/// Removes a member; what is said of it can be undone by a form that goes to `path`.
///
/// # Errors
/// As [`give`].
pub async fn take_out(
    db: &Db,
    who: &SignedIn,
    (organization, user): (Uuid, Uuid),
    path: String,
) -> Result<Notice, Error> {
    let member = member(db, who, organization, user).await?;
    let tx = db.begin().await?;
    if members::remove(&tx, &who.actor(), (who.tenant.id, organization), user, who.now).await? != Outcome::Done {
        return Err(Error::NotFound);
    }
    db::commit(tx).await?;
    let undo = vec![("email".to_owned(), member.email), ("role".to_owned(), member.role.word().to_owned())];
    Ok(Notice::new(format!("{} was removed from this organization.", member.name)).with_undo(path, undo))
}

async fn member(db: &Db, who: &SignedIn, organization: Uuid, user: Uuid) -> Result<queries::OrganizationMember, Error> {
    let members = queries::members(db.read(), who.tenant.id, organization).await?;
    members.into_iter().find(|member| member.user_id == user).ok_or(Error::NotFound)
}

fn is_now(name: &str, role: MemberRole) -> Notice {
    Notice::new(format!("{name} is now {} of this organization.", role.label().to_lowercase()))
}

fn sentence(email: &str, tenant: &str) -> String {
    if email.trim().is_empty() {
        return "Enter the e-mail address of somebody who can sign in here.".to_owned();
    }
    format!("Nobody with this address can sign in to {tenant}. An administrator has to invite them first.")
}
