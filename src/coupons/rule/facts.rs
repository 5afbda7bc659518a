//! What the rule must know. Plain data that a database layer loads for many commands at once; every count is
//! as of the decision's `now`, so overdue holds are already taken off.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use uuid::Uuid;

use crate::coupons::coupon::{ProductKey, UseCounters};
use crate::money::Currency;
use crate::organizations::limits::OrganizationLimit;

/// Everything a decision depends on, beside the coupon and its code, which carry their own counters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// The settings of the tenant.
    pub tenant: TenantRules,
    /// The person behind the entry; `None` if none is known. Ignored by a preview.
    pub person: Option<PersonFacts>,
    /// The organization the code is applied to, or for which an order is made. Ignored by a preview.
    pub organization: Option<OrganizationFacts>,
    /// For each product of the basket; a missing one was never counted.
    pub products: BTreeMap<ProductKey, ProductFacts>,
    /// The earliest `held_until` among the holds of the coupon, over all its codes.
    pub coupon_held_until: Option<DateTime<Utc>>,
    /// The earliest `held_until` among the holds of this code.
    pub code_held_until: Option<DateTime<Utc>>,
    /// This person's unpaid holds that count against any limit looked at here, and the hold this entry's
    /// order reference already has, whosever it is.
    pub own_holds: Vec<OwnHold>,
}

/// The settings of a tenant the rule asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TenantRules {
    /// The `Discount Coupons` flag.
    pub coupons_enabled: bool,
    /// All its money is in this currency.
    pub currency: Currency,
    /// Where its days and months begin.
    pub time_zone: Tz,
    /// The least a discounted unit may cost unless it is free, in minor units.
    pub minimum_charge: i64,
    /// Whether 100 % is refused for several different products.
    pub full_discount_single_item: bool,
    /// How many units of one product codes may make free for one person, over all coupons.
    pub free_claims_per_person: Option<i64>,
}

/// A counter row, and when the first of its holds is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Usage {
    /// Confirmed and held uses.
    pub counters: UseCounters,
    /// The earliest `held_until` among the holds it counts.
    pub held_until: Option<DateTime<Utc>>,
}

/// What is known of the person behind an entry.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PersonFacts {
    /// This person's uses of the coupon.
    pub usage: Usage,
    /// Whether the coupon's list of people has this person.
    pub assigned: bool,
    /// When this person's latest confirmed redemption of this very code was confirmed.
    pub applied_at: Option<DateTime<Utc>>,
}

/// What is known of the organization of an entry.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct OrganizationFacts {
    /// This organization's uses of the coupon.
    pub usage: Usage,
    /// When this organization's latest confirmed redemption of this very code was confirmed.
    pub applied_at: Option<DateTime<Utc>>,
    /// Its limits, at least those the benefit names and the tenant defines.
    pub limits: Vec<OrganizationLimit>,
}

/// What is known of a product of the basket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ProductFacts {
    /// Uses of the coupon for this product, by anybody.
    pub usage: Usage,
    /// Units of it that any coupon made free for this person.
    pub free: Usage,
}

/// A hold that goes when it is in the way, and what it takes from each of the counters above. Where a counter
/// does not count it (a hold of another coupon, another code, another organization), it takes 0.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct OwnHold {
    /// The held redemption.
    pub redemption_id: Uuid,
    /// It belongs to this entry's own order reference: this entry takes its place, whatever it takes.
    pub swapped_out: bool,
    /// Of the coupon's uses.
    pub coupon_uses: i64,
    /// Of the code's uses.
    pub code_uses: i64,
    /// Of the coupon's budget.
    pub spent: i64,
    /// Of this person's uses.
    pub person_uses: i64,
    /// Of this organization's uses.
    pub organization_uses: i64,
    /// Of the coupon's uses for each product.
    pub product_uses: BTreeMap<ProductKey, i64>,
    /// Of this person's free units of each product.
    pub free_units: BTreeMap<ProductKey, i64>,
}
