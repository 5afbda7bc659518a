//! `/dashboard/limits`: the limits a tenant has, for administrators.

use crate::accounts::guards::Admin;
use crate::accounts::shell::{Section, Shell};
use crate::db::{self, Db};
use crate::error::Error;
use crate::organizations::definition_form::Fields;
use crate::organizations::definitions::{self, Definition};
use crate::organizations::limits::LimitValue;
use crate::web::form::{Errors, Form};
use crate::web::html;
use crate::web::notice::Notice;
use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use askama::Template;

const PATH: &str = "/dashboard/limits";

#[derive(Template)]
#[template(path = "organizations/definitions.html")]
struct Page {
    shell: Shell,
    definitions: Vec<Definition>,
}

#[derive(Template)]
#[template(path = "organizations/definition_form.html")]
struct FormPage {
    shell: Shell,
    /// The key of a limit that exists; a new one has none yet.
    key: Option<String>,
    fields: Fields,
    errors: Errors,
}

impl Page {
    fn default(definition: &Definition) -> String {
        LimitValue::from_column(definition.default_value).to_string()
    }

    fn bounds(definition: &Definition) -> String {
        match (definition.minimum, definition.maximum) {
            (None, None) => "Any".to_owned(),
            (Some(minimum), None) => format!("{minimum} or more"),
            (None, Some(maximum)) => format!("{maximum} or less"),
            (Some(minimum), Some(maximum)) => format!("{minimum} to {maximum}"),
        }
    }
}

impl FormPage {
    fn title(&self) -> String {
        if self.key.is_some() { format!("Edit limit {}", self.fields.label) } else { "New limit".to_owned() }
    }

    fn action(&self) -> String {
        self.key.as_ref().map_or_else(|| PATH.to_owned(), |key| format!("{PATH}/{key}"))
    }
}

/// `GET /dashboard/limits`.
///
/// # Errors
/// As the guard.
pub async fn index(who: Admin, db: web::Data<Db>) -> Result<HttpResponse, Error> {
    let definitions = definitions::all(db.read(), who.tenant.id).await?;
    html::page(&Page { shell: who.shell(Section::Limits), definitions })
}

/// `GET /dashboard/limits/new`.
///
/// # Errors
/// As the guard.
pub async fn new(who: Admin) -> Result<HttpResponse, Error> {
    let shell = who.shell(Section::Limits);
    html::page(&FormPage { shell, key: None, fields: Fields::default(), errors: Errors::default() })
}

/// `POST /dashboard/limits`.
///
/// # Errors
/// As the guard.
pub async fn create(who: Admin, form: Form<Fields>, db: web::Data<Db>) -> Result<HttpResponse, Error> {
    let mut errors = Errors::default();
    let key = form.0.read_key(&mut errors);
    let data = form.0.read(&mut errors);
    if let (Some(key), Some(data)) = (key, data) {
        let tx = db.begin().await?;
        if definitions::create(&tx, &who.actor(), who.tenant.id, &key, &data, who.now).await? {
            db::commit(tx).await?;
            return Ok(Notice::new(format!("The limit {} was created.", data.label)).on(html::see_other(PATH)));
        }
        errors.add("key", "There is a limit with this key already.");
    }
    let page = FormPage { shell: who.shell(Section::Limits), key: None, fields: form.0, errors };
    html::with_status(StatusCode::UNPROCESSABLE_ENTITY, &page)
}

/// `GET /dashboard/limits/{key}`.
///
/// # Errors
/// [`Error::NotFound`] for a limit that there is not.
pub async fn edit(who: Admin, key: web::Path<String>, db: web::Data<Db>) -> Result<HttpResponse, Error> {
    let found = definitions::find(db.read(), who.tenant.id, &key).await?.ok_or(Error::NotFound)?;
    let shell = who.shell(Section::Limits);
    html::page(&FormPage { shell, key: Some(key.into_inner()), fields: (&found).into(), errors: Errors::default() })
}

/// `POST /dashboard/limits/{key}`.
///
/// # Errors
/// [`Error::NotFound`] for a limit that there is not.
pub async fn update(
    who: Admin,
    key: web::Path<String>,
    form: Form<Fields>,
    db: web::Data<Db>,
) -> Result<HttpResponse, Error> {
    let mut errors = Errors::default();
    if let Some(data) = form.0.read(&mut errors) {
        let tx = db.begin().await?;
        if !definitions::edit(&tx, &who.actor(), who.tenant.id, &key, &data, who.now).await? {
            return Err(Error::NotFound);
        }
        db::commit(tx).await?;
        return Ok(Notice::new(format!("The limit {} was saved.", data.label)).on(html::see_other(PATH)));
    }
    let shell = who.shell(Section::Limits);
    let page = FormPage { shell, key: Some(key.into_inner()), fields: form.0, errors };
    html::with_status(StatusCode::UNPROCESSABLE_ENTITY, &page)
}
