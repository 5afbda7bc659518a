//! `/platform/users`: the accounts of the installation, which only its administrators switch off and on.

use crate::accounts::guards::PlatformAdmin;
use crate::accounts::shell::{Section, Shell};
use crate::accounts::users;
use crate::calendar;
use crate::db::tables::users::Model;
use crate::db::{self, Db};
use crate::error::Error;
use crate::web::form::Query;
use crate::web::html;
use crate::web::notice::Notice;
use crate::web::paging::{self, Cursor, Slice};
use actix_web::{HttpResponse, web};
use askama::Template;
use serde::Deserialize;
use uuid::Uuid;

const PATH: &str = "/platform/users";

/// What the list is narrowed to.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Filter {
    #[serde(default)]
    q: String,
    after: Option<String>,
    before: Option<String>,
}

struct Row {
    id: Uuid,
    name: String,
    email: String,
    is_platform_admin: bool,
    is_disabled: bool,
    is_you: bool,
    created: String,
}

#[derive(Template)]
#[template(path = "accounts/users.html")]
struct Page {
    shell: Shell,
    q: String,
    rows: Vec<Row>,
    next: Option<String>,
    previous: Option<String>,
}

/// `GET /platform/users`.
///
/// # Errors
/// As the guard.
pub async fn index(who: PlatformAdmin, filter: Query<Filter>, db: web::Data<Db>) -> Result<HttpResponse, Error> {
    let Filter { q, after, before } = filter.0;
    let found = users::page(db.search(), &q, &Cursor { after, before }).await?;
    let row = |user: Model| Row {
        id: user.id,
        is_platform_admin: user.platform_admin,
        is_disabled: user.disabled_at.is_some(),
        is_you: user.id == who.user.id,
        created: calendar::day(user.created_at, who.tenant.zone),
        name: user.display_name,
        email: user.email,
    };
    let Slice { rows, next, previous } = found.map(row);
    let link = |name, cursor: Option<String>| {
        cursor.map(|cursor| format!("{PATH}{}", paging::query(&[("q", &q), (name, &cursor)])))
    };
    let (next, previous) = (link("after", next), link("before", previous));
    html::page(&Page { shell: who.shell(Section::Platform), rows, next, previous, q: q.clone() })
}

/// `POST /platform/users/{id}/disable`.
///
/// # Errors
/// As the guard; [`Error::Unprocessable`] for oneself.
pub async fn disable(who: PlatformAdmin, id: web::Path<Uuid>, db: web::Data<Db>) -> Result<HttpResponse, Error> {
    if *id == who.user.id {
        return Err(Error::Unprocessable("You cannot disable yourself. Another administrator can.".to_owned()));
    }
    switch(&who, &db, id.into_inner(), true).await
}

/// `POST /platform/users/{id}/enable`.
///
/// # Errors
/// As the guard.
pub async fn enable(who: PlatformAdmin, id: web::Path<Uuid>, db: web::Data<Db>) -> Result<HttpResponse, Error> {
    switch(&who, &db, id.into_inner(), false).await
}

async fn switch(who: &PlatformAdmin, db: &Db, id: Uuid, off: bool) -> Result<HttpResponse, Error> {
    let tx = db.begin().await?;
    let user = users::switch(&tx, &who.actor(), id, off, who.now).await?;
    db::commit(tx).await?;
    let what = if off { "can no longer sign in" } else { "can sign in again" };
    Ok(Notice::new(format!("{} {what}.", user.display_name)).on(html::see_other(PATH)))
}
