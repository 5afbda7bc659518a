//! `/invitations/{token}`: where an invitation is accepted.

use crate::accounts::guards::{SignedIn, Visit};
use crate::accounts::pages::sign_in;
use crate::accounts::passwords::{self, Passwords};
use crate::accounts::role::Role;
use crate::accounts::shell::{Section, Shell};
use crate::accounts::{invitations, users};
use crate::calendar;
use crate::db::tables::invitations::Model;
use crate::db::{self, Db};
use crate::error::{Error, Fault};
use crate::web::form::{Errors, Form};
use crate::web::html;
use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use serde::Deserialize;

/// The form of somebody new; empty for whoever has an account.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fields {
    #[serde(default)]
    name: String,
    #[serde(default)]
    password: String,
    #[serde(default, rename = "username")]
    _username: String,
}

/// Who looks at the invitation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Face {
    /// Nobody has an account with this address.
    New,
    /// Somebody has one, and is not signed in.
    SignIn,
    /// The invited one is signed in.
    Accept,
    /// Somebody else is signed in.
    Other,
}

#[derive(Template)]
#[template(path = "accounts/invitation.html")]
struct Page {
    shell: Shell,
    errors: Errors,
    face: Face,
    token: String,
    email: String,
    role: &'static str,
    until: String,
    typed_name: String,
}

/// `GET /invitations/{token}`.
///
/// # Errors
/// 404 when it is not open any more.
pub async fn show(
    visit: Visit,
    who: Option<SignedIn>,
    token: web::Path<String>,
    db: web::Data<Db>,
) -> Result<HttpResponse, Error> {
    let invitation = found(&db, &visit, &token).await?;
    let face = face(&db, &invitation, who.as_ref()).await?;
    html::page(&page(&visit, who.as_ref(), (&invitation, &token), face, Errors::default()))
}

/// `POST /invitations/{token}`.
///
/// # Errors
/// As [`show`].
pub async fn accept(
    visit: Visit,
    who: Option<SignedIn>,
    token: web::Path<String>,
    form: Form<Fields>,
    db: web::Data<Db>,
    passwords: web::Data<Passwords>,
    request: HttpRequest,
) -> Result<HttpResponse, Error> {
    let invitation = found(&db, &visit, &token).await?;
    match face(&db, &invitation, who.as_ref()).await? {
        Face::Accept => {
            let user = &who.as_ref().ok_or(Error::SignInRequired)?.user;
            let tx = db.begin().await?;
            invitations::accept(&tx, (&invitation, &token), user, &visit.request_id, visit.now).await?;
            db::commit(tx).await?;
        }
        Face::New => match join(&db, &passwords, &visit, (&invitation, &token, &form.0)).await? {
            Ok(user) => sign_in::open(&request, user.id, visit.address)?,
            Err(errors) => {
                let mut page = page(&visit, None, (&invitation, &token), Face::New, errors);
                page.typed_name = form.0.name;
                return html::with_status(StatusCode::UNPROCESSABLE_ENTITY, &page);
            }
        },
        Face::SignIn | Face::Other => return Ok(html::see_other(&format!("/invitations/{token}"))),
    }
    Ok(html::see_other("/"))
}

async fn found(db: &Db, visit: &Visit, token: &str) -> Result<Model, Error> {
    invitations::by_token(db.read(), visit.tenant.id, token, visit.now).await?.ok_or_else(over)
}

/// The same for a link that was used, ran out or never was, so that nobody learns which.
fn over() -> Error {
    let detail = "An invitation works once, for seven days, and a newer one ends it. If you joined already, sign in; if not, ask \
                  whoever invited you for another.";
    let fault = Fault::new("not_found", "This invitation was used already or has ended", detail);
    fault.leading_to("/sign-in", "Sign in").with_status(StatusCode::NOT_FOUND)
}

async fn face(db: &Db, invitation: &Model, who: Option<&SignedIn>) -> Result<Face, Error> {
    Ok(match who {
        Some(who) if who.user.email == invitation.email => Face::Accept,
        Some(_) => Face::Other,
        None if users::by_email(db.read(), &invitation.email).await?.is_some() => Face::SignIn,
        None => Face::New,
    })
}

/// Makes the account and the membership together.
async fn join(
    db: &Db,
    passwords: &Passwords,
    visit: &Visit,
    (invitation, token, typed): (&Model, &str, &Fields),
) -> Result<Result<crate::db::tables::users::Model, Errors>, Error> {
    let mut errors = Errors::default();
    let name = errors.keep("name", users::name(&typed.name));
    errors.keep("password", passwords::acceptable(&typed.password).map(|_| ()));
    let Some(display_name) = name.filter(|_| errors.is_empty()) else { return Ok(Err(errors)) };
    let password_hash = passwords.hash(&typed.password).await?;
    let new = users::New { email: invitation.email.clone(), display_name, password_hash, platform_admin: false };
    let tx = db.begin().await?;
    let user = users::create(&tx, new, visit.now).await?;
    invitations::accept(&tx, (invitation, token), &user, &visit.request_id, visit.now).await?;
    db::commit(tx).await?;
    Ok(Ok(user))
}

fn page(
    visit: &Visit,
    who: Option<&SignedIn>,
    (invitation, token): (&Model, &str),
    face: Face,
    errors: Errors,
) -> Page {
    Page {
        shell: who.map_or_else(|| Shell::for_strangers(visit), |who| who.shell(Section::Account)),
        errors,
        face,
        token: token.to_owned(),
        email: invitation.email.clone(),
        role: Role::from_word(&invitation.role).map_or("", Role::label),
        until: calendar::moment(invitation.expires_at, visit.tenant.zone),
        typed_name: String::new(),
    }
}
