//! `/api/v1/redemptions`: a code held for an order or redeemed at once, then confirmed, released or reversed.

use super::asking::{self, PersonSaid, ReasonSaid};
use super::faults;
use super::items;
use super::shapes::RedemptionShown;
use crate::accounts::caller::{Caller, Honours, Redeems, SettlesRedemptions};
use crate::clock;
use crate::coupons::code::TYPED;
use crate::coupons::pricing::renewal;
use crate::db::Db;
use crate::db::tables::codes;
use crate::error::Error;
use crate::redemptions::catalogue::Catalogue;
use crate::redemptions::desk::{Change, Command, Desk, Enter, Event, Mode, Order, Place, Receipt, Reply, Told};
use crate::redemptions::items::ItemSaid;
use crate::redemptions::reason;
use crate::redemptions::redemption::{LONGEST_HOLD, Redemption};
use crate::redemptions::rows;
use crate::web::api::{self, Answer, Body, Id, Once, Optional, Query};
use actix_web::http::StatusCode;
use actix_web::{HttpResponse, ResponseError, web};
use chrono::Duration;
use schemars::JsonSchema;
use sea_orm::EntityTrait;
use serde::Deserialize;
use std::net::IpAddr;
use uuid::Uuid;

/// The longest reference of an order, in characters.
const LONGEST_TEXT: usize = 200;

/// What is to be redeemed.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RedemptionSaid {
    /// What was typed.
    #[schemars(regex(pattern = TYPED))]
    pub code: String,
    /// Held until it is paid, or at once where nothing is to be paid.
    pub mode: ModeSaid,
    /// What the caller calls the order.
    #[schemars(length(min = 1, max = 200))]
    pub order_ref: Option<String>,
    /// How long it is held, in seconds; the tenant's time otherwise.
    #[schemars(range(min = 1, max = 86_400))]
    pub hold_seconds: Option<i64>,
    /// The person a key vouches for.
    pub person: Option<PersonSaid>,
    /// The organization the order is for.
    pub organization_id: Option<Uuid>,
    /// The order's currency.
    pub currency: Option<String>,
    /// What is bought.
    #[schemars(length(min = 1, max = 500))]
    pub items: Vec<ItemSaid>,
    /// Where the person sits, so that guesses are counted there.
    #[serde(default)]
    #[schemars(schema_with = "asking::address_schema")]
    pub client_address: Option<IpAddr>,
}

/// How an order is redeemed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ModeSaid {
    /// Held until its payment is known.
    Hold,
    /// At once: nothing is to be paid.
    Instant,
}

/// `POST /api/v1/redemptions`: 201, or 200 for a hold that was extended.
///
/// # Errors
/// Each refusal with its status; 422 for an organization that does not exist here.
pub async fn create(
    who: Redeems,
    body: Body<RedemptionSaid>,
    db: web::Data<Db>,
    catalogue: web::Data<Catalogue>,
    desk: web::Data<Desk>,
) -> Result<HttpResponse, Error> {
    let said = body.data;
    let asker = asking::asker(db.read(), &who, said.person.as_ref(), said.client_address).await?;
    let order = order(&who, &said, &catalogue).await?;
    let (id, guesses) = (clock::id_at(who.now), asker.guesses.clone());
    let enter = Enter {
        tenant: who.tenant.clone(),
        actor: who.actor(),
        id,
        entered: said.code,
        place: Place::Order(order),
        asker,
        channel: "key".to_owned(),
        request: who.request_key(&body.once),
        beside: None,
        now: who.now,
    };
    let told = desk.ask(Command::Enter(Box::new(enter))).await?;
    if told.reply == Reply::NotFound {
        // Nothing else that the body names is looked up there.
        return Ok(api::marked(asking::unknown_organization().error_response(), told.replayed));
    }
    let answer = answer(&who, told, |receipt| if receipt.extended { StatusCode::OK } else { StatusCode::CREATED })?;
    asking::with_guesses(answer, &who, &guesses, &db).await
}

