//! Random counters and holds: whatever the rule grants fits every limit, and whatever it calls held is not
//! used up.

use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::coupons::code::Code;
use crate::coupons::coupon::{Counters, UseCounters, UsesPer};
use crate::coupons::refusal::HeldLimit;
use crate::coupons::rule::facts::{OrganizationFacts, OwnHold, PersonFacts, ProductFacts, Usage};
use crate::coupons::rule::make::{amount_off, coupon, item, order, percent, sku};
use crate::coupons::rule::trace::Verdict;

#[derive(Debug, Clone)]
struct World {
    coupon: Coupon,
    code: Code,
    entry: Entry,
    facts: Facts,
}

/// Own holds of one order each, and counters that count them beside what others hold.
fn worlds() -> impl Strategy<Value = World> {
    let maximum = || prop::option::weighted(0.7, 0_i64..6);
    let maxima = (maximum(), maximum(), maximum(), maximum(), maximum(), maximum());
    let budget = prop::option::of(0_i64..1500);
    let counts = prop::array::uniform8((0_i64..4, 0_i64..3));
    let holds = prop::collection::vec((1_i64..3, 1_i64..400, any::<bool>()), 0..3);
    let items = prop::collection::vec((0_usize..2, 0_i64..900, 1_i64..4), 1..4);
    let benefit = (0_usize..4, any::<bool>());
    (maxima, budget, counts, holds, items, benefit).prop_map(|(maxima, budget, counts, holds, items, benefit)| {
        let own: Vec<OwnHold> = holds
            .iter()
            .enumerate()
            .map(|(id, &(uses, spent, swapped_out))| OwnHold {
                redemption_id: Uuid::from_u128(id as u128),
                swapped_out,
                coupon_uses: uses,
                code_uses: uses,
                spent,
                person_uses: uses,
                organization_uses: uses,
                product_uses: [(sku("A"), uses)].into(),
                free_units: [(sku("A"), uses)].into(),
            })
            .collect();
        let held: i64 = own.iter().map(|hold| hold.coupon_uses).sum();
        let count = |which: usize, mine: i64| UseCounters { uses: counts[which].0, held: counts[which].1 + mine };
        let usage = |which, mine| Usage { counters: count(which, mine), held_until: None };
        let (base, bp) = match benefit {
            (0, _) => (amount_off(), None),
            (1, _) => (coupon(), Some(10_000)),
            _ => (coupon(), Some(2500)),
        };
        let coupon = Coupon {
            benefit: bp.map_or(base.benefit.clone(), percent),
            uses_per: if benefit.1 { UsesPer::Unit } else { UsesPer::Order },
            max_uses: maxima.0,
            max_uses_per_person: maxima.1,
            max_uses_per_organization: maxima.2,
            max_uses_per_product: maxima.3,
            budget,
            counters: Counters {
                uses: count(0, held).uses,
                held: count(0, held).held,
                spent: counts[1].0 * 100,
                spent_held: counts[1].1 * 100 + own.iter().map(|hold| hold.spent).sum::<i64>(),
            },
            ..base
        };
        let code = Code { max_uses: maxima.4, counters: count(2, held), ..code() };
        let mut facts = facts();
        facts.tenant.free_claims_per_person = maxima.5;
        facts.tenant.full_discount_single_item = false;
        facts.person = Some(PersonFacts { usage: usage(3, held), ..PersonFacts::default() });
        facts.organization = Some(OrganizationFacts { usage: usage(4, held), ..OrganizationFacts::default() });
        facts.products.insert(sku("A"), ProductFacts { usage: usage(5, held), free: usage(6, held) });
        facts.products.insert(sku("B"), ProductFacts { usage: usage(7, 0), free: Usage::default() });
        facts.own_holds = own;
        let items = items.into_iter().map(|(name, price, quantity)| item(["A", "B"][name], price, quantity));
        World { coupon, code, entry: order(items.collect()), facts }
    })
}

fn decide_in(world: &World) -> Decision {
    decide(found(&world.coupon, &world.code), &world.entry, &world.facts, instant())
}

