//! What support does to a redemption: release, reverse, honour, resolve. Each with a reason, on record.

use super::redemption::{Page, Typed};
use crate::accounts::guards::Support;
use crate::coupons::tenant::voice;
use crate::db::Db;
use crate::error::Error;
use crate::money::counted;
use crate::redemptions::desk::{Change, Desk, Event, Receipt, Reply};
use crate::redemptions::reason;
use crate::redemptions::redemption::{Redemption, State};
use crate::web::form::{Errors, Form};
use crate::web::notice::Notice;
use crate::web::{html, replay};
use actix_web::dev::Payload;
use actix_web::http::StatusCode;
use actix_web::{FromRequest, HttpRequest, HttpResponse, web};
use serde::Deserialize;
use std::future::{Ready, ready};
use uuid::Uuid;

/// What can be done to a redemption.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// A hold ends.
    Release,
    /// What happened is taken back.
    Reverse,
    /// What was paid too late is kept.
    Honour,
    /// What needed attention was dealt with.
    Resolve,
}

impl Step {
    const ALL: [Self; 4] = [Self::Release, Self::Reverse, Self::Honour, Self::Resolve];

    /// What can be done to it.
    pub fn of(it: &Redemption) -> Vec<Self> {
        if it.goes_with_an_order() {
            return if it.state == State::Confirmed { vec![Self::Reverse] } else { Vec::new() };
        }
        let next = match it.state {
            State::Held => Some(Self::Release),
            State::Confirmed => Some(Self::Reverse),
            State::Released | State::Expired => Some(Self::Honour),
            State::Reversed => None,
        };
        let resolve = it.needs_attention.as_ref().map(|_| Self::Resolve);
        next.into_iter().chain(resolve).collect()
    }

    /// The last part of its address.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Release => "release",
            Self::Reverse => "reverse",
            Self::Honour => "honour",
            Self::Resolve => "resolve",
        }
    }

    /// The heading above its form.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Release => "Release the hold",
            Self::Reverse => "Take it back",
            Self::Honour => "Keep it after all",
            Self::Resolve => "Nothing more to do",
        }
    }

    /// What it does.
    pub const fn hint(self) -> &'static str {
        match self {
            Self::Release => "The order gives up its discount, and the uses are free at once.",
            Self::Reverse => {
                "What it gave is taken back: limits are computed again without it, credit goes as far as it is still \
                 there, and its uses come back if the coupon says so. Nothing is deleted."
            }
            Self::Honour => {
                "For an order that was paid after its hold was gone. Where its uses are taken by now, the maximum is \
                 raised by what it takes."
            }
            Self::Resolve => {
                "For what was settled elsewhere, as by a refund of the order. It no longer needs attention; nothing else \
                 changes."
            }
        }
    }

    /// The words on its button.
    pub const fn button(self) -> &'static str {
        match self {
            Self::Release => "Release hold",
            Self::Reverse => "Reverse redemption",
            Self::Honour => "Honour redemption",
            Self::Resolve => "Mark as dealt with",
        }
    }

    /// Whether the button should look dangerous.
    pub const fn is_dangerous(self) -> bool {
        matches!(self, Self::Release | Self::Reverse)
    }
}

/// What the form sends.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settled {
    reason: String,
    /// Units to reverse, one field a line.
    #[serde(default)]
    quantity: Vec<String>,
    request_key: String,
}

impl FromRequest for Step {
    type Error = Error;
    type Future = Ready<Result<Self, Error>>;

    /// The last part of the address names it.
    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let word = request.path().rsplit('/').next().unwrap_or_default();
        ready(Self::ALL.into_iter().find(|step| step.word() == word).ok_or(Error::NotFound))
    }
}

