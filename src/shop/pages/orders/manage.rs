//! `/dashboard/orders/{id}`: an order for support, and what is done about it by hand, with a reason.

use super::shown::Whole;
use crate::accounts::guards::{Admin, Support};
use crate::accounts::role::Role;
use crate::accounts::shell::{Section, Shell};
use crate::audit;
use crate::coupons::tenant::voice;
use crate::db::Db;
use crate::error::Error;
use crate::redemptions::desk::Desk;
use crate::redemptions::reason;
use crate::shop::orders::{self, Event, Order, Settled, Settling, State};
use crate::shop::pages::payments::Told;
use crate::shop::payments::find;
use crate::tenants::Tenant;
use crate::web::form::{Errors, Form};
use crate::web::notice::Notice;
use crate::web::{html, replay, token};
use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use askama::Template;
use chrono::{DateTime, Utc};
use serde::Deserialize;
use uuid::Uuid;

/// What can be done about an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// It was paid elsewhere.
    Confirm,
    /// It will not be paid.
    Release,
    /// It is paid back.
    Refund,
    /// It was paid too late and is kept.
    Honour,
    /// What needed attention is dealt with.
    Resolve,
}

impl Step {
    /// Those that are possible now, for somebody who may do them.
    fn of(order: &Order, state: State, is_admin: bool) -> Vec<Self> {
        let waits = order.needs_attention.is_some();
        let mut steps = match state {
            State::Open if waits => vec![Self::Honour, Self::Refund, Self::Release],
            State::Open if is_admin => vec![Self::Confirm, Self::Release],
            State::Open => vec![Self::Release],
            State::Paid => vec![Self::Refund],
            State::Failed | State::Expired if waits => vec![Self::Honour, Self::Refund],
            State::Failed | State::Expired if is_admin => vec![Self::Confirm],
            State::Failed | State::Expired | State::Refunded => Vec::new(),
        };
        if waits {
            steps.push(Self::Resolve);
        }
        steps
    }

    const fn event(self) -> Event {
        match self {
            Self::Confirm => Event::Confirm,
            Self::Release => Event::Release,
            Self::Refund => Event::Refund,
            Self::Honour => Event::Honour,
            Self::Resolve => Event::Resolve,
        }
    }

    const fn word(self) -> &'static str {
        match self {
            Self::Confirm => "confirm",
            Self::Release => "release",
            Self::Refund => "refund",
            Self::Honour => "honour",
            Self::Resolve => "resolve",
        }
    }

    const fn title(self) -> &'static str {
        match self {
            Self::Confirm => "It was paid",
            Self::Release => "Cancel it",
            Self::Refund => "It was paid back",
            Self::Honour => "Keep it after all",
            Self::Resolve => "Nothing more to do",
        }
    }

    const fn hint(self) -> &'static str {
        match self {
            Self::Confirm => {
                "For money that came in elsewhere, as by bank transfer. Its code is used; one that had ended takes its \
                 uses and its credit again, if they are still free."
            }
            Self::Release => "Its code and its credit are free at once.",
            Self::Refund => {
                "Its redemption is reversed and the credit it drew comes back. The money itself is paid back where it \
                 was taken."
            }
            Self::Honour => {
                "For an order that was paid after it had ended, or not as much as it should have been. Where the uses of \
                 its code are taken by now, the maximum is raised by what it takes; of its credit it draws what is left."
            }
            Self::Resolve => {
                "For what was settled elsewhere. The order no longer needs attention; nothing else changes."
            }
        }
    }

    const fn button(self) -> &'static str {
        match self {
            Self::Confirm => "Mark as paid",
            Self::Release => "Cancel order",
            Self::Refund => "Mark as refunded",
            Self::Honour => "Honour order",
            Self::Resolve => "Mark as dealt with",
        }
    }

    const fn is_dangerous(self) -> bool {
        matches!(self, Self::Release | Self::Refund)
    }
}

/// What the form sends.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Typed {
    reason: String,
    request_key: String,
}

#[derive(Template)]
#[template(path = "shop/manage_order.html")]
struct Page {
    shell: Shell,
    whole: Whole,
    buyer: Option<String>,
    steps: Vec<Step>,
    payments: Vec<Told>,
    /// The step whose form was refused, with what was typed.
    typed: Option<(Step, String)>,
    errors: Errors,
    request_key: String,
}

impl Page {
    async fn load(who: &Support, db: &Db, order: Order) -> Result<Self, Error> {
        let buyer = audit::queries::names(db.read(), order.user_id.into_iter()).await?.into_values().next();
        let payments = find::of_order(db.read(), who.tenant.id, order.id).await?;
        let whole = Whole::load(db.read(), &who.tenant, order, who.now).await?;
        Ok(Self {
            payments: payments.into_iter().map(|row| Told::new(&who.tenant, row)).collect(),
            shell: who.shell(Section::AllOrders),
            buyer,
            steps: Step::of(&whole.order, whole.state, who.reaches(Role::Admin)),
            whole,
            typed: None,
            errors: Errors::default(),
            request_key: token::random(24)?,
        })
    }

    fn errors_of(&self, step: &Step) -> Errors {
        match &self.typed {
            Some((typed, _)) if typed == step => self.errors.clone(),
            _ => Errors::default(),
        }
    }

