//! `/checkout`: what the cart costs, for whom it is ordered, and the order itself.

use super::price::{LineShown, Price, entry, order};
use crate::accounts::guards::Member;
use crate::accounts::shell::{Section, Shell};
use crate::clock;
use crate::coupons::tenant::voice;
use crate::db::{self, Db};
use crate::error::Error;
use crate::organizations::{Organization, credit, queries as organizations};
use crate::redemptions::desk::{Desk, Mode, Reply};
use crate::redemptions::looks::Looks;
use crate::shop::cart;
use crate::shop::orders::{self, Cost, Event, Order, Placing, Settling, State, WithCode, due};
use crate::web::form::{Form, Query};
use crate::web::notice::Notice;
use crate::web::{html, paging, replay, token};
use actix_web::{HttpResponse, web};
use askama::Template;
use chrono::Duration;
use sea_orm::ConnectionTrait;
use serde::Deserialize;
use uuid::Uuid;

const ROUTE: &str = "POST /orders";

/// For whom it is ordered; nothing for oneself.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Whom {
    organization: String,
}

/// What the form sends.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ordered {
    #[serde(default)]
    organization: String,
    /// For whom the page was: another one is shown what it costs for them first.
    #[serde(default)]
    shown_for: String,
    /// The total that was shown, in minor units: a guard against surprises, never a price.
    total: i64,
    /// What was to be left to pay of it.
    due: i64,
    request_key: String,
}

#[derive(Template)]
#[template(path = "shop/checkout.html")]
struct Page {
    shell: Shell,
    own: Vec<Organization>,
    organization: Option<Organization>,
    lines: Vec<LineShown>,
    code: Option<String>,
    before: String,
    discount: Option<String>,
    total: i64,
    total_words: String,
    /// What the organization's credit pays.
    credit: Option<String>,
    due: i64,
    due_words: String,
    is_free: bool,
    minutes: i64,
    request_key: String,
}

impl Page {
    fn is_for(&self, other: &Organization) -> bool {
        self.organization.as_ref().is_some_and(|it| it.id == other.id)
    }

    fn shown_for(&self) -> String {
        self.organization.as_ref().map(|it| it.id.to_string()).unwrap_or_default()
    }
}

/// `GET /checkout`
///
/// # Errors
/// [`Error::NotFound`] for somebody else's organization.
pub async fn show(
    who: Member,
    whom: Query<Whom>,
    (db, looks): (web::Data<Db>, web::Data<Looks>),
) -> Result<HttpResponse, Error> {
    let (own, organization) = choose(db.read(), &who, &whom.0.organization).await?;
    let cart = cart::load(db.read(), (who.tenant.id, who.user.id)).await?;
    let price = Price::look(&who, &cart, organization.as_ref().map(|it| it.id), &looks).await?;
    if cart.is_empty() || price.obstacle().is_some() {
        return Ok(to_the_cart(price.obstacle().cloned()));
    }
    let money = |amount: i64| who.tenant.currency.money(amount).to_string();
    let balance = match &organization {
        Some(organization) => credit::balance(db.read(), who.tenant.id, organization.id).await?,
        None => 0,
    };
    let drawn = balance.min(price.bill.total);
    html::page(&Page {
        shell: who.shell(Section::Cart),
        lines: price.lines(who.tenant.currency),
        before: money(price.bill.before()),
        discount: (price.bill.discount > 0).then(|| money(price.bill.discount)),
        total: price.bill.total,
        total_words: money(price.bill.total),
        credit: (drawn > 0).then(|| money(drawn)),
        due: price.bill.total - drawn,
        due_words: money(price.bill.total - drawn),
        is_free: price.bill.total == drawn,
        minutes: who.tenant.row.hold_minutes,
        request_key: token::random(24)?,
        code: price.code,
        own,
        organization,
    })
}

/// `POST /orders`: orders what is in the cart, with its code held or used in the same transaction.
///
/// # Errors
/// [`Error::NotFound`] for somebody else's organization.
pub async fn create(
    who: Member,
    form: Form<Ordered>,
    (db, desk, looks): (web::Data<Db>, web::Data<Desk>, web::Data<Looks>),
) -> Result<HttpResponse, Error> {
    let form = form.0;
    if form.organization != form.shown_for {
        let query = paging::query(&[("organization", &form.organization)]);
        let notice = Notice::new("This is what it costs for whom you chose. Nothing is ordered yet.");
        return Ok(notice.on(html::see_other(&format!("/checkout{query}"))));
    }
    let body = format!("{}\n{}\n{}", form.organization, form.total, form.due);
    let key = replay::Key::of_form(who.tenant.id, who.user.id, ROUTE, &form.request_key, &body)?;
    if let Some(id) = before(db.read(), &who, &key).await? {
        return Ok(to_the_order(&paid_by_credit(&who, id, (&db, &desk)).await?));
    }
    let obstacle = match place(&who, &form, key.clone(), (&db, &desk, &looks)).await {
        Ok(order) => return Ok(Notice::new(said(&order)).on(to_the_order(&order))),
        Err(error) => error,
    };
    // A twin may have ordered meanwhile, and taken what this one lacks.
    if let Some(id) = before(db.read(), &who, &key).await? {
        return Ok(to_the_order(&paid_by_credit(&who, id, (&db, &desk)).await?));
    }
    match obstacle {
        Error::Conflict(why) => Ok(to_the_cart(Some(why))),
        error => Err(error),
    }
}

