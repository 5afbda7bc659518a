//! What the rule and its sentences take from a tenant.

use crate::coupons::refusal::{Messages, Voice};
use crate::coupons::rule::facts::TenantRules;
use crate::tenants::Tenant;
use chrono::{DateTime, Utc};

/// The settings the rule asks for.
#[must_use]
pub fn rules(tenant: &Tenant) -> TenantRules {
    TenantRules {
        coupons_enabled: tenant.row.coupons_enabled,
        currency: tenant.currency,
        time_zone: tenant.zone,
        minimum_charge: tenant.row.minimum_charge,
        full_discount_single_item: tenant.row.full_discount_single_item,
        free_claims_per_person: tenant.row.free_claims_per_person,
    }
}

/// How sentences to this tenant's people are worded.
#[must_use]
pub fn voice(tenant: &Tenant, now: DateTime<Utc>) -> Voice<'_> {
    let messages = Messages {
        no_valid_discount: tenant.row.message_no_discount.as_deref(),
        requirements_not_met: tenant.row.message_requirements.as_deref(),
        full_discount_for_several: tenant.row.message_full_discount.as_deref(),
    };
    Voice { currency: tenant.currency, zone: tenant.zone, support_contact: &tenant.row.support_contact, now, messages }
}
