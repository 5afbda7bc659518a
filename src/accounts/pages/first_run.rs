//! `/first-run`, which is there only once.

use crate::accounts::first_run::{self, Typed};
use crate::accounts::pages::sign_in;
use crate::accounts::passwords::Passwords;
use crate::clock::Now;
use crate::db::Db;
use crate::error::Error;
use crate::tenants::fields;
use crate::web::form::{Errors, Form};
use crate::web::{address, html, request_log};
use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

type Choices = Vec<(&'static str, &'static str)>;

#[derive(Template)]
#[template(path = "accounts/first_run.html")]
struct Page {
    typed: Typed,
    errors: Errors,
    currencies: Choices,
    zones: Choices,
}

impl Page {
    fn new(typed: Typed, errors: Errors) -> Self {
        Self { typed, errors, currencies: fields::currencies(), zones: fields::zones() }
    }
}

/// `GET /first-run`.
///
/// # Errors
/// [`Error::NotFound`] once there is a tenant.
pub async fn new(db: web::Data<Db>) -> Result<HttpResponse, Error> {
    if !first_run::is_open(db.read()).await? {
        return Err(Error::NotFound);
    }
    let typed = Typed { currency: "EUR".into(), time_zone: "UTC".into(), ..Typed::default() };
    html::page(&Page::new(typed, Errors::default()))
}

/// `POST /first-run`.
///
/// # Errors
/// [`Error::NotFound`] once there is a tenant.
pub async fn create(
    form: Form<Typed>,
    db: web::Data<Db>,
    passwords: web::Data<Passwords>,
    Now(now): Now,
    request: HttpRequest,
) -> Result<HttpResponse, Error> {
    let typed = form.0;
    match first_run::complete(&db, &passwords, &typed, &request_log::id_of(&request), now).await? {
        Ok(user) => {
            sign_in::open(&request, user.id, address::client(&request))?;
            Ok(html::see_other("/"))
        }
        Err(errors) => html::with_status(StatusCode::UNPROCESSABLE_ENTITY, &Page::new(typed, errors)),
    }
}
