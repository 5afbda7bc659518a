//! THE RULE: one pure function says what a code would do here, or the first reason why not. Preview,
//! validation, hold, redeem, list badge and why-not page all call it, so that none of them can differ.
//!
//! The checks run in one fixed order, the one of [`Check::ALL`]. A check that has nothing to look at (a
//! preview has no person, organization, place or items) is left out. The trace says for each what it saw.

mod asker;
pub mod facts;
mod holds;
mod late;
mod lines;
mod offer;
mod order;
mod organization;
pub mod quote;
pub mod trace;
mod words;

#[cfg(test)]
pub(crate) mod make;

use chrono::{DateTime, Utc};

use super::basket::Basket;
use super::code::{Code, Malformed};
use super::coupon::Coupon;
use super::refusal::{Refusal, UnknownBecause};
use facts::Facts;
use holds::Holds;
use quote::{Effect, Quote, Takes};
use trace::{Check, Trace, inputs};

pub use late::late_confirm;

/// What a lookup by key found.
#[derive(Debug, Clone, Copy)]
pub enum Found<'a> {
    /// There is no key to look up.
    Malformed(Malformed),
    /// No code of this tenant has the key; whether another tenant's has is told to staff only.
    Nothing {
        /// Another tenant has a code with this key.
        elsewhere: bool,
    },
    /// This code of this tenant, deleted or not.
    Code {
        /// Its coupon, with the counters as they are now.
        coupon: &'a Coupon,
        /// The code, with the counters as they are now.
        code: &'a Code,
    },
}

/// What somebody wants to do with a code.
#[derive(Debug, Clone)]
pub enum Entry {
    /// Look at it, without saying who and where.
    Preview,
    /// Apply it to the organization of the facts.
    Organization,
    /// Use it for an order.
    Order {
        /// What is bought.
        basket: Basket,
        /// The order's currency, if the caller names one.
        currency: Option<String>,
    },
}

/// What the rule decided, and why.
#[derive(Debug, Clone, PartialEq)]
pub struct Decision {
    /// What the code does, or the first reason why it does nothing.
    pub outcome: Result<Quote, Refusal>,
    /// Every check with its verdict and what it looked at.
    pub trace: Trace,
}

/// Decides what this code does for this entry at `now`. Changes nothing.
#[must_use]
pub fn decide(found: Found<'_>, entry: &Entry, facts: &Facts, now: DateTime<Utc>) -> Decision {
    let mut trace = Trace::default();
    let outcome = judge(found, entry, facts, now, &mut trace);
    trace.finish();
    Decision { outcome, trace }
}

fn judge(
    found: Found<'_>,
    entry: &Entry,
    facts: &Facts,
    now: DateTime<Utc>,
    trace: &mut Trace,
) -> Result<Quote, Refusal> {
    let (coupon, code) = identify(found, trace)?;
    let holds = Holds::new(&facts.own_holds);
    let mut case = Case { coupon, code, entry, facts, now, holds, trace };
    case.check_offer()?;
    case.check_asker()?;
    case.check_what_is_left()?;
    let (effect, takes) = match entry {
        Entry::Preview => case.preview(),
        Entry::Organization => case.apply_to_organization()?,
        Entry::Order { basket, currency } => case.apply_to_order(basket, currency.as_deref())?,
    };
    let benefit_ends_at = coupon.benefit_ends_at(facts.tenant.time_zone, now);
    Ok(Quote { effect, takes, release: case.holds.released(), benefit_ends_at })
}

/// Everything one decision looks at.
struct Case<'a> {
    coupon: &'a Coupon,
    code: &'a Code,
    entry: &'a Entry,
    facts: &'a Facts,
    now: DateTime<Utc>,
    holds: Holds<'a>,
    trace: &'a mut Trace,
}

fn identify<'a>(found: Found<'a>, trace: &mut Trace) -> Result<(&'a Coupon, &'a Code), Refusal> {
    if let Found::Malformed(fault) = found {
        let inputs = inputs([("fault", fault.to_string().into())]);
        trace.check(Check::MalformedCode, inputs, Some(Refusal::MalformedCode { fault }))?;
    }
    trace.check(Check::MalformedCode, Vec::new(), None)?;
    let (known, because) = match found {
        Found::Code { coupon, code } => {
            let deleted = if code.deleted_at.is_some() {
                Some(UnknownBecause::CodeDeleted)
            } else if code.canary {
                Some(UnknownBecause::Canary)
            } else {
                coupon.deleted_at.map(|_| UnknownBecause::CouponDeleted)
            };
            (Some((coupon, code)), deleted)
        }
        Found::Nothing { elsewhere: true } => (None, Some(UnknownBecause::AnotherTenant)),
        Found::Nothing { elsewhere: false } | Found::Malformed(_) => (None, Some(UnknownBecause::NoSuchCode)),
    };
    let inputs = inputs([
        ("coupon_deleted_at", known.and_then(|(coupon, _)| coupon.deleted_at).into()),
        ("code_deleted_at", known.and_then(|(_, code)| code.deleted_at).into()),
        ("because", because.map(UnknownBecause::for_staff).into()),
    ]);
    let because = because.or(if known.is_none() { Some(UnknownBecause::NoSuchCode) } else { None });
    trace.check(Check::UnknownCode, inputs, because.map(|because| Refusal::UnknownCode { because }))?;
    known.ok_or(Refusal::UnknownCode { because: UnknownBecause::NoSuchCode })
}

impl Case<'_> {
    fn preview(&mut self) -> (Effect, Takes) {
        self.trace.left_out(&Check::OF_ORDERS);
        self.trace.left_out(&Check::OF_ORGANIZATIONS);
        self.trace.left_out(&[Check::NoEffect]);
        (Effect::Preview, Takes::default())
    }
}

#[cfg(test)]
mod tests;
