//! A redemption that exists is moved along: confirmed, released, expired, reversed, or honoured. Which event is possible in
//! which state is the table of the design, and stands in [`change`] once.

use super::book::Book;
use super::command::{Change as Command, Event};
use super::effects;
use super::reply::{Receipt, Reply};
use crate::audit::{Actor, Change};
use crate::coupons::coupon::UseCounters;
use crate::coupons::rule::late_confirm;
use crate::coupons::tenant::voice;
use crate::error::Error;
use crate::redemptions::redemption::{Redemption, State};
use crate::redemptions::shortfall;
use crate::redemptions::world::{Holder, Pot, World};
use chrono::{DateTime, Utc};
use sea_orm::DatabaseTransaction;
use uuid::Uuid;

/// Moves it along, as far as its state allows.
pub(super) async fn change(
    tx: &DatabaseTransaction,
    world: &mut World,
    book: &mut Book,
    command: &Command,
) -> Result<Reply, Error> {
    use Event::{Confirm, Expire, Honour, Release, Resolve, Reverse};
    use State::{Confirmed, Expired, Held, Released, Reversed};
    let Some(it) = world.redemption(command.id).cloned() else { return Ok(Reply::NotFound) };
    let state = it.state;
    let follows = matches!(command.event, Confirm | Release | Honour | Resolve);
    if follows && it.goes_with_an_order() && command.beside.is_none() {
        return Ok(Reply::OfOrder { order: it.order_ref.unwrap_or_default() });
    }
    Ok(match (state, &command.event) {
        (Held, Confirm) => confirm(world, book, command, it, "redemption.confirmed"),
        (Held, Release) => release(world, book, command),
        (Released | Expired, Confirm) => confirm_late(world, book, command, it),
        (Released | Expired, Honour) => honour(world, book, command, it),
        (Confirmed, Reverse(lines)) => reverse(tx, world, book, command, (it, lines.as_deref())).await?,
        (_, Resolve) if it.needs_attention.is_some() => resolve(world, book, command, it),
        // The hold is not over yet, or its time was over before and it is retired already: nothing to do.
        (_, Expire | Resolve)
        | (Confirmed, Confirm | Honour)
        | (Released | Expired, Release)
        | (Reversed, Reverse(_)) => Reply::Done(Box::new(receipt(world, it, String::new(), true))),
        (Held, Reverse(_) | Honour) | (Confirmed, Release) | (Released | Expired, Reverse(_)) => {
            Reply::WrongState { state }
        }
        (Reversed, Confirm | Release | Honour) => Reply::WrongState { state },
    })
}

/// What is said of a redemption as it is now.
pub(super) fn receipt(world: &World, redemption: Redemption, did: String, again: bool) -> Receipt {
    let code = world.codes.get(&redemption.code_id).map(|code| code.text.to_string()).unwrap_or_default();
    Receipt { redemption, code, did, limits: Vec::new(), missing: 0, extended: false, again }
}

/// Retires the holds whose time is over, as the system's own act.
pub(super) fn expire_overdue(world: &mut World, book: &mut Book, now: DateTime<Utc>) {
    while let Some(id) = world.next_overdue(now) {
        let actor = Actor::system("hold time");
        if let_go(world, book, &actor, id, State::Expired, None, now).is_none() {
            break;
        }
    }
}

/// Ends a hold without a use: released or expired.
pub(super) fn let_go(
    world: &mut World,
    book: &mut Book,
    actor: &Actor,
    id: Uuid,
    state: State,
    reason: Option<&str>,
    now: DateTime<Utc>,
) -> Option<Redemption> {
    let before = world.end(id, state, now)?;
    let mut after = world.redemption(id)?.clone();
    after.reason = reason.map(str::to_owned);
    world.put(after.clone());
    let action = if state == State::Expired { "redemption.expired" } else { "redemption.released" };
    let changes = vec![states(before.state, state)];
    book.note(world, actor, action, &after, changes, reason);
    book.changed(id);
    Some(after)
}