async fn order(who: &Caller, said: &RedemptionSaid, catalogue: &Catalogue) -> Result<Order, Error> {
    let longest = LONGEST_HOLD.num_seconds();
    let seconds = said.hold_seconds.unwrap_or_else(|| who.tenant.row.hold_minutes * 60);
    if !(1..=longest).contains(&seconds) {
        return Err(asking::wrong("hold_seconds", "A hold lasts 1 second to 1 day."));
    }
    if said.order_ref.as_ref().is_some_and(|text| text.trim().is_empty() || text.chars().count() > LONGEST_TEXT) {
        return Err(asking::wrong("order_ref", "An order's reference has 1 to 200 characters."));
    }
    if said.items.is_empty() {
        return Err(asking::wrong("items", "An order has at least one item."));
    }
    Ok(Order {
        reference: said.order_ref.clone(),
        basket: items::basket(catalogue, who, &said.items).await?,
        currency: said.currency.clone(),
        organization: said.organization_id,
        mode: match said.mode {
            ModeSaid::Hold => Mode::Hold(Duration::seconds(seconds)),
            ModeSaid::Instant => Mode::Instant,
        },
    })
}

/// What the desk said, as it is sent.
pub(super) fn answer(
    who: &Caller,
    told: Told,
    status: impl FnOnce(&Receipt) -> StatusCode,
) -> Result<HttpResponse, Error> {
    let response = match told.reply {
        Reply::Done(receipt) => {
            let (status, id) = (status(&receipt), receipt.redemption.id);
            let answer = Answer::of(status, &RedemptionShown::of_receipt(&who.tenant, *receipt))?;
            answer.located(format!("/api/v1/redemptions/{id}")).into_response()
        }
        other => faults::of_reply(&who.tenant, &other, who.now).error_response(),
    };
    Ok(api::marked(response, told.replayed))
}

/// `GET /api/v1/redemptions/{id}`
///
/// # Errors
/// [`Error::NotFound`] for another tenant's.
pub async fn show(who: SettlesRedemptions, id: Id, db: web::Data<Db>) -> Result<HttpResponse, Error> {
    let it = find(&who, *id, &db).await?;
    let code = codes::Entity::find_by_id((who.tenant.id, it.code_id)).one(db.read()).await?;
    let code = code.map(|code| code.text).unwrap_or_default();
    api::json(&RedemptionShown::new(&who.tenant, it, code))
}

async fn find(who: &Caller, id: Uuid, db: &Db) -> Result<Redemption, Error> {
    rows::one(db.read(), who.tenant.id, id, who.now).await?.ok_or(Error::NotFound)
}

/// `POST /api/v1/redemptions/{id}/confirm`: its payment succeeded.
///
/// # Errors
/// 409 for what can no longer be confirmed; the order needs attention then.
pub async fn confirm(who: Redeems, id: Id, once: Once, desk: web::Data<Desk>) -> Result<HttpResponse, Error> {
    answer(&who, change(&who, *id, Event::Confirm, None, &once, &desk).await?, |_| StatusCode::OK)
}

/// `POST /api/v1/redemptions/{id}/release`: its payment failed.
///
/// # Errors
/// 409 for what is confirmed.
pub async fn release(
    who: SettlesRedemptions,
    id: Id,
    Optional(body): Optional<ReasonSaid>,
    desk: web::Data<Desk>,
) -> Result<HttpResponse, Error> {
    let reason = body.data.read(&who)?;
    answer(&who, change(&who, *id, Event::Release, reason, &body.once, &desk).await?, |_| StatusCode::OK)
}

/// Why what was paid too late is kept.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HonourSaid {
    /// For the audit log.
    #[schemars(length(min = 1, max = reason::LONGEST))]
    pub reason: String,
}

/// `POST /api/v1/redemptions/{id}/honour`: what was paid too late is kept, and the maxima are raised where its uses are taken.
///
/// # Errors
/// 409 for what is held or reversed, and for an order that another redemption takes; 422 without a reason.
pub async fn honour(
    who: Honours,
    id: Id,
    body: Body<HonourSaid>,
    desk: web::Data<Desk>,
) -> Result<HttpResponse, Error> {
    let said = ReasonSaid { reason: Some(body.data.reason) };
    let reason = said.read(&who)?.ok_or_else(asking::unexplained)?;
    answer(&who, change(&who, *id, Event::Honour, Some(reason), &body.once, &desk).await?, |_| StatusCode::OK)
}

