//! What is missing when a redemption is reversed whose credit was spent already, and how it comes in later: credit that an
//! order gives back covers it first, or one code would be worth its credit twice.

use crate::audit::Actor;
use crate::db::tables::{credit_entries, redemptions};
use crate::error::Error;
use crate::money::Currency;
use crate::organizations::spending::{self, Spend};
use crate::redemptions::redemption::State;
use crate::tenants::Tenant;
use chrono::{DateTime, Utc};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder};
use uuid::Uuid;

/// What needs attention about a reversed redemption whose credit is missing, in minor units.
#[must_use]
pub fn sentence(currency: Currency, missing: i64) -> String {
    format!("{} of the credit was spent before the reversal.", currency.money(missing))
}

/// What a redemption granted and nobody has taken back, in minor units.
///
/// # Errors
/// When the database does not answer.
pub async fn still_granted(connection: &impl ConnectionTrait, tenant: Uuid, redemption: Uuid) -> Result<i64, Error> {
    use credit_entries::{Column, Entity};
    let entries = Entity::find().filter(Column::TenantId.eq(tenant)).filter(Column::RedemptionId.eq(redemption));
    Ok(entries.all(connection).await?.iter().map(|entry| entry.amount).sum())
}

/// Takes what is missing of reversed redemptions out of credit that has just come back to their organization. That is locked,
/// as it is by whoever changes a redemption of it. What somebody has dealt with already is left alone.
///
/// # Errors
/// When the database does not answer.
pub async fn cover(
    tx: &DatabaseTransaction,
    actor: &Actor,
    (tenant, organization): (&Tenant, Uuid),
    mut returned: i64,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    use redemptions::{Column, Entity};
    let missing = Entity::find()
        .filter(Column::TenantId.eq(tenant.id))
        .filter(Column::OrganizationId.eq(organization))
        .filter(Column::State.eq(State::Reversed.word()))
        .filter(Column::NeedsAttention.is_not_null())
        .order_by_asc(Column::Id);
    for row in missing.all(tx).await? {
        let missing = still_granted(tx, tenant.id, row.id).await?;
        let memo = "Credit of a reversed redemption".to_owned();
        let most = Spend { amount: missing.min(returned), external_ref: None, memo };
        if most.amount < 1 {
            continue;
        }
        let taken = spending::take_back(tx, actor, (tenant, organization), (row.id, most), now).await?;
        returned -= taken;
        let left = Some(missing - taken).filter(|left| *left > 0).map(|left| sentence(tenant.currency, left));
        Entity::update_many()
            .col_expr(Column::NeedsAttention, Expr::value(left))
            .col_expr(Column::UpdatedAt, Expr::value(now))
            .filter(Column::TenantId.eq(tenant.id))
            .filter(Column::Id.eq(row.id))
            .exec(tx)
            .await?;
    }
    Ok(())
}
