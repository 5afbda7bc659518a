//! What becomes of an order, with the credit that it drew.

use super::{Order, State, change, note};
use crate::audit::{Actor, Change};
use crate::coupons::refusal::Refusal;
use crate::db::tables::orders::{ActiveModel, Entity, Model};
use crate::db::{self, Db};
use crate::error::Error;
use crate::organizations::spending::{self, Spend, Spent};
use crate::redemptions::shortfall;
use crate::tenants::Tenant;
use chrono::{DateTime, Utc};
use sea_orm::{ActiveValue::Set, DatabaseTransaction, EntityTrait, QuerySelect};
use uuid::Uuid;

/// Why somebody has to look at an order whose credit is gone.
pub(super) const CREDIT_SPENT: &str = "It was paid after it had ended, and its credit was spent meanwhile.";

/// What happens to an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// Its payment succeeded.
    Confirm,
    /// Its payment failed, or it is cancelled.
    Release,
    /// Its time is over.
    Expire,
    /// It is paid back.
    Refund,
    /// It was paid too late, and is kept all the same.
    Honour,
    /// What needed attention was dealt with elsewhere: nothing else changes.
    Resolve,
}

/// What became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Settled {
    /// It is so now, or was already.
    Done(Box<Order>),
    /// In its state this cannot happen to it.
    WrongState(State),
    /// It was paid after its credit had gone back, and that is spent by now.
    /// It needs attention now.
    TooLate {
        /// As much as there is.
        balance: i64,
    },
    /// It was paid after its code had gone back, and that is used up by now. It needs attention now.
    UsedUp {
        /// What lacks room.
        refusal: Refusal,
    },
    /// The tenant has no such order.
    NotFound,
}

/// Moves an order along, with its credit. The order is locked before its organization.
///
/// # Errors
/// When the database does not answer.
pub async fn settle(
    tx: &DatabaseTransaction,
    actor: &Actor,
    (tenant, id): (&Tenant, Uuid),
    (event, reason): (Event, Option<String>),
    now: DateTime<Utc>,
) -> Result<Settled, Error> {
    let Some(order) = Entity::find_by_id((tenant.id, id)).lock_exclusive().one(tx).await? else {
        return Ok(Settled::NotFound);
    };
    let from = State::of(&order);
    if event == Event::Resolve {
        return resolve(tx, actor, order, reason, now).await;
    }
    let to = match next(&order, event, now) {
        Ok(Some(to)) => to,
        Ok(None) => return Ok(Settled::Done(Box::new(order))),
        Err(state) => return Ok(Settled::WrongState(state)),
    };
    let credit_drawn = match credit(tx, actor, (tenant, &order), (from, to, event), now).await? {
        Ok(drawn) => drawn,
        Err(balance) => {
            needs_attention(tx, actor, &order, CREDIT_SPENT, now).await?;
            return Ok(Settled::TooLate { balance });
        }
    };
    // Money that came for it is still there when its time is over.
    let keeps = matches!(event, Event::Expire | Event::Release);
    let needs_attention = order.needs_attention.clone().filter(|_| keeps);
    let after = Model {
        state: to.word().to_owned(),
        credit_drawn,
        expires_at: None,
        settled_at: Some(now),
        needs_attention: needs_attention.clone(),
        updated_at: now,
        ..order.clone()
    };
    let changed = ActiveModel {
        state: Set(after.state.clone()),
        credit_drawn: Set(credit_drawn),
        expires_at: Set(None),
        settled_at: Set(after.settled_at),
        needs_attention: Set(needs_attention),
        updated_at: Set(now),
        ..Default::default()
    };
    change(tx, &order, changed).await?;
    let changes = vec![Change::new("state", from.word(), to.word())];
    let action = if event == Event::Honour { "order.honoured" } else { to.action() };
    note(tx, actor, &after, (action, changes, reason), now).await?;
    Ok(Settled::Done(Box::new(after)))
}

/// Somebody has to look at an order, for this reason.
///
/// # Errors
/// [`Error::NotFound`] for an order that the tenant does not have.
pub async fn flag(
    db: &Db,
    actor: &Actor,
    (tenant, id): (Uuid, Uuid),
    sentence: &str,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let tx = db.begin().await?;
    let order = Entity::find_by_id((tenant, id)).lock_exclusive().one(&tx).await?.ok_or(Error::NotFound)?;
    needs_attention(&tx, actor, &order, sentence, now).await?;
    db::commit(tx).await
}

