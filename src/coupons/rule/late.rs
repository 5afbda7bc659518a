//! A payment that succeeds after its hold was released or has run out: are its uses still free?

use std::collections::BTreeMap;

use uuid::Uuid;

use super::facts::{Facts, OwnHold};
use super::holds::{Holds, Room};
use super::quote::Takes;
use crate::coupons::code::Code;
use crate::coupons::coupon::{Coupon, ProductKey, UseCounters};
use crate::coupons::refusal::{HeldLimit, Refusal, UsedUp};

/// Whether a redemption whose hold is gone may take again what it took, on its frozen terms: only limits
/// count, not pause, dates or deletion. Answers with the person's own holds to release.
///
/// # Errors
/// The first limit that lacks room, in the rule's order. Products are named by their key.
pub fn late_confirm(coupon: &Coupon, code: &Code, takes: &Takes, facts: &Facts) -> Result<Vec<Uuid>, Refusal> {
    let mut holds = Holds::new(&facts.own_holds);
    let uses = takes.uses;
    if let Some(person) = &facts.person {
        let (max, usage) = (coupon.max_uses_per_person, person.usage);
        let room = holds.make_room(max, usage.counters, uses, |hold| hold.person_uses);
        let full = Refusal::PersonLimit { max: max.unwrap_or_default() };
        must_have(room, full, Refusal::Held { limit: HeldLimit::Person, until: usage.held_until })?;
    }
    if let Some(organization) = &facts.organization {
        let (max, usage) = (coupon.max_uses_per_organization, organization.usage);
        let room = holds.make_room(max, usage.counters, uses, |hold| hold.organization_uses);
        let full = Refusal::OrganizationLimit { max: max.unwrap_or_default() };
        must_have(room, full, Refusal::Held { limit: HeldLimit::Organization, until: usage.held_until })?;
    }

    let until = facts.coupon_held_until;
    let room = holds.make_room(coupon.max_uses, coupon.counters.use_counters(), uses, |hold| hold.coupon_uses);
    let full = Refusal::Exhausted { limit: UsedUp::Coupon };
    must_have(room, full, Refusal::Held { limit: HeldLimit::Coupon, until })?;
    let room = holds.make_room(code.max_uses, code.counters, uses, |hold| hold.code_uses);
    let full = Refusal::Exhausted { limit: UsedUp::Code };
    must_have(room, full, Refusal::Held { limit: HeldLimit::Code, until: facts.code_held_until })?;
    let money = UseCounters { uses: coupon.counters.spent, held: coupon.counters.spent_held };
    let room = holds.make_room(coupon.budget, money, takes.spent, |hold| hold.spent);
    must_have(room, Refusal::BudgetExhausted, Refusal::Held { limit: HeldLimit::Budget, until })?;

    for (key, &need) in &takes.product_uses {
        let usage = facts.products.get(key).copied().unwrap_or_default().usage;
        let (max, product) = (coupon.max_uses_per_product, key.to_string());
        let room = holds.make_room(max, usage.counters, need, |hold| of(&hold.product_uses, key));
        let full = Refusal::ProductLimit { product: product.clone(), max: max.unwrap_or_default() };
        must_have(room, full, Refusal::Held { limit: HeldLimit::Product { product }, until: usage.held_until })?;
    }
    if facts.person.is_some() {
        for (key, &need) in &takes.free_units {
            free_units_again(&mut holds, key, need, facts)?;
        }
    }
    Ok(holds.released())
}

fn free_units_again(holds: &mut Holds<'_>, key: &ProductKey, need: i64, facts: &Facts) -> Result<(), Refusal> {
    let usage = facts.products.get(key).copied().unwrap_or_default().free;
    let (max, product) = (facts.tenant.free_claims_per_person, key.to_string());
    let takes = |hold: &OwnHold| of(&hold.free_units, key);
    let room = holds.make_room(max, usage.counters, need, takes);
    let left = UseCounters { held: 0, ..usage.counters }.remaining(max).unwrap_or_default();
    let full = Refusal::FreeClaimsLimit { product: product.clone(), max: max.unwrap_or_default(), left };
    must_have(room, full, Refusal::Held { limit: HeldLimit::FreeClaims { product }, until: usage.held_until })
}

fn of(units: &BTreeMap<ProductKey, i64>, key: &ProductKey) -> i64 {
    units.get(key).copied().unwrap_or(0)
}

fn must_have(room: Room, full: Refusal, held: Refusal) -> Result<(), Refusal> {
    match room {
        Room::Enough => Ok(()),
        Room::Held => Err(held),
        Room::Full => Err(full),
    }
}
