use super::*;
use crate::coupons::coupon::Counters;
use crate::coupons::refusal::StrangerAnswer;
use crate::coupons::rule::facts::PersonFacts;
use crate::coupons::rule::make::{coupon, credit, days, usage};
use crate::coupons::rule::trace::{Check, Verdict};

fn answer(coupon: &Coupon) -> Option<StrangerAnswer> {
    decision(coupon, &Entry::Preview, &facts()).outcome.err().and_then(|refusal| refusal.for_strangers())
}

#[test]
fn a_preview_takes_nothing_and_leaves_out_what_it_cannot_know() {
    let strict = Coupon {
        max_uses_per_person: Some(1),
        max_uses_per_organization: Some(0),
        max_uses_per_product: Some(0),
        minimum_amount: 1_000_000,
        ..coupon()
    };
    let mut facts = facts();
    facts.person = Some(PersonFacts { usage: usage(1, 0), applied_at: Some(days(-1)), ..PersonFacts::default() });
    let decision = decision(&strict, &Entry::Preview, &facts);
    let quote = decision.outcome.unwrap();
    assert_eq!(quote.effect, Effect::Preview);
    assert_eq!((quote.takes.uses, quote.takes.spent, quote.release.len()), (0, 0, 0));
    for check in [Check::NotForOrders, Check::SignInRequired, Check::PersonLimit, Check::BelowMinimum, Check::NoEffect]
    {
        assert_eq!(decision.trace.line(check).unwrap().verdict, Verdict::LeftOut, "{check:?}");
    }
}

#[test]
fn a_preview_answers_for_orders_and_for_organizations() {
    assert_eq!(answer(&coupon()), None);
    assert_eq!(answer(&credit()), None);
}

#[test]
fn what_strangers_must_not_know_looks_like_an_unknown_code() {
    let past = Some(days(-1));
    let hidden = [
        Coupon { deleted_at: past, ..coupon() },
        Coupon { valid_from: Some(days(1)), ..coupon() },
        Coupon { assigned_people_only: true, ..coupon() },
    ];
    for coupon in hidden {
        assert_eq!(answer(&coupon), Some(StrangerAnswer::Unknown));
    }
    let mut off = facts();
    off.tenant.coupons_enabled = false;
    let refusal = refusal(&coupon(), &Entry::Preview, &off);
    assert_eq!(refusal.for_strangers(), Some(StrangerAnswer::Unknown));
}

#[test]
fn an_offer_that_is_over_is_gone() {
    let held = Counters { held: 1, ..Counters::default() };
    let gone = [
        Coupon { paused_at: Some(days(-1)), ..coupon() },
        Coupon { valid_until: Some(instant()), ..coupon() },
        Coupon { max_uses: Some(0), ..coupon() },
        Coupon { budget: Some(0), ..coupon() },
        Coupon { max_uses: Some(1), counters: held, ..coupon() },
    ];
    for coupon in gone {
        assert_eq!(answer(&coupon), Some(StrangerAnswer::Ended));
    }
}
