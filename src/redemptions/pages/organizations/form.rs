//! Making an organization and giving it another name: a form that is a page and a dialog.

use crate::accounts::guards::Admin;
use crate::accounts::shell::{Section, Shell};
use crate::db::{self, Db};
use crate::error::Error;
use crate::organizations::{self, read_name};
use crate::web::form::{Errors, Form};
use crate::web::html;
use crate::web::notice::Notice;
use crate::web::replay::{self, Claim, Key};
use crate::web::token;
use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use askama::Template;
use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;

const PATH: &str = "/dashboard/organizations";

/// What the form sends.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fields {
    name: String,
    #[serde(default)]
    request_key: String,
}

/// The form in a page of its own.
#[derive(Template)]
#[template(path = "organizations/form.html")]
struct Page<'a> {
    shell: Shell,
    form: &'a NameForm,
}

/// The form in the dialog.
#[derive(Template)]
#[template(path = "organizations/_dialog.html")]
struct Dialog<'a> {
    form: &'a NameForm,
}

/// The one field, and what is wrong with it.
struct NameForm {
    title: &'static str,
    button: &'static str,
    action: String,
    back: String,
    name: String,
    request_key: String,
    errors: Errors,
    in_dialog: bool,
}

impl NameForm {
    fn new_one(who: &Admin, fields: Fields, errors: Errors) -> Self {
        Self {
            title: "New organization",
            button: "Create organization",
            action: PATH.to_owned(),
            back: PATH.to_owned(),
            name: fields.name,
            request_key: fields.request_key,
            errors,
            in_dialog: who.fragment,
        }
    }

    fn rename(who: &Admin, id: Uuid, name: String, errors: Errors) -> Self {
        let path = format!("{PATH}/{id}");
        Self {
            title: "Rename organization",
            button: "Save name",
            action: format!("{path}/name"),
            back: path,
            name,
            request_key: String::new(),
            errors,
            in_dialog: who.fragment,
        }
    }

    fn answer(&self, who: &Admin) -> Result<HttpResponse, Error> {
        let status = if self.errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
        let page = Page { shell: who.shell(Section::Organizations), form: self };
        html::page_or_fragment(who.fragment, status, &page, &Dialog { form: self })
    }
}

/// `GET /dashboard/organizations/new`.
///
/// # Errors
/// As the guard.
pub async fn new(who: Admin) -> Result<HttpResponse, Error> {
    let fields = Fields { name: String::new(), request_key: token::random(24)? };
    NameForm::new_one(&who, fields, Errors::default()).answer(&who)
}

/// `POST /dashboard/organizations`.
///
/// # Errors
/// As the guard.
pub async fn create(who: Admin, form: Form<Fields>, db: web::Data<Db>) -> Result<HttpResponse, Error> {
    let fields = form.0;
    let mut errors = Errors::default();
    let Some(name) = errors.keep("name", read_name(&fields.name)) else {
        return NameForm::new_one(&who, fields, errors).answer(&who);
    };
    let route = "POST /dashboard/organizations";
    let key = Key::of_form(who.tenant.id, who.user.id, route, &fields.request_key, &name)?;
    let tx = db.begin().await?;
    let id = match replay::claim(&tx, &key, who.now).await? {
        Claim::Again(answer) => answer.as_str().and_then(|id| id.parse().ok()).unwrap_or_default(),
        Claim::First => {
            let made = organizations::create(&tx, &who.actor(), who.tenant.id, &name, who.now).await?;
            replay::settle(&tx, &key, json!(made.id), who.now).await?;
            made.id
        }
    };
    db::commit(tx).await?;
    Ok(Notice::new(format!("{name} was created.")).on(html::redirect(who.fragment, &format!("{PATH}/{id}"))))
}

/// `GET /dashboard/organizations/{id}/name`.
///
/// # Errors
/// [`Error::NotFound`] for an organization of another tenant.
pub async fn edit(who: Admin, id: web::Path<Uuid>, db: web::Data<Db>) -> Result<HttpResponse, Error> {
    let found = organizations::queries::by_id(db.read(), who.tenant.id, *id).await?.ok_or(Error::NotFound)?;
    NameForm::rename(&who, found.id, found.name, Errors::default()).answer(&who)
}

/// `POST /dashboard/organizations/{id}/name`.
///
/// # Errors
/// [`Error::NotFound`] for an organization of another tenant.
pub async fn update(
    who: Admin,
    id: web::Path<Uuid>,
    form: Form<Fields>,
    db: web::Data<Db>,
) -> Result<HttpResponse, Error> {
    let before = organizations::queries::by_id(db.read(), who.tenant.id, *id).await?.ok_or(Error::NotFound)?;
    let mut errors = Errors::default();
    let Some(name) = errors.keep("name", read_name(&form.0.name)) else {
        return NameForm::rename(&who, *id, form.0.name, errors).answer(&who);
    };
    let tx = db.begin().await?;
    organizations::rename(&tx, &who.actor(), who.tenant.id, *id, &name, who.now).await?.ok_or(Error::NotFound)?;
    db::commit(tx).await?;
    let undo = vec![("name".to_owned(), before.name.clone())];
    let notice = Notice::new(format!("{} is now called {name}.", before.name));
    let notice = notice.with_undo(format!("{PATH}/{id}/name"), undo);
    Ok(notice.on(html::redirect(who.fragment, &format!("{PATH}/{id}"))))
}
