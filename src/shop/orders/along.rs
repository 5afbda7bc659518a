//! Orders of the shop whose code is held or used: what happens to the order happens to its redemption, in one transaction
//! of the desk.

use super::settle::{CREDIT_SPENT, Event, Settled, flag, needs_attention, settle};
use super::{Order, SHOP, State, by_id};
use crate::audit::Actor;
use crate::db::{self, Db};
use crate::error::Error;
use crate::redemptions::desk::{Beside, Change, Command, Desk, Event as Step, Reply};
use crate::redemptions::redemption::State as Standing;
use crate::redemptions::rows;
use crate::tenants::Tenant;
use crate::web::replay::{self, Claim};
use chrono::{DateTime, Utc};
use futures_util::future::BoxFuture;
use sea_orm::{ConnectionTrait, DatabaseTransaction};
use serde_json::json;
use std::sync::{Arc, OnceLock};
use uuid::Uuid;

/// What happens to an order, and who says so.
#[derive(Clone, Debug)]
pub struct Settling {
    /// The tenant.
    pub tenant: Tenant,
    /// Who, for the audit log.
    pub actor: Actor,
    /// The order.
    pub id: Uuid,
    /// What happens to it.
    pub event: Event,
    /// Why, where somebody says so.
    pub reason: Option<String>,
    /// What makes a twin of this request the same request.
    pub request: Option<replay::Key>,
    /// When.
    pub now: DateTime<Utc>,
}

/// The redemption that goes along with an order, and what happens to it; `None` where the order is settled by itself.
///
/// # Errors
/// When the database does not answer.
pub async fn goes_along(
    connection: &impl ConnectionTrait,
    order: &Order,
    event: Event,
    now: DateTime<Utc>,
) -> Result<Option<(Uuid, Step)>, Error> {
    let Some(id) = order.redemption_id.filter(|_| order.channel == SHOP) else { return Ok(None) };
    if State::of(order) == State::Refunded && matches!(event, Event::Confirm | Event::Honour) {
        return Ok(None);
    }
    let Some(it) = rows::one(connection, order.tenant_id, id, now).await? else { return Ok(None) };
    let step = match event {
        Event::Confirm => Step::Confirm,
        Event::Release => Step::Release,
        Event::Expire => Step::Expire,
        Event::Honour if it.state == Standing::Held => Step::Confirm,
        Event::Honour => Step::Honour,
        Event::Refund if matches!(it.state, Standing::Confirmed | Standing::Reversed) => Step::Reverse(None),
        Event::Refund if it.state == Standing::Held => Step::Release,
        // Its uses went back before.
        Event::Refund | Event::Resolve => Step::Resolve,
    };
    Ok(Some((id, step)))
}

/// Moves an order along, with its redemption where it has one that goes along.
///
/// # Errors
/// As `Desk::ask`.
pub async fn happen(db: &Db, desk: &Desk, order: &Order, settling: Settling) -> Result<Settled, Error> {
    if let Some(step) = goes_along(db.read(), order, settling.event, settling.now).await? {
        return Ok(settle_along(db, desk, settling, step).await?.0);
    }
    let Settling { tenant, actor, id, event, reason, request, now } = settling;
    let tx = db.begin().await?;
    if let Some(key) = &request
        && let Claim::Again(_) = replay::claim(&tx, key, now).await?
    {
        drop(tx);
        let order = by_id(db.read(), tenant.id, id).await?;
        return Ok(order.map_or(Settled::NotFound, |order| Settled::Done(Box::new(order))));
    }
    let settled = settle(&tx, &actor, (&tenant, id), (event, reason), now).await?;
    match (&request, &settled) {
        (Some(key), Settled::Done(_)) => replay::settle(&tx, key, json!("settled"), now).await?,
        // What could not be done now may be possible another time.
        (Some(key), _) => replay::give_back(&tx, key).await?,
        (None, _) => {}
    }
    db::commit(tx).await?;
    Ok(settled)
}

/// Moves an order along with its redemption; whether the same request had this answer before.
///
/// # Errors
/// As `Desk::ask`.
pub async fn settle_along(
    db: &Db,
    desk: &Desk,
    settling: Settling,
    (redemption, step): (Uuid, Step),
) -> Result<(Settled, bool), Error> {
    let Settling { tenant, actor, id, now, .. } = settling.clone();
    let short = Arc::new(OnceLock::new());
    let change = Change {
        tenant: tenant.clone(),
        actor: actor.clone(),
        id: redemption,
        event: step,
        reason: settling.reason.clone(),
        request: settling.request.clone(),
        now,
        beside: Some(Arc::new(Along { settling, short: Arc::clone(&short) })),
    };
    let told = match (desk.ask(Command::Change(Box::new(change))).await, short.get()) {
        (Ok(told), _) => told,
        // Nothing was done; but money came, and somebody has to know.
        (Err(_), Some(balance)) => {
            flag(db, &actor, (tenant.id, id), CREDIT_SPENT, now).await?;
            return Ok((Settled::TooLate { balance: *balance }, false));
        }
        (Err(error), None) => return Err(error),
    };
    let Some(order) = by_id(db.read(), tenant.id, id).await? else { return Ok((Settled::NotFound, told.replayed)) };
    let settled = match told.reply {
        Reply::Done(_) => Settled::Done(Box::new(order)),
        Reply::TooLate { refusal } => Settled::UsedUp { refusal },
        Reply::NotFound => Settled::NotFound,
        _ => Settled::WrongState(State::of(&order)),
    };
    Ok((settled, told.replayed))
}

/// The order's own rows, beside those of its redemption.
#[derive(Debug)]
struct Along {
    settling: Settling,
    /// How much credit there was, where that was too little to take the order's again.
    short: Arc<OnceLock<i64>>,
}

impl Beside for Along {
    fn write<'a>(&'a self, tx: &'a DatabaseTransaction, reply: &'a Reply) -> BoxFuture<'a, Result<(), Error>> {
        Box::pin(async move {
            let Settling { tenant, actor, id, event, reason, now, .. } = &self.settling;
            match reply {
                // Somebody honoured it since it was looked at.
                Reply::Done(receipt) if *event == Event::Refund && receipt.redemption.state == Standing::Confirmed => {
                    Err(Error::Conflict("Somebody changed the order meanwhile. Look at it again.".to_owned()))
                }
                Reply::Done(_) => match settle(tx, actor, (tenant, *id), (*event, reason.clone()), *now).await? {
                    Settled::TooLate { balance } => {
                        // The first is as good as any: the batch may be tried again.
                        let _ = self.short.set(balance);
                        Err(Error::Conflict(CREDIT_SPENT.to_owned()))
                    }
                    Settled::WrongState(state) => {
                        let detail =
                            format!("The order is {}; this cannot happen to it.", state.label().to_lowercase());
                        Err(Error::Conflict(detail))
                    }
                    Settled::Done(_) | Settled::UsedUp { .. } | Settled::NotFound => Ok(()),
                },
                Reply::TooLate { .. } => {
                    let order = by_id(tx, tenant.id, *id).await?;
                    if let Some(order) = order.filter(|order| State::of(order) != State::Refunded) {
                        let sentence = "It was paid after it had ended, and its code was used up meanwhile.";
                        needs_attention(tx, actor, &order, sentence, *now).await?;
                    }
                    Ok(())
                }
                _ => Ok(()),
            }
        })
    }
}