fn no_facts(facts: &Facts, name: &str) -> ProductFacts {
    facts.products.get(&sku(name)).copied().unwrap_or_default()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn what_is_granted_fits_every_limit(world in worlds()) {
        let Ok(quote) = decide_in(&world).outcome else { return Ok(()) };
        let (coupon, facts) = (&world.coupon, &world.facts);
        let gone = |of: &dyn Fn(&OwnHold) -> i64| -> i64 {
            let gone = |hold: &&OwnHold| hold.swapped_out || quote.release.contains(&hold.redemption_id);
            facts.own_holds.iter().filter(gone).map(of).sum()
        };
        let fits = |max: Option<i64>, counters: UseCounters, takes: i64, of: &dyn Fn(&OwnHold) -> i64| {
            max.is_none_or(|max| counters.uses + counters.held - gone(of) + takes <= max)
        };
        let uses = quote.takes.uses;
        prop_assert!(uses > 0);
        prop_assert!(fits(coupon.max_uses, coupon.counters.use_counters(), uses, &|hold| hold.coupon_uses));
        prop_assert!(fits(world.code.max_uses, world.code.counters, uses, &|hold| hold.code_uses));
        let person = facts.person.as_ref().unwrap().usage.counters;
        prop_assert!(fits(coupon.max_uses_per_person, person, uses, &|hold| hold.person_uses));
        let organization = facts.organization.as_ref().unwrap().usage.counters;
        prop_assert!(fits(coupon.max_uses_per_organization, organization, uses, &|hold| hold.organization_uses));
        let money = UseCounters { uses: coupon.counters.spent, held: coupon.counters.spent_held };
        prop_assert!(fits(coupon.budget, money, quote.takes.spent, &|hold| hold.spent));
        for name in ["A", "B"] {
            let of = |hold: &OwnHold| hold.product_uses.get(&sku(name)).copied().unwrap_or(0);
            if let Some(&takes) = quote.takes.product_uses.get(&sku(name)) {
                prop_assert!(fits(coupon.max_uses_per_product, no_facts(facts, name).usage.counters, takes, &of));
            }
            if let Some(&takes) = quote.takes.free_units.get(&sku(name)) {
                prop_assert!(fits(facts.tenant.free_claims_per_person, no_facts(facts, name).free.counters, takes, &of));
            }
        }
    }

    #[test]
    fn what_is_called_held_is_not_used_up(world in worlds()) {
        let Err(Refusal::Held { limit, .. }) = decide_in(&world).outcome else { return Ok(()) };
        let coupon = &world.coupon;
        let (max, uses) = match limit {
            HeldLimit::Coupon => (coupon.max_uses, coupon.counters.uses),
            HeldLimit::Code => (world.code.max_uses, world.code.counters.uses),
            HeldLimit::Budget => (coupon.budget, coupon.counters.spent),
            HeldLimit::Person => (coupon.max_uses_per_person, world.facts.person.unwrap().usage.counters.uses),
            HeldLimit::Organization => {
                (coupon.max_uses_per_organization, world.facts.organization.unwrap().usage.counters.uses)
            }
            HeldLimit::Product { product } => {
                (coupon.max_uses_per_product, no_facts(&world.facts, &product).usage.counters.uses)
            }
            HeldLimit::FreeClaims { product } => {
                (world.facts.tenant.free_claims_per_person, no_facts(&world.facts, &product).free.counters.uses)
            }
        };
        prop_assert!(uses < max.unwrap());
    }

    #[test]
    fn without_holds_of_others_nobody_waits(world in worlds()) {
        // All that is held is this person's own.
        let mut world = world;
        let own: i64 = world.facts.own_holds.iter().map(|hold| hold.coupon_uses).sum();
        world.coupon.counters.held = own;
        world.coupon.counters.spent_held = world.facts.own_holds.iter().map(|hold| hold.spent).sum();
        world.code.counters.held = own;
        world.facts.person.as_mut().unwrap().usage.counters.held = own;
        world.facts.organization.as_mut().unwrap().usage.counters.held = own;
        for (name, held) in [("A", own), ("B", 0)] {
            let product = world.facts.products.get_mut(&sku(name)).unwrap();
            (product.usage.counters.held, product.free.counters.held) = (held, held);
        }
        let outcome = decide_in(&world).outcome;
        prop_assert!(!matches!(outcome, Err(Refusal::Held { .. })), "{outcome:?}");
    }

    #[test]
    fn the_trace_tells_the_same_story_as_the_outcome(world in worlds()) {
        let decision = decide_in(&world);
        let failed: Vec<_> = decision.trace.lines.iter().filter(|line| line.verdict == Verdict::Failed).collect();
        match decision.outcome {
            Ok(_) => prop_assert!(failed.is_empty()),
            Err(refusal) => {
                prop_assert_eq!(failed.len(), 1);
                prop_assert_eq!(failed[0].refusal, Some(refusal.code()));
            }
        }
    }

    #[test]
    fn the_order_of_the_items_never_decides(world in worlds()) {
        let mut turned = world.clone();
        if let Entry::Order { basket, .. } = &mut turned.entry {
            let mut items = basket.items().to_vec();
            items.reverse();
            *basket = crate::coupons::basket::Basket::new(items).unwrap();
        }
        let summary = |world: &World| decide_in(world).outcome.map(|quote| (quote.takes, quote.release));
        prop_assert_eq!(summary(&world), summary(&turned));
    }
}
