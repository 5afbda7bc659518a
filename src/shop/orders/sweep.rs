//! Orders that nobody paid in time.

use super::{Event, Settling, State, by_id, due, happen};
use crate::audit::Actor;
use crate::db::Db;
use crate::db::tables::orders::{Column, Entity};
use crate::error::Error;
use crate::redemptions::desk::Desk;
use crate::tenants;
use chrono::{DateTime, Utc};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

/// So many overdue orders are looked for at once.
const AT_ONCE: u64 = 100;

/// Ends every order that nobody paid in time. How many there were.
///
/// # Errors
/// When the database does not answer.
pub async fn sweep(db: &Db, desk: &Desk, now: DateTime<Utc>) -> Result<usize, Error> {
    let mut ended = 0;
    loop {
        let overdue: Vec<(Uuid, Uuid)> = Entity::find()
            .select_only()
            .column(Column::TenantId)
            .column(Column::Id)
            .filter(Column::State.eq(State::Open.word()))
            .filter(Column::ExpiresAt.lte(now))
            .order_by_asc(Column::ExpiresAt)
            .limit(AT_ONCE)
            .into_tuple()
            .all(db.read())
            .await?;
        if overdue.is_empty() {
            return Ok(ended);
        }
        let before = ended;
        for (tenant, id) in overdue {
            match expire(db, desk, (tenant, id), now).await {
                Ok(()) => ended += 1,
                Err(error @ Error::Unavailable(_)) => return Err(error),
                // One that cannot end keeps no other from it.
                Err(error) => tracing::error!(%error, order = %id, "an overdue order cannot be ended"),
            }
        }
        if ended == before {
            return Ok(ended);
        }
    }
}

async fn expire(db: &Db, desk: &Desk, (tenant, id): (Uuid, Uuid), now: DateTime<Utc>) -> Result<(), Error> {
    let tenant = tenants::queries::by_id(db.read(), tenant).await?.ok_or(Error::NotFound)?;
    let order = by_id(db.read(), tenant.id, id).await?.ok_or(Error::NotFound)?;
    // Credit had paid all of it, and only the last step is missing.
    let is_paid = due(&order) == 0 && order.needs_attention.is_none();
    let event = if is_paid { Event::Confirm } else { Event::Expire };
    let actor = Actor::system("hold time");
    let settling = Settling { tenant, actor, id, event, reason: None, request: None, now };
    happen(db, desk, &order, settling).await.map(drop)
}
