//! The letters about accounts, written by jobs: a link is made when its letter is, so that no secret waits in a row.

use crate::accounts::{invitations, resets, users};
use crate::calendar;
use crate::config::Config;
use crate::db::{self, Db};
use crate::jobs::{Failure, Job, Kind, Lane, Step, Stepping};
use crate::mail::{Letter, NotSent, Post};
use crate::tenants::{self, Tenant};
use chrono::{DateTime, Utc};
use serde::Deserialize;
use uuid::Uuid;

/// The word of the letter with a link that sets a password.
pub const RESET: &str = "mail.password_reset";
/// The word of the letter that invites.
pub const INVITATION: &str = "mail.invitation";

/// What the letters need.
#[derive(Clone)]
pub struct Means {
    db: Db,
    post: Post,
    base_url: Option<String>,
}

impl Means {
    /// On this database, by this post.
    #[must_use]
    pub fn new(db: &Db, config: &Config, post: &Post) -> Self {
        Self { db: db.clone(), post: post.clone(), base_url: config.base_url.clone() }
    }

    /// The database.
    #[must_use]
    pub fn db(&self) -> &Db {
        &self.db
    }

    /// The tenant of a job, and the address that its links begin with: never the one of a request.
    ///
    /// # Errors
    /// [`Failure::Final`] where the tenant is gone, or no address is configured.
    pub async fn house(&self, job: &Job) -> Result<(Tenant, String), Failure> {
        let tenant = self.tenant(job).await?;
        let base = self.address(&tenant).ok_or_else(|| {
            Failure::Final("No address is configured for links in mails: set VOUCHSAFE_BASE_URL.".to_owned())
        })?;
        Ok((tenant, base))
    }

    /// The tenant of a job.
    ///
    /// # Errors
    /// [`Failure::Final`] where it is gone.
    pub async fn tenant(&self, job: &Job) -> Result<Tenant, Failure> {
        let gone = || Failure::Final("The tenant is not there any more.".to_owned());
        let found = tenants::queries::by_id(self.db.read(), job.tenant_id.ok_or_else(gone)?).await?;
        found.ok_or_else(gone)
    }

    /// What links in letters of this tenant begin with; `None` where nobody configured it.
    #[must_use]
    pub fn address(&self, tenant: &Tenant) -> Option<String> {
        tenant.base_url(self.base_url.as_deref()).map(|base| base.trim_end_matches('/').to_owned())
    }

    /// Sends a letter; then nothing is left to do.
    ///
    /// # Errors
    /// What the post says.
    pub async fn send(&self, letter: &Letter) -> Result<Step, Failure> {
        match self.post.send(letter).await {
            Ok(()) => Ok(Step::Done),
            Err(NotSent::Later(reason)) => Err(Failure::Again(reason)),
            Err(NotSent::Never(reason)) => Err(Failure::Final(reason)),
        }
    }
}

/// Whether letters with links reach the people of this tenant: there is a way, and an address for the links.
#[must_use]
pub fn reach_people(post: &Post, config: &Config, tenant: &Tenant) -> bool {
    post.reaches_people() && tenant.base_url(config.base_url.as_deref()).is_some()
}

/// The kinds of letters.
pub enum Letters {
    /// To whoever forgot the password.
    Reset(Means),
    /// To whoever is invited.
    Invitation(Means),
}

#[derive(Deserialize)]
struct ResetPayload {
    email: String,
}

impl Means {
    async fn reset(&self, job: &Job, now: DateTime<Utc>) -> Result<Step, Failure> {
        let ResetPayload { email } = job.payload()?;
        let known = users::by_email(self.db.read(), &email).await?.filter(|user| user.disabled_at.is_none());
        // Nobody is told that there is no such account.
        let Some(user) = known else { return Ok(Step::Done) };
        let (tenant, base) = self.house(job).await?;
        let tx = self.db.begin().await?;
        let secret = resets::create(&tx, user.id, now).await?;
        db::commit(tx).await?;
        let letter = Letter {
            to: user.email,
            from_name: tenant.row.name.clone(),
            subject: format!("Set a new password for {}", tenant.row.name),
            paragraphs: vec![
                format!("Hello {},", user.display_name),
                format!("somebody asked for a new password for your account at {}.", tenant.row.name),
            ],
            action: Some(("Set a new password".to_owned(), format!("{base}/password-reset/{secret}"))),
            after: vec![
                "The link works once, for one hour.".to_owned(),
                "If it was not you, there is nothing to do: your password stays as it is.".to_owned(),
            ],
            id: job.id.to_string(),
        };
        self.send(&letter).await
    }
}

#[derive(Deserialize)]
struct InvitePayload {
    invitation: Uuid,
}

impl Means {
    async fn invite(&self, job: &Job, now: DateTime<Utc>) -> Result<Step, Failure> {
        let InvitePayload { invitation } = job.payload()?;
        let (tenant, base) = self.house(job).await?;
        let tx = self.db.begin().await?;
        // Revoked or accepted meanwhile: there is nothing to write about.
        let Some((row, secret)) = invitations::mailed(&tx, tenant.id, invitation, now).await? else {
            return Ok(Step::Done);
        };
        db::commit(tx).await?;
        let until = calendar::end_moment(row.expires_at, tenant.zone);
        let letter = Letter {
            to: row.email,
            from_name: tenant.row.name.clone(),
            subject: format!("You are invited to {}", tenant.row.name),
            paragraphs: vec![format!("You are invited to sign in to {}.", tenant.row.name)],
            action: Some(("Accept the invitation".to_owned(), format!("{base}/invitations/{secret}"))),
            after: vec![format!("The link works once, until {until} ({}).", tenant.zone.name())],
            id: job.id.to_string(),
        };
        self.send(&letter).await
    }
}

impl Kind for Letters {
    fn word(&self) -> &'static str {
        match self {
            Self::Reset(_) => RESET,
            Self::Invitation(_) => INVITATION,
        }
    }

    fn label(&self) -> &'static str {
        "Mail"
    }

    fn lane(&self) -> Lane {
        Lane::Short
    }

    fn step<'a>(&'a self, job: &'a Job, now: DateTime<Utc>) -> Stepping<'a> {
        match self {
            Self::Reset(means) => Box::pin(means.reset(job, now)),
            Self::Invitation(means) => Box::pin(means.invite(job, now)),
        }
    }
}
