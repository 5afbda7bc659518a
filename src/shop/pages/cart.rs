//! `/cart`: what a member wants to buy, and the code for it.

use super::price::{LineShown, Price};
use super::product::{self, Typed, later, read_quantity, refusal_status};
use crate::accounts::guards::Member;
use crate::accounts::shell::{Section, Shell};
use crate::db::{self, Db};
use crate::error::Error;
use crate::redemptions::looks::Looks;
use crate::shop::cart::{self, Cart, MOST_LINES, MOST_UNITS, Owner};
use crate::shop::products;
use crate::web::form::{Errors, Form};
use crate::web::notice::Notice;
use crate::web::{html, htmx};
use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use askama::Template;
use serde::Deserialize;
use std::collections::BTreeMap;
use uuid::Uuid;

/// A line, with what was typed into it.
struct Row {
    shown: LineShown,
    typed: String,
    gone: bool,
}

/// What the page shows.
struct Shown {
    rows: Vec<Row>,
    before: String,
    discount: Option<String>,
    total: String,
    /// The code that is in the cart.
    kept: Option<String>,
    /// Whether that code does something now.
    applied: bool,
    /// What stands in the field of the code.
    typed: String,
    refused: Option<String>,
    blocked: Option<String>,
    quantity: Option<String>,
}

#[derive(Template)]
#[template(path = "shop/cart.html")]
struct Page {
    shell: Shell,
    shown: Shown,
}

#[derive(Template)]
#[template(path = "shop/cart_fragment.html")]
struct Fragment {
    shell: Shell,
    shown: Shown,
}

/// How many of each product.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Quantities {
    #[serde(default, rename = "product[]")]
    product: Vec<Uuid>,
    #[serde(default, rename = "quantity[]")]
    quantity: Vec<String>,
}

/// A code.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Coded {
    code: String,
}

fn owner(who: &Member) -> Owner {
    (who.tenant.id, who.user.id)
}

/// `GET /cart`
///
/// # Errors
/// When the database does not answer.
pub async fn show(who: Member, (db, looks): (web::Data<Db>, web::Data<Looks>)) -> Result<HttpResponse, Error> {
    let cart = cart::load(db.read(), owner(&who)).await?;
    let price = Price::look(&who, &cart, None, &looks).await?;
    let shown = Shown::new(&who, &cart, &price);
    answer(who, shown, StatusCode::OK)
}

/// `POST /cart`: how many of each; 0 takes it out.
///
/// # Errors
/// 422 for what is no number.
pub async fn update(
    who: Member,
    form: Form<Quantities>,
    (db, looks): (web::Data<Db>, web::Data<Looks>),
) -> Result<HttpResponse, Error> {
    let typed: BTreeMap<Uuid, String> = form.0.product.into_iter().zip(form.0.quantity).collect();
    let number = |(id, text): (&Uuid, &String)| Some((*id, read_units(text)?));
    let Some(quantities) = typed.iter().map(number).collect::<Option<BTreeMap<_, _>>>() else {
        let cart = cart::load(db.read(), owner(&who)).await?;
        let price = Price::look(&who, &cart, None, &looks).await?;
        let shown = Shown::new(&who, &cart, &price).with_typed(&typed);
        return answer(who, shown, StatusCode::UNPROCESSABLE_ENTITY);
    };
    let tx = db.begin().await?;
    cart::set(&tx, owner(&who), &quantities, who.now).await?;
    db::commit(tx).await?;
    shown_again(who, &db, &looks, "The cart was updated.").await
}

/// `POST /cart/items`: puts a product in, with the code that was typed beside it.
///
/// # Errors
/// 422 with the page of the product for what cannot be put in; nothing is then.
pub async fn create(
    who: Member,
    form: Form<Typed>,
    (db, looks): (web::Data<Db>, web::Data<Looks>),
) -> Result<HttpResponse, Error> {
    let typed = form.0;
    let id = typed.product.ok_or(Error::NotFound)?;
    let product = products::by_id(db.read(), who.tenant.id, id).await?.ok_or(Error::NotFound)?;
    let (name, mut errors, mut status) = (product.name.clone(), Errors::default(), StatusCode::UNPROCESSABLE_ENTITY);
    if product.archived_at.is_some() {
        errors.add("quantity", "This is not sold any more.");
    }
    let quantity = errors.keep("quantity", read_quantity(&typed.quantity)).unwrap_or(1);
    let code = Some(typed.code.trim()).filter(|code| !code.is_empty());
    let (mut accepted, mut wait) = (None, None);
    if errors.is_empty() && code.is_some() {
        let mut would_be = cart::load(db.read(), owner(&who)).await?;
        would_be.put(product, quantity);
        would_be.code = code.map(str::to_owned);
        let price = Price::try_code(&who, &would_be, (&db, &looks)).await?;
        if !price.accepted {
            product::refuse(&mut errors, &price);
            (status, wait) = (refusal_status(price.wait), price.wait);
        }
        accepted = price.code;
    }
    if errors.is_empty() {
        let tx = db.begin().await?;
        if cart::add(&tx, owner(&who), (id, quantity), who.now).await? {
            if accepted.is_some() {
                cart::keep_code(&tx, owner(&who), accepted.as_deref(), who.now).await?;
            }
            db::commit(tx).await?;
            let notice = Notice::new(format!("{name} is in the cart."));
            return Ok(if is_shop(&typed.then) {
                notice.with_link("/cart", "Go to the cart").on(html::see_other(&typed.then))
            } else {
                notice.on(html::see_other("/cart"))
            });
        }
        errors.add("quantity", format!("A cart holds at most {MOST_LINES} products."));
    }
    Ok(later(product::refused(&who, &db, (id, typed), errors, status).await?, wait))
}

