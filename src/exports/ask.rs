//! An export is asked for: its row, its job and one audit entry, together.

use super::filter::Filter;
use super::make;
use super::subject::Subject;
use crate::audit::{self, Actor, Change, Entry};
use crate::batches;
use crate::clock;
use crate::coupons::queries::{self as coupons, Choices};
use crate::coupons::rows;
use crate::db::Db;
use crate::db::tables::exports::{ActiveModel, Entity, Model};
use crate::error::Error;
use crate::jobs::{self, New};
use crate::sheets::Format;
use crate::tenants::Tenant;
use crate::web::form::Errors;
use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, DatabaseTransaction, EntityTrait};
use serde_json::json;
use uuid::Uuid;

/// What somebody wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// Rows of what.
    pub subject: Subject,
    /// Written how.
    pub format: Format,
    /// Which of them.
    pub filter: Filter,
}

/// What can be exported, with what people call it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checked {
    wanted: Wanted,
    label: String,
}

impl Wanted {
    /// Whether there is such a thing here; what is wrong with which field otherwise.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn check(self, db: &Db, tenant: &Tenant) -> Result<Result<Checked, Errors>, Error> {
        let (mut errors, filter) = (Errors::default(), &self.filter);
        filter.strays(self.subject, &mut errors);
        if let Err((field, sentence)) = filter.span(tenant.zone) {
            errors.add(field, sentence);
        }
        let about = match self.subject {
            Subject::Usage => None,
            Subject::CouponUsage => {
                let found = named(db.read(), tenant.id, filter.coupon_id).await?;
                errors.keep("coupon_id", found.ok_or_else(|| "Please name a coupon that there is.".to_owned()))
            }
            Subject::Codes => {
                let batch = match filter.batch_id {
                    Some(id) => batches::queries::by_id(db.read(), tenant.id, id).await?,
                    None => None,
                };
                let found = named(db.read(), tenant.id, batch.map(|batch| batch.coupon_id)).await?;
                errors.keep("batch_id", found.ok_or_else(|| "Please name a batch that there is.".to_owned()))
            }
            Subject::Coupons => {
                let choices = Choices::load(db.read(), tenant.id).await?;
                refused(filter.of_coupons(&choices).map(drop), &mut errors)?;
                None
            }
            Subject::Audit => {
                refused(filter.of_entries().wanted(db, tenant).await.map(drop), &mut errors)?;
                None
            }
        };
        let what = about.map_or_else(String::new, |name| format!(" of {name}"));
        let narrowed = Some(filter.words()).filter(|words| !words.is_empty()).map(|words| format!(": {words}"));
        let label = format!("{}{what}{}", self.subject.label(), narrowed.unwrap_or_default());
        Ok(if errors.is_empty() { Ok(Checked { wanted: self, label }) } else { Err(errors) })
    }
}

/// Notes why a filter was refused, unless something said so already.
fn refused(outcome: Result<(), Error>, errors: &mut Errors) -> Result<(), Error> {
    match outcome {
        Err(Error::BadQuery(field, sentence)) if errors.is_empty() => errors.add(field, sentence),
        Err(Error::BadQuery(..)) | Ok(()) => {}
        Err(error) => return Err(error),
    }
    Ok(())
}

/// What a coupon is known by.
async fn named(connection: &impl ConnectionTrait, tenant: Uuid, id: Option<Uuid>) -> Result<Option<String>, Error> {
    let Some(id) = id else { return Ok(None) };
    let Some(coupon) = rows::load(connection, tenant, &[id]).await?.remove(&id) else { return Ok(None) };
    let code = coupons::first_code(connection, tenant, id).await?;
    Ok(Some(code.map_or(coupon.name, |code| code.to_string())))
}

/// Asks for it, for `owner` (`user:<id>` or `key:<id>`).
///
/// # Errors
/// When the database does not answer.
pub async fn create(
    tx: &DatabaseTransaction,
    actor: &Actor,
    (tenant, owner): (Uuid, String),
    Checked { wanted, label }: Checked,
    now: DateTime<Utc>,
) -> Result<Model, Error> {
    let id = clock::id_at(now);
    let job = New {
        kind: make::WORD,
        tenant: Some(tenant),
        label: format!("Export: {label}"),
        link: Some("/dashboard/exports".to_owned()),
        payload: json!({ "export": id }),
        total: None,
        run_at: None,
    };
    let row = Model {
        tenant_id: tenant,
        id,
        owner,
        subject: wanted.subject.word().to_owned(),
        format: wanted.format.word().to_owned(),
        filter: serde_json::to_value(&wanted.filter).map_err(|error| Error::Internal(error.into()))?,
        label,
        job_id: jobs::enqueue(tx, job, now).await?,
        file_id: None,
        row_count: 0,
        size: 0,
        created_by: actor.label.clone(),
        created_at: now,
        finished_at: None,
        expires_at: None,
    };
    Entity::insert(ActiveModel::from(row.clone())).exec_without_returning(tx).await?;
    let mut changes = vec![Change::new("format", (), row.format.clone())];
    changes.extend(wanted.filter.pairs().into_iter().map(|(name, value)| Change::new(name, (), value)));
    let entry = Entry { action: "export.created", changes, ..subject(&row) };
    audit::record(tx, actor, tenant, entry, now).await?;
    Ok(row)
}

/// The entry of an export, to be given an action and changes.
#[must_use]
pub fn subject(row: &Model) -> Entry {
    let filter: Filter = serde_json::from_value(row.filter.clone()).unwrap_or_default();
    Entry {
        subject_kind: "export",
        subject_id: row.id.to_string(),
        subject_label: row.label.clone(),
        coupon_id: filter.coupon_id,
        ..Entry::default()
    }
}
