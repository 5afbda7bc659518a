//! `/dashboard/webhooks`: endpoints, what each was told, and what can be done. A secret is shown on the answer that made it,
//! and never again.

pub mod act;
mod form;
pub mod list;
mod log;
pub mod show;

use crate::calendar;
use crate::db::tables::webhook_endpoints::Model;
use crate::tenants::Tenant;
use crate::webhooks::endpoints;
use uuid::Uuid;

/// An endpoint as pages show it.
struct Row {
    id: Uuid,
    url: String,
    host: String,
    events: usize,
    made: String,
    badge: (&'static str, &'static str),
    /// Why it is not well.
    trouble: Option<String>,
    is_on: bool,
    /// The old secret of a rotation signs as well until then.
    overlap: Option<String>,
}

/// A secret that is shown once.
struct Secret {
    title: String,
    text: String,
    until: Option<String>,
}

impl Row {
    fn of(tenant: &Tenant, row: &Model, now: chrono::DateTime<chrono::Utc>) -> Self {
        let zone = tenant.zone;
        let (badge, trouble) = match (row.disabled_at, row.failing_since) {
            (Some(at), _) => {
                let by_hand = || "Somebody switched it off.".to_owned();
                let reason = row.disabled_reason.clone().unwrap_or_else(by_hand);
                (("badge--deleted", "Switched off"), Some(format!("Since {}. {reason}", calendar::moment(at, zone))))
            }
            (None, Some(since)) => {
                let said = format!("It has taken nothing since {}.", calendar::moment(since, zone));
                (("badge--attention", "Failing"), Some(said))
            }
            (None, None) => (("badge--active", "Active"), None),
        };
        Self {
            id: row.id,
            url: row.url.clone(),
            host: endpoints::host(row),
            events: endpoints::events(row).len(),
            made: calendar::day(row.created_at, zone),
            badge,
            trouble,
            is_on: row.disabled_at.is_none(),
            overlap: row.old_secret_until.filter(|until| now < *until).map(|until| calendar::moment(until, zone)),
        }
    }
}
