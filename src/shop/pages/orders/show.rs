//! `/orders/{id}`: one order, for whoever ordered it.

use super::shown::Whole;
use crate::accounts::guards::Member;
use crate::accounts::role::Role;
use crate::accounts::shell::{Section, Shell};
use crate::db::Db;
use crate::error::Error;
use crate::organizations::members::MemberRole;
use crate::organizations::queries::of_user;
use crate::redemptions::desk::Desk;
use crate::shop::orders::{self, Event, Order, SHOP, Settling, State, due};
use crate::shop::payments::{self, Incoming, Kind, Provider, providers};
use crate::web::form::Form;
use crate::web::notice::Notice;
use crate::web::{html, token};
use actix_web::{HttpResponse, web};
use askama::Template;
use serde::Deserialize;
use uuid::Uuid;

#[derive(Template)]
#[template(path = "shop/order.html")]
struct Page {
    shell: Shell,
    whole: Whole,
    support_contact: String,
    sandbox: bool,
    may_cancel: bool,
    /// Where it is paid, by the name of the provider.
    pay_links: Vec<(&'static str, String)>,
    is_staff: bool,
}

/// How a payment in the sandbox ends.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Payment {
    outcome: Outcome,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Outcome {
    Succeeded,
    Failed,
}

/// `GET /orders/{id}`
///
/// # Errors
/// [`Error::NotFound`] for somebody else's.
pub async fn show(who: Member, id: web::Path<Uuid>, db: web::Data<Db>) -> Result<HttpResponse, Error> {
    let order = own(&who, *id, &db).await?;
    let mut pay_links = Vec::new();
    if State::at(&order, who.now) == State::Open {
        let rows = providers::all(db.read(), who.tenant.id).await?;
        let due = (due(&order), who.tenant.currency.code());
        let link = |row: &providers::Row| providers::pay_link(row, order.id, due);
        pay_links = rows.iter().filter_map(link).collect();
    }
    let may_cancel = may_cancel(&who, &order, &db).await?;
    html::page(&Page {
        may_cancel,
        pay_links,
        shell: who.shell(Section::Orders),
        whole: Whole::load(db.read(), &who.tenant, order, who.now).await?,
        support_contact: who.tenant.row.support_contact.clone(),
        sandbox: who.tenant.row.sandbox_payments,
        is_staff: who.reaches(Role::Support),
    })
}

/// `POST /orders/{id}/cancel`: gives the order up before it is paid; its code and its credit are free at once.
///
/// # Errors
/// [`Error::NotFound`] for somebody else's, [`Error::Conflict`] for what is paid.
pub async fn cancel(
    who: Member,
    id: web::Path<Uuid>,
    (db, desk): (web::Data<Db>, web::Data<Desk>),
) -> Result<HttpResponse, Error> {
    let order = own(&who, *id, &db).await?;
    if !may_cancel(&who, &order, &db).await? {
        return Err(Error::Forbidden("Whoever ordered it can cancel it, and owners of the organization can."));
    }
    let reason = Some("Cancelled in the shop".to_owned());
    settle(&who, &order, (Event::Release, reason), (&db, &desk)).await?;
    let notice = Notice::new(format!("Order {} was cancelled.", orders::number(*id)));
    Ok(notice.on(html::see_other(&format!("/orders/{id}"))))
}

/// `POST /orders/{id}/payment`: plays a payment, where the tenant's sandbox is on.
///
/// # Errors
/// [`Error::NotFound`] for somebody else's, and where payments are real; [`Error::Conflict`] for what cannot be paid.
pub async fn pay(
    who: Member,
    id: web::Path<Uuid>,
    form: Form<Payment>,
    (db, desk): (web::Data<Db>, web::Data<Desk>),
) -> Result<HttpResponse, Error> {
    let order = own(&who, *id, &db).await?;
    if !who.tenant.row.sandbox_payments {
        return Err(Error::NotFound);
    }
    if order.channel != SHOP {
        return Err(elsewhere());
    }
    let (kind, said) = match form.0.outcome {
        Outcome::Succeeded => (Kind::Succeeded, "The order is paid."),
        Outcome::Failed => (Kind::Failed, "The payment failed."),
    };
    let event = token::random(24)?;
    let incoming = Incoming {
        payment: Some(event.clone()),
        event,
        kind,
        reference: Some(order.id.to_string()),
        amount: Some(due(&order)),
        currency: Some(who.tenant.currency.code().to_owned()),
    };
    let came = payments::receive((&db, &desk), &who.tenant, Provider::Sandbox, incoming, who.now).await?;
    let said = if came == payments::Outcome::Applied { said } else { "That payment changed nothing." };
    Ok(Notice::new(said).on(html::see_other(&format!("/orders/{id}"))))
}

/// Settles an order of the shop for whoever ordered it.
async fn settle(
    who: &Member,
    order: &Order,
    (event, reason): (Event, Option<String>),
    (db, desk): (&Db, &Desk),
) -> Result<(), Error> {
    if order.channel != SHOP {
        return Err(elsewhere());
    }
    let (tenant, actor, now) = (who.tenant.clone(), who.actor(), who.now);
    let settling = Settling { tenant, actor, id: order.id, event, reason, request: None, now };
    let settled = orders::happen(db, desk, order, settling).await?;
    super::manage::done(&who.tenant, settled, who.now).map(drop)
}

/// Whoever ordered it, and the owners of the organization that it is for.
async fn may_cancel(who: &Member, order: &Order, db: &Db) -> Result<bool, Error> {
    if order.user_id == Some(who.user.id) {
        return Ok(true);
    }
    let own = of_user(db.read(), who.tenant.id, who.user.id).await?;
    let owns = |id: Uuid| own.iter().any(|(organization, role)| organization.id == id && *role == MemberRole::Owner);
    Ok(order.organization_id.is_some_and(owns))
}

fn elsewhere() -> Error {
    Error::Conflict("This order was not placed here; whoever took it settles it.".to_owned())
}

/// The order, if it is the member's own or of one of the member's organizations.
async fn own(who: &Member, id: Uuid, db: &Db) -> Result<Order, Error> {
    let order = orders::by_id(db.read(), who.tenant.id, id).await?.ok_or(Error::NotFound)?;
    let own = of_user(db.read(), who.tenant.id, who.user.id).await?;
    let own: Vec<Uuid> = own.into_iter().map(|(organization, _)| organization.id).collect();
    if orders::visible_to(&order, who.user.id, &own) { Ok(order) } else { Err(Error::NotFound) }
}
