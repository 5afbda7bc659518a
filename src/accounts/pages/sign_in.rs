//! `/sign-in`, `/sign-out` and `/`.

use crate::accounts::guards::{SignedIn, Visit};
use crate::accounts::passwords::Passwords;
use crate::accounts::role::Role;
use crate::accounts::sessions::{ADDRESS_KEY, AGENT_KEY};
use crate::accounts::shell::Shell;
use crate::accounts::sign_in::{self, Outcome};
use crate::calendar;
use crate::db::Db;
use crate::error::Error;
use crate::web::address;
use crate::web::form::{Errors, Form, Query};
use crate::web::html;
use crate::web::notice::Notice;
use actix_identity::Identity;
use actix_session::SessionExt;
use actix_web::http::{StatusCode, header};
use actix_web::{HttpMessage, HttpRequest, HttpResponse, web};
use anyhow::anyhow;
use askama::Template;
use serde::Deserialize;
use std::net::IpAddr;
use uuid::Uuid;

/// Browsers name themselves at length; this much is enough to tell them apart.
const LONGEST_AGENT: usize = 300;

/// Where to go after signing in.
#[derive(Debug, Deserialize)]
pub struct Next {
    #[serde(default)]
    next: String,
}

/// The form.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fields {
    email: String,
    password: String,
    #[serde(default)]
    next: String,
}

#[derive(Template)]
#[template(path = "accounts/sign_in.html")]
struct Page<'a> {
    shell: Shell,
    errors: Errors,
    email: &'a str,
    next: &'a str,
    needs_https: bool,
}

/// `GET /`: where each role starts.
///
/// # Errors
/// As the guards.
pub async fn start(_: Visit, who: Option<SignedIn>) -> HttpResponse {
    let Some(who) = who else { return html::see_other("/sign-in") };
    html::see_other(match who.role {
        _ if who.reaches(Role::Admin) && who.tenant.row.coupons_enabled => "/dashboard/coupons",
        _ if who.reaches(Role::Admin) => "/dashboard",
        Some(Role::Support) => "/audit",
        Some(_) => "/organization",
        None => "/account",
    })
}

/// `GET /sign-in`.
///
/// # Errors
/// As the guards.
pub async fn new(
    visit: Visit,
    who: Option<SignedIn>,
    next: Query<Next>,
    request: HttpRequest,
) -> Result<HttpResponse, Error> {
    let next = sign_in::local_path(&next.0.next);
    if who.is_some() {
        return Ok(html::see_other(next));
    }
    let shell = Shell::for_strangers(&visit);
    html::page(&Page { shell, errors: Errors::default(), email: "", next, needs_https: needs_https(&request) })
}

/// `POST /sign-in`.
///
/// # Errors
/// As the guards.
pub async fn create(
    visit: Visit,
    form: Form<Fields>,
    db: web::Data<Db>,
    passwords: web::Data<Passwords>,
    request: HttpRequest,
) -> Result<HttpResponse, Error> {
    let Form(Fields { email, password, next }) = form;
    let next = sign_in::local_path(&next);
    let tried = sign_in::attempt(&db, &passwords, (&email, &password), visit.address, visit.now).await?;
    let mut errors = Errors::default();
    let wait = match tried {
        Outcome::Welcome(user) => {
            open(&request, user.id, visit.address)?;
            return Ok(html::see_other(next));
        }
        Outcome::Unknown => {
            errors.add("email", "No account has this address and password together. Check both.");
            None
        }
        Outcome::Wait(wait) => {
            let length = calendar::wait(visit.now, visit.now + wait);
            errors.add("email", format!("Too many tries. Please try again in {length}."));
            Some(wait)
        }
    };
    let shell = Shell::for_strangers(&visit);
    let page = Page { shell, errors, email: email.trim(), next, needs_https: needs_https(&request) };
    let Some(wait) = wait else { return html::with_status(StatusCode::UNPROCESSABLE_ENTITY, &page) };
    let mut response = html::with_status(StatusCode::TOO_MANY_REQUESTS, &page)?;
    response.headers_mut().insert(header::RETRY_AFTER, header::HeaderValue::from(wait.num_seconds().max(1)));
    Ok(response)
}

/// `POST /sign-out`.
pub async fn end(request: HttpRequest) -> HttpResponse {
    request.get_session().purge();
    Notice::new("You are signed out.").on(html::see_other("/sign-in"))
}

/// Begins a session of this user under a new id, whatever session the request came with.
///
/// # Errors
/// When the session cannot be written.
pub fn open(request: &HttpRequest, user: Uuid, address: IpAddr) -> Result<(), Error> {
    let session = request.get_session();
    session.clear();
    let agent = request.headers().get(header::USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let agent: String = agent.chars().take(LONGEST_AGENT).collect();
    let kept = session
        .insert(ADDRESS_KEY, address.to_string())
        .and_then(|()| session.insert(AGENT_KEY, agent))
        .map_err(|error| anyhow!("a session could not be written: {error}"));
    kept?;
    Identity::login(&request.extensions(), user.to_string())
        .map_err(|error| anyhow!("a session could not be opened: {error}"))?;
    Ok(())
}

/// Whether the browser will not keep a secure cookie: plain http, and not this machine. Any proxy is believed that it ended
/// TLS, also one that nobody configured: who forges that hides the notice from nobody else.
fn needs_https(request: &HttpRequest) -> bool {
    let name = address::hostname(request);
    let loopback = name == "localhost"
        || name.ends_with(".localhost")
        || name.parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
    request.connection_info().scheme() == "http" && !loopback
}
