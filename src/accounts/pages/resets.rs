//! `/password-reset`: asking for a link, and `/password-reset/{token}`: setting the password with it.

use crate::accounts::guards::Visit;
use crate::accounts::passwords::Passwords;
use crate::accounts::shell::Shell;
use crate::accounts::{resets, users};
use crate::config::Config;
use crate::db::Db;
use crate::error::{Error, Fault};
use crate::web::form::{Errors, Form};
use crate::web::html;
use crate::web::notice::Notice;
use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use askama::Template;
use serde::Deserialize;

/// Who forgot a password.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Asked {
    email: String,
}

/// The new password.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fields {
    password: String,
    #[serde(default, rename = "username")]
    _username: String,
}

#[derive(Template)]
#[template(path = "accounts/password_forgotten.html")]
struct AskPage {
    shell: Shell,
    errors: Errors,
    email: String,
}

#[derive(Template)]
#[template(path = "accounts/password_reset.html")]
struct SetPage {
    shell: Shell,
    errors: Errors,
    token: String,
    email: String,
}

/// `GET /password-reset`.
///
/// # Errors
/// As the guards.
pub async fn new(visit: Visit) -> Result<HttpResponse, Error> {
    html::page(&AskPage { shell: Shell::for_strangers(&visit), errors: Errors::default(), email: String::new() })
}

/// `POST /password-reset`: the same answer, whoever asks about whomever.
///
/// # Errors
/// [`Error::TooMany`] when it was asked too often.
pub async fn create(
    visit: Visit,
    db: web::Data<Db>,
    config: web::Data<Config>,
    Form(asked): Form<Asked>,
) -> Result<HttpResponse, Error> {
    let mut errors = Errors::default();
    let Some(email) = errors.keep("email", users::email(&asked.email)) else {
        let page = AskPage { shell: Shell::for_strangers(&visit), errors, email: asked.email };
        return html::with_status(StatusCode::UNPROCESSABLE_ENTITY, &page);
    };
    resets::ask(&db, visit.tenant.id, &email, visit.address, visit.now).await?;
    let said = if visit.tenant.base_url(config.base_url.as_deref()).is_some() {
        format!("If {email} has an account here, a link is on its way to it. It works for an hour.")
    } else {
        let contact = &visit.tenant.row.support_contact;
        format!("No mail with a link can be sent from here. Ask {contact} for a new password.")
    };
    Ok(Notice::new(said).on(html::see_other("/sign-in")))
}

/// `GET /password-reset/{token}`.
///
/// # Errors
/// 404 when the link does not work any more.
pub async fn edit(visit: Visit, db: web::Data<Db>, token: web::Path<String>) -> Result<HttpResponse, Error> {
    let user = resets::user_of(db.read(), &token, visit.now).await?.ok_or_else(over)?;
    html::page(&page(&visit, &token, user.email, Errors::default()))
}

/// `POST /password-reset/{token}`.
///
/// # Errors
/// As [`edit`].
pub async fn update(
    visit: Visit,
    db: web::Data<Db>,
    passwords: web::Data<Passwords>,
    token: web::Path<String>,
    Form(fields): Form<Fields>,
) -> Result<HttpResponse, Error> {
    let typed = (token.as_str(), fields.password.as_str());
    match resets::set(&db, &passwords, typed, &visit.request_id, visit.now).await?.ok_or_else(over)? {
        Ok(()) => Ok(Notice::new("Your password is set. Sign in with it.").on(html::see_other("/sign-in"))),
        Err(errors) => {
            let user = resets::user_of(db.read(), &token, visit.now).await?.ok_or_else(over)?;
            html::with_status(StatusCode::UNPROCESSABLE_ENTITY, &page(&visit, &token, user.email, errors))
        }
    }
}

fn page(visit: &Visit, token: &str, email: String, errors: Errors) -> SetPage {
    SetPage { shell: Shell::for_strangers(visit), errors, token: token.to_owned(), email }
}

/// The same for a link that was used, ran out or never was, so that nobody learns which.
fn over() -> Error {
    let detail = "A link to set a password works once, for an hour, and a newer one ends it.";
    let fault = Fault::new("not_found", "This link does not work any more", detail);
    fault.leading_to("/password-reset", "Ask for a new link").with_status(StatusCode::NOT_FOUND)
}
