//! `/api/v1/orders/{id}`: an order of the shop or of `/billing/checkout`, and what became of its payment.

use crate::accounts::caller::{Caller, Honours, SeesOrganizations, SettlesOrders, WritesOrganizations};
use crate::accounts::role::Role;
use crate::coupons::refusal::Refusal;
use crate::coupons::tenant::voice;
use crate::db::Db;
use crate::error::{Error, Fault};
use crate::redemptions::api::asking::{self, ReasonSaid};
use crate::redemptions::api::redemptions::HonourSaid;
use crate::redemptions::desk::Desk;
use crate::shop::orders::{self, Event, Line, Order, Settled, Settling, State, due};
use crate::tenants::Tenant;
use crate::web::api::{self, Answer, Body, Id, Once, Optional};
use actix_web::http::StatusCode;
use actix_web::{HttpResponse, ResponseError, web};
use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use sea_orm::ConnectionTrait;
use serde::Serialize;
use uuid::Uuid;

/// An order. Money is minor units.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct OrderView {
    /// Its id.
    pub id: Uuid,
    /// Where it was placed: `shop` or `checkout` (`/billing/checkout`).
    pub channel: String,
    /// The organization it is for.
    pub organization_id: Option<Uuid>,
    /// The user who ordered.
    pub user_id: Option<Uuid>,
    /// The one product of the catalogue that a checkout named.
    pub product_id: Option<Uuid>,
    /// What an order of the shop consists of.
    pub lines: Vec<OrderLineView>,
    /// Where it stands.
    pub state: State,
    /// The currency of every amount here.
    pub currency: &'static str,
    /// What its code takes off.
    pub discount: i64,
    /// What it costs then.
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

/// Some units of a product in an order. Money is minor units.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct OrderLineView {
    /// The product of the catalogue.
    pub product_id: Uuid,
    /// What people call it, as it was.
    pub name: String,
    /// What programs call it, as it was.
    pub sku: String,
    /// One unit before the discount; none if it has no price.
    pub unit_price: Option<i64>,
    /// How many.
    pub quantity: i64,
    /// What the code takes off all of them.
    pub discount: i64,
    /// What all of them cost then.
    pub total: i64,
}

impl From<Line> for OrderLineView {
    fn from(line: Line) -> Self {
        let Line { product_id, name, sku, unit_price, quantity, discount, total, .. } = line;
        Self { product_id, name, sku, unit_price, quantity, discount, total }
    }
}

impl OrderView {
    /// An order of this tenant as it reads now, with its lines.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn load(
        connection: &impl ConnectionTrait,
        tenant: &Tenant,
        order: Order,
        now: DateTime<Utc>,
    ) -> Result<Self, Error> {
        let lines = orders::lines(connection, tenant.id, order.id).await?;
        Ok(Self {
            id: order.id,
            channel: order.channel.clone(),
            organization_id: order.organization_id,
            user_id: order.user_id,
            product_id: order.product_id,
            lines: lines.into_iter().map(OrderLineView::from).collect(),
            state: State::at(&order, now),
            currency: tenant.currency.code(),
            discount: order.discount,
            amount: order.amount,
            credit_drawn: order.credit_drawn,
            amount_due: due(&order),
            code: order.code_text,
            redemption_id: order.redemption_id,
            expires_at: order.expires_at,
            settled_at: order.settled_at,
            needs_attention: order.needs_attention,
            created_at: order.created_at,
        })
    }
}

/// `GET /api/v1/orders/{id}`.
///
/// # Errors
/// [`Error::NotFound`] for one that the caller may not see.
pub async fn show(who: SeesOrganizations, id: Id, db: web::Data<Db>) -> Result<HttpResponse, Error> {
    let order = orders::by_id(db.read(), who.tenant.id, *id).await?.ok_or(Error::NotFound)?;
    let own = who.as_user().is_some_and(|user| order.user_id == Some(user.user.id));
    match order.organization_id {
        _ if own => {}
        Some(organization) => asking::see_organization(db.read(), &who, organization).await?,
        None if who.as_key().is_some() || who.reaches(Role::Support) => {}
        None => return Err(Error::NotFound),
    }
    api::json(&OrderView::load(db.read(), &who.tenant, order, who.now).await?)
}

