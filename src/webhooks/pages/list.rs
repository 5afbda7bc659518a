//! `/dashboard/webhooks`: the endpoints, and the form of a new one.

use super::form::Fields;
use super::{Row, Secret};
use crate::accounts::guards::Admin;
use crate::accounts::shell::{Section, Shell};
use crate::config::Config;
use crate::db::{self, Db};
use crate::error::Error;
use crate::web::form::{Errors, Form};
use crate::web::html;
use crate::web::notice::Notice;
use crate::web::replay::{self, Claim};
use crate::web::seal::Seal;
use crate::web::token;
use crate::webhooks::endpoints::{self, MOST};
use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use askama::Template;
use serde_json::json;

const PATH: &str = "/dashboard/webhooks";

#[derive(Template)]
#[template(path = "webhooks/index.html")]
struct Page {
    shell: Shell,
    errors: Errors,
    typed: Fields,
    secret: Option<Secret>,
    rows: Vec<Row>,
}

impl Page {
    /// Endpoints that the program switched off, or is about to.
    fn troubled(&self) -> impl Iterator<Item = &Row> {
        self.rows.iter().filter(|row| row.trouble.is_some())
    }

    fn may_add(&self) -> bool {
        self.rows.len() < MOST
    }
}

/// `GET /dashboard/webhooks`.
///
/// # Errors
/// As the guard.
pub async fn index(who: Admin, db: web::Data<Db>) -> Result<HttpResponse, Error> {
    html::page(&page(&who, &db, Fields::default()).await?)
}

/// `POST /dashboard/webhooks`: shows the secret, which is why it answers with a page and no redirect.
///
/// # Errors
/// As the guard; [`Error::Conflict`] where there are as many as there may be.
pub async fn create(
    who: Admin,
    db: web::Data<Db>,
    config: web::Data<Config>,
    Form(typed): Form<Fields>,
) -> Result<HttpResponse, Error> {
    let said = match typed.read(&config) {
        Ok(said) => said,
        Err(errors) => {
            let page = Page { errors, ..page(&who, &db, typed).await? };
            return html::with_status(StatusCode::UNPROCESSABLE_ENTITY, &page);
        }
    };
    let body = format!("{} {}", said.url, said.events.join(","));
    let key = replay::Key::of_form(who.tenant.id, who.user.id, "POST /dashboard/webhooks", &typed.request_key, &body)?;
    let tx = db.begin().await?;
    if let Claim::Again(_) = replay::claim(&tx, &key, who.now).await? {
        let said = "This endpoint was made already, and its secret shown then. If you missed it, rotate the secret.";
        return Ok(Notice::new(said).on(html::see_other(PATH)));
    }
    if endpoints::all(&tx, who.tenant.id).await?.len() >= MOST {
        return Err(Error::Conflict(format!("There are {MOST} endpoints already. Delete one first.")));
    }
    let seal = Seal::of(&config)?;
    let (row, text) = endpoints::create(&tx, &seal, &who.actor(), who.tenant.id, said, who.now).await?;
    replay::settle(&tx, &key, json!(row.id), who.now).await?;
    db::commit(tx).await?;
    let title = format!("The endpoint at {} is made", endpoints::host(&row));
    let secret = Some(Secret { title, text, until: None });
    html::page(&Page { secret, ..page(&who, &db, Fields::default()).await? })
}

async fn page(who: &Admin, db: &Db, typed: Fields) -> Result<Page, Error> {
    let found = endpoints::all(db.read(), who.tenant.id).await?;
    let request_key = if typed.request_key.is_empty() { token::random(24)? } else { typed.request_key.clone() };
    Ok(Page {
        shell: who.shell(Section::Webhooks),
        errors: Errors::default(),
        typed: Fields { request_key, ..typed },
        secret: None,
        rows: found.iter().map(|row| Row::of(&who.tenant, row, who.now)).collect(),
    })
}
