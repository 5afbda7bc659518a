//! How a tenant comes to be.

use crate::audit::{self, Actor, Change, Entry};
use crate::db::tables::tenants::{ActiveModel, Entity, Model};
use crate::error::{self, Error};
use crate::money::Currency;
use crate::tenants::Tenant;
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use sea_orm::{DatabaseTransaction, EntityTrait};
use uuid::Uuid;

/// A tenant to be made; what is not named here starts at its default and is changed in the settings.
#[derive(Clone, Debug)]
pub struct New {
    /// Its short name, unique in the installation.
    pub slug: String,
    /// What people call it.
    pub name: String,
    /// Where it answers; needed as soon as there are two.
    pub hostname: Option<String>,
    /// All its money is in this currency.
    pub currency: Currency,
    /// Dates typed and shown are in this zone.
    pub zone: Tz,
    /// Ends every refusal.
    pub support_contact: String,
    /// Whether it has coupons at all.
    pub coupons_enabled: bool,
    /// Whether payments are only played.
    pub sandbox_payments: bool,
}

/// Makes a tenant.
///
/// # Errors
/// [`Error::Conflict`] when the short name or the hostname is taken.
pub async fn create(tx: &DatabaseTransaction, actor: &Actor, new: New, now: DateTime<Utc>) -> Result<Tenant, Error> {
    let row = Model {
        id: Uuid::now_v7(),
        slug: new.slug,
        name: new.name,
        hostname: new.hostname,
        base_url: None,
        currency: new.currency.code().to_owned(),
        time_zone: new.zone.name().to_owned(),
        minimum_charge: 0,
        support_contact: new.support_contact,
        hold_minutes: 45,
        coupons_enabled: new.coupons_enabled,
        full_discount_single_item: true,
        free_claims_per_person: None,
        sandbox_payments: new.sandbox_payments,
        created_at: now,
        updated_at: now,
        version: 1,
        message_no_discount: None,
        message_requirements: None,
        message_full_discount: None,
    };
    match Entity::insert(ActiveModel::from(row.clone())).exec_without_returning(tx).await {
        Ok(_) => {}
        Err(failure) if error::is_taken(&failure) => {
            return Err(Error::Conflict("Another tenant has this short name or hostname.".to_owned()));
        }
        Err(failure) => return Err(failure.into()),
    }
    audit::record(tx, actor, row.id, created(&row), now).await?;
    row.try_into()
}

fn created(row: &Model) -> Entry {
    let nothing = serde_json::Value::Null;
    let change = |field, after: serde_json::Value| Change::new(field, nothing.clone(), after);
    Entry {
        action: "tenant.created",
        subject_kind: "tenant",
        subject_id: row.id.to_string(),
        subject_label: row.name.clone(),
        changes: vec![
            change("name", row.name.clone().into()),
            change("slug", row.slug.clone().into()),
            change("hostname", row.hostname.clone().into()),
            change("currency", row.currency.clone().into()),
            change("time_zone", row.time_zone.clone().into()),
            change("support_contact", row.support_contact.clone().into()),
            change("coupons_enabled", row.coupons_enabled.into()),
        ],
        ..Entry::default()
    }
}
