//! Random lives of redemptions, held against a model that a page of paper could keep: whatever is asked in whatever order,
//! the desk answers as the model does, and the counters are what the model counts.

use crate::till::{HOLD, Till};
use chrono::{DateTime, Duration, Utc};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use std::collections::BTreeMap;
use support::prelude::*;
use uuid::Uuid;
use vouchsafe::coupons::refusal::Refusal;
use vouchsafe::db::tables::redemptions;
use vouchsafe::redemptions::desk::{Event, Reply};
use vouchsafe::redemptions::redemption::State;

const ORDERS: usize = 5;
const MOST: i64 = 3;
const CASES: usize = 12;

/// What somebody does.
#[derive(Clone, Debug)]
enum Step {
    /// Holds an order, each by another person.
    Hold(usize),
    /// Something happens to the latest redemption of an order.
    Happen(usize, Event),
    /// Minutes go by.
    Pass(i64),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let order = 0..ORDERS;
    let event = prop_oneof![
        4 => Just(Event::Confirm),
        2 => Just(Event::Release),
        2 => Just(Event::Reverse(None)),
        1 => Just(Event::Honour),
        1 => Just(Event::Resolve),
        1 => Just(Event::Expire),
    ];
    let step = prop_oneof![
        4 => order.clone().prop_map(Step::Hold),
        6 => (order, event).prop_map(|(order, event)| Step::Happen(order, event)),
        1 => (1_i64..50).prop_map(Step::Pass),
    ];
    prop::collection::vec(step, 1..45)
}

/// One redemption of the model.
#[derive(Clone, Debug)]
struct Known {
    id: Uuid,
    order: usize,
    state: State,
    /// Whether somebody has to look at it.
    is_flagged: bool,
    until: DateTime<Utc>,
    made: DateTime<Utc>,
}

/// The page of paper.
#[derive(Debug)]
struct Model {
    redemptions: Vec<Known>,
    most: i64,
    now: DateTime<Utc>,
}

impl Model {
    fn count(&self, state: State) -> i64 {
        self.redemptions.iter().filter(|it| it.state == state).count() as i64
    }

    fn retire(&mut self) {
        for it in self.redemptions.iter_mut().filter(|it| it.state == State::Held && it.until <= self.now) {
            it.state = State::Expired;
        }
    }

    fn latest(&mut self, order: usize) -> Option<&mut Known> {
        self.redemptions.iter_mut().rev().find(|it| it.order == order)
    }

    fn has_room(&self) -> bool {
        self.count(State::Held) + self.count(State::Confirmed) < self.most
    }

    /// The word for what a hold gets.
    fn hold(&mut self, order: usize) -> &'static str {
        self.retire();
        let now = self.now;
        if let Some(it) = self.latest(order).filter(|it| it.state.takes_the_order()) {
            if it.state != State::Held {
                return "taken";
            }
            it.until = it.until.max((now + HOLD).min(it.made + Duration::days(1)));
            return "extended";
        }
        if self.has_room() {
            "held"
        } else if self.count(State::Confirmed) < self.most {
            "refused: held"
        } else {
            "refused: exhausted"
        }
    }

    fn happen(&mut self, order: usize, event: &Event) -> &'static str {
        self.retire();
        let has_room = self.has_room();
        let most = self.most;
        let counted = self.count(State::Held) + self.count(State::Confirmed);
        let Some(it) = self.latest(order) else { return "nothing there" };
        match (it.state, event) {
            (_, Event::Resolve) if !it.is_flagged => return "again",
            (_, Event::Resolve) => it.is_flagged = false,
            (State::Held, Event::Confirm) => it.state = State::Confirmed,
            (State::Held, Event::Release) => it.state = State::Released,
            (State::Confirmed, Event::Reverse(_)) => it.state = State::Reversed,
            (State::Released | State::Expired, Event::Confirm) if has_room => {
                (it.state, it.is_flagged) = (State::Confirmed, false);
            }
            (State::Released | State::Expired, Event::Confirm) => {
                it.is_flagged = true;
                return "too late";
            }
            (State::Released | State::Expired, Event::Honour) => {
                (it.state, it.is_flagged) = (State::Confirmed, false);
                self.most = most.max(counted + 1);
            }
            (_, Event::Expire)
            | (State::Confirmed, Event::Confirm | Event::Honour)
            | (State::Released | State::Expired, Event::Release)
            | (State::Reversed, Event::Reverse(_)) => return "again",
            _ => return "wrong state",
        }
        "done"
    }
}

/// The same words for what the desk answers.
fn word(reply: &Reply) -> &'static str {
    match reply {
        Reply::Done(receipt) if receipt.extended => "extended",
        Reply::Done(receipt) if receipt.redemption.state == State::Held && !receipt.again => "held",
        Reply::Done(receipt) if receipt.again => "again",
        Reply::Done(_) => "done",
        Reply::OrderTaken { .. } => "taken",
        Reply::WrongState { .. } => "wrong state",
        Reply::TooLate { .. } => "too late",
        Reply::NotFound => "nothing there",
        Reply::Refused { refusal: Refusal::Held { .. } } => "refused: held",
        Reply::Refused { refusal: Refusal::Exhausted { .. } } => "refused: exhausted",
        other => panic!("the model knows no {other:?}"),
    }
}

