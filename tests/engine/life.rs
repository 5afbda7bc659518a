//! The life of a redemption: every cell of the table of states and events.

use crate::till::{HOLD, Till, done, tickets};
use chrono::Duration;
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};
use support::prelude::*;
use vouchsafe::coupons::basket::Item;
use vouchsafe::coupons::coupon::ProductKey;
use vouchsafe::coupons::refusal::{HeldLimit, Refusal};
use vouchsafe::db::tables::{audit_entries, usage_counters};
use vouchsafe::error::Error;
use vouchsafe::redemptions::desk::{Event, Reply};
use vouchsafe::redemptions::redemption::State;

/// What a coupon has used and held.
async fn counted(app: &App, coupon: uuid::Uuid) -> (i64, i64, i64, i64) {
    let row = make::coupon_row(app, coupon).await;
    (row.uses, row.held, row.spent, row.spent_held)
}

/// A counter beside the coupon's own: its uses and its holds.
async fn counter(app: &App, scope: &str, owner: uuid::Uuid) -> Option<(i64, i64)> {
    use usage_counters::{Column, Entity};
    let find = Entity::find().filter(Column::Scope.eq(scope)).filter(Column::OwnerId.eq(owner));
    find.one(app.db.read()).await.unwrap().map(|row| (row.uses, row.held))
}

async fn actions(app: &App, id: uuid::Uuid) -> Vec<String> {
    use audit_entries::{Column, Entity};
    let find = Entity::find().filter(Column::RedemptionId.eq(id));
    let mut rows = find.all(app.db.read()).await.unwrap();
    rows.sort_by_key(|row| row.id);
    rows.into_iter().map(|row| row.action).collect()
}

fn wrong(state: State) -> Reply {
    Reply::WrongState { state }
}