fn release(world: &mut World, book: &mut Book, command: &Command) -> Reply {
    let reason = command.reason.as_deref();
    match let_go(world, book, &command.actor, command.id, State::Released, reason, command.now) {
        Some(released) => Reply::Done(Box::new(receipt(world, released, String::new(), false))),
        None => Reply::NotFound,
    }
}

/// Confirms on the frozen terms, whatever happened to the coupon meanwhile.
fn confirm(world: &mut World, book: &mut Book, command: &Command, it: Redemption, action: &'static str) -> Reply {
    if it.state == State::Held {
        world.count(&it, Pot::Held, &it.takes(), -1);
    }
    world.count(&it, Pot::Used, &it.takes(), 1);
    let change = states(it.state, State::Confirmed);
    let holders = [it.person.map(Holder::Person), it.organization.map(Holder::Organization)];
    world.applied_at.extend(holders.into_iter().flatten().map(|holder| ((it.code_id, holder), command.now)));
    let confirmed = Redemption {
        state: State::Confirmed,
        held_until: None,
        ended_at: None,
        needs_attention: None,
        reason: None,
        confirmed_at: Some(command.now),
        ..it
    };
    settle(world, book, command, action, confirmed, vec![change], String::new())
}

/// Paid after the hold was gone: takes its uses again if they are free.
fn confirm_late(world: &mut World, book: &mut Book, command: &Command, it: Redemption) -> Reply {
    if let Some(taken) = sibling(world, &it) {
        return taken;
    }
    let known = world.coupons.get(&it.coupon_id).zip(world.codes.get(&it.code_id));
    let Some((coupon, code)) = known else { return Reply::NotFound };
    match late_confirm(coupon, code, &it.takes(), &world.facts_of(&it, command.now)) {
        Ok(release) => {
            for id in release {
                let reason = Some("Given up for another order");
                let_go(world, book, &command.actor, id, State::Released, reason, command.now);
            }
            confirm(world, book, command, it, "redemption.confirmed")
        }
        Err(refusal) => {
            let why = refusal.reason(&voice(&world.tenant, command.now));
            let sentence = format!("It was paid after its hold was gone. {why} Refund the order, or honour it.");
            if it.needs_attention.as_ref() != Some(&sentence) {
                let change = Change::new("needs_attention", it.needs_attention.clone(), sentence.clone());
                let flagged = Redemption { needs_attention: Some(sentence), ..it };
                settle(world, book, command, "redemption.needs_attention", flagged, vec![change], String::new());
            }
            Reply::TooLate { refusal }
        }
    }
}

/// Keeps what was paid too late: the maxima are raised by what it takes.
fn honour(world: &mut World, book: &mut Book, command: &Command, it: Redemption) -> Reply {
    if let Some(taken) = sibling(world, &it) {
        return taken;
    }
    let takes = it.takes();
    let mut raised = Vec::new();
    let room = |max: Option<i64>, counters: UseCounters, need: i64| {
        max.filter(|max| counters.uses + counters.held + need > *max).map(|_| counters.uses + counters.held + need)
    };
    if let Some(coupon) = world.coupons.get_mut(&it.coupon_id) {
        if let Some(max) = room(coupon.max_uses, coupon.counters.use_counters(), takes.uses) {
            raised.push(Change::new("max_uses", coupon.max_uses, max));
            coupon.max_uses = Some(max);
        }
        let money = UseCounters { uses: coupon.counters.spent, held: coupon.counters.spent_held };
        if let Some(budget) = room(coupon.budget, money, takes.spent) {
            raised.push(Change::new("budget", coupon.budget, budget));
            coupon.budget = Some(budget);
        }
        if !raised.is_empty() {
            coupon.version += 1;
            book.raised_coupons.insert(coupon.id);
        }
    }
    if let Some(code) = world.codes.get_mut(&it.code_id)
        && let Some(max) = room(code.max_uses, code.counters, takes.uses)
    {
        raised.push(Change::new("code max_uses", code.max_uses, max));
        code.max_uses = Some(max);
        book.raised_codes.insert(code.id);
    }
    let reply = confirm(world, book, command, it, "redemption.honoured");
    book.add_changes(raised);
    reply
}