async fn hold(till: &Till, code: &str, order: usize) -> Reply {
    till.checkout(code).order(&format!("{code}-{order}")).person(&format!("{code}-{order}")).ask().await
}

on_both_databases! {
    async fn whatever_happens_in_whatever_order_the_desk_does_what_the_model_does(app: App) {
        let mut runner = TestRunner::deterministic();
        for case in 0..CASES {
            let steps = steps().new_tree(&mut runner).unwrap().current();
            let coupon = make::coupon().fixed("1").max_uses(MOST).create(&app).await;
            let mut till = Till::open(&app).await;
            let mut model = Model { redemptions: Vec::new(), most: MOST, now: till.now };
            for (number, step) in steps.iter().enumerate() {
                let told = format!("case {case}, step {number} of {steps:?}\n{model:#?}");
                match step {
                    Step::Pass(minutes) => {
                        till = till.later(Duration::minutes(*minutes));
                        model.now = till.now;
                    }
                    Step::Hold(order) => {
                        let (reply, expected) = (hold(&till, &coupon.code, *order).await, model.hold(*order));
                        assert_eq!(word(&reply), expected, "{told}");
                        if let ("held", Reply::Done(receipt)) = (expected, &reply) {
                            let (id, now) = (receipt.redemption.id, till.now);
                            let made = Known { id, order: *order, state: State::Held, is_flagged: false, until: now + HOLD, made: now };
                            model.redemptions.push(made);
                        }
                    }
                    Step::Happen(order, event) => {
                        let id = model.latest(*order).map_or_else(Uuid::now_v7, |it| it.id);
                        let reply = till.change(id, event.clone()).await;
                        assert_eq!(word(&reply), model.happen(*order, event), "{told}");
                    }
                }
                let row = make::coupon_row(&app, coupon.id).await;
                // What is overdue stays in the counter until somebody needs it.
                assert!(row.held >= model.count(State::Held), "{told}");
                assert_eq!((row.uses, row.max_uses), (model.count(State::Confirmed), Some(model.most)), "{told}");
            }
            let rows = redemptions::Entity::find().filter(redemptions::Column::CouponId.eq(coupon.id));
            let states: BTreeMap<Uuid, String> =
                rows.all(app.db.read()).await.unwrap().into_iter().map(|row| (row.id, row.state)).collect();
            for it in model.redemptions.iter().filter(|it| it.state != State::Expired) {
                assert_eq!(states[&it.id], it.state.word(), "case {case}: {steps:?}");
            }
        }
    }

    async fn the_same_steps_all_at_once_leave_counters_that_equal_the_rows(app: App) {
        let mut runner = TestRunner::deterministic();
        for case in 0..CASES {
            let steps = steps().new_tree(&mut runner).unwrap().current();
            let coupon = make::coupon().fixed("1").max_uses(MOST).create(&app).await;
            let tills = [Till::open(&app).await, Till::open(&app).await];
            let mut ids: BTreeMap<usize, Uuid> = BTreeMap::new();
            for order in 0..ORDERS {
                if let Reply::Done(receipt) = hold(&tills[0], &coupon.code, order).await {
                    ids.insert(order, receipt.redemption.id);
                }
            }
            let all = steps.iter().zip(tills.iter().cycle()).map(|(step, till)| {
                let (ids, code) = (&ids, coupon.code.clone());
                async move {
                    match step {
                        Step::Hold(order) => drop(hold(till, &code, *order).await),
                        Step::Happen(order, event) => {
                            let id = ids.get(order).copied().unwrap_or_else(Uuid::now_v7);
                            drop(till.change(id, event.clone()).await);
                        }
                        Step::Pass(_) => {}
                    }
                }
            });
            futures_util::future::join_all(all).await;
            let row = make::coupon_row(&app, coupon.id).await;
            let rows = redemptions::Entity::find().filter(redemptions::Column::CouponId.eq(coupon.id));
            let rows = rows.all(app.db.read()).await.unwrap();
            let count = |state: State| rows.iter().filter(|row| row.state == state.word()).count() as i64;
            assert_eq!((row.uses, row.held), (count(State::Confirmed), count(State::Held)), "case {case}: {steps:?}");
            assert_eq!((row.spent, row.spent_held), (100 * row.uses, 100 * row.held));
            assert!(row.uses + row.held <= row.max_uses.unwrap(), "case {case}: {steps:?}");
            let mut live = BTreeMap::new();
            for row in rows.iter().filter(|row| State::from_word(&row.state).unwrap().takes_the_order()) {
                *live.entry(row.order_ref.clone()).or_insert(0) += 1;
            }
            assert!(live.values().all(|count| *count == 1), "an order has one live redemption: {live:?}");
        }
    }
}
