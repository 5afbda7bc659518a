//! `/dashboard/api-keys`: the keys of calling systems. A secret is shown on the answer that made it, and never again.

use crate::accounts::guards::Admin;
use crate::accounts::keys::{self, New};
use crate::accounts::shell::{Section, Shell};
use crate::accounts::users;
use crate::audit::queries;
use crate::calendar;
use crate::db::tables::api_keys::Model;
use crate::db::{self, Db};
use crate::error::Error;
use crate::web::form::{Errors, Form};
use crate::web::html;
use crate::web::notice::Notice;
use crate::web::replay::{self, Claim};
use crate::web::token;
use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use askama::Template;
use chrono::{DateTime, Duration, Utc};
use serde::Deserialize;
use serde_json::json;
use std::collections::HashMap;
use uuid::Uuid;

const PATH: &str = "/dashboard/api-keys";
/// How long the old secret may work on, in hours.
const OVERLAPS: [(&str, &str); 4] = [("0", "Not at all"), ("1", "1 hour"), ("24", "24 hours"), ("168", "7 days")];

/// The form of a new key.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Fields {
    name: String,
    scopes: Vec<String>,
    expires: String,
    request_key: String,
}

/// The form of a rotation.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rotation {
    overlap: String,
    request_key: String,
}

/// The form of a revocation.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Revocation {
    sure: String,
}

/// A key as a page shows it.
struct Row {
    id: Uuid,
    name: String,
    hint: String,
    scopes: Vec<String>,
    maker: String,
    made: String,
    ends: String,
    used: String,
    /// The old secret of a rotation works on until then.
    overlap: Option<String>,
    state: (&'static str, &'static str),
    is_alive: bool,
}

/// A secret that is shown once.
struct Secret {
    name: String,
    text: String,
    until: Option<String>,
}

#[derive(Template)]
#[template(path = "accounts/api_keys.html")]
struct Page {
    shell: Shell,
    errors: Errors,
    typed: Fields,
    secret: Option<Secret>,
    scopes: &'static [(&'static str, &'static str)],
    rows: Vec<Row>,
}

#[derive(Template)]
#[template(path = "accounts/api_key.html")]
struct OnePage {
    shell: Shell,
    errors: Errors,
    secret: Option<Secret>,
    overlaps: &'static [(&'static str, &'static str)],
    request_key: String,
    row: Row,
}

/// `GET /dashboard/api-keys`.
///
/// # Errors
/// As the guard.
pub async fn index(who: Admin, db: web::Data<Db>) -> Result<HttpResponse, Error> {
    html::page(&page(&who, &db, Fields::default()).await?)
}

/// `POST /dashboard/api-keys`: shows the secret, which is why it answers with a page and no redirect.
///
/// # Errors
/// As the guard.
pub async fn create(who: Admin, db: web::Data<Db>, Form(typed): Form<Fields>) -> Result<HttpResponse, Error> {
    let new = match read(&who, &typed) {
        Ok(new) => new,
        Err(errors) => {
            let page = Page { errors, ..page(&who, &db, typed).await? };
            return html::with_status(StatusCode::UNPROCESSABLE_ENTITY, &page);
        }
    };
    let body = format!("{} {} {}", typed.name, typed.scopes.join(","), typed.expires);
    let route = "POST /dashboard/api-keys";
    let key = replay::Key::of_form(who.tenant.id, who.user.id, route, &typed.request_key, &body)?;
    let tx = db.begin().await?;
    if let Claim::Again(_) = replay::claim(&tx, &key, who.now).await? {
        drop(tx);
        let said = "This key was made already, and its secret shown then. If you missed it, rotate the key.";
        return Ok(Notice::new(said).on(html::see_other(PATH)));
    }
    let (row, text) = keys::create(&tx, &who.actor(), who.tenant.id, new, who.now).await?;
    replay::settle(&tx, &key, json!(row.id), who.now).await?;
    db::commit(tx).await?;
    let secret = Secret { name: row.name, text, until: None };
    html::page(&Page { secret: Some(secret), ..page(&who, &db, Fields::default()).await? })
}

/// `GET /dashboard/api-keys/{id}`.
///
/// # Errors
/// [`Error::NotFound`] for a key that the tenant does not have.
pub async fn show(who: Admin, db: web::Data<Db>, id: web::Path<Uuid>) -> Result<HttpResponse, Error> {
    html::page(&one(&who, &db, *id).await?)
}

/// `POST /dashboard/api-keys/{id}/rotate`: shows the new secret.
///
/// # Errors
/// As [`show`]; [`Error::Conflict`] for a key that has ended.
pub async fn rotate(
    who: Admin,
    db: web::Data<Db>,
    id: web::Path<Uuid>,
    Form(typed): Form<Rotation>,
) -> Result<HttpResponse, Error> {
    let offered = OVERLAPS.iter().any(|(hours, _)| *hours == typed.overlap);
    let hours = typed.overlap.parse().ok().filter(|_| offered);
    let hours = hours.ok_or_else(|| Error::BadRequest("There is no such choice.".to_owned()))?;
    let route = format!("POST {PATH}/{id}/rotate");
    let key = replay::Key::of_form(who.tenant.id, who.user.id, &route, &typed.request_key, &typed.overlap)?;
    let tx = db.begin().await?;
    if let Claim::Again(_) = replay::claim(&tx, &key, who.now).await? {
        drop(tx);
        // Once more, and the secret in production would end at once.
        let said =
            "This key was rotated already, and its new secret shown then. If you missed it, rotate it once more.";
        return Ok(Notice::new(said).on(html::see_other(&format!("{PATH}/{id}"))));
    }
    let rotated = keys::rotate(&tx, &who.actor(), (who.tenant.id, *id), Duration::hours(hours), who.now).await?;
    let (row, text) = rotated.ok_or(Error::NotFound)?;
    replay::settle(&tx, &key, json!(row.id), who.now).await?;
    db::commit(tx).await?;
    let until = row.previous_until.map(|until| calendar::moment(until, who.tenant.zone));
    let secret = Secret { name: row.name, text, until };
    html::page(&OnePage { secret: Some(secret), ..one(&who, &db, *id).await? })
}