    fn reason_of(&self, step: &Step) -> &str {
        match &self.typed {
            Some((typed, reason)) if typed == step => reason,
            _ => "",
        }
    }
}

/// `GET /dashboard/orders/{id}`
///
/// # Errors
/// [`Error::NotFound`] for another tenant's.
pub async fn show(who: Support, id: web::Path<Uuid>, db: web::Data<Db>) -> Result<HttpResponse, Error> {
    let order = orders::by_id(db.read(), who.tenant.id, *id).await?.ok_or(Error::NotFound)?;
    html::page(&Page::load(&who, &db, order).await?)
}

/// `POST /dashboard/orders/{id}/confirm`
///
/// # Errors
/// [`Error::NotFound`] for another tenant's, [`Error::Conflict`] for what cannot happen to it.
pub async fn confirm(
    who: Admin,
    id: web::Path<Uuid>,
    form: Form<Typed>,
    at: (web::Data<Db>, web::Data<Desk>),
) -> Result<HttpResponse, Error> {
    settle(&Support(who.0), (*id, Step::Confirm), form.0, at).await
}

/// `POST /dashboard/orders/{id}/release`
///
/// # Errors
/// As [`confirm`].
pub async fn release(
    who: Support,
    id: web::Path<Uuid>,
    form: Form<Typed>,
    at: (web::Data<Db>, web::Data<Desk>),
) -> Result<HttpResponse, Error> {
    settle(&who, (*id, Step::Release), form.0, at).await
}

/// `POST /dashboard/orders/{id}/refund`
///
/// # Errors
/// As [`confirm`].
pub async fn refund(
    who: Support,
    id: web::Path<Uuid>,
    form: Form<Typed>,
    at: (web::Data<Db>, web::Data<Desk>),
) -> Result<HttpResponse, Error> {
    settle(&who, (*id, Step::Refund), form.0, at).await
}

/// `POST /dashboard/orders/{id}/honour`
///
/// # Errors
/// As [`confirm`].
pub async fn honour(
    who: Support,
    id: web::Path<Uuid>,
    form: Form<Typed>,
    at: (web::Data<Db>, web::Data<Desk>),
) -> Result<HttpResponse, Error> {
    settle(&who, (*id, Step::Honour), form.0, at).await
}

/// `POST /dashboard/orders/{id}/resolve`
///
/// # Errors
/// As [`confirm`].
pub async fn resolve(
    who: Support,
    id: web::Path<Uuid>,
    form: Form<Typed>,
    at: (web::Data<Db>, web::Data<Desk>),
) -> Result<HttpResponse, Error> {
    settle(&who, (*id, Step::Resolve), form.0, at).await
}

async fn settle(
    who: &Support,
    (id, step): (Uuid, Step),
    form: Typed,
    (db, desk): (web::Data<Db>, web::Data<Desk>),
) -> Result<HttpResponse, Error> {
    let order = orders::by_id(db.read(), who.tenant.id, id).await?.ok_or(Error::NotFound)?;
    let read = reason::read(&form.reason).and_then(|reason| reason.ok_or_else(|| reason::MISSING.to_owned()));
    let reason = match read {
        Ok(reason) => reason,
        Err(sentence) => {
            let mut page = Page::load(who, &db, order).await?;
            page.errors.add("reason", sentence);
            page.typed = Some((step, form.reason));
            return html::with_status(StatusCode::UNPROCESSABLE_ENTITY, &page);
        }
    };
    let path = format!("/dashboard/orders/{id}");
    let route = format!("POST {path}/{}", step.word());
    let key = replay::Key::of_form(who.tenant.id, who.user.id, &route, &form.request_key, &reason)?;
    let (tenant, actor, event, now) = (who.tenant.clone(), who.actor(), step.event(), who.now);
    let settling = Settling { tenant, actor, id, event, reason: Some(reason), request: Some(key), now };
    let settled = orders::happen(&db, &desk, &order, settling).await?;
    let order = done(&who.tenant, settled, now)?;
    let said = match step {
        Step::Resolve => "The order no longer needs attention.".to_owned(),
        _ => format!("The order is {} now.", State::of(&order).label().to_lowercase()),
    };
    Ok(Notice::new(said).on(html::see_other(&path)))
}

/// The order, or why it stands where it stood.
pub(super) fn done(tenant: &Tenant, settled: Settled, now: DateTime<Utc>) -> Result<Order, Error> {
    match settled {
        Settled::Done(order) => Ok(*order),
        Settled::WrongState(state) => {
            let detail = format!("The order is {}; this cannot happen to it.", state.label().to_lowercase());
            Err(Error::Conflict(detail))
        }
        Settled::TooLate { balance } => {
            let money = tenant.currency.money(balance);
            let detail =
                format!("The order had ended and its credit was spent: {money} are left. It needs attention now.");
            Err(Error::Conflict(detail))
        }
        Settled::UsedUp { refusal } => {
            let why = refusal.sentence(&voice(tenant, now));
            Err(Error::Conflict(format!("The order had ended and its code is used up. It needs attention now. {why}")))
        }
        Settled::NotFound => Err(Error::NotFound),
    }
}
