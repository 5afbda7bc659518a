//! `/account`: one's own name, password and sessions.

use crate::accounts::account;
use crate::accounts::guards::SignedIn;
use crate::accounts::pages::sign_in;
use crate::accounts::passwords::Passwords;
use crate::accounts::sessions;
use crate::accounts::shell::{Section, Shell};
use crate::calendar;
use crate::db::{self, Db};
use crate::error::Error;
use crate::web::form::{Errors, Form};
use crate::web::html;
use crate::web::notice::Notice;
use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use serde::Deserialize;
use uuid::Uuid;

/// The form of the name.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NameFields {
    display_name: String,
}

/// The form of the password.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PasswordFields {
    current: String,
    new: String,
    /// For the browser's own list of passwords.
    #[serde(default, rename = "username")]
    _username: String,
}

struct Row {
    id: Uuid,
    browser: String,
    address: String,
    since: String,
    seen: String,
    is_this: bool,
}

#[derive(Template)]
#[template(path = "accounts/account.html")]
struct Page {
    shell: Shell,
    errors: Errors,
    email: String,
    display_name: String,
    sessions: Vec<Row>,
}

/// `GET /account`.
///
/// # Errors
/// As the guard.
pub async fn show(who: SignedIn, db: web::Data<Db>) -> Result<HttpResponse, Error> {
    html::page(&page(&who, &db, None, Errors::default()).await?)
}

/// `POST /account/name`.
///
/// # Errors
/// As the guard.
pub async fn rename(who: SignedIn, form: Form<NameFields>, db: web::Data<Db>) -> Result<HttpResponse, Error> {
    let typed = form.0.display_name;
    match account::rename(&db, &who.actor(), &who.user, &typed, who.now).await? {
        Ok(()) => Ok(Notice::new("Your name was changed.").on(html::see_other("/account"))),
        Err(errors) => refused(&who, &db, Some(typed), errors).await,
    }
}

/// `POST /account/password`.
///
/// # Errors
/// As the guard; [`Error::TooMany`] after wrong passwords.
pub async fn change_password(
    who: SignedIn,
    form: Form<PasswordFields>,
    db: web::Data<Db>,
    passwords: web::Data<Passwords>,
    request: HttpRequest,
) -> Result<HttpResponse, Error> {
    let (actor, typed) = (who.actor(), (form.0.current.as_str(), form.0.new.as_str()));
    match account::change_password(&db, &passwords, (&actor, &who.user, who.session_id), typed, who.now).await? {
        Ok(()) => {
            sign_in::open(&request, who.user.id, who.address)?;
            let done = Notice::new("Your password was changed. Your other sessions have ended.");
            Ok(done.on(html::see_other("/account")))
        }
        Err(errors) => refused(&who, &db, None, errors).await,
    }
}

/// `POST /account/sessions/{id}/end`.
///
/// # Errors
/// As the guard; [`Error::NotFound`] for a session that is not one's own.
pub async fn end_session(who: SignedIn, id: web::Path<Uuid>, db: web::Data<Db>) -> Result<HttpResponse, Error> {
    let tx = db.begin().await?;
    if !sessions::end(&tx, who.user.id, id.into_inner()).await? {
        return Err(Error::NotFound);
    }
    db::commit(tx).await?;
    Ok(Notice::new("The session has ended.").on(html::see_other("/account")))
}

/// `POST /account/sessions/end-others`.
///
/// # Errors
/// As the guard.
pub async fn end_others(who: SignedIn, db: web::Data<Db>) -> Result<HttpResponse, Error> {
    let tx = db.begin().await?;
    sessions::end_all(&tx, who.user.id, Some(who.session_id)).await?;
    db::commit(tx).await?;
    Ok(Notice::new("All your other sessions have ended.").on(html::see_other("/account")))
}

async fn refused(who: &SignedIn, db: &Db, name: Option<String>, errors: Errors) -> Result<HttpResponse, Error> {
    html::with_status(StatusCode::UNPROCESSABLE_ENTITY, &page(who, db, name, errors).await?)
}

async fn page(who: &SignedIn, db: &Db, name: Option<String>, errors: Errors) -> Result<Page, Error> {
    let found = sessions::of_user(db.read(), who.user.id, who.now).await?;
    let row = |session: crate::db::tables::sessions::Model| Row {
        id: session.id,
        browser: account::browser(&session.user_agent),
        address: session.address,
        since: calendar::moment(session.created_at, who.tenant.zone),
        seen: calendar::from_now(session.seen_at, who.now),
        is_this: session.id == who.session_id,
    };
    Ok(Page {
        shell: who.shell(Section::Account),
        errors,
        email: who.user.email.clone(),
        display_name: name.unwrap_or_else(|| who.user.display_name.clone()),
        sessions: found.into_iter().map(row).collect(),
    })
}
