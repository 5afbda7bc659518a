//! A tenant as the program works with it.

use crate::db::tables::tenants::Model;
use crate::error::Error;
use crate::money::Currency;
use anyhow::anyhow;
use chrono_tz::Tz;
use uuid::Uuid;

/// A tenant whose currency and time zone have been understood.
#[derive(Clone, Debug)]
pub struct Tenant {
    /// Its id.
    pub id: Uuid,
    /// All its money is in this currency.
    pub currency: Currency,
    /// Dates typed and shown are in this zone.
    pub zone: Tz,
    /// The row as it stands.
    pub row: Model,
}

impl Tenant {
    /// The address under which its people reach it: its own base URL, or the installation's.
    #[must_use]
    pub fn base_url<'a>(&'a self, installation: Option<&'a str>) -> Option<&'a str> {
        self.row.base_url.as_deref().or(installation)
    }
}

impl TryFrom<Model> for Tenant {
    type Error = Error;

    fn try_from(row: Model) -> Result<Self, Error> {
        let currency = Currency::from_code(&row.currency)
            .ok_or_else(|| anyhow!("tenant {} has the unknown currency {}", row.slug, row.currency))?;
        let zone = row.time_zone.parse().map_err(|_| anyhow!("tenant {} has an unknown time zone", row.slug))?;
        Ok(Self { id: row.id, currency, zone, row })
    }
}
