//! What a call is told when the desk does not do what it asked: a problem with the machine's word, the sentence for people,
//! and what is missing.

use super::shapes::RefusalShown;
use crate::coupons::refusal::Refusal;
use crate::error::{Error, Fault};
use crate::money::counted;
use crate::redemptions::desk::Reply;
use crate::tenants::Tenant;
use actix_web::http::StatusCode;
use chrono::{DateTime, Duration, Utc};

/// A refusal of the rule.
pub fn refused(tenant: &Tenant, refusal: &Refusal, now: DateTime<Utc>) -> Error {
    let shown = RefusalShown::new(tenant, refusal, now);
    let mut fault = Fault::new(shown.code, "The code cannot be used", shown.message);
    if let Some(missing) = shown.missing_amount {
        fault = fault.with("missing_amount", missing);
    }
    if let Some(seconds) = shown.retry_after {
        fault = fault.again_after(seconds);
    }
    fault.with_status(StatusCode::from_u16(refusal.status()).unwrap_or(StatusCode::UNPROCESSABLE_ENTITY))
}

/// Everything that is not a success. A line is known by its place in the request.
pub fn of_reply(tenant: &Tenant, reply: &Reply, now: DateTime<Utc>) -> Error {
    match reply {
        Reply::Refused { refusal } => refused(tenant, refusal, now),
        Reply::Throttled { wait } => Error::TooMany(Duration::seconds(*wait)),
        Reply::PaymentRequired { total } => {
            let money = tenant.currency.money(*total);
            let detail = format!("{money} is left to pay: hold the code, and confirm it once the order is paid.");
            Fault::new("payment_required", "The order has something to pay", detail)
                .with("total", *total)
                .with_status(StatusCode::UNPROCESSABLE_ENTITY)
        }
        Reply::OrderTaken { redemption, state } => {
            let detail = format!("The order has another redemption, which is {}.", state.word());
            Fault::new("order_taken", "The order is taken", detail)
                .with("redemption_id", redemption.to_string())
                .with("state", state.word())
                .with_status(StatusCode::CONFLICT)
        }
        Reply::OfOrder { order } => {
            let detail = "It goes along with an order of the shop: settle that, at /api/v1/orders.";
            Fault::new("of_order", "It belongs to an order", detail)
                .with("order_id", order.clone())
                .with_status(StatusCode::CONFLICT)
        }
        Reply::WrongState { state } => {
            let detail = format!("The redemption is {}; this cannot happen to it.", state.word());
            let fault = Fault::new("wrong_state", "Not possible in this state", detail);
            fault.with("state", state.word()).with_status(StatusCode::CONFLICT)
        }
        Reply::TooLate { refusal } => too_late(tenant, refusal, now),
        Reply::TooManyUnits { line, left } => {
            let message = format!("This line has {} that can be reversed.", counted(*left, "unit", "units"));
            Fault::new("invalid", "Not acceptable", message.clone())
                .on(format!("lines[{line}].quantity"), "too_many", message)
                .with_status(StatusCode::UNPROCESSABLE_ENTITY)
        }
        Reply::NotFound | Reply::Done(_) => Error::NotFound,
    }
}

fn too_late(tenant: &Tenant, refusal: &Refusal, now: DateTime<Utc>) -> Error {
    let shown = RefusalShown::new(tenant, refusal, now);
    let detail = format!("The hold is gone and its uses are taken: refund the order, or honour it. {}", shown.message);
    let mut fault = Fault::new("too_late", "Paid too late", detail).with("refusal", shown.code);
    if let Some(seconds) = shown.retry_after {
        fault = fault.again_after(seconds);
    }
    fault.with_status(StatusCode::CONFLICT)
}
