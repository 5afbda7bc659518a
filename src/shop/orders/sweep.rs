//! Orders that nobody paid in time.

use super::{Event, Order, Settling, State, due, happen};
use crate::audit::Actor;
use crate::db::Db;
use crate::db::tables::orders::{Column, Entity};
use crate::error::Error;
use crate::redemptions::desk::Desk;
use crate::tenants::{self, Tenant};
use chrono::{DateTime, Utc};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use uuid::Uuid;

/// So many overdue orders are looked for at once.
const AT_ONCE: u64 = 100;

/// Ends every order that nobody paid in time. How many there were.
///
/// # Errors
/// When the database does not answer.
pub async fn sweep(db: &Db, desk: &Desk, now: DateTime<Utc>) -> Result<usize, Error> {
    let mut tenants: BTreeMap<Uuid, Option<Tenant>> = BTreeMap::new();
    let mut ended = 0;
    loop {
        let overdue = Entity::find()
            .filter(Column::State.eq(State::Open.word()))
            .filter(Column::ExpiresAt.lte(now))
            .order_by_asc(Column::ExpiresAt)
            .limit(AT_ONCE)
            .all(db.read())
            .await?;
        if overdue.is_empty() {
            return Ok(ended);
        }
        let before = ended;
        for order in overdue {
            let tenant = match tenants.entry(order.tenant_id) {
                Entry::Occupied(known) => known.into_mut(),
                Entry::Vacant(place) => place.insert(tenants::queries::by_id(db.read(), order.tenant_id).await?),
            };
            let Some(tenant) = tenant.clone() else { continue };
            match expire(db, desk, (tenant, &order), now).await {
                Ok(()) => ended += 1,
                Err(error @ Error::Unavailable(_)) => return Err(error),
                // One that cannot end keeps no other from it.
                Err(error) => tracing::error!(%error, order = %order.id, "an overdue order cannot be ended"),
            }
        }
        if ended == before {
            return Ok(ended);
        }
    }
}

async fn expire(db: &Db, desk: &Desk, (tenant, order): (Tenant, &Order), now: DateTime<Utc>) -> Result<(), Error> {
    // Credit had paid all of it, and only the last step is missing.
    let is_paid = due(order) == 0 && order.needs_attention.is_none();
    let event = if is_paid { Event::Confirm } else { Event::Expire };
    let (actor, id) = (Actor::system("hold time"), order.id);
    let settling = Settling { tenant, actor, id, event, reason: None, request: None, now };
    happen(db, desk, order, settling).await.map(drop)
}
