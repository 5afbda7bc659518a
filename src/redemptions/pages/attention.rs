//! The redemptions that somebody has to look at. The overview and the audit log begin with them.

use crate::error::Error;
use crate::redemptions::queries::{Listed, needing_attention};
use crate::tenants::Tenant;
use chrono::{DateTime, Utc};
use sea_orm::ConnectionTrait;

/// Redemptions that are named; the list has the others.
const LISTED: u8 = 5;

/// The newest of them.
pub(super) struct Attention {
    pub(super) rows: Vec<Listed>,
    /// Whether there are others.
    pub(super) more: bool,
}

/// Those of a tenant.
///
/// # Errors
/// When the database does not answer.
pub(super) async fn of(
    connection: &impl ConnectionTrait,
    tenant: &Tenant,
    now: DateTime<Utc>,
) -> Result<Attention, Error> {
    let one_more = u64::from(LISTED) + 1;
    let mut rows = needing_attention(connection, (tenant.id, tenant.currency), one_more, now).await?;
    let more = rows.len() > usize::from(LISTED);
    rows.truncate(usize::from(LISTED));
    Ok(Attention { rows, more })
}
