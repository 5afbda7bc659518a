//! `/dashboard/product-types`: kinds of products on one page, each with its form.

use crate::accounts::guards::Admin;
use crate::accounts::shell::{Section, Shell};
use crate::db::{self, Db};
use crate::error::Error;
use crate::organizations::read_name;
use crate::shop::read_key;
use crate::shop::types::{self, ProductType};
use crate::web::form::{Errors, Form};
use crate::web::html;
use crate::web::notice::Notice;
use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use askama::Template;
use serde::Deserialize;

const PATH: &str = "/dashboard/product-types";

/// What the forms send; an edit has no key.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fields {
    #[serde(default)]
    key: String,
    label: String,
    #[serde(default)]
    recurring: Option<String>,
}

#[derive(Template)]
#[template(path = "shop/types.html")]
struct Page {
    shell: Shell,
    types: Vec<ProductType>,
    fields: Fields,
    errors: Errors,
    edited: Option<Edited>,
}

/// A row that was sent and refused: its key, what was typed, and why.
struct Edited {
    key: String,
    fields: Fields,
    sentence: String,
}

impl Page {
    fn is_bad(&self) -> bool {
        !self.errors.is_empty() || self.edited.is_some()
    }

    /// What was typed into the row of this kind, if it was refused.
    fn edited(&self, kind: &ProductType) -> Option<&Edited> {
        self.edited.as_ref().filter(|edited| edited.key == kind.key)
    }

    fn label<'a>(&'a self, kind: &'a ProductType) -> &'a str {
        self.edited(kind).map_or(&kind.label, |edited| &edited.fields.label)
    }

    fn recurs(&self, kind: &ProductType) -> bool {
        self.edited(kind).map_or(kind.recurring, |edited| edited.fields.recurring.is_some())
    }
}

/// `GET /dashboard/product-types`.
///
/// # Errors
/// As the guard.
pub async fn index(who: Admin, db: web::Data<Db>) -> Result<HttpResponse, Error> {
    answer(&who, &db, <(Fields, Errors)>::default(), None).await
}

/// `POST /dashboard/product-types`.
///
/// # Errors
/// As the guard.
pub async fn create(who: Admin, form: Form<Fields>, db: web::Data<Db>) -> Result<HttpResponse, Error> {
    let mut errors = Errors::default();
    let label = errors.keep("label", read_name(&form.0.label));
    let key = errors.keep("key", read_key(&form.0.key));
    if let (Some(key), Some(label)) = (key, label) {
        let tx = db.begin().await?;
        let data = (key.as_str(), label.as_str(), form.0.recurring.is_some());
        if types::create(&tx, &who.actor(), who.tenant.id, data, who.now).await? {
            db::commit(tx).await?;
            return Ok(Notice::new(format!("The product type {label} was created.")).on(html::see_other(PATH)));
        }
        errors.add("key", "There is a type with this key already.");
    }
    answer(&who, &db, (form.0, errors), None).await
}

/// `POST /dashboard/product-types/{key}`.
///
/// # Errors
/// [`Error::NotFound`] for a type that there is not.
pub async fn update(
    who: Admin,
    key: web::Path<String>,
    form: Form<Fields>,
    db: web::Data<Db>,
) -> Result<HttpResponse, Error> {
    let label = match read_name(&form.0.label) {
        Ok(label) => label,
        Err(sentence) => {
            let edited = Edited { key: key.into_inner(), fields: form.0, sentence };
            return answer(&who, &db, <(Fields, Errors)>::default(), Some(edited)).await;
        }
    };
    let tx = db.begin().await?;
    let data = (key.as_str(), label.as_str(), form.0.recurring.is_some());
    if !types::edit(&tx, &who.actor(), who.tenant.id, data, who.now).await? {
        return Err(Error::NotFound);
    }
    db::commit(tx).await?;
    Ok(Notice::new(format!("The product type {label} was saved.")).on(html::see_other(PATH)))
}

async fn answer(
    who: &Admin,
    db: &Db,
    (fields, errors): (Fields, Errors),
    edited: Option<Edited>,
) -> Result<HttpResponse, Error> {
    let types = types::all(db.read(), who.tenant.id).await?;
    if edited.as_ref().is_some_and(|edited| types.iter().all(|kind| kind.key != edited.key)) {
        return Err(Error::NotFound);
    }
    let page = Page { shell: who.shell(Section::Products), types, fields, errors, edited };
    html::with_status(if page.is_bad() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK }, &page)
}