/// What is taken back.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ReversalSaid {
    /// For the audit log.
    #[schemars(length(max = reason::LONGEST))]
    pub reason: Option<String>,
    /// Units of lines; without them, all that is left.
    #[schemars(length(min = 1))]
    pub lines: Option<Vec<LineSaid>>,
}

/// Units of a line.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LineSaid {
    /// Its number, from 0.
    pub line: usize,
    /// How many.
    #[schemars(range(min = 1))]
    pub quantity: i64,
}

/// `POST /api/v1/redemptions/{id}/reverse`: it is taken back, by lines or as a whole.
///
/// # Errors
/// 409 for what is not confirmed, 422 for lines that there are not and for more units than there are.
pub async fn reverse(
    who: SettlesRedemptions,
    id: Id,
    Optional(body): Optional<ReversalSaid>,
    (desk, db): (web::Data<Desk>, web::Data<Db>),
) -> Result<HttpResponse, Error> {
    let reason = ReasonSaid { reason: body.data.reason }.read(&who)?;
    let said = body.data.lines;
    if said.as_ref().is_some_and(Vec::is_empty) {
        return Err(asking::wrong("lines", "Name at least one line, or leave the field out to reverse all."));
    }
    let said = said.unwrap_or_default();
    if let Some(place) = said.iter().position(|it| it.quantity < 1) {
        return Err(asking::wrong(&format!("lines[{place}].quantity"), "A quantity is at least 1."));
    }
    let lines = (!said.is_empty()).then(|| said.iter().map(|it| (it.line, it.quantity)).collect());
    let mut told = change(&who, *id, Event::Reverse(lines), reason, &body.once, &desk).await?;
    if let Reply::TooManyUnits { line, left } = &mut told.reply {
        // Of lines named twice it was the last that is too much.
        let place = said.iter().rposition(|it| it.line == *line && it.quantity > *left).unwrap_or_default();
        if *line >= find(&who, *id, &db).await?.lines.len() {
            let unknown = asking::wrong(&format!("lines[{place}].line"), "The redemption has no such line.");
            return Ok(api::marked(unknown.error_response(), told.replayed));
        }
        *line = place;
    }
    answer(&who, told, |_| StatusCode::OK)
}

async fn change(
    who: &Caller,
    id: Uuid,
    event: Event,
    reason: Option<String>,
    once: &Once,
    desk: &Desk,
) -> Result<Told, Error> {
    let change = Change {
        tenant: who.tenant.clone(),
        actor: who.actor(),
        id,
        event,
        reason,
        request: who.request_key(once),
        beside: None,
        now: who.now,
    };
    desk.ask(Command::Change(Box::new(change))).await
}

/// Which period, and what it costs without the discount.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PeriodSaid {
    /// Counted from 1, the period of the redemption itself.
    #[schemars(range(min = 1))]
    period: i64,
    /// In minor units.
    #[schemars(range(min = 0))]
    amount: i64,
}

/// `GET /api/v1/redemptions/{id}/renewal?period=&amount=`: what a period of a subscription costs.
///
/// # Errors
/// 409 for what is not confirmed.
pub async fn show_renewal(
    who: SettlesRedemptions,
    id: Id,
    period: Query<PeriodSaid>,
    db: web::Data<Db>,
) -> Result<HttpResponse, Error> {
    let PeriodSaid { period, amount } = period.0;
    if period < 1 {
        return Err(asking::wrong("period", "Periods are counted from 1."));
    }
    if amount < 0 {
        return Err(asking::wrong("amount", "An amount cannot be negative."));
    }
    let it = find(&who, *id, &db).await?;
    if it.state != crate::redemptions::redemption::State::Confirmed {
        return Err(faults::of_reply(&who.tenant, &Reply::WrongState { state: it.state }, who.now));
    }
    api::json(&renewal(&it.terms, period, amount, who.now))
}
