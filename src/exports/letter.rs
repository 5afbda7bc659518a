//! The letter that says an export is ready. Its link is for its owner alone, who has to be signed in.

use super::queries;
use crate::accounts::letters::Means;
use crate::calendar;
use crate::db::tables::users;
use crate::jobs::{Failure, Job, Kind, Lane, Step, Stepping};
use crate::mail::Letter;
use crate::money::counted;
use chrono::{DateTime, Utc};
use sea_orm::EntityTrait;
use serde::Deserialize;
use uuid::Uuid;

/// The word in the rows.
pub const WORD: &str = "mail.export";

/// Writes it.
pub struct Ready(pub Means);

#[derive(Deserialize)]
struct Payload {
    export: Uuid,
}

impl Ready {
    async fn write(&self, job: &Job, now: DateTime<Utc>) -> Result<Step, Failure> {
        let (Payload { export }, Self(means)) = (job.payload()?, self);
        let tenant = means.tenant(job).await?;
        // The list of exports has it anyway: without an address for links, nothing is missing.
        let Some(base) = means.address(&tenant) else { return Ok(Step::Done) };
        let found = queries::anybodys(means.db().read(), tenant.id, export).await?;
        // Deleted, or over: there is nothing to write about.
        let Some(row) = found.filter(|row| row.expires_at.is_some_and(|until| until > now)) else {
            return Ok(Step::Done);
        };
        let owner = row.owner.strip_prefix("user:").and_then(|id| id.parse::<Uuid>().ok()).unwrap_or_default();
        let user = users::Entity::find_by_id(owner).one(means.db().read()).await?;
        let Some(user) = user.filter(|user| user.disabled_at.is_none()) else { return Ok(Step::Done) };
        let until = calendar::moment(row.expires_at.unwrap_or(now), tenant.zone);
        let rows = counted(row.row_count, "row", "rows");
        let letter = Letter {
            to: user.email,
            from_name: tenant.row.name.clone(),
            subject: format!("Your export from {} is ready", tenant.row.name),
            paragraphs: vec![format!("Hello {},", user.display_name), format!("“{}” is ready: {rows}.", row.label)],
            action: Some(("Download it".to_owned(), format!("{base}/dashboard/exports/{}/file", row.id))),
            after: vec![
                format!(
                    "The link works until {until} ({}), for you alone: it asks you to sign in.",
                    tenant.zone.name()
                ),
                "If it was not you who asked for it, please tell an administrator.".to_owned(),
            ],
            id: job.id.to_string(),
        };
        means.send(&letter).await
    }
}

impl Kind for Ready {
    fn word(&self) -> &'static str {
        WORD
    }

    fn label(&self) -> &'static str {
        "Mail"
    }

    fn lane(&self) -> Lane {
        Lane::Short
    }

    fn step<'a>(&'a self, job: &'a Job, now: DateTime<Utc>) -> Stepping<'a> {
        Box::pin(self.write(job, now))
    }
}