/// Whether this is the shop, with whatever is looked for there.
fn is_shop(path: &str) -> bool {
    path == "/shop" || path.starts_with("/shop?")
}

/// `POST /cart/items/{id}/remove`
///
/// # Errors
/// When the database does not answer.
pub async fn remove(
    who: Member,
    id: web::Path<Uuid>,
    (db, looks): (web::Data<Db>, web::Data<Looks>),
) -> Result<HttpResponse, Error> {
    let tx = db.begin().await?;
    cart::set(&tx, owner(&who), &BTreeMap::from([(*id, 0)]), who.now).await?;
    db::commit(tx).await?;
    shown_again(who, &db, &looks, "It was taken out of the cart.").await
}

/// `POST /cart/code`: tries a code, and keeps it if it can be used.
///
/// # Errors
/// When the database does not answer.
pub async fn apply(
    who: Member,
    form: Form<Coded>,
    (db, looks): (web::Data<Db>, web::Data<Looks>),
) -> Result<HttpResponse, Error> {
    let mut cart = cart::load(db.read(), owner(&who)).await?;
    if cart.is_empty() {
        return Ok(html::redirect(who.fragment, "/cart"));
    }
    if form.0.code.trim().is_empty() {
        return forget(who, (db, looks)).await;
    }
    let before = cart.code.replace(form.0.code);
    let price = Price::try_code(&who, &cart, (&db, &looks)).await?;
    if !price.accepted {
        let (typed, wait) = (cart.code.clone().unwrap_or_default(), price.wait);
        let refused = price.obstacle().cloned();
        // What was there stays there.
        cart.code = before;
        let kept = Price::look(&who, &cart, None, &looks).await?;
        let shown = Shown { typed, refused, ..Shown::new(&who, &cart, &kept) };
        return Ok(later(answer(who, shown, refusal_status(wait))?, wait));
    }
    let tx = db.begin().await?;
    cart::keep_code(&tx, owner(&who), price.code.as_deref(), who.now).await?;
    db::commit(tx).await?;
    shown_again(who, &db, &looks, "The code was applied.").await
}

/// `POST /cart/code/remove`
///
/// # Errors
/// When the database does not answer.
pub async fn forget(who: Member, (db, looks): (web::Data<Db>, web::Data<Looks>)) -> Result<HttpResponse, Error> {
    let tx = db.begin().await?;
    cart::keep_code(&tx, owner(&who), None, who.now).await?;
    db::commit(tx).await?;
    shown_again(who, &db, &looks, "The code was taken out.").await
}

/// The cart after a change: its region for htmx, the page for everybody else.
async fn shown_again(mut who: Member, db: &Db, looks: &Looks, said: &str) -> Result<HttpResponse, Error> {
    let notice = Notice::new(said);
    if !who.fragment {
        return Ok(notice.on(html::see_other("/cart")));
    }
    let cart = cart::load(db.read(), owner(&who)).await?;
    let price = Price::look(&who, &cart, None, looks).await?;
    who.0.visit.notice = Some(notice);
    let shown = Shown::new(&who, &cart, &price);
    answer(who, shown, StatusCode::OK)
}

/// The page, or its region under htmx, which would put what it does not take for an answer into the status line.
fn answer(who: Member, shown: Shown, status: StatusCode) -> Result<HttpResponse, Error> {
    let shell = who.shell(Section::Cart);
    if !who.fragment {
        return html::with_status(status, &Page { shell, shown });
    }
    let mut response = html::with_status(status, &Fragment { shell, shown })?;
    response.headers_mut().insert(htmx::RETARGET, htmx::value("#cart"));
    response.headers_mut().insert(htmx::RESWAP, htmx::value("outerHTML"));
    Ok(response)
}

/// How many of something that is in the cart; 0 takes it out.
fn read_units(typed: &str) -> Option<i64> {
    typed.trim().parse::<i64>().ok().filter(|number| (0..=MOST_UNITS).contains(number))
}

impl Shown {
    fn new(who: &Member, cart: &Cart, price: &Price) -> Self {
        let currency = who.tenant.currency;
        let money = |amount: i64| currency.money(amount).to_string();
        let gone = cart.lines.iter().map(|line| line.product.archived_at.is_some());
        let row = |(shown, gone): (LineShown, bool)| Row { typed: shown.quantity.to_string(), shown, gone };
        Self {
            rows: price.lines(currency).into_iter().zip(gone).map(row).collect(),
            before: money(price.bill.before()),
            discount: (price.bill.discount > 0).then(|| money(price.bill.discount)),
            total: money(price.bill.total),
            typed: price.code.clone().filter(|_| !price.accepted).unwrap_or_default(),
            kept: cart.code.as_ref().and(price.code.clone()),
            applied: price.accepted,
            refused: price.refused.clone(),
            blocked: price.blocked.clone(),
            quantity: None,
        }
    }

    /// With numbers that are none.
    fn with_typed(mut self, typed: &BTreeMap<Uuid, String>) -> Self {
        for row in &mut self.rows {
            if let Some(text) = typed.get(&row.shown.product) {
                row.typed.clone_from(text);
            }
        }
        self.quantity = Some(format!("Enter whole numbers from 0 to {MOST_UNITS}."));
        self
    }
}

impl Row {
    fn is_bad(&self) -> bool {
        read_units(&self.typed).is_none()
    }
}
