//! `/api/v1/orders/{id}`: an order that `/billing/checkout` placed, and what became of its payment.

use crate::accounts::caller::{Caller, SeesOrganizations, SettlesOrders, WritesOrganizations};
use crate::db::Db;
use crate::error::{Error, Fault};
use crate::redemptions::api::asking::{self, ReasonSaid};
use crate::shop::orders::{self, Event, Order, Settled, State, due};
use crate::tenants::Tenant;
use crate::web::api::{self, Answer, Id, Once, Optional};
use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::Serialize;
use uuid::Uuid;

/// An order. Money is minor units.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct OrderView {
    /// Its id.
    pub id: Uuid,
    /// Who ordered.
    pub organization_id: Uuid,
    /// What of the catalogue was ordered.
    pub product_id: Option<Uuid>,
    /// Where it stands.
    pub state: State,
    /// The currency of every amount here.
    pub currency: &'static str,
    /// What it costs.
    pub amount: i64,
    /// What credit paid of it.
    pub credit_drawn: i64,
    /// What is left to pay.
    pub amount_due: i64,
    /// The code that came with it.
    pub code: Option<String>,
    /// The redemption of that code.
    pub redemption_id: Option<Uuid>,
    /// When it ends by itself, while it is open.
    pub expires_at: Option<DateTime<Utc>>,
    /// When it was paid, or ended.
    pub settled_at: Option<DateTime<Utc>>,
    /// What somebody has to look at: it was paid too late, and the payment is to be refunded.
    pub needs_attention: Option<String>,
    /// When it was placed.
    pub created_at: DateTime<Utc>,
}

impl OrderView {
    /// An order of this tenant.
    #[must_use]
    pub fn new(tenant: &Tenant, order: Order) -> Self {
        Self {
            id: order.id,
            organization_id: order.organization_id,
            product_id: order.product_id,
            state: State::of(&order),
            currency: tenant.currency.code(),
            amount: order.amount,
            credit_drawn: order.credit_drawn,
            amount_due: due(&order),
            code: order.code_text,
            redemption_id: order.redemption_id,
            expires_at: order.expires_at,
            settled_at: order.settled_at,
            needs_attention: order.needs_attention,
            created_at: order.created_at,
        }
    }
}

/// `GET /api/v1/orders/{id}`.
///
/// # Errors
/// [`Error::NotFound`] for one that the caller may not see.
pub async fn show(who: SeesOrganizations, id: Id, db: web::Data<Db>) -> Result<HttpResponse, Error> {
    let order = orders::by_id(db.read(), who.tenant.id, *id).await?.ok_or(Error::NotFound)?;
    asking::see_organization(db.read(), &who, order.organization_id).await?;
    api::json(&OrderView::new(&who.tenant, order))
}

/// `POST /api/v1/orders/{id}/confirm`: it is paid.
///
/// # Errors
/// 409 for what is refunded, and for what was paid too late.
pub async fn confirm(who: WritesOrganizations, id: Id, once: Once, db: web::Data<Db>) -> Result<HttpResponse, Error> {
    settle(&who, *id, (Event::Confirm, None), &once, &db).await
}

/// `POST /api/v1/orders/{id}/release`: its payment failed; the credit it drew comes back.
///
/// # Errors
/// 409 for what is paid.
pub async fn release(
    who: SettlesOrders,
    id: Id,
    Optional(body): Optional<ReasonSaid>,
    db: web::Data<Db>,
) -> Result<HttpResponse, Error> {
    settle(&who, *id, (Event::Release, body.data.read(&who)?), &body.once, &db).await
}

/// `POST /api/v1/orders/{id}/refund`: it is paid back; the credit it drew comes back.
///
/// # Errors
/// 409 for what was never paid.
pub async fn refund(
    who: SettlesOrders,
    id: Id,
    Optional(body): Optional<ReasonSaid>,
    db: web::Data<Db>,
) -> Result<HttpResponse, Error> {
    settle(&who, *id, (Event::Refund, body.data.read(&who)?), &body.once, &db).await
}

async fn settle(
    who: &Caller,
    id: Uuid,
    event: (Event, Option<String>),
    once: &Once,
    db: &Db,
) -> Result<HttpResponse, Error> {
    api::once(db, who.request_key(once).as_ref(), who.now, async |tx| {
        match orders::settle(tx, &who.actor(), (&who.tenant, id), event, who.now).await? {
            Settled::Done(order) => Answer::of(StatusCode::OK, &OrderView::new(&who.tenant, *order)),
            Settled::WrongState(state) => Err(wrong_state(state)),
            Settled::TooLate { balance } => Ok(too_late(&who.tenant, balance)),
            Settled::NotFound => Err(Error::NotFound),
        }
    })
    .await
}

fn wrong_state(state: State) -> Error {
    let detail = format!("The order is {}; this cannot happen to it.", state.word());
    let fault = Fault::new("wrong_state", "Not possible in this state", detail).with("state", state.word());
    fault.with_status(StatusCode::CONFLICT)
}

/// A refusal that stays on record with the order.
fn too_late(tenant: &Tenant, balance: i64) -> Answer {
    let money = tenant.currency.money(balance);
    let detail = format!("The order had ended and its credit was spent: {money} are left. Refund the payment.");
    Answer::refused(StatusCode::CONFLICT, Fault::new("too_late", "Paid too late", detail).with("balance", balance))
}