on_both_databases! {
    async fn a_hold_counts_against_the_limit_until_it_is_confirmed(app: App) {
        let coupon = make::coupon().percent("10").max_uses(1).create(&app).await;
        let till = Till::open(&app).await;
        let held = till.checkout(&coupon.code).order("A-1").done().await.redemption;
        assert_eq!((held.state, held.held_until), (State::Held, Some(till.now + HOLD)));
        assert_eq!((held.amount_before, held.discount, held.total()), (1_000, 100, 900));
        assert_eq!(counted(&app, coupon.id).await, (0, 1, 0, 100));
        let refusal = till.checkout(&coupon.code).order("A-2").refused().await;
        assert_eq!(refusal, Refusal::Held { limit: HeldLimit::Coupon, until: held.held_until }, "not exhausted: held");
        let confirmed = done(till.confirm(held.id).await);
        assert_eq!((confirmed.redemption.state, confirmed.again), (State::Confirmed, false));
        assert_eq!(counted(&app, coupon.id).await, (1, 0, 100, 0));
        assert!(matches!(till.checkout(&coupon.code).order("A-3").refused().await, Refusal::Exhausted { .. }));
        assert_eq!(actions(&app, held.id).await, ["redemption.held", "redemption.confirmed"]);
    }

    async fn a_second_confirm_gets_the_same_answer_and_counts_once(app: App) {
        let coupon = make::coupon().create(&app).await;
        let till = Till::open(&app).await;
        let held = till.checkout(&coupon.code).order("A-1").done().await.redemption;
        let first = done(till.confirm(held.id).await);
        for _ in 0..4 {
            let again = done(till.later(Duration::hours(2)).confirm(held.id).await);
            assert_eq!((again.again, again.redemption), (true, first.redemption.clone()));
        }
        assert_eq!(counted(&app, coupon.id).await, (1, 0, 100, 0));
        assert_eq!(actions(&app, held.id).await.len(), 2);
    }

    async fn a_failed_payment_gives_the_use_back_at_once(app: App) {
        let coupon = make::coupon().max_uses(1).create(&app).await;
        let till = Till::open(&app).await;
        let held = till.checkout(&coupon.code).order("A-1").person("ada").done().await.redemption;
        let released = done(till.release(held.id).await);
        assert_eq!((released.redemption.state, released.again), (State::Released, false));
        assert!(done(till.release(held.id).await).again, "the same answer");
        assert_eq!(counted(&app, coupon.id).await, (0, 0, 0, 0));
        assert_eq!(counter(&app, "person", coupon.id).await, Some((0, 0)));
        let retried = till.checkout(&coupon.code).order("A-1").person("ada").done().await.redemption;
        assert_ne!(retried.id, held.id, "every hold is a redemption of its own");
    }

    async fn a_hold_is_over_at_the_stated_instant_and_its_use_is_free(app: App) {
        let coupon = make::coupon().max_uses(1).create(&app).await;
        let till = Till::open(&app).await;
        let held = till.checkout(&coupon.code).order("A-1").done().await.redemption;
        let just_before = till.later(HOLD - Duration::microseconds(1));
        assert!(matches!(just_before.checkout(&coupon.code).order("A-2").refused().await, Refusal::Held { .. }));
        let at_the_end = till.later(HOLD);
        at_the_end.checkout(&coupon.code).order("A-2").done().await;
        assert_eq!(counted(&app, coupon.id).await, (0, 1, 0, 100));
        assert_eq!(actions(&app, held.id).await, ["redemption.held", "redemption.expired"]);
        assert!(done(till.later(HOLD).release(held.id).await).again, "released and expired end alike");
    }

    async fn a_hold_that_is_over_counts_for_nothing_in_what_is_only_looked_at(app: App) {
        use vouchsafe::redemptions::world::{Ask, World};
        let coupon = make::coupon().max_uses(1).create(&app).await;
        let till = Till::open(&app).await;
        till.checkout(&coupon.code).order("A-1").done().await;
        for (after, allowed) in [(HOLD - Duration::seconds(1), false), (HOLD, true)] {
            let ask = Ask::preview(&coupon.code);
            let world = World::look(app.db.read(), &till.tenant, std::slice::from_ref(&ask), till.now + after).await.unwrap();
            assert_eq!(world.decide(&ask, till.now + after).outcome.is_ok(), allowed);
        }
        assert_eq!(counted(&app, coupon.id).await, (0, 1, 0, 100), "looking changes nothing");
    }

    async fn the_same_order_again_extends_its_hold_and_counts_once(app: App) {
        let coupon = make::coupon().max_uses(1).create(&app).await;
        let till = Till::open(&app).await;
        let order = |till: &Till| till.checkout(&coupon.code).order("A-1").person("ada");
        let held = order(&till).done().await.redemption;
        let later = till.later(Duration::minutes(30));
        let extended = order(&later).done().await.redemption;
        assert_eq!((extended.id, extended.held_until), (held.id, Some(later.now + HOLD)));
        assert_eq!(counted(&app, coupon.id).await, (0, 1, 0, 100));
        assert_eq!(actions(&app, held.id).await, ["redemption.held", "redemption.extended"]);
    }

    async fn a_hold_is_never_extended_beyond_a_day(app: App) {
        let coupon = make::coupon().create(&app).await;
        let till = Till::open(&app).await;
        let mut end = till.checkout(&coupon.code).order("A-1").held_for(Duration::days(9)).done().await.redemption.held_until;
        assert_eq!(end, Some(till.now + Duration::days(1)));
        for hours in [1, 12, 23] {
            let later = till.later(Duration::hours(hours));
            end = later.checkout(&coupon.code).order("A-1").held_for(Duration::hours(20)).done().await.redemption.held_until;
            assert_eq!(end, Some(till.now + Duration::days(1)), "after {hours} hours");
        }
    }

    async fn another_content_of_the_same_order_swaps_the_hold_in_one_step(app: App) {
        let coupon = make::coupon().max_uses(3).create(&app).await;
        let till = Till::open(&app).await;
        let first = till.checkout(&coupon.code).order("A-1").items(vec![tickets("concert", 1_000, 3)]).done().await.redemption;
        assert_eq!(counted(&app, coupon.id).await, (0, 3, 0, 300));
        let second = till.checkout(&coupon.code).order("A-1").items(vec![tickets("opera", 2_000, 2)]).done().await.redemption;
        assert_ne!(first.id, second.id);
        assert_eq!(counted(&app, coupon.id).await, (0, 2, 0, 400), "its own hold did not stand in its way");
        assert_eq!(actions(&app, first.id).await, ["redemption.held", "redemption.released"]);
        assert_eq!(done(till.confirm(second.id).await).redemption.state, State::Confirmed);
    }

    async fn a_refused_swap_keeps_the_old_hold(app: App) {
        let coupon = make::coupon().max_uses(2).create(&app).await;
        let till = Till::open(&app).await;
        let first = till.checkout(&coupon.code).order("A-1").done().await.redemption;
        let refusal = till.checkout("NO-SUCH-CODE").order("A-1").refused().await;
        assert!(matches!(refusal, Refusal::UnknownCode { .. }));
        assert_eq!(counted(&app, coupon.id).await, (0, 1, 0, 100));
        assert_eq!(done(till.confirm(first.id).await).redemption.state, State::Confirmed);
    }

    async fn a_confirmed_or_reversed_order_takes_no_other_hold(app: App) {
        let coupon = make::coupon().create(&app).await;
        let till = Till::open(&app).await;
        let held = till.checkout(&coupon.code).order("A-1").done().await.redemption;
        done(till.confirm(held.id).await);
        let taken = |state| Reply::OrderTaken { redemption: held.id, state };
        assert_eq!(till.checkout(&coupon.code).order("A-1").ask().await, taken(State::Confirmed));
        done(till.reverse(held.id).await);
        assert_eq!(till.checkout(&coupon.code).order("A-1").ask().await, taken(State::Reversed));
    }

    async fn a_held_redemption_cannot_be_reversed_and_a_confirmed_one_not_released(app: App) {
        let coupon = make::coupon().create(&app).await;
        let till = Till::open(&app).await;
        let held = till.checkout(&coupon.code).done().await.redemption;
        assert_eq!(till.reverse(held.id).await, wrong(State::Held));
        assert_eq!(till.change(held.id, Event::Honour).await, wrong(State::Held));
        done(till.confirm(held.id).await);
        assert_eq!(till.release(held.id).await, wrong(State::Confirmed));
        assert_eq!(counted(&app, coupon.id).await, (1, 0, 100, 0));
    }

    async fn a_released_redemption_cannot_be_reversed_and_a_reversed_one_neither_confirmed_nor_released(app: App) {
        let coupon = make::coupon().create(&app).await;
        let till = Till::open(&app).await;
        let released = till.checkout(&coupon.code).done().await.redemption;
        done(till.release(released.id).await);
        assert_eq!(till.reverse(released.id).await, wrong(State::Released));
        let reversed = till.checkout(&coupon.code).done().await.redemption;
        done(till.confirm(reversed.id).await);
        assert!(!done(till.reverse(reversed.id).await).again);
        assert!(done(till.reverse(reversed.id).await).again, "the same answer");
        for event in [Event::Confirm, Event::Release, Event::Honour] {
            assert_eq!(till.change(reversed.id, event).await, wrong(State::Reversed));
        }
        assert_eq!(counted(&app, coupon.id).await, (0, 0, 0, 0));
    }

    async fn a_payment_that_comes_late_takes_its_uses_again_if_they_are_free(app: App) {
        let coupon = make::coupon().max_uses(1).create(&app).await;
        let till = Till::open(&app).await;
        let held = till.checkout(&coupon.code).order("A-1").done().await.redemption;
        let late = till.later(HOLD + Duration::minutes(5));
        let confirmed = done(late.confirm(held.id).await).redemption;
        assert_eq!((confirmed.state, confirmed.confirmed_at), (State::Confirmed, Some(late.now)));
        assert_eq!(counted(&app, coupon.id).await, (1, 0, 100, 0));
        let all = ["redemption.held", "redemption.expired", "redemption.confirmed"];
        assert_eq!(actions(&app, held.id).await, all);
    }

    async fn a_payment_that_comes_too_late_needs_attention_and_can_be_honoured(app: App) {
        let coupon = make::coupon().max_uses(1).with(|row| row.budget = Set(Some(150))).create(&app).await;
        let till = Till::open(&app).await;
        let held = till.checkout(&coupon.code).order("A-1").done().await.redemption;
        let late = till.later(HOLD);
        let other = late.checkout(&coupon.code).order("A-2").done().await.redemption;
        done(late.confirm(other.id).await);
        for _ in 0..2 {
            assert!(matches!(late.confirm(held.id).await, Reply::TooLate { refusal: Refusal::Exhausted { .. } }));
        }
        let said = actions(&app, held.id).await;
        assert_eq!(said, ["redemption.held", "redemption.expired", "redemption.needs_attention"], "said once");
        let honoured = done(late.change(held.id, Event::Honour).await).redemption;
        assert_eq!((honoured.state, honoured.needs_attention), (State::Confirmed, None));
        assert_eq!(counted(&app, coupon.id).await, (2, 0, 200, 0));
        let row = make::coupon_row(&app, coupon.id).await;
        assert_eq!((row.max_uses, row.budget), (Some(2), Some(200)), "raised by what it takes");
        let entry = audit_entries::Entity::find()
            .filter(audit_entries::Column::Action.eq("redemption.honoured")).one(app.db.read()).await.unwrap().unwrap();
        assert!(entry.changes.to_string().contains("max_uses"), "{}", entry.changes);
    }

    async fn what_needs_attention_is_dealt_with_once_and_stays_what_it_is(app: App) {
        let coupon = make::coupon().max_uses(1).create(&app).await;
        let till = Till::open(&app).await;
        let held = till.checkout(&coupon.code).order("A-1").done().await.redemption;
        assert!(matches!(till.change(held.id, Event::Resolve).await, Reply::Done(receipt) if receipt.again), "nothing to do");
        let late = till.later(HOLD);
        let other = late.checkout(&coupon.code).order("A-2").done().await.redemption;
        done(late.confirm(other.id).await);
        assert!(matches!(late.confirm(held.id).await, Reply::TooLate { .. }));
        let resolved = done(late.change(held.id, Event::Resolve).await).redemption;
        assert_eq!((resolved.state, resolved.needs_attention), (State::Expired, None));
        done(late.change(held.id, Event::Resolve).await);
        let all = ["redemption.held", "redemption.expired", "redemption.needs_attention", "redemption.resolved"];
        assert_eq!(actions(&app, held.id).await, all, "said once");
        assert_eq!(counted(&app, coupon.id).await, (1, 0, 100, 0));
    }

    async fn a_late_payment_whose_order_has_another_redemption_is_told_which(app: App) {
        let coupon = make::coupon().create(&app).await;
        let till = Till::open(&app).await;
        let old = till.checkout(&coupon.code).order("A-1").done().await.redemption;
        done(till.release(old.id).await);
        let new = till.checkout(&coupon.code).order("A-1").done().await.redemption;
        let taken = Reply::OrderTaken { redemption: new.id, state: State::Held };
        assert_eq!(till.confirm(old.id).await, taken);
        assert_eq!(till.change(old.id, Event::Honour).await, taken);
        assert_eq!(counted(&app, coupon.id).await, (0, 1, 0, 100));
    }

    async fn a_hold_is_confirmed_on_its_frozen_terms_whatever_happened_to_the_coupon(app: App) {
        use sea_orm::ConnectionTrait;
        let coupon = make::coupon().percent("25").create(&app).await;
        let till = Till::open(&app).await;
        let held = till.checkout(&coupon.code).order("A-1").done().await.redemption;
        let tx = app.db.begin().await.unwrap();
        let change = "UPDATE coupons SET paused_at = created_at, deleted_at = created_at, percentage_bp = 100";
        tx.execute_unprepared(change).await.unwrap();
        tx.commit().await.unwrap();
        let confirmed = done(till.confirm(held.id).await).redemption;
        assert_eq!((confirmed.state, confirmed.discount), (State::Confirmed, 250));
        assert_eq!(confirmed.terms, held.terms);
    }

    async fn reversing_some_units_gives_back_what_they_took_from_every_limit(app: App) {
        let coupon = make::coupon().percent("100").max_uses(9).create(&app).await;
        let till = Till::open(&app).await;
        let order = till.checkout(&coupon.code).person("ada").items(vec![tickets("concert", 1_000, 3)]).instant();
        let redeemed = order.done().await.redemption;
        assert_eq!((redeemed.state, redeemed.total()), (State::Confirmed, 0));
        assert_eq!(counter(&app, "free", redeemed.person.unwrap()).await, Some((3, 0)));
        let part = done(till.change(redeemed.id, Event::Reverse(Some(vec![(0, 2)]))).await).redemption;
        assert_eq!((part.state, part.lines[0].reversed.quantity), (State::Confirmed, 2));
        assert_eq!(counted(&app, coupon.id).await, (1, 0, 1_000, 0));
        assert_eq!(counter(&app, "free", redeemed.person.unwrap()).await, Some((1, 0)));
        assert_eq!(counter(&app, "product", coupon.id).await, Some((1, 0)));
        assert_eq!(counter(&app, "person", coupon.id).await, Some((1, 0)));
        let too_many = till.change(redeemed.id, Event::Reverse(Some(vec![(0, 2)]))).await;
        assert_eq!(too_many, Reply::TooManyUnits { line: 0, left: 1 });
        let rest = done(till.change(redeemed.id, Event::Reverse(Some(vec![(0, 1)]))).await).redemption;
        assert_eq!(rest.state, State::Reversed);
        assert_eq!(counted(&app, coupon.id).await, (0, 0, 0, 0));
    }

    async fn an_order_takes_one_use_and_gives_it_back_with_its_last_unit(app: App) {
        let coupon = make::coupon().fixed("6").create(&app).await;
        let till = Till::open(&app).await;
        let held = till.checkout(&coupon.code).items(vec![tickets("concert", 1_000, 3)]).done().await.redemption;
        done(till.confirm(held.id).await);
        assert_eq!(counted(&app, coupon.id).await, (1, 0, 600, 0));
        done(till.change(held.id, Event::Reverse(Some(vec![(0, 2)]))).await);
        assert_eq!(counted(&app, coupon.id).await, (1, 0, 200, 0), "the use stays while a unit does");
        done(till.change(held.id, Event::Reverse(Some(vec![(0, 1)]))).await);
        assert_eq!(counted(&app, coupon.id).await, (0, 0, 0, 0));
    }

    async fn a_reversal_keeps_the_uses_where_the_coupon_says_never(app: App) {
        let coupon = make::coupon().max_uses(1).with(|row| row.restore_uses = Set("never".to_owned())).create(&app).await;
        let till = Till::open(&app).await;
        let held = till.checkout(&coupon.code).order("A-1").done().await.redemption;
        done(till.confirm(held.id).await);
        assert_eq!(done(till.reverse(held.id).await).redemption.state, State::Reversed);
        assert_eq!(counted(&app, coupon.id).await, (1, 0, 100, 0));
        assert!(matches!(till.checkout(&coupon.code).order("A-2").refused().await, Refusal::Exhausted { .. }));
    }

    async fn a_release_always_gives_the_use_back_even_where_a_reversal_never_does(app: App) {
        let coupon = make::coupon().max_uses(1).with(|row| row.restore_uses = Set("never".to_owned())).create(&app).await;
        let till = Till::open(&app).await;
        let held = till.checkout(&coupon.code).order("A-1").done().await.redemption;
        done(till.release(held.id).await);
        till.checkout(&coupon.code).order("A-2").done().await;
    }

    async fn an_order_with_something_to_pay_is_not_redeemed_at_once(app: App) {
        let coupon = make::coupon().percent("99").create(&app).await;
        let till = Till::open(&app).await;
        assert_eq!(till.checkout(&coupon.code).instant().ask().await, Reply::PaymentRequired { total: 10 });
        assert_eq!(counted(&app, coupon.id).await, (0, 0, 0, 0));
    }

    async fn ones_own_unpaid_hold_steps_aside_for_the_next_order(app: App) {
        let coupon = make::coupon().max_uses(1).create(&app).await;
        let till = Till::open(&app).await;
        let abandoned = till.checkout(&coupon.code).order("A-1").email("Ada+cart@example.org").done().await.redemption;
        assert!(matches!(till.checkout(&coupon.code).order("B-1").person("eve").refused().await, Refusal::Held { .. }));
        let next = till.checkout(&coupon.code).order("A-2").email("ada@example.org").done().await.redemption;
        assert_eq!(next.person, abandoned.person, "one mailbox is one person");
        assert_eq!(counted(&app, coupon.id).await, (0, 1, 0, 100));
        assert_eq!(actions(&app, abandoned.id).await, ["redemption.held", "redemption.released"]);
    }

    async fn all_orders_of_an_organization_share_its_uses(app: App) {
        let coupon = make::coupon().per_organization(Some(1)).create(&app).await;
        let (north, south) = (make::organization(&app, "North").await.id, make::organization(&app, "South").await.id);
        let till = Till::open(&app).await;
        let order = |organization, person: &str| till.checkout(&coupon.code).person(person).organization(organization);
        let held = order(north, "ada").done().await.redemption;
        let limit = HeldLimit::Organization;
        assert_eq!(order(north, "eve").refused().await, Refusal::Held { limit, until: held.held_until });
        order(south, "eve").done().await;
        done(till.confirm(held.id).await);
        assert!(matches!(order(north, "eve").refused().await, Refusal::AlreadyApplied { .. }));
    }

    async fn a_held_organization_is_told_when_its_own_hold_ends(app: App) {
        let coupon = make::coupon().per_organization(Some(1)).create(&app).await;
        let (north, south) = (make::organization(&app, "North").await.id, make::organization(&app, "South").await.id);
        let till = Till::open(&app).await;
        let order = |organization, person: &str| till.checkout(&coupon.code).person(person).organization(organization);
        let held = order(north, "ada").held_for(Duration::hours(1)).done().await.redemption;
        order(south, "eve").held_for(Duration::minutes(2)).done().await;
        let limit = HeldLimit::Organization;
        assert_eq!(order(north, "eve").refused().await, Refusal::Held { limit, until: held.held_until });
    }

    async fn who_waits_for_a_product_is_told_when_the_first_hold_of_that_product_ends(app: App) {
        let coupon = make::coupon().percent("10").per_product(2).create(&app).await;
        let listed = make::product("Evening ticket").of_type("ticket").create(&app).await;
        let till = Till::open(&app).await;
        // One product by its sku alone, one of the catalogue.
        let concert = tickets("concert", 1_000, 1);
        for item in [concert.clone(), Item { product: ProductKey::Id(listed), ..concert }] {
            let order = |person: &str, item: &Item| till.checkout(&coupon.code).person(person).items(vec![item.clone()]);
            order("ada", &item).held_for(Duration::hours(3)).done().await;
            let first = order("bea", &item).held_for(Duration::hours(1)).done().await.redemption;
            let other = order("cyd", &tickets("play", 1_000, 1)).held_for(Duration::minutes(2)).done().await.redemption;
            let limit = HeldLimit::Product { product: item.label() };
            assert_eq!(order("eve", &item).refused().await, Refusal::Held { limit, until: first.held_until });
            done(till.release(other.id).await);
        }
    }

    async fn free_units_of_a_person_are_counted_over_all_coupons(app: App) {
        use sea_orm::ConnectionTrait;
        let tx = app.db.begin().await.unwrap();
        tx.execute_unprepared("UPDATE tenants SET free_claims_per_person = 2").await.unwrap();
        tx.commit().await.unwrap();
        let (one, two) = (make::coupon().percent("100").create(&app).await, make::coupon().percent("100").create(&app).await);
        let till = Till::open(&app).await;
        let order = |code: &str, quantity| till.checkout(code).person("ada").items(vec![tickets("concert", 1_000, quantity)]);
        order(&one.code, 1).instant().done().await;
        let held = order(&two.code, 1).order("A-1").done().await.redemption;
        assert!(matches!(order(&one.code, 2).instant().refused().await, Refusal::FreeClaimsLimit { left: 1, .. }));
        let swapped = order(&one.code, 1).instant().done().await.redemption;
        assert_eq!(swapped.state, State::Confirmed, "the hold of the other coupon stepped aside");
        assert_eq!(done(till.release(held.id).await).redemption.state, State::Released);
        assert!(matches!(order(&two.code, 1).instant().refused().await, Refusal::FreeClaimsLimit { left: 0, .. }));
        till.checkout(&two.code).person("eve").instant().done().await;
    }

    async fn names_that_turn_out_to_be_one_person_share_one_limit(app: App) {
        let coupon = make::coupon().with(|row| row.max_uses_per_person = Set(Some(2))).create(&app).await;
        let till = Till::open(&app).await;
        let first = till.checkout(&coupon.code).order("A-1").email("ada@example.org").done().await.redemption;
        let second = till.checkout(&coupon.code).order("A-2").person("customer-7").done().await.redemption;
        assert_ne!(first.person, second.person, "nobody said so yet");
        for it in [&first, &second] {
            done(till.confirm(it.id).await);
        }
        let both = till.checkout(&coupon.code).email("ada@example.org").person("customer-7");
        assert!(matches!(both.refused().await, Refusal::PersonLimit { max: 2 }));
        assert_eq!(counter(&app, "person", coupon.id).await, Some((2, 0)));
        done(till.reverse(second.id).await);
        assert_eq!(counter(&app, "person", coupon.id).await, Some((1, 0)));
    }

    async fn what_a_caller_writes_beside_its_command_stands_or_falls_with_it(app: App) {
        use futures_util::future::BoxFuture;
        use sea_orm::DatabaseTransaction;
        use std::sync::Arc;
        use vouchsafe::audit::{Actor as By, Entry, record};
        use vouchsafe::redemptions::desk::{Beside, Change};

        #[derive(Debug)]
        struct Paid { fails: bool, tenant: uuid::Uuid, now: chrono::DateTime<chrono::Utc> }
        impl Beside for Paid {
            fn write<'a>(&'a self, tx: &'a DatabaseTransaction, reply: &'a Reply) -> BoxFuture<'a, Result<(), Error>> {
                Box::pin(async move {
                    assert!(matches!(reply, Reply::Done(_)));
                    let entry = Entry { action: "order.paid", subject_kind: "order", ..Entry::default() };
                    record(tx, &By::system("shop"), self.tenant, entry, self.now).await?;
                    if self.fails { Err(Error::Conflict("the order is gone".to_owned())) } else { Ok(()) }
                })
            }
        }

        let coupon = make::coupon().create(&app).await;
        let till = Till::open(&app).await;
        let held = till.checkout(&coupon.code).order("A-1").done().await.redemption;
        let other = till.checkout(&coupon.code).order("A-2").done().await.redemption;
        let confirm = |id, fails| Change {
            tenant: till.tenant.clone(), actor: By::system("shop"), id, event: Event::Confirm, reason: None, request: None,
            beside: Some(Arc::new(Paid { fails, tenant: app.tenant, now: till.now })), now: till.now,
        };
        let (broken, fine) = tokio::join!(till.desk.change(confirm(held.id, true)), till.desk.change(confirm(other.id, false)));
        assert!(matches!(broken, Err(Error::Conflict(_))), "{broken:?}");
        done(fine.unwrap());
        assert_eq!(counted(&app, coupon.id).await, (1, 1, 100, 100), "its neighbour was not harmed");
        let paid = audit_entries::Entity::find().filter(audit_entries::Column::Action.eq("order.paid"));
        assert_eq!(paid.all(app.db.read()).await.unwrap().len(), 1);
    }

    async fn a_command_that_panics_fails_alone_and_the_desk_goes_on(app: App) {
        use futures_util::future::BoxFuture;
        use sea_orm::DatabaseTransaction;
        use std::sync::Arc;
        use vouchsafe::redemptions::desk::Beside;

        #[derive(Debug)]
        struct Careless;
        impl Beside for Careless {
            fn write<'a>(&'a self, _: &'a DatabaseTransaction, _: &'a Reply) -> BoxFuture<'a, Result<(), Error>> {
                Box::pin(async { panic!("nobody thought of this") })
            }
        }

        let coupon = make::coupon().create(&app).await;
        let till = Till::open(&app).await;
        let mut broken = till.checkout(&coupon.code).order("A-1").command();
        broken.beside = Some(Arc::new(Careless));
        let fine = till.checkout(&coupon.code).order("A-2").command();
        let (broken, fine) = tokio::join!(till.desk.enter(broken), till.desk.enter(fine));
        assert!(matches!(broken, Err(Error::Internal(_))), "{broken:?}");
        done(fine.unwrap());
        till.checkout(&coupon.code).order("A-3").done().await;
        assert_eq!(counted(&app, coupon.id).await, (0, 2, 0, 200), "what panicked changed nothing");
    }

    async fn a_hold_is_the_same_when_its_guest_turns_out_to_be_somebody_known(app: App) {
        let coupon = make::coupon().percent("10").create(&app).await;
        let till = Till::open(&app).await;
        till.checkout(&coupon.code).order("A-0").person("anna").done().await;
        let asked = || till.checkout(&coupon.code).order("A-1").email("anna@example.org");
        let guest = asked().done().await;
        let known = asked().person("anna").done().await;
        assert_eq!((known.redemption.id, known.extended), (guest.redemption.id, true));
        done(till.confirm(guest.redemption.id).await);
    }

    async fn a_leak_window_of_any_length_is_looked_back_over(app: App) {
        let watched = make::coupon().percent("100").with(|row| {
            row.leak_uses = Set(Some(3));
            row.leak_minutes = Set(Some(i64::MAX));
        });
        let coupon = watched.create(&app).await;
        let till = Till::open(&app).await;
        for _ in 0..3 {
            till.checkout(&coupon.code).instant().done().await;
        }
        assert_eq!(till.checkout(&coupon.code).instant().refused().await, Refusal::Paused);
    }

    async fn a_reused_key_and_its_twin_are_422_and_their_neighbours_share_their_commits(app: App) {
        use actix_web::http::StatusCode;
        use futures_util::future::join_all;
        use vouchsafe::redemptions::desk::Command;
        use vouchsafe::web::replay::Key;

        let coupon = make::coupon().create(&app).await;
        let till = Till::open(&app).await;
        let ask = async |order: &str, key: Option<&str>| {
            let mut enter = till.checkout(&coupon.code).order(order).command();
            let key_of = |content: &str| Key::new(app.tenant, "key:1".to_owned(), "POST /x", "k-1", content).unwrap();
            enter.request = key.map(key_of);
            till.desk.ask(Command::Enter(Box::new(enter))).await
        };
        ask("A-1", Some("one content")).await.unwrap();
        let before = app.db.begun();
        let others: Vec<String> = (2..12).map(|number| format!("A-{number}")).collect();
        let (reused, twin, neighbours) = tokio::join!(
            ask("A-1", Some("another")),
            ask("A-1", Some("another")),
            join_all(others.iter().map(|order| ask(order, None))),
        );
        for refused in [reused, twin] {
            assert!(matches!(&refused, Err(Error::Told(StatusCode::UNPROCESSABLE_ENTITY, _))), "{refused:?}");
        }
        assert!(neighbours.iter().all(Result::is_ok), "{neighbours:?}");
        let begun = app.db.begun() - before;
        assert!(begun <= 6, "{begun} transactions for 12 commands");
    }

    async fn a_code_that_is_used_too_fast_pauses_by_itself_and_says_so(app: App) {
        let watched = make::coupon().percent("100").with(|row| {
            row.leak_uses = Set(Some(3));
            row.leak_minutes = Set(Some(10));
        });
        let coupon = watched.create(&app).await;
        let till = Till::open(&app).await;
        for minutes in [0, 11, 12] {
            till.later(Duration::minutes(minutes)).checkout(&coupon.code).instant().done().await;
        }
        let soon = till.later(Duration::minutes(13));
        soon.checkout(&coupon.code).instant().done().await;
        assert_eq!(soon.checkout(&coupon.code).instant().refused().await, Refusal::Paused);
        let row = make::coupon_row(&app, coupon.id).await;
        assert_eq!((row.uses, row.paused_at), (4, Some(soon.now)));
        let entry = audit_entries::Entity::find()
            .filter(audit_entries::Column::Action.eq("coupon.leak_paused")).one(app.db.read()).await.unwrap().unwrap();
        assert!(entry.reason.unwrap().contains("3 uses within 10 minutes"));
    }

    async fn a_coupon_that_was_resumed_counts_for_leaks_from_then_on(app: App) {
        use vouchsafe::audit;
        use vouchsafe::coupons::actions::{Action, act};

        let watched = make::coupon().percent("100").with(|row| {
            row.leak_uses = Set(Some(3));
            row.leak_minutes = Set(Some(600));
        });
        let coupon = watched.create(&app).await;
        let till = Till::open(&app).await;
        for minutes in [0, 1, 2] {
            till.later(Duration::minutes(minutes)).checkout(&coupon.code).instant().done().await;
        }
        let checked = till.later(Duration::minutes(5));
        assert_eq!(checked.checkout(&coupon.code).instant().refused().await, Refusal::Paused);
        let tx = app.db.begin().await.unwrap();
        act(&tx, &audit::Actor::system("test"), app.tenant, Action::Resume, &[coupon.id], checked.now).await.unwrap();
        tx.commit().await.unwrap();
        for minutes in [6, 7, 8] {
            till.later(Duration::minutes(minutes)).checkout(&coupon.code).instant().done().await;
        }
        assert_eq!(till.later(Duration::minutes(9)).checkout(&coupon.code).instant().refused().await, Refusal::Paused);
    }
}

/// The desk waits ten seconds for a batch; this one is written by then, and its commit is on its way.
#[tokio::test]
async fn a_commit_that_takes_too_long_is_not_told_as_if_nothing_had_happened() {
    const SLOW: &str = "CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS \
        'BEGIN PERFORM pg_sleep(11); RETURN NULL; END'; \
        CREATE CONSTRAINT TRIGGER slow AFTER INSERT ON redemptions DEFERRABLE INITIALLY DEFERRED \
        FOR EACH ROW EXECUTE FUNCTION slow()";
    support::app::tell(Database::Postgres, |app| async move {
        let coupon = make::coupon().percent("100").create(&app).await;
        let tx = app.db.begin().await.unwrap();
        tx.execute_unprepared(SLOW).await.unwrap();
        tx.commit().await.unwrap();
        let till = Till::open(&app).await;
        let told = till.desk.enter(till.checkout(&coupon.code).instant().command()).await;
        assert!(matches!(told, Err(Error::Unknown(_))), "{told:?}");
        let mut looks = 0;
        while counted(&app, coupon.id).await.0 == 0 {
            looks += 1;
            assert!(looks < 50, "it arrived");
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        }
    })
    .await;
}
