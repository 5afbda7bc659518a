//! A coupon and a code as callers read them.

use super::fields::CouponFields;
use crate::coupons::benefit::Benefit;
use crate::coupons::code::Code;
use crate::coupons::coupon::{Coupon, Status};
use crate::coupons::{names, queries, rows, save};
use crate::error::Error;
use crate::tenants::Tenant;
use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use sea_orm::ConnectionTrait;
use serde::Serialize;
use uuid::Uuid;

/// A coupon with all that is known of it.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct CouponView {
    /// Its id.
    pub id: Uuid,
    /// Its first code.
    pub code: Option<String>,
    /// How many codes it has.
    pub codes: i64,
    /// The currency of every amount here.
    pub currency: &'static str,
    /// What it is now.
    pub status: Status,
    /// What was said of it.
    #[serde(flatten)]
    pub fields: CouponFields,
    /// Confirmed uses.
    pub uses: i64,
    /// Held uses.
    pub held: i64,
    /// Uses that are left; null is unlimited.
    pub remaining: Option<i64>,
    /// What its redemptions gave.
    pub spent: i64,
    /// What its holds would give.
    pub spent_held: i64,
    /// What of the budget is left; null is unlimited.
    pub remaining_budget: Option<i64>,
    /// The user who made it; null where a key did.
    pub created_by: Option<Uuid>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// Since when it is paused.
    pub paused_at: Option<DateTime<Utc>>,
    /// Since when it is deleted.
    pub deleted_at: Option<DateTime<Utc>>,
    /// Moves with every edit.
    pub version: i64,
}

/// A code with what was used of it.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct CodeView {
    /// Its id.
    pub id: Uuid,
    /// The coupon it belongs to.
    pub coupon_id: Uuid,
    /// What people type.
    pub code: String,
    /// How often it can be used, beside the coupon's own limit.
    pub max_uses: Option<i64>,
    /// Whether it is a trap that nobody was given.
    pub canary: bool,
    /// Confirmed uses.
    pub uses: i64,
    /// Held uses.
    pub held: i64,
    /// Since when it is deleted.
    pub deleted_at: Option<DateTime<Utc>>,
}

impl From<&Code> for CodeView {
    fn from(code: &Code) -> Self {
        Self {
            id: code.id,
            coupon_id: code.coupon_id,
            code: code.text.to_string(),
            max_uses: code.max_uses,
            canary: code.canary,
            uses: code.counters.uses,
            held: code.counters.held,
            deleted_at: code.deleted_at,
        }
    }
}

/// These coupons as callers read them, in their order.
///
/// # Errors
/// When the database does not answer.
pub async fn of(
    connection: &impl ConnectionTrait,
    tenant: &Tenant,
    coupons: &[Coupon],
    now: DateTime<Utc>,
) -> Result<Vec<CouponView>, Error> {
    let ids: Vec<Uuid> = coupons.iter().map(|coupon| coupon.id).collect();
    let mut firsts = queries::first_codes(connection, tenant.id, &ids).await?;
    let mut views = Vec::with_capacity(coupons.len());
    for coupon in coupons {
        let first = firsts.remove(&coupon.id);
        let mut fields = fields(connection, tenant.id, coupon).await?;
        if let (Some(benefit), Benefit::Percentage { basis_points, .. }) = (&mut fields.benefit, &coupon.benefit) {
            benefit.percentage = Some(basis_points.to_string());
        }
        views.push(CouponView {
            id: coupon.id,
            codes: first.as_ref().map_or(0, |first| first.codes),
            code: first.map(|first| first.text),
            currency: tenant.currency.code(),
            status: coupon.status(now),
            fields,
            uses: coupon.counters.uses,
            held: coupon.counters.held,
            remaining: coupon.remaining(),
            spent: coupon.counters.spent,
            spent_held: coupon.counters.spent_held,
            remaining_budget: coupon.remaining_budget(),
            created_by: coupon.created_by,
            created_at: coupon.created_at,
            paused_at: coupon.paused_at,
            deleted_at: coupon.deleted_at,
            version: coupon.version,
        });
    }
    Ok(views)
}

/// The coupon as a caller reads it.
///
/// # Errors
/// [`Error::NotFound`] for a coupon that the tenant does not have.
pub async fn one(
    connection: &impl ConnectionTrait,
    tenant: &Tenant,
    id: Uuid,
    now: DateTime<Utc>,
) -> Result<CouponView, Error> {
    let coupon = rows::read(connection, tenant.id, &[id], now).await?.remove(&id);
    let views = of(connection, tenant, &coupon.into_iter().collect::<Vec<_>>(), now).await?;
    views.into_iter().next().ok_or(Error::NotFound)
}

/// The fields of a coupon with the people it is for.
///
/// # Errors
/// When the database does not answer.
pub async fn fields(connection: &impl ConnectionTrait, tenant: Uuid, coupon: &Coupon) -> Result<CouponFields, Error> {
    if !coupon.assigned_people_only {
        return Ok(CouponFields::of(coupon, Vec::new()));
    }
    let people = save::people_of(connection, tenant, coupon.id).await?;
    let names = names::of(connection, tenant, &[], &people).await?;
    Ok(CouponFields::of(coupon, names.addresses(&people)))
}