/// `POST /api/v1/orders/{id}/confirm`: it is paid.
///
/// # Errors
/// 409 for what is refunded, and for what was paid too late.
pub async fn confirm(
    who: WritesOrganizations,
    id: Id,
    once: Once,
    (db, desk): (web::Data<Db>, web::Data<Desk>),
) -> Result<HttpResponse, Error> {
    settle(&who, *id, (Event::Confirm, None), &once, (&db, &desk)).await
}

/// `POST /api/v1/orders/{id}/release`: its payment failed; the credit it drew and the uses of its code come back.
///
/// # Errors
/// 409 for what is paid.
pub async fn release(
    who: SettlesOrders,
    id: Id,
    Optional(body): Optional<ReasonSaid>,
    (db, desk): (web::Data<Db>, web::Data<Desk>),
) -> Result<HttpResponse, Error> {
    settle(&who, *id, (Event::Release, body.data.read(&who)?), &body.once, (&db, &desk)).await
}

/// `POST /api/v1/orders/{id}/refund`: it is paid back; the credit it drew comes back, its redemption is reversed.
///
/// # Errors
/// 409 for what was never paid.
pub async fn refund(
    who: SettlesOrders,
    id: Id,
    Optional(body): Optional<ReasonSaid>,
    (db, desk): (web::Data<Db>, web::Data<Desk>),
) -> Result<HttpResponse, Error> {
    settle(&who, *id, (Event::Refund, body.data.read(&who)?), &body.once, (&db, &desk)).await
}

/// `POST /api/v1/orders/{id}/honour`: it was paid too late, and is kept all the same.
///
/// # Errors
/// 409 for what does not need attention, 422 without a reason.
pub async fn honour(
    who: Honours,
    id: Id,
    body: Body<HonourSaid>,
    (db, desk): (web::Data<Db>, web::Data<Desk>),
) -> Result<HttpResponse, Error> {
    let said = ReasonSaid { reason: Some(body.data.reason) };
    let reason = said.read(&who)?.ok_or_else(asking::unexplained)?;
    settle(&who, *id, (Event::Honour, Some(reason)), &body.once, (&db, &desk)).await
}

async fn settle(
    who: &Caller,
    id: Uuid,
    (event, reason): (Event, Option<String>),
    once: &Once,
    (db, desk): (&Db, &Desk),
) -> Result<HttpResponse, Error> {
    let order = orders::by_id(db.read(), who.tenant.id, id).await?.ok_or(Error::NotFound)?;
    let (tenant, actor, request, now) = (who.tenant.clone(), who.actor(), who.request_key(once), who.now);
    let Some(step) = orders::goes_along(db.read(), &order, event, now).await? else {
        return api::once(db, request.as_ref(), now, async |tx| {
            let settled = orders::settle(tx, &actor, (&tenant, id), (event, reason), now).await?;
            answer(tx, &tenant, settled, now).await
        })
        .await;
    };
    let settling = Settling { tenant, actor, id, event, reason, request, now };
    let (settled, replayed) = orders::settle_along(db, desk, settling, step).await?;
    let answer = answer(db.read(), &who.tenant, settled, now).await;
    Ok(api::marked(answer.map_or_else(|error| error.error_response(), Answer::into_response), replayed))
}

async fn answer(
    connection: &impl ConnectionTrait,
    tenant: &Tenant,
    settled: Settled,
    now: DateTime<Utc>,
) -> Result<Answer, Error> {
    match settled {
        Settled::Done(order) => Answer::of(StatusCode::OK, &OrderView::load(connection, tenant, *order, now).await?),
        Settled::WrongState(state) => Err(wrong_state(state)),
        Settled::TooLate { balance } => Ok(too_late(tenant, balance)),
        Settled::UsedUp { refusal } => Ok(used_up(tenant, &refusal, now)),
        Settled::NotFound => Err(Error::NotFound),
    }
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

/// The same of its code.
fn used_up(tenant: &Tenant, refusal: &Refusal, now: DateTime<Utc>) -> Answer {
    let why = refusal.sentence(&voice(tenant, now));
    let detail = format!("The order had ended and its code is used up: refund the payment, or honour it. {why}");
    Answer::refused(
        StatusCode::CONFLICT,
        Fault::new("too_late", "Paid too late", detail).with("refusal", refusal.code()),
    )
}
