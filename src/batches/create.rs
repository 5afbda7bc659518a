//! A batch is asked for: its row, its job and one audit entry, together.

use super::make;
use super::plan::Plan;
use crate::audit::{self, Actor, Change, Entry};
use crate::clock;
use crate::coupons::{queries as coupon_queries, save, subject};
use crate::db::tables::batches::{ActiveModel, Entity, Model};
use crate::error::Error;
use crate::jobs::{self, New};
use crate::web::form::Errors;
use chrono::{DateTime, Utc};
use sea_orm::{DatabaseTransaction, EntityTrait};
use serde_json::json;
use uuid::Uuid;

/// What came of it. Anything but [`Outcome::Asked`] is not to be committed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// A job will make it.
    Asked(Box<Model>),
    /// It cannot be made as it is.
    Invalid(Errors),
    /// The coupon is deleted.
    Deleted,
}

/// Asks for a batch of this coupon, where `there` codes with its pattern exist. The coupon is locked.
///
/// # Errors
/// [`Error::NotFound`] for a coupon that the tenant does not have.
pub async fn create(
    tx: &DatabaseTransaction,
    actor: &Actor,
    (tenant, coupon): (Uuid, Uuid),
    (plan, there): (Plan, i64),
    now: DateTime<Utc>,
) -> Result<Outcome, Error> {
    let coupon = save::lock(tx, tenant, coupon).await?.ok_or(Error::NotFound)?;
    if coupon.deleted_at.is_some() {
        return Ok(Outcome::Deleted);
    }
    if let Err(errors) = plan.check(&coupon, there) {
        return Ok(Outcome::Invalid(errors));
    }
    let code = coupon_queries::first_code(tx, tenant, coupon.id).await?;
    let id = clock::id_at(now);
    let name = code.as_ref().map_or_else(|| coupon.name.clone(), ToString::to_string);
    let job = New {
        kind: make::WORD,
        tenant: Some(tenant),
        label: format!("{} for {name}", super::many(plan.count)),
        link: Some(format!("/dashboard/batches/{id}")),
        payload: json!({ "batch": id }),
        total: Some(plan.count),
        run_at: None,
    };
    let job_id = jobs::enqueue(tx, job, now).await?;
    let row = row((tenant, id, coupon.id), plan, job_id, actor, now);
    Entity::insert(ActiveModel::from(row.clone())).exec_without_returning(tx).await?;
    let entry = Entry { action: "batch.created", changes: changes(&row), ..subject(&coupon, code.as_ref()) };
    audit::record(tx, actor, tenant, entry, now).await?;
    Ok(Outcome::Asked(Box::new(row)))
}

fn row((tenant, id, coupon): (Uuid, Uuid, Uuid), plan: Plan, job_id: Uuid, actor: &Actor, now: DateTime<Utc>) -> Model {
    Model {
        tenant_id: tenant,
        id,
        coupon_id: coupon,
        prefix: plan.prefix,
        length: plan.length,
        group_size: plan.group,
        max_uses: plan.max_uses,
        count: plan.count,
        made: 0,
        job_id,
        voided_at: None,
        voided: 0,
        void_job_id: None,
        created_by: actor.label.clone(),
        created_at: now,
    }
}

fn changes(row: &Model) -> Vec<Change> {
    let mut changes = vec![Change::new("codes", (), row.count), Change::new("random characters", (), row.length)];
    if !row.prefix.is_empty() {
        changes.push(Change::new("prefix", (), row.prefix.clone()));
    }
    if let Some(most) = row.max_uses {
        changes.push(Change::new("uses of each code", (), most));
    }
    changes
}
