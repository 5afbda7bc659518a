//! Holds whose time is over and whose uses nobody needed: retired by the desk, a hundred at a time.

use crate::audit::Actor;
use crate::db::Db;
use crate::error::Error;
use crate::redemptions::desk::{Change, Desk, Event};
use crate::redemptions::rows;
use crate::tenants::{self, Tenant};
use chrono::{DateTime, Utc};
use futures_util::future::try_join_all;
use std::collections::BTreeMap;
use uuid::Uuid;

const AT_ONCE: u64 = 100;

/// Retires every overdue hold. How many there were.
///
/// # Errors
/// When the database does not answer.
pub async fn sweep(db: &Db, desk: &Desk, now: DateTime<Utc>) -> Result<usize, Error> {
    let mut tenants: BTreeMap<Uuid, Option<Tenant>> = BTreeMap::new();
    let mut retired = 0;
    loop {
        let overdue = rows::overdue_anywhere(db.read(), AT_ONCE, now).await?;
        if overdue.is_empty() {
            return Ok(retired);
        }
        for (tenant, _) in &overdue {
            if !tenants.contains_key(tenant) {
                tenants.insert(*tenant, tenants::queries::by_id(db.read(), *tenant).await?);
            }
        }
        let expire = |(tenant, id): &(Uuid, Uuid)| {
            let change = Change {
                tenant: tenants.get(tenant)?.clone()?,
                actor: Actor::system("hold time"),
                id: *id,
                event: Event::Expire,
                reason: None,
                request: None,
                beside: None,
                now,
            };
            Some(desk.change(change))
        };
        retired += try_join_all(overdue.iter().filter_map(expire)).await?.len();
    }
}
