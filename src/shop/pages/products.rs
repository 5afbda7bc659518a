//! `/dashboard/products`: the catalogue that coupons are narrowed to.

use crate::accounts::guards::Admin;
use crate::accounts::shell::{Section, Shell};
use crate::db::{self, Db};
use crate::error::Error;
use crate::money::Currency;
use crate::shop::Fields;
use crate::shop::products::{self, Outcome, Product};
use crate::shop::types::{self, ProductType};
use crate::web::form::{Errors, Form, Query};
use crate::web::html;
use crate::web::notice::Notice;
use crate::web::paging::{self, Cursor, Slice};
use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use askama::Template;
use serde::Deserialize;
use uuid::Uuid;

const PATH: &str = "/dashboard/products";

/// What the URL asks of the list.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Filter {
    q: String,
    after: Option<String>,
    before: Option<String>,
}

#[derive(Template)]
#[template(path = "shop/products.html")]
struct Page {
    shell: Shell,
    q: String,
    found: Slice<Product>,
    types: Vec<ProductType>,
    currency: Currency,
}

#[derive(Template)]
#[template(path = "shop/product_form.html")]
struct FormPage {
    shell: Shell,
    /// The product, when it exists.
    id: Option<Uuid>,
    fields: Fields,
    types: Vec<ProductType>,
    errors: Errors,
    currency: Currency,
}

impl Page {
    fn price(&self, product: &Product) -> String {
        product.price.map_or_else(|| "None".to_owned(), |price| self.currency.money(price).to_string())
    }

    fn kind<'a>(&'a self, product: &'a Product) -> &'a str {
        let kind = self.types.iter().find(|kind| kind.key == product.product_type);
        kind.map_or(product.product_type.as_str(), |kind| kind.label.as_str())
    }

    fn link(&self, direction: &str, key: &str) -> String {
        format!("{PATH}{}", paging::query(&[("q", &self.q), (direction, key)]))
    }
}

impl FormPage {
    async fn load(who: &Admin, db: &Db, id: Option<Uuid>) -> Result<Self, Error> {
        let product = match id {
            Some(id) => Some(products::by_id(db.read(), who.tenant.id, id).await?.ok_or(Error::NotFound)?),
            None => None,
        };
        let currency = who.tenant.currency;
        Ok(Self {
            shell: who.shell(Section::Products),
            id,
            fields: product.map(|product| Fields::of(&product, currency)).unwrap_or_default(),
            types: types::all(db.read(), who.tenant.id).await?,
            errors: Errors::default(),
            currency,
        })
    }

    fn title(&self) -> &'static str {
        if self.id.is_some() { "Edit product" } else { "New product" }
    }

    fn action(&self) -> String {
        self.id.map_or_else(|| PATH.to_owned(), |id| format!("{PATH}/{id}"))
    }

    fn kinds(&self) -> Vec<(&str, &str)> {
        let mut kinds = vec![("", "Choose")];
        kinds.extend(self.types.iter().map(|kind| (kind.key.as_str(), kind.label.as_str())));
        kinds
    }
}

/// `GET /dashboard/products`.
///
/// # Errors
/// As the guard.
pub async fn index(who: Admin, db: web::Data<Db>, filter: Query<Filter>) -> Result<HttpResponse, Error> {
    let Filter { q, after, before } = filter.0;
    let found = products::page(db.search(), who.tenant.id, &q, &Cursor { after, before }).await?;
    let types = types::all(db.read(), who.tenant.id).await?;
    html::page(&Page { shell: who.shell(Section::Products), q, found, types, currency: who.tenant.currency })
}

/// `GET /dashboard/products/new`.
///
/// # Errors
/// As the guard.
pub async fn new(who: Admin, db: web::Data<Db>) -> Result<HttpResponse, Error> {
    html::page(&FormPage::load(&who, &db, None).await?)
}

/// `GET /dashboard/products/{id}`.
///
/// # Errors
/// [`Error::NotFound`] for a product of another tenant.
pub async fn edit(who: Admin, id: web::Path<Uuid>, db: web::Data<Db>) -> Result<HttpResponse, Error> {
    html::page(&FormPage::load(&who, &db, Some(*id)).await?)
}

/// `POST /dashboard/products`.
///
/// # Errors
/// As the guard.
pub async fn create(who: Admin, form: Form<Fields>, db: web::Data<Db>) -> Result<HttpResponse, Error> {
    save(&who, &db, None, form.0).await
}

/// `POST /dashboard/products/{id}`.
///
/// # Errors
/// [`Error::NotFound`] for a product of another tenant.
pub async fn update(
    who: Admin,
    id: web::Path<Uuid>,
    form: Form<Fields>,
    db: web::Data<Db>,
) -> Result<HttpResponse, Error> {
    save(&who, &db, Some(*id), form.0).await
}

async fn save(who: &Admin, db: &Db, id: Option<Uuid>, fields: Fields) -> Result<HttpResponse, Error> {
    let mut page = FormPage { fields, ..FormPage::load(who, db, id).await? };
    if let Some(data) = page.fields.read(&page.types, who.tenant.currency, &mut page.errors) {
        let tx = db.begin().await?;
        let outcome = match id {
            Some(id) => products::edit(&tx, &who.actor(), (&who.tenant, id), &data, who.now).await?,
            None => products::create(&tx, &who.actor(), &who.tenant, &data, who.now).await?,
        };
        match outcome {
            Outcome::Done => {
                db::commit(tx).await?;
                return Ok(Notice::new(format!("{} was saved.", data.name)).on(html::see_other(PATH)));
            }
            Outcome::NotFound => return Err(Error::NotFound),
            Outcome::SkuTaken => page.errors.add("sku", "Another product has this SKU."),
        }
    }
    html::with_status(StatusCode::UNPROCESSABLE_ENTITY, &page)
}

/// `POST /dashboard/products/{id}/archive`.
///
/// # Errors
/// [`Error::NotFound`] for a product of another tenant.
pub async fn archive(who: Admin, id: web::Path<Uuid>, db: web::Data<Db>) -> Result<HttpResponse, Error> {
    let tx = db.begin().await?;
    let product = products::archive(&tx, &who.actor(), (who.tenant.id, *id), true, who.now).await?;
    let product = product.ok_or(Error::NotFound)?;
    db::commit(tx).await?;
    let notice = Notice::new(format!("{} was archived: coupons keep it, new ones do not offer it.", product.name));
    Ok(notice.with_undo(format!("{PATH}/{id}/restore"), Vec::new()).on(html::see_other(PATH)))
}

/// `POST /dashboard/products/{id}/restore`.
///
/// # Errors
/// [`Error::NotFound`] for a product of another tenant.
pub async fn restore(who: Admin, id: web::Path<Uuid>, db: web::Data<Db>) -> Result<HttpResponse, Error> {
    let tx = db.begin().await?;
    let product = products::archive(&tx, &who.actor(), (who.tenant.id, *id), false, who.now).await?;
    let product = product.ok_or(Error::NotFound)?;
    db::commit(tx).await?;
    Ok(Notice::new(format!("{} is in the catalogue again.", product.name)).on(html::see_other(PATH)))
}
