//! What the installation's administrators say of a tenant: that it exists, where it answers, and its switches.

use crate::audit::Actor;
use crate::db::tables::tenants::{Column, Entity};
use crate::error::Error;
use crate::tenants::{self, Edited, New, Tenant, fields};
use crate::web::form::Errors;
use chrono::{DateTime, Utc};
use sea_orm::{ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder};
use serde::Deserialize;
use uuid::Uuid;

/// The form of a new tenant.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewTyped {
    /// Its name.
    pub name: String,
    /// Its short name.
    pub slug: String,
    /// Where it answers.
    pub hostname: String,
    /// Its currency's code.
    pub currency: String,
    /// Its time zone's name.
    pub time_zone: String,
    /// What ends every refusal.
    pub support_contact: String,
    /// Ticked or absent.
    pub coupons_enabled: Option<String>,
}

/// The form of what stands.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Typed {
    /// The version that was shown.
    pub version: i64,
    /// Where it answers.
    pub hostname: String,
    /// Ticked or absent.
    pub coupons_enabled: Option<String>,
    /// Ticked or absent.
    pub sandbox_payments: Option<String>,
}

impl Typed {
    /// The form as it stands.
    #[must_use]
    pub fn of(tenant: &Tenant) -> Self {
        let ticked = |on: bool| on.then(|| "yes".to_owned());
        Self {
            version: tenant.row.version,
            hostname: tenant.row.hostname.clone().unwrap_or_default(),
            coupons_enabled: ticked(tenant.row.coupons_enabled),
            sandbox_payments: ticked(tenant.row.sandbox_payments),
        }
    }
}

/// Every tenant, by name.
///
/// # Errors
/// When the database does not answer.
pub async fn all(connection: &impl ConnectionTrait) -> Result<Vec<Tenant>, Error> {
    let rows = Entity::find().order_by_asc(Column::Name).order_by_asc(Column::Id).all(connection).await?;
    rows.into_iter().map(TryInto::try_into).collect()
}

/// Makes a tenant. As soon as there are two, each needs a hostname, or nobody could tell which one is meant.
///
/// # Errors
/// When the database does not answer; within, what is wrong with the form.
pub async fn create(
    tx: &DatabaseTransaction,
    actor: &Actor,
    typed: &NewTyped,
    now: DateTime<Utc>,
) -> Result<Result<Tenant, Errors>, Error> {
    let mut errors = Errors::default();
    let name = errors.keep("name", fields::line(&typed.name, "Enter a name."));
    let slug = errors.keep("slug", fields::slug(&typed.slug));
    let hostname = errors.keep("hostname", fields::hostname(&typed.hostname));
    let currency = errors.keep("currency", fields::currency(&typed.currency));
    let zone = errors.keep("time_zone", fields::zone(&typed.time_zone));
    let contact = fields::line(&typed.support_contact, "Enter whom people ask: an address, a number or a sentence.");
    let support_contact = errors.keep("support_contact", contact);
    for tenant in all(tx).await? {
        if slug.as_deref() == Some(tenant.row.slug.as_str()) {
            errors.add("slug", format!("{} has this short name.", tenant.row.name));
        }
        match (&hostname, &tenant.row.hostname) {
            (Some(Some(wanted)), Some(taken)) if wanted == taken => {
                errors.add("hostname", format!("{wanted} belongs to {}.", tenant.row.name));
            }
            (Some(None), _) => errors.add("hostname", "A second tenant needs a hostname of its own."),
            (_, None) => errors.add("hostname", format!("Give {} a hostname first.", tenant.row.name)),
            _ => {}
        }
    }
    let coupons_enabled = typed.coupons_enabled.is_some();
    let new = (|| {
        let (name, slug, hostname) = (name?, slug?, hostname?);
        let (currency, zone, support_contact) = (currency?, zone?, support_contact?);
        Some(New { slug, name, hostname, currency, zone, support_contact, coupons_enabled, sandbox_payments: false })
    })();
    match new.filter(|_| errors.is_empty()) {
        Some(new) => Ok(Ok(tenants::create(tx, actor, new, now).await?)),
        None => Ok(Err(errors)),
    }
}

/// Changes hostname and switches.
///
/// # Errors
/// [`Error::NotFound`] when there is no such tenant; within, what is wrong with the form.
pub async fn save(
    tx: &DatabaseTransaction,
    actor: &Actor,
    tenant: Uuid,
    typed: &Typed,
    now: DateTime<Utc>,
) -> Result<Result<Edited, Errors>, Error> {
    let mut errors = Errors::default();
    let Some(hostname) = errors.keep("hostname", fields::hostname(&typed.hostname)) else { return Ok(Err(errors)) };
    let others = Entity::find().filter(Column::Id.ne(tenant)).one(tx).await?.is_some();
    if hostname.is_none() && others {
        errors.add("hostname", "There are several tenants, so each needs a hostname.");
        return Ok(Err(errors));
    }
    let edited = tenants::edit(
        tx,
        actor,
        (tenant, typed.version),
        |row| {
            row.hostname = hostname;
            row.coupons_enabled = typed.coupons_enabled.is_some();
            row.sandbox_payments = typed.sandbox_payments.is_some();
        },
        now,
    );
    match edited.await? {
        Edited::HostnameTaken => {
            errors.add("hostname", "This hostname belongs to another tenant.");
            Ok(Err(errors))
        }
        edited => Ok(Ok(edited)),
    }
}