fn to_the_order(order: &Order) -> HttpResponse {
    html::see_other(&format!("/orders/{}", order.id))
}

/// Places the order.
///
/// # Errors
/// [`Error::Conflict`] with the sentence for whoever ordered where nothing was ordered.
async fn place(
    who: &Member,
    form: &Ordered,
    key: replay::Key,
    (db, desk, looks): (&Db, &Desk, &Looks),
) -> Result<Order, Error> {
    let (_, organization) = choose(db.read(), who, &form.organization).await?;
    let organization = organization.map(|it| it.id);
    let cart = cart::load(db.read(), (who.tenant.id, who.user.id)).await?;
    if cart.is_empty() {
        return Err(Error::Conflict("The cart is empty. Nothing was ordered.".to_owned()));
    }
    let price = Price::look(who, &cart, organization, looks).await?;
    if let Some(why) = price.obstacle() {
        return Err(Error::Conflict(why.clone()));
    }
    if price.bill.total != form.total {
        return Err(orders::other_price(&who.tenant, price.bill.total));
    }
    let (id, basket, code) = (clock::id_at(who.now), price.basket, cart.code.clone());
    let placing = Placing {
        tenant: who.tenant.clone(),
        actor: who.actor(),
        id,
        organization,
        user: Some(who.user.id),
        cost: Cost::Cart { cart, basket: basket.clone(), shown: form.total, due: form.due },
        request: Some(key),
        now: who.now,
    };
    let Some(code) = code else {
        let tx = db.begin().await?;
        let order = placing.place(&tx, None).await?;
        db::commit(tx).await?;
        return Ok(order);
    };
    let mode = match form.total {
        0 => Mode::Instant,
        _ => Mode::Hold(Duration::minutes(who.tenant.row.hold_minutes)),
    };
    let mut wanted = order(&basket, organization, mode);
    wanted.reference = Some(id.to_string());
    let mut enter = entry(who, &code, wanted, clock::id_at(who.now));
    enter.beside = WithCode::beside(placing);
    match desk.enter(enter).await? {
        Reply::Done(_) => paid_by_credit(who, id, (db, desk)).await,
        Reply::Refused { refusal } => Err(Error::Conflict(refusal.sentence(&voice(&who.tenant, who.now)))),
        Reply::Throttled { wait } => Err(Error::TooMany(Duration::seconds(wait))),
        Reply::PaymentRequired { total } => Err(orders::other_price(&who.tenant, total)),
        _ => Err(Error::NotFound),
    }
}

/// The order that was placed; one of which credit left nothing to pay is paid at once. Until then it is open, so that a
/// crash in between loses nothing: it ends by itself.
async fn paid_by_credit(who: &Member, id: Uuid, (db, desk): (&Db, &Desk)) -> Result<Order, Error> {
    let order = orders::by_id(db.read(), who.tenant.id, id).await?.ok_or(Error::NotFound)?;
    if State::of(&order) != State::Open || due(&order) > 0 {
        return Ok(order);
    }
    let (tenant, actor, event, now) = (who.tenant.clone(), who.actor(), Event::Confirm, who.now);
    let settling = Settling { tenant, actor, id, event, reason: None, request: None, now };
    orders::happen(db, desk, &order, settling).await?;
    orders::by_id(db.read(), who.tenant.id, id).await?.ok_or(Error::NotFound)
}

/// The order that the same form placed before.
async fn before(connection: &impl ConnectionTrait, who: &Member, key: &replay::Key) -> Result<Option<Uuid>, Error> {
    let answer = replay::answered(connection, key, who.now).await?;
    Ok(answer.and_then(|answer| serde_json::from_value(answer).ok()))
}

/// The own organizations, and the chosen one.
async fn choose(
    connection: &impl ConnectionTrait,
    who: &Member,
    id: &str,
) -> Result<(Vec<Organization>, Option<Organization>), Error> {
    let own = organizations::of_user(connection, who.tenant.id, who.user.id).await?;
    let own: Vec<Organization> = own.into_iter().map(|(organization, _)| organization).collect();
    if id.is_empty() {
        return Ok((own, None));
    }
    let chosen = own.iter().find(|it| it.id.to_string() == id).cloned().ok_or(Error::NotFound)?;
    Ok((own, Some(chosen)))
}

fn to_the_cart(why: Option<String>) -> HttpResponse {
    let response = html::see_other("/cart");
    match why {
        Some(why) => Notice::new(why).on(response),
        None => response,
    }
}

fn said(order: &Order) -> String {
    let number = orders::number(order.id);
    match State::of(order) {
        State::Paid => format!("Order {number} was placed. Nothing is left to pay."),
        _ => format!("Order {number} was placed."),
    }
}
