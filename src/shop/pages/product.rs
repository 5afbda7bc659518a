//! `/products/{id}` and `/plans/{id}`: one product, what it costs with a code, and the way into the cart.

use super::price::{LineShown, Price};
use super::storefront::path;
use crate::accounts::guards::Member;
use crate::accounts::shell::{Section, Shell};
use crate::db::Db;
use crate::error::Error;
use crate::redemptions::looks::Looks;
use crate::shop::cart::{Cart, MOST_UNITS};
use crate::shop::products::{self, Product};
use crate::shop::types;
use crate::web::form::{Errors, Form, Query};
use crate::web::html;
use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use chrono::Duration;
use serde::Deserialize;
use uuid::Uuid;

/// What a link brings along.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Link {
    /// A code to fill in; it is shown and not applied.
    code: String,
}

/// What the form sends, here and to `/cart/items`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Typed {
    /// The product.
    pub product: Option<Uuid>,
    /// How many.
    pub quantity: String,
    /// A code.
    pub code: String,
    /// The page of the shop from which it was put in, which is shown again.
    pub then: String,
}

#[derive(Template)]
#[template(path = "shop/product.html")]
struct Page {
    shell: Shell,
    product: Product,
    /// The label of its type.
    kind: String,
    path: String,
    recurring: bool,
    price: String,
    typed: Typed,
    errors: Errors,
    /// What it costs with the code that was looked up.
    line: Option<LineShown>,
}

impl Page {
    fn is_sold(&self) -> bool {
        self.product.archived_at.is_none()
    }
}

/// `GET /products/{id}` and `GET /plans/{id}`
///
/// # Errors
/// [`Error::NotFound`] for a product that the tenant does not have.
pub async fn show(
    who: Member,
    id: web::Path<Uuid>,
    link: Query<Link>,
    request: HttpRequest,
    db: web::Data<Db>,
) -> Result<HttpResponse, Error> {
    let typed = Typed { quantity: "1".to_owned(), code: link.0.code, ..Typed::default() };
    let page = load(&who, &db, *id, typed).await?;
    if request.path() == page.path {
        return html::page(&page);
    }
    let query = request.query_string();
    Ok(html::see_other(&if query.is_empty() { page.path } else { format!("{}?{query}", page.path) }))
}

/// `POST /products/{id}` and `POST /plans/{id}`: what it costs with a code.
///
/// # Errors
/// [`Error::NotFound`] for a product that the tenant does not have.
pub async fn quote(
    who: Member,
    id: web::Path<Uuid>,
    form: Form<Typed>,
    (db, looks): (web::Data<Db>, web::Data<Looks>),
) -> Result<HttpResponse, Error> {
    let mut page = load(&who, &db, *id, form.0).await?;
    let Some(quantity) = page.errors.keep("quantity", read_quantity(&page.typed.quantity)) else {
        return html::with_status(StatusCode::UNPROCESSABLE_ENTITY, &page);
    };
    let mut cart = Cart::of_one(page.product.clone(), quantity);
    cart.code = Some(page.typed.code.clone());
    let price = Price::try_code(&who, &cart, (&db, &looks)).await?;
    page.line = price.lines(who.tenant.currency).pop().filter(|_| price.accepted);
    refuse(&mut page.errors, &price);
    let status = if price.accepted { StatusCode::OK } else { refusal_status(price.wait) };
    Ok(later(html::with_status(status, &page)?, price.wait))
}

/// The page of a product with what is wrong with the form; for `/cart/items`, which takes the same one.
pub(super) async fn refused(
    who: &Member,
    db: &Db,
    (product, typed): (Uuid, Typed),
    errors: Errors,
    status: StatusCode,
) -> Result<HttpResponse, Error> {
    let page = Page { errors, ..load(who, db, product, typed).await? };
    html::with_status(status, &page)
}

/// Notes why a code cannot be used.
pub(super) fn refuse(errors: &mut Errors, price: &Price) {
    if let Some(sentence) = price.obstacle() {
        errors.add("code", sentence);
    }
}

/// The status of the answer to a code that cannot be used.
pub(super) const fn refusal_status(wait: Option<Duration>) -> StatusCode {
    if wait.is_some() { StatusCode::TOO_MANY_REQUESTS } else { StatusCode::UNPROCESSABLE_ENTITY }
}

/// An answer that says how long to wait before another code is tried.
pub(super) fn later(mut response: HttpResponse, wait: Option<Duration>) -> HttpResponse {
    if let Some(wait) = wait {
        response.headers_mut().insert(header::RETRY_AFTER, header::HeaderValue::from(wait.num_seconds().max(1)));
    }
    response
}

/// How many of something.
///
/// # Errors
/// The sentence for the field.
pub(super) fn read_quantity(typed: &str) -> Result<i64, String> {
    let number = typed.trim().parse::<i64>().ok().filter(|number| (1..=MOST_UNITS).contains(number));
    number.ok_or_else(|| format!("Enter a whole number from 1 to {MOST_UNITS}."))
}

async fn load(who: &Member, db: &Db, id: Uuid, typed: Typed) -> Result<Page, Error> {
    let product = products::by_id(db.read(), who.tenant.id, id).await?.ok_or(Error::NotFound)?;
    let types = types::all(db.read(), who.tenant.id).await?;
    let kind = types.iter().find(|kind| kind.key == product.product_type);
    let money = |price: i64| who.tenant.currency.money(price).to_string();
    Ok(Page {
        shell: who.shell(Section::Shop),
        kind: kind.map(|kind| kind.label.clone()).unwrap_or_default(),
        recurring: kind.is_some_and(|kind| kind.recurring),
        path: path(&product, &types),
        price: product.price.map_or_else(|| "No price".to_owned(), money),
        product,
        typed,
        errors: Errors::default(),
        line: None,
    })
}