/// `POST /dashboard/redemptions/{id}/release`, and the same with `reverse`, `honour` and `resolve`.
///
/// # Errors
/// [`Error::NotFound`] for another tenant's, [`Error::Conflict`] for what cannot happen to it in its state.
pub async fn settle(
    who: Support,
    id: web::Path<Uuid>,
    step: Step,
    form: Form<Settled>,
    (db, desk): (web::Data<Db>, web::Data<Desk>),
) -> Result<HttpResponse, Error> {
    let (id, form) = (*id, form.0);
    let mut errors = Errors::default();
    let reason = errors.keep("reason", read_reason(&form.reason));
    let units = errors.keep("quantity", read_quantities(&form.quantity));
    let path = format!("/dashboard/redemptions/{id}");
    if let (Some(reason), Some(units)) = (reason, units) {
        let body = format!("{reason}\n{units:?}");
        let route = format!("POST {path}/{}", step.word());
        let key = replay::Key::of_form(who.tenant.id, who.user.id, &route, &form.request_key, &body)?;
        let event = match step {
            Step::Release => Event::Release,
            Step::Reverse => Event::Reverse(units),
            Step::Honour => Event::Honour,
            Step::Resolve => Event::Resolve,
        };
        let (tenant, actor, now) = (who.tenant.clone(), who.actor(), who.now);
        let change = Change { tenant, actor, id, event, reason: Some(reason), request: Some(key), beside: None, now };
        match desk.change(change).await? {
            Reply::Done(receipt) => return Ok(Notice::new(done(&who, step, &receipt)).on(html::see_other(&path))),
            Reply::TooManyUnits { left, .. } => {
                errors.add("quantity", format!("A line has only {} left to reverse.", counted(left, "unit", "units")));
            }
            other => return Err(stands_in_the_way(&who, step, &other)),
        }
    }
    let typed = Typed { step: Some(step), reason: form.reason, quantities: form.quantity };
    html::with_status(StatusCode::UNPROCESSABLE_ENTITY, &Page::load(&who, id, &db, typed, errors).await?)
}

fn stands_in_the_way(who: &Support, step: Step, reply: &Reply) -> Error {
    Error::Conflict(match reply {
        Reply::WrongState { state } if step == Step::Reverse => {
            format!("Only a confirmed redemption can be reversed; this one is {}.", state.word())
        }
        Reply::WrongState { state } => format!("This one is {}; that cannot happen to it.", state.word()),
        Reply::OfOrder { .. } => "It goes along with an order of the shop: settle that.".to_owned(),
        Reply::OrderTaken { state, .. } => format!("Its order has another redemption, which is {}.", state.word()),
        Reply::TooLate { refusal } => refusal.sentence(&voice(&who.tenant, who.now)),
        _ => return Error::NotFound,
    })
}

fn done(who: &Support, step: Step, receipt: &Receipt) -> String {
    match step {
        Step::Release => "The hold was released.".to_owned(),
        Step::Honour => "The redemption was honoured.".to_owned(),
        Step::Resolve => "The redemption no longer needs attention.".to_owned(),
        Step::Reverse if receipt.missing > 0 => {
            let money = who.tenant.currency.money(receipt.missing);
            format!("The redemption was reversed; {money} of its credit is spent already.")
        }
        Step::Reverse if receipt.redemption.state == State::Confirmed => "These units were reversed.".to_owned(),
        Step::Reverse => "The redemption was reversed.".to_owned(),
    }
}

fn read_reason(typed: &str) -> Result<String, String> {
    reason::read(typed)?.ok_or_else(|| reason::MISSING.to_owned())
}

/// The units to reverse by line; `None` where the order has no lines, and all of it goes.
fn read_quantities(typed: &[String]) -> Result<Option<Vec<(usize, i64)>>, String> {
    if typed.is_empty() {
        return Ok(None);
    }
    let number = |text: &String| text.trim().parse::<i64>().ok().filter(|units| *units >= 0);
    let units: Option<Vec<i64>> = typed.iter().map(number).collect();
    let units = units.ok_or("Enter whole numbers from 0.")?;
    let some: Vec<(usize, i64)> = units.into_iter().enumerate().filter(|(_, units)| *units > 0).collect();
    if some.is_empty() { Err("Reverse at least one unit.".to_owned()) } else { Ok(Some(some)) }
}

#[cfg(test)]
mod tests {
    use super::read_quantities;

    #[test]
    fn units_are_whole_numbers_and_at_least_one() {
        let typed = |words: &[&str]| read_quantities(&words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>());
        assert_eq!(typed(&[]), Ok(None));
        assert_eq!(typed(&["0", " 2 "]), Ok(Some(vec![(1, 2)])));
        for wrong in [&["0"][..], &["-1"], &["1.5"], &["x"], &[""]] {
            assert!(typed(wrong).is_err(), "{wrong:?}");
        }
    }
}
