//! The redemptions that somebody has to look at. The overview and the audit log begin with them.

use crate::coupons::queries::first_codes;
use crate::error::Error;
use crate::redemptions::figures;
use sea_orm::ConnectionTrait;
use uuid::Uuid;

/// Redemptions that are named; the audit log has the others.
const LISTED: usize = 5;

/// The newest of them.
pub(super) struct Attention {
    pub(super) rows: Vec<Flagged>,
    /// Whether there are others.
    pub(super) more: bool,
}

/// A redemption that somebody has to look at, and why.
pub(super) struct Flagged {
    pub(super) id: Uuid,
    /// Its code, with its order.
    pub(super) name: String,
    pub(super) why: String,
}

/// Those of a tenant.
///
/// # Errors
/// When the database does not answer.
pub(super) async fn of(connection: &impl ConnectionTrait, tenant: Uuid) -> Result<Attention, Error> {
    let found = figures::needing_attention(connection, tenant, LISTED as u64 + 1).await?;
    let coupons: Vec<Uuid> = found.iter().map(|row| row.coupon_id).collect();
    let codes = if coupons.is_empty() { Default::default() } else { first_codes(connection, tenant, &coupons).await? };
    let more = found.len() > LISTED;
    let flagged = found.into_iter().take(LISTED).filter_map(|row| {
        let code = codes.get(&row.coupon_id).map_or("a code", |code| &code.text);
        let order = row.order_ref.map(|order| format!(" for {order}")).unwrap_or_default();
        Some(Flagged { id: row.id, name: format!("{code}{order}"), why: row.needs_attention? })
    });
    Ok(Attention { rows: flagged.collect(), more })
}
