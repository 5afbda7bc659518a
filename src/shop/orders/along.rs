//! Orders of the shop whose code is held or used: what happens to the order happens to its redemption, in one transaction
//! of the desk.

use super::settle::{Event, Settled, needs_attention, settle};
use super::{Order, SHOP, State, by_id};
use crate::audit::Actor;
use crate::db::{self, Db};
use crate::error::Error;
use crate::organizations::credit;
use crate::redemptions::desk::{Beside, Change, Command, Desk, Event as Step, Reply};
use crate::redemptions::redemption::State as Standing;
use crate::redemptions::rows;
use crate::tenants::Tenant;
use crate::web::replay::{self, Claim};
use chrono::{DateTime, Utc};
use futures_util::future::BoxFuture;
use sea_orm::{ConnectionTrait, DatabaseTransaction};
use serde_json::json;
use std::sync::Arc;
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
    let Some(it) = rows::one(connection, order.tenant_id, id, now).await? else { return Ok(None) };
    let step = match event {
        Event::Confirm => Step::Confirm,
        Event::Release => Step::Release,
        Event::Expire => Step::Expire,
        Event::Honour => Step::Honour,
        Event::Refund if matches!(it.state, Standing::Confirmed | Standing::Reversed) => Step::Reverse(None),
        Event::Refund if it.needs_attention.is_some() => Step::Resolve,
        Event::Resolve if it.needs_attention.is_some() => Step::Resolve,
        // Its uses went back before, or nothing is to be done.
        Event::Refund | Event::Resolve => return Ok(None),
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
    if let Some(key) = &request {
        replay::settle(&tx, key, json!("settled"), now).await?;
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
    let (tenant, id, event) = (settling.tenant.clone(), settling.id, settling.event);
    let change = Change {
        tenant: settling.tenant.clone(),
        actor: settling.actor.clone(),
        id: redemption,
        event: step,
        reason: settling.reason.clone(),
        request: settling.request.clone(),
        now: settling.now,
        beside: Some(Arc::new(Along(settling))),
    };
    let told = desk.ask(Command::Change(Box::new(change))).await?;
    let Some(order) = by_id(db.read(), tenant.id, id).await? else { return Ok((Settled::NotFound, told.replayed)) };
    let state = State::of(&order);
    let settled = match told.reply {
        Reply::Done(_) if event == Event::Confirm && state != State::Paid => {
            let balance = match order.organization_id {
                Some(organization) => credit::balance(db.read(), tenant.id, organization).await?,
                None => 0,
            };
            Settled::TooLate { balance }
        }
        Reply::Done(_) => Settled::Done(Box::new(order)),
        Reply::TooLate { refusal } => Settled::UsedUp { refusal },
        Reply::NotFound => Settled::NotFound,
        _ => Settled::WrongState(state),
    };
    Ok((settled, told.replayed))
}

/// The order's own rows, beside those of its redemption.
#[derive(Debug)]
struct Along(Settling);

impl Beside for Along {
    fn write<'a>(&'a self, tx: &'a DatabaseTransaction, reply: &'a Reply) -> BoxFuture<'a, Result<(), Error>> {
        Box::pin(async move {
            let Settling { tenant, actor, id, event, reason, now, .. } = &self.0;
            match reply {
                Reply::Done(_) => {
                    let settled = settle(tx, actor, (tenant, *id), (*event, reason.clone()), *now).await?;
                    if let Settled::WrongState(state) = settled {
                        let detail =
                            format!("The order is {}; this cannot happen to it.", state.label().to_lowercase());
                        return Err(Error::Conflict(detail));
                    }
                }
                Reply::TooLate { .. } => {
                    if let Some(order) = by_id(tx, tenant.id, *id).await? {
                        let sentence = "It was paid after it had ended, and its code was used up meanwhile.";
                        needs_attention(tx, actor, &order, sentence, *now).await?;
                    }
                }
                _ => {}
            }
            Ok(())
        })
    }
}
