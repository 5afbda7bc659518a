mod asking;
mod holding;
mod items;
mod late;
mod orders;
mod organizations;
mod own_holds;
mod precedence;
mod previews;
mod properties;

use super::make::{code, facts, found, instant};
use super::quote::{Effect, Quote};
use super::{Decision, Entry, decide};
use crate::coupons::coupon::Coupon;
use crate::coupons::pricing::Priced;
use crate::coupons::refusal::Refusal;
use crate::coupons::rule::facts::Facts;

fn decision(coupon: &Coupon, entry: &Entry, facts: &Facts) -> Decision {
    decide(found(coupon, &code()), entry, facts, instant())
}

fn refusal(coupon: &Coupon, entry: &Entry, facts: &Facts) -> Refusal {
    decision(coupon, entry, facts).outcome.unwrap_err()
}

fn quote(coupon: &Coupon, entry: &Entry, facts: &Facts) -> Quote {
    decision(coupon, entry, facts).outcome.unwrap()
}

fn priced(coupon: &Coupon, entry: &Entry) -> Priced {
    match quote(coupon, entry, &facts()).effect {
        Effect::Prices(priced) => priced,
        other => panic!("{other:?} has no prices"),
    }
}