/// Nothing is left to do about it; its state stays as it is.
fn resolve(world: &mut World, book: &mut Book, command: &Command, it: Redemption) -> Reply {
    let change = Change::new("needs_attention", it.needs_attention.clone(), None::<String>);
    let resolved = Redemption { needs_attention: None, ..it };
    settle(world, book, command, "redemption.resolved", resolved, vec![change], String::new())
}

/// Another redemption that takes the same order by now.
fn sibling(world: &World, it: &Redemption) -> Option<Reply> {
    let taken = it.order().and_then(|order| world.of_order(&order)).filter(|other| other.id != it.id)?;
    Some(Reply::OrderTaken { redemption: taken.id, state: taken.state })
}

/// Takes back some lines or all that is left of it. Nothing is deleted.
async fn reverse(
    tx: &DatabaseTransaction,
    world: &mut World,
    book: &mut Book,
    command: &Command,
    (it, lines): (Redemption, Option<&[(usize, i64)]>),
) -> Result<Reply, Error> {
    let mut after = it.clone();
    match lines {
        Some(lines) => {
            for (number, quantity) in lines {
                let Some(line) = after.lines.get_mut(*number) else {
                    return Ok(Reply::TooManyUnits { line: *number, left: 0 });
                };
                if *quantity < 1 || *quantity > line.left() {
                    return Ok(Reply::TooManyUnits { line: *number, left: line.left() });
                }
                line.reverse(*quantity);
            }
        }
        None => after.lines.iter_mut().for_each(|line| line.reverse(line.left())),
    }
    let mut changes: Vec<Change> = units_changed(&it, &after);
    let (mut missing, reason) = (0, command.reason.clone().unwrap_or_default());
    if after.is_wholly_reversed() {
        (after.state, after.ended_at) = (State::Reversed, Some(command.now));
        changes.insert(0, states(it.state, State::Reversed));
        let (undone, spent) = effects::take_back(tx, world, book, &it, &reason, command.now).await?;
        changes.extend(undone);
        missing = spent;
    }
    after.reason = Some(reason).filter(|reason| !reason.is_empty());
    if missing > 0 {
        after.needs_attention = Some(shortfall::sentence(world.tenant.currency, missing));
    }
    if it.restores() {
        world.count(&it, Pot::Used, &after.given_back_since(&it), -1);
    }
    let reply = settle(world, book, command, "redemption.reversed", after, changes, String::new());
    Ok(match reply {
        Reply::Done(receipt) => Reply::Done(Box::new(Receipt { missing, ..*receipt })),
        other => other,
    })
}

fn units_changed(before: &Redemption, after: &Redemption) -> Vec<Change> {
    let pairs = before.lines.iter().zip(&after.lines);
    let moved = pairs.filter(|(was, is)| was.reversed.quantity != is.reversed.quantity);
    moved
        .map(|(was, is)| {
            let label = is.name.clone().unwrap_or_else(|| is.product.to_string());
            Change::new(&format!("reversed units of {label}"), was.reversed.quantity, is.reversed.quantity)
        })
        .collect()
}

fn states(before: State, after: State) -> Change {
    Change::new("state", before.word(), after.word())
}

/// Puts the changed redemption into the world and into the book.
fn settle(
    world: &mut World,
    book: &mut Book,
    command: &Command,
    action: &'static str,
    after: Redemption,
    changes: Vec<Change>,
    did: String,
) -> Reply {
    book.note(world, &command.actor, action, &after, changes, command.reason.as_deref());
    book.changed(after.id);
    world.put(after.clone());
    Reply::Done(Box::new(receipt(world, after, did, false)))
}
