//! What machines are told of a refusal: its code, its status, when to come back; and how much of it
//! strangers may see.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::Refusal;

/// All that a preview says to a stranger. Everything a stranger must not know looks like an unknown code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StrangerAnswer {
    /// That is no code: 400.
    Malformed,
    /// There is no such code: 404.
    Unknown,
    /// There was such an offer: 410.
    Ended,
}

/// The families in which a tenant may give messages of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Family {
    /// No valid discount was found.
    NoValidDiscount,
    /// What is to be bought, or the organization, does not meet the requirements.
    RequirementsNotMet,
    /// A total discount is not for several different titles.
    FullDiscountForSeveral,
}

/// When to try again if nobody knows when a hold ends.
const UNKNOWN_HOLD_SECONDS: i64 = 60;

impl StrangerAnswer {
    /// The HTTP status of a preview.
    #[must_use]
    pub const fn status(self) -> u16 {
        match self {
            Self::Malformed => 400,
            Self::Unknown => 404,
            Self::Ended => 410,
        }
    }
}

impl Refusal {
    /// The machine code: `below_minimum`. Stable, never translated.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::MalformedCode { .. } => "malformed_code",
            Self::UnknownCode { .. } => "unknown_code",
            Self::CouponsDisabled => "coupons_disabled",
            Self::NotForOrders => "not_for_orders",
            Self::NotForOrganizations => "not_for_organizations",
            Self::Paused => "paused",
            Self::Expired { .. } => "expired",
            Self::NotStarted { .. } => "not_started",
            Self::SignInRequired => "sign_in_required",
            Self::NotAssigned => "not_assigned",
            Self::AlreadyApplied { .. } => "already_applied",
            Self::PersonLimit { .. } => "person_limit",
            Self::OrganizationLimit { .. } => "organization_limit",
            Self::Exhausted { .. } => "exhausted",
            Self::BudgetExhausted => "budget_exhausted",
            Self::Held { .. } => "held",
            Self::CurrencyMismatch { .. } => "currency_mismatch",
            Self::ProductTypeNotEligible { .. } => "product_type_not_eligible",
            Self::ProductNotEligible { .. } => "product_not_eligible",
            Self::RetailLicensed { .. } => "retail_licensed",
            Self::FullDiscountRequired { .. } => "full_discount_required",
            Self::ProductLimit { .. } => "product_limit",
            Self::BelowMinimum { .. } => "below_minimum",
            Self::FullDiscountSingleItem { .. } => "full_discount_single_item",
            Self::FreeClaimsLimit { .. } => "free_claims_limit",
            Self::LimitUnchanged { .. } => "limit_unchanged",
            Self::LimitNotApplicable { .. } => "limit_not_applicable",
            Self::NoEffect { .. } => "no_effect",
        }
    }

    /// The HTTP status of the API.
    #[must_use]
    pub const fn status(&self) -> u16 {
        match self {
            Self::MalformedCode { .. } => 400,
            Self::SignInRequired => 401,
            Self::CouponsDisabled | Self::NotAssigned => 403,
            Self::UnknownCode { .. } => 404,
            Self::AlreadyApplied { .. }
            | Self::PersonLimit { .. }
            | Self::OrganizationLimit { .. }
            | Self::Held { .. }
            | Self::LimitUnchanged { .. }
            | Self::LimitNotApplicable { .. } => 409,
            Self::Paused | Self::Expired { .. } | Self::Exhausted { .. } | Self::BudgetExhausted => 410,
            Self::NotForOrders
            | Self::NotForOrganizations
            | Self::NotStarted { .. }
            | Self::CurrencyMismatch { .. }
            | Self::ProductTypeNotEligible { .. }
            | Self::ProductNotEligible { .. }
            | Self::RetailLicensed { .. }
            | Self::FullDiscountRequired { .. }
            | Self::ProductLimit { .. }
            | Self::BelowMinimum { .. }
            | Self::FullDiscountSingleItem { .. }
            | Self::FreeClaimsLimit { .. }
            | Self::NoEffect { .. } => 422,
        }
    }

    /// What a preview says of it; `None` for what a preview never looks at, having no person, organization,
    /// place or items.
    #[must_use]
    pub const fn for_strangers(&self) -> Option<StrangerAnswer> {
        match self {
            Self::MalformedCode { .. } => Some(StrangerAnswer::Malformed),
            Self::UnknownCode { .. } | Self::CouponsDisabled | Self::NotStarted { .. } | Self::NotAssigned => {
                Some(StrangerAnswer::Unknown)
            }
            Self::Paused
            | Self::Expired { .. }
            | Self::Exhausted { .. }
            | Self::BudgetExhausted
            | Self::Held { .. } => Some(StrangerAnswer::Ended),
            _ => None,
        }
    }

    /// Which of a tenant's own messages stands for it.
    #[must_use]
    pub const fn family(&self) -> Family {
        match self {
            Self::FullDiscountSingleItem { .. } => Family::FullDiscountForSeveral,
            Self::NotForOrders
            | Self::NotForOrganizations
            | Self::CurrencyMismatch { .. }
            | Self::ProductTypeNotEligible { .. }
            | Self::ProductNotEligible { .. }
            | Self::RetailLicensed { .. }
            | Self::FullDiscountRequired { .. }
            | Self::ProductLimit { .. }
            | Self::BelowMinimum { .. }
            | Self::FreeClaimsLimit { .. }
            | Self::LimitUnchanged { .. }
            | Self::LimitNotApplicable { .. }
            | Self::NoEffect { .. } => Family::RequirementsNotMet,
            _ => Family::NoValidDiscount,
        }
    }

    /// The seconds after which trying again makes sense, at least 1: only for what is held.
    #[must_use]
    pub fn retry_after(&self, now: DateTime<Utc>) -> Option<i64> {
        let Self::Held { until, .. } = self else {
            return None;
        };
        let seconds = until.map_or(UNKNOWN_HOLD_SECONDS, |until| {
            // A part of a second is a whole one to wait.
            (until.signed_duration_since(now).num_milliseconds() + 999).div_euclid(1000)
        });
        Some(seconds.max(1))
    }

    /// What is missing to the minimum amount, in minor units.
    #[must_use]
    pub fn missing_amount(&self) -> Option<i64> {
        match self {
            Self::BelowMinimum { minimum, subtotal } => Some(minimum.saturating_sub(*subtotal)),
            _ => None,
        }
    }
}
