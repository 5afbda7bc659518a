//! Holds whose time is over and whose uses nobody needed: retired by the desk, a hundred at a time.

use crate::audit::Actor;
use crate::db::Db;
use crate::error::Error;
use crate::redemptions::desk::{Change, Desk, Event};
use crate::redemptions::rows;
use crate::tenants::{self, Tenant};
use chrono::{DateTime, Utc};
use futures_util::future::join_all;
use std::collections::BTreeMap;
use uuid::Uuid;

const AT_ONCE: u64 = 100;

/// Retires every overdue hold, or those that ended since an instant, and says of one that cannot be retired why; the next
/// sweep tries that again. How many were retired.
///
/// # Errors
/// When the database does not answer.
pub async fn sweep(db: &Db, desk: &Desk, since: Option<DateTime<Utc>>, now: DateTime<Utc>) -> Result<usize, Error> {
    let mut tenants: BTreeMap<Uuid, Option<Tenant>> = BTreeMap::new();
    let (mut retired, mut last) = (0, since.map(|since| (since, Uuid::max())));
    loop {
        let overdue = rows::overdue_anywhere(db.read(), last, AT_ONCE, now).await?;
        let Some(&(_, id, until)) = overdue.last() else { return Ok(retired) };
        last = Some((until, id));
        for (tenant, ..) in &overdue {
            if !tenants.contains_key(tenant) {
                tenants.insert(*tenant, tenants::queries::by_id(db.read(), *tenant).await?);
            }
        }
        let expire = |&(tenant, id, _): &(Uuid, Uuid, DateTime<Utc>)| {
            let change = Change {
                tenant: tenants.get(&tenant)?.clone()?,
                actor: Actor::system("hold time"),
                id,
                event: Event::Expire,
                reason: None,
                request: None,
                beside: None,
                now,
            };
            Some(async move { desk.change(change).await.map_err(|error| (id, error)) })
        };
        for expired in join_all(overdue.iter().filter_map(expire)).await {
            match expired {
                Ok(_) => retired += 1,
                Err((id, error)) => tracing::warn!(redemption = %id, %error, "could not retire an overdue hold"),
            }
        }
    }
}