/// Nothing more is to be done about an order.
async fn resolve(
    tx: &DatabaseTransaction,
    actor: &Actor,
    order: Order,
    reason: Option<String>,
    now: DateTime<Utc>,
) -> Result<Settled, Error> {
    let Some(sentence) = order.needs_attention.clone() else { return Ok(Settled::Done(Box::new(order))) };
    let changed = ActiveModel { needs_attention: Set(None), updated_at: Set(now), ..Default::default() };
    change(tx, &order, changed).await?;
    let changes = vec![Change::new("needs_attention", sentence, ())];
    let order = Model { needs_attention: None, updated_at: now, ..order };
    note(tx, actor, &order, ("order.resolved", changes, reason), now).await?;
    Ok(Settled::Done(Box::new(order)))
}

/// Where an event leads; `None` where it has happened already.
fn next(order: &Order, event: Event, now: DateTime<Utc>) -> Result<Option<State>, State> {
    let waits = order.needs_attention.is_some();
    match (State::of(order), event) {
        (State::Open | State::Failed | State::Expired, Event::Confirm) => Ok(Some(State::Paid)),
        (State::Open, Event::Release) => Ok(Some(State::Failed)),
        (State::Open, Event::Expire) if order.expires_at.is_some_and(|end| end <= now) => Ok(Some(State::Expired)),
        (State::Paid, Event::Refund) => Ok(Some(State::Refunded)),
        // What was paid too late, or not as it should have been.
        (State::Open | State::Failed | State::Expired, Event::Refund) if waits => Ok(Some(State::Refunded)),
        (State::Open | State::Failed | State::Expired, Event::Honour) if waits => Ok(Some(State::Paid)),
        (State::Paid, Event::Confirm | Event::Honour)
        | (State::Failed | State::Expired, Event::Release)
        | (State::Refunded, Event::Refund)
        | (_, Event::Expire) => Ok(None),
        (state, _) => Err(state),
    }
}

/// Moves the credit of an order; how much it draws then, or the balance where that is too little.
async fn credit(
    tx: &DatabaseTransaction,
    actor: &Actor,
    (tenant, order): (&Tenant, &Order),
    (from, to, event): (State, State, Event),
    now: DateTime<Utc>,
) -> Result<Result<i64, i64>, Error> {
    let drawn = order.credit_drawn;
    let Some(organization) = order.organization_id.filter(|_| drawn > 0) else { return Ok(Ok(drawn)) };
    let credit = Spend {
        amount: drawn,
        external_ref: Some(order.id.to_string()),
        memo: format!("Order {} {}", order.id, to.word()),
    };
    let of = (tenant, organization);
    match (from, to) {
        // Whoever honours an order takes what is left.
        (State::Failed | State::Expired, State::Paid) if event == Event::Honour => {
            let drawn = spending::draw(tx, actor, of, credit, now).await?.ok_or(Error::NotFound)?;
            return Ok(Ok(drawn.amount));
        }
        (State::Failed | State::Expired, State::Paid) => {
            if let Spent::TooLittle { balance } = spending::spend(tx, actor, of, credit, now).await? {
                return Ok(Err(balance));
            }
        }
        (State::Open | State::Paid, State::Failed | State::Expired | State::Refunded) => {
            spending::give_back(tx, actor, of, credit, now).await?;
            shortfall::cover(tx, actor, of, drawn, now).await?;
        }
        _ => {}
    }
    Ok(Ok(drawn))
}

/// Money came for an order that has ended and cannot be kept any more: somebody has to pay it back, or honour it.
pub(super) async fn needs_attention(
    tx: &DatabaseTransaction,
    actor: &Actor,
    order: &Order,
    sentence: &str,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    if order.needs_attention.is_some() {
        return Ok(());
    }
    let changes = vec![Change::new("needs_attention", (), sentence)];
    let changed =
        ActiveModel { needs_attention: Set(Some(sentence.to_owned())), updated_at: Set(now), ..Default::default() };
    change(tx, order, changed).await?;
    note(tx, actor, order, ("order.needs_attention", changes, None), now).await
}
