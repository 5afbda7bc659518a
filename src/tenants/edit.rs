//! How a tenant's row changes: against the version that was shown, with the fields before and after on record.

use crate::audit::{self, Actor, Change, Entry};
use crate::db::tables::tenants::{ActiveModel, Column, Entity, Model};
use crate::error::{self, Error};
use crate::tenants::Tenant;
use chrono::{DateTime, Utc};
use sea_orm::{ActiveModelTrait, ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter, QuerySelect};
use serde_json::Value;
use uuid::Uuid;

/// What came of an edit.
#[derive(Debug)]
pub enum Edited {
    /// It was saved, or there was nothing to save.
    Saved(Tenant),
    /// Somebody else saved meanwhile; this is what stands now.
    Conflict(Tenant),
    /// Another tenant has the hostname.
    HostnameTaken,
}

/// Changes a tenant, if it still has the version that was shown.
///
/// # Errors
/// [`Error::NotFound`] when there is no such tenant.
pub async fn edit(
    tx: &DatabaseTransaction,
    actor: &Actor,
    (tenant, version): (Uuid, i64),
    change: impl FnOnce(&mut Model),
    now: DateTime<Utc>,
) -> Result<Edited, Error> {
    let before = Entity::find_by_id(tenant).lock_exclusive().one(tx).await?.ok_or(Error::NotFound)?;
    if before.version != version {
        return Ok(Edited::Conflict(before.try_into()?));
    }
    let mut after = before.clone();
    change(&mut after);
    let changes = changes(&before, &after);
    if changes.is_empty() {
        return Ok(Edited::Saved(before.try_into()?));
    }
    after.version += 1;
    after.updated_at = now;
    let row = ActiveModel::from(after.clone()).reset_all();
    match Entity::update_many().set(row).filter(Column::Id.eq(tenant)).exec(tx).await {
        Ok(_) => {}
        Err(failure) if error::is_taken(&failure) => return Ok(Edited::HostnameTaken),
        Err(failure) => return Err(failure.into()),
    }
    let entry = Entry {
        action: "tenant.edited",
        subject_kind: "tenant",
        subject_id: tenant.to_string(),
        subject_label: after.name.clone(),
        changes,
        ..Entry::default()
    };
    audit::record(tx, actor, tenant, entry, now).await?;
    Ok(Edited::Saved(after.try_into()?))
}

fn changes(before: &Model, after: &Model) -> Vec<Change> {
    let pairs = shown(before).into_iter().zip(shown(after));
    pairs.filter(|(old, new)| old != new).map(|((field, old), (_, new))| Change::new(field, old, new)).collect()
}

/// The fields that can be edited, as their forms show them. Money is in the currency of its own row.
fn shown(row: &Model) -> Vec<(&'static str, Value)> {
    let money = crate::money::Currency::from_code(&row.currency)
        .map_or_else(|| row.minimum_charge.to_string(), |currency| currency.money(row.minimum_charge).to_string());
    vec![
        ("name", row.name.clone().into()),
        ("hostname", row.hostname.clone().into()),
        ("base_url", row.base_url.clone().into()),
        ("currency", row.currency.clone().into()),
        ("time_zone", row.time_zone.clone().into()),
        ("minimum_charge", money.into()),
        ("support_contact", row.support_contact.clone().into()),
        ("hold_minutes", row.hold_minutes.into()),
        ("coupons_enabled", row.coupons_enabled.into()),
        ("full_discount_single_item", row.full_discount_single_item.into()),
        ("free_claims_per_person", row.free_claims_per_person.into()),
        ("sandbox_payments", row.sandbox_payments.into()),
        ("message_no_discount", row.message_no_discount.clone().into()),
        ("message_requirements", row.message_requirements.clone().into()),
        ("message_full_discount", row.message_full_discount.clone().into()),
    ]
}
