//! The letter to the administrators about an endpoint that the program switched off.

use super::endpoints;
use crate::accounts::letters::Means;
use crate::accounts::memberships;
use crate::calendar;
use crate::db::Db;
use crate::db::tables::webhook_endpoints::Model as Endpoint;
use crate::error::Error;
use crate::jobs::{self, Failure, Job, Kind, Lane, New, Step, Stepping};
use crate::mail::Letter;
use chrono::{DateTime, Utc};
use sea_orm::DatabaseTransaction;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The word in the rows.
pub const WORD: &str = "mail.webhook_switched_off";

/// Writes the letter.
pub struct SwitchedOff {
    db: Db,
    means: Means,
}

/// One receiver: a letter that was sent is not sent again because another was not.
#[derive(Serialize, Deserialize)]
struct Payload {
    endpoint: Uuid,
    email: String,
}

/// Has a letter written to each administrator of the endpoint's tenant.
///
/// # Errors
/// When the database does not answer.
pub(super) async fn enqueue(tx: &DatabaseTransaction, endpoint: &Endpoint, now: DateTime<Utc>) -> Result<(), Error> {
    let admins = memberships::admins(tx, endpoint.tenant_id).await?;
    let letter = |email: String| New {
        kind: WORD,
        tenant: Some(endpoint.tenant_id),
        label: format!("Mail to {email}: webhooks to {} are switched off", endpoints::host(endpoint)),
        link: Some(format!("/dashboard/webhooks/{}", endpoint.id)),
        payload: serde_json::to_value(Payload { endpoint: endpoint.id, email }).unwrap_or_default(),
        ..New::default()
    };
    jobs::enqueue_all(tx, admins.into_iter().map(|admin| letter(admin.email)).collect(), now).await?;
    Ok(())
}

impl SwitchedOff {
    /// On this database, by these means.
    #[must_use]
    pub fn new(db: &Db, means: Means) -> Self {
        Self { db: db.clone(), means }
    }

    async fn write(&self, job: &Job) -> Result<Step, Failure> {
        let Payload { endpoint, email } = job.payload()?;
        let (tenant, base) = self.means.house(job).await?;
        let found = endpoints::by_id(self.db.read(), tenant.id, endpoint).await?;
        // Switched on again meanwhile: there is nothing to write about.
        let Some((endpoint, at)) = found.and_then(|it| it.disabled_at.map(|at| (it, at))) else {
            return Ok(Step::Done);
        };
        let (host, reason) = (endpoints::host(&endpoint), endpoint.disabled_reason.clone().unwrap_or_default());
        let when = calendar::moment(at, tenant.zone);
        let letter = Letter {
            to: email,
            from_name: tenant.row.name.clone(),
            subject: format!("Webhooks to {host} are switched off"),
            paragraphs: vec![
                format!(
                    "{} tells {host} of changes no longer, since {when} ({}).",
                    tenant.row.name,
                    tenant.zone.name()
                ),
                reason,
            ],
            action: Some(("Look at the endpoint".to_owned(), format!("{base}/dashboard/webhooks/{}", endpoint.id))),
            after: vec![
                "What it was not told until then waits there, and is sent when it is switched on again. What happens \
                 while it is off is not told."
                    .to_owned(),
            ],
            id: job.id.to_string(),
        };
        self.means.send(&letter).await
    }
}

impl Kind for SwitchedOff {
    fn word(&self) -> &'static str {
        WORD
    }

    fn label(&self) -> &'static str {
        "Mail"
    }

    fn lane(&self) -> Lane {
        Lane::Short
    }

    fn step<'a>(&'a self, job: &'a Job, _: DateTime<Utc>) -> Stepping<'a> {
        Box::pin(self.write(job))
    }
}
