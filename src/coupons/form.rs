//! The form of a coupon: what was typed, kept as it was typed, and how it becomes a coupon.
//!
//! The server reads only the fields of the chosen benefit. An empty maximum is unlimited, 0 is closed.

mod fill;
mod read;
mod scope;
mod texts;

use crate::coupons::benefit::Benefit;
use crate::coupons::code::CodeText;
use crate::coupons::coupon::{BenefitEnds, Coupon, RestoreUses, UsesPer};
use crate::coupons::queries::Choices;
use crate::error::Error;
use crate::organizations::limits::LimitMode;
use crate::tenants::Tenant;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use uuid::Uuid;

pub use fill::Shown;
pub use read::{optional_count, read};

/// Every field, as typed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[expect(missing_docs, reason = "each field is named after the field of the coupon it becomes")]
pub struct CouponForm {
    /// What makes a second click the same request; not part of the coupon.
    #[serde(skip_serializing)]
    pub request_key: String,
    /// The version that was opened.
    pub version: String,
    /// Another button than Save: `generate`, `find_products`, `close_uses`, `close_budget`.
    pub then: String,
    pub code: String,
    pub benefit: String,
    pub percent: String,
    pub maximum_discount: String,
    pub amount: String,
    pub credit: String,
    pub limit_key: Vec<String>,
    pub limit_mode: Vec<String>,
    pub limit_value: Vec<String>,
    pub applies: String,
    pub product_types: Vec<String>,
    pub product_search: String,
    pub products: Vec<String>,
    pub excluded_products: String,
    pub people: String,
    pub minimum_amount: String,
    pub uses_per: String,
    pub max_uses: String,
    pub max_uses_per_person: String,
    /// Of a benefit for orders.
    pub max_uses_per_organization: String,
    /// Of a benefit for organizations; a new one starts with one.
    pub organization_uses: Option<String>,
    pub max_uses_per_product: String,
    pub budget: String,
    pub valid_from: String,
    pub valid_from_time: String,
    pub valid_until: String,
    pub valid_until_time: String,
    pub discounted_periods: String,
    pub benefit_ends: String,
    pub restore_uses: String,
    pub gift: String,
    pub leak_uses: String,
    pub leak_minutes: String,
    pub name: String,
    pub description: String,
    pub note: String,
    pub tags: String,
    /// What a machine says to the point, in place of the fields that say it for people.
    #[serde(skip)]
    pub exact: Option<Exact>,
}

/// What the fields of a form cannot say, or not so exactly: instants, unlimited in either mode, products without a sku.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "each field is named after the field of the coupon it becomes")]
pub struct Exact {
    pub valid_from: Option<DateTime<Utc>>,
    pub valid_until: Option<DateTime<Utc>>,
    pub excluded_products: Vec<Uuid>,
    /// How limits without a number meet what is there, by key.
    pub unlimited: BTreeMap<String, LimitMode>,
}

/// What a form is read against.
#[derive(Clone, Debug)]
pub struct Known<'a> {
    /// Whose currency and time zone apply.
    pub tenant: &'a Tenant,
    /// The tenant's types and limits.
    pub choices: &'a Choices,
    /// The types of the products that the form names and the tenant has.
    pub products: BTreeMap<Uuid, String>,
    /// The ids of the products whose sku the form names.
    pub skus: BTreeMap<String, Uuid>,
}

/// A form that says a whole coupon.
#[derive(Clone, Debug)]
pub struct Draft {
    /// The coupon.
    pub coupon: Coupon,
    /// Its code; `None` when an existing coupon is edited.
    pub code: Option<CodeText>,
    /// The addresses of the people it is for.
    pub people: Vec<String>,
}

impl CouponForm {
    /// Refuses words that no choice of the form has.
    ///
    /// # Errors
    /// [`Error::BadRequest`].
    pub fn check_words(&self) -> Result<(), Error> {
        let one_of = |word: &str, words: &[&str]| word.is_empty() || words.contains(&word);
        let fits = one_of(&self.benefit, &Benefit::KINDS)
            && one_of(&self.applies, &["all", "types"])
            && one_of(&self.then, &["generate", "find_products", "close_uses", "close_budget"])
            && one_of(&self.gift, &["yes"])
            && (self.uses_per.is_empty() || UsesPer::from_word(&self.uses_per).is_some())
            && (self.benefit_ends.is_empty() || BenefitEnds::from_word(&self.benefit_ends).is_some())
            && (self.restore_uses.is_empty() || RestoreUses::from_word(&self.restore_uses).is_some())
            && self.limit_mode.iter().all(|mode| one_of(mode, &["raise_to", "set", "unlimited"]))
            && self.limit_key.len() == self.limit_mode.len()
            && self.limit_key.len() == self.limit_value.len()
            && self.products.iter().all(|id| id.parse::<Uuid>().is_ok());
        if fits { Ok(()) } else { Err(Error::BadRequest("The form holds a choice that it does not offer.".to_owned())) }
    }

    /// The kind of benefit that is chosen; percentages where nothing is.
    #[must_use]
    pub fn kind(&self) -> &str {
        if self.benefit.is_empty() { "percentage" } else { &self.benefit }
    }

    /// Whether the chosen benefit is for organizations.
    #[must_use]
    pub fn is_for_organizations(&self) -> bool {
        matches!(self.kind(), "credit" | "limits")
    }

    /// The products it names.
    #[must_use]
    pub fn product_ids(&self) -> Vec<Uuid> {
        self.products.iter().filter_map(|id| id.parse().ok()).collect()
    }

    /// Every product it names by its id.
    #[must_use]
    pub fn named_products(&self) -> Vec<Uuid> {
        let excluded = self.exact.iter().flat_map(|exact| &exact.excluded_products);
        self.product_ids().into_iter().chain(excluded.copied()).collect()
    }

    /// The skus of the products it leaves out.
    #[must_use]
    pub fn excluded_skus(&self) -> Vec<String> {
        texts::parts(&self.excluded_products)
    }

    /// The field of a message: its own id on the page.
    #[must_use]
    pub fn field_of_conflict(&self, field: &'static str) -> &'static str {
        match field {
            "amount" if self.kind() == "credit" => "credit",
            "max_discount" => "maximum_discount",
            "max_uses_per_organization" if self.is_for_organizations() => "organization_uses",
            other => other,
        }
    }
}

#[cfg(test)]
mod tests;