/// `POST /dashboard/api-keys/{id}/revoke`.
///
/// # Errors
/// As [`show`].
pub async fn revoke(
    who: Admin,
    db: web::Data<Db>,
    id: web::Path<Uuid>,
    Form(typed): Form<Revocation>,
) -> Result<HttpResponse, Error> {
    if typed.sure != "yes" {
        let mut errors = Errors::default();
        errors.add("sure", "Tick that calls with this key are to fail from now on.");
        let page = OnePage { errors, ..one(&who, &db, *id).await? };
        return html::with_status(StatusCode::UNPROCESSABLE_ENTITY, &page);
    }
    let tx = db.begin().await?;
    let key = keys::revoke(&tx, &who.actor(), (who.tenant.id, *id), who.now).await?.ok_or(Error::NotFound)?;
    db::commit(tx).await?;
    Ok(Notice::new(format!("The key “{}” was revoked.", key.name)).on(html::see_other(PATH)))
}

fn read(who: &Admin, typed: &Fields) -> Result<New, Errors> {
    let mut errors = Errors::default();
    let name = errors.keep("name", users::name(&typed.name));
    let scopes = errors.keep("scopes", keys::scopes(&typed.scopes.join(",")));
    let expires_at = errors.keep("expires", expiry(who, &typed.expires));
    match (name, scopes, expires_at) {
        (Some(name), Some(scopes), Some(expires_at)) => {
            Ok(New { name, scopes, expires_at, created_by: Some(who.user.id) })
        }
        _ => Err(errors),
    }
}

/// The end of the typed day; nothing where nothing was typed.
fn expiry(who: &Admin, typed: &str) -> Result<Option<DateTime<Utc>>, String> {
    if typed.trim().is_empty() {
        return Ok(None);
    }
    let end = calendar::parse_date(typed).and_then(|day| calendar::end(day, None, who.tenant.zone));
    let end = end.map_err(|fault| fault.to_string())?;
    if end <= who.now { Err("This day is over. Choose a later one.".to_owned()) } else { Ok(Some(end)) }
}

async fn page(who: &Admin, db: &Db, typed: Fields) -> Result<Page, Error> {
    let found = keys::all(db.read(), who.tenant.id).await?;
    let names = queries::names(db.read(), found.iter().filter_map(|key| key.created_by)).await?;
    let request_key = if typed.request_key.is_empty() { token::random(24)? } else { typed.request_key.clone() };
    Ok(Page {
        shell: who.shell(Section::ApiKeys),
        errors: Errors::default(),
        typed: Fields { request_key, ..typed },
        secret: None,
        scopes: &keys::SCOPE_WORDS,
        rows: found.into_iter().map(|key| Row::of(who, key, &names)).collect(),
    })
}

async fn one(who: &Admin, db: &Db, id: Uuid) -> Result<OnePage, Error> {
    let key = keys::by_id(db.read(), who.tenant.id, id).await?.ok_or(Error::NotFound)?;
    let names = queries::names(db.read(), key.created_by.into_iter()).await?;
    Ok(OnePage {
        shell: who.shell(Section::ApiKeys),
        errors: Errors::default(),
        secret: None,
        overlaps: &OVERLAPS,
        request_key: token::random(24)?,
        row: Row::of(who, key, &names),
    })
}

impl Row {
    fn of(who: &Admin, key: Model, names: &HashMap<Uuid, String>) -> Self {
        let (zone, now) = (who.tenant.zone, who.now);
        let is_alive = keys::is_alive(&key, now);
        let overlap = key.previous_until.filter(|until| is_alive && now < *until);
        Self {
            state: match (key.revoked_at, is_alive) {
                (Some(_), _) => ("badge--deleted", "Revoked"),
                (None, false) => ("badge--expired", "Expired"),
                (None, true) => ("badge--active", "Active"),
            },
            scopes: keys::scopes_of(&key),
            maker: key.created_by.and_then(|id| names.get(&id).cloned()).unwrap_or_else(|| "Command line".to_owned()),
            made: calendar::day(key.created_at, zone),
            ends: key.expires_at.map_or_else(|| "Never".to_owned(), |end| calendar::end_moment(end, zone)),
            used: key.last_used_at.map_or_else(|| "Never".to_owned(), |at| calendar::from_now(at, now)),
            overlap: overlap.map(|until| calendar::moment(until, zone)),
            id: key.id,
            name: key.name,
            hint: key.hint,
            is_alive,
        }
    }
}

impl Page {
    fn has(&self, scope: &str) -> bool {
        self.typed.scopes.iter().any(|typed| typed == scope)
    }
}
