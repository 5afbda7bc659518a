//! Refusals: the named reasons why a code cannot be used, each with what is missing. A refusal is a value;
//! its machine code, its status, what strangers see of it and its sentence are each said in one place.

mod answer;
mod sentence;

use std::fmt;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::code::Malformed;
use crate::money::Currency;
use crate::organizations::limits::Obstacle;

pub use answer::{Family, StrangerAnswer};
pub use sentence::{Messages, Voice};

/// Why a code cannot be used. In the order in which the rule looks; money is in minor units. `product` is
/// what people call the product.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum Refusal {
    /// What was typed cannot be a code.
    MalformedCode {
        /// Why not.
        fault: Malformed,
    },
    /// There is no such code for this asker. Only staff learn the inner reason.
    UnknownCode {
        /// The inner reason.
        because: UnknownBecause,
    },
    /// The tenant has coupons switched off.
    CouponsDisabled,
    /// The code is for organizations and was entered for an order.
    NotForOrders,
    /// The code is for orders and was typed on an organization's page.
    NotForOrganizations,
    /// Somebody paused the coupon.
    Paused,
    /// It is over.
    Expired {
        /// Since this instant.
        ended_at: DateTime<Utc>,
    },
    /// It has not begun.
    NotStarted {
        /// It opens at this instant.
        starts_at: DateTime<Utc>,
    },
    /// A limit counts persons and none is known.
    SignInRequired,
    /// The coupon is for other people.
    NotAssigned,
    /// The one use there is was made, with this very code.
    AlreadyApplied {
        /// Whose limit it was.
        holder: Holder,
        /// When.
        applied_at: DateTime<Utc>,
    },
    /// This person has used it as often as one person may.
    PersonLimit {
        /// That often.
        max: i64,
    },
    /// This organization has used it as often as one organization may.
    OrganizationLimit {
        /// That often.
        max: i64,
    },
    /// All uses of the coupon, or of this code of it, are confirmed.
    Exhausted {
        /// Which of the two.
        limit: UsedUp,
    },
    /// The money is spent.
    BudgetExhausted,
    /// All that is left is in unpaid orders.
    Held {
        /// Left of what.
        limit: HeldLimit,
        /// When the first of those orders gives it back, if it is not paid.
        until: Option<DateTime<Utc>>,
    },
    /// The order is in another currency.
    CurrencyMismatch {
        /// The tenant's.
        expected: Currency,
        /// The order's.
        given: String,
    },
    /// The coupon is not for this type of product.
    ProductTypeNotEligible {
        /// The product.
        product: String,
    },
    /// The coupon is not for this product.
    ProductNotEligible {
        /// The product.
        product: String,
    },
    /// The product is sold under a retail licence.
    RetailLicensed {
        /// The product.
        product: String,
    },
    /// The private product has no price: only a 100 % code gives it.
    FullDiscountRequired {
        /// The product.
        product: String,
    },
    /// The code was used for this product as often as it may be.
    ProductLimit {
        /// The product.
        product: String,
        /// That often.
        max: i64,
    },
    /// The eligible lines come to less than the coupon asks for.
    BelowMinimum {
        /// What they must come to.
        minimum: i64,
        /// What they come to.
        subtotal: i64,
    },
    /// 100 % over several different products.
    FullDiscountSingleItem {
        /// How many different products it would make free.
        products: usize,
    },
    /// This person would have more free units of a product than one person may.
    FreeClaimsLimit {
        /// The product.
        product: String,
        /// As many as a person may have.
        max: i64,
        /// As many as this person may still have.
        left: i64,
    },
    /// Every limit already is where the code would bring it.
    LimitUnchanged {
        /// The limits.
        limits: Vec<String>,
    },
    /// Some limits cannot be changed.
    LimitNotApplicable {
        /// Which, and why.
        limits: Vec<LimitObstacle>,
    },
    /// The code would do nothing.
    NoEffect {
        /// Why.
        because: NoEffectBecause,
    },
}

/// Why a code is unknown: for staff only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UnknownBecause {
    /// No tenant has such a code.
    NoSuchCode,
    /// This tenant's code was deleted.
    CodeDeleted,
    /// The code's coupon was deleted.
    CouponDeleted,
    /// It is another tenant's.
    AnotherTenant,
    /// It is a trap: nobody was ever given it.
    Canary,
}

/// Who has a limit of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Holder {
    /// A person.
    Person,
    /// An organization.
    Organization,
}

/// What has a maximum of uses for everybody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UsedUp {
    /// The coupon, over all its codes.
    Coupon,
    /// This one code.
    Code,
}

/// The limit whose rest is in unpaid orders.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "of", rename_all = "snake_case")]
pub enum HeldLimit {
    /// The coupon's uses.
    Coupon,
    /// The code's uses.
    Code,
    /// The coupon's money.
    Budget,
    /// This person's uses.
    Person,
    /// This organization's uses.
    Organization,
    /// The uses of this product.
    Product {
        /// The product.
        product: String,
    },
    /// This person's free units of this product.
    FreeClaims {
        /// The product.
        product: String,
    },
}

/// A limit that cannot be changed, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LimitObstacle {
    /// The key of its definition.
    pub key: String,
    /// What people call it; the key, if there is no definition.
    pub label: String,
    /// Why.
    #[serde(flatten)]
    pub obstacle: Obstacle,
}

/// Why a code would do nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoEffectBecause {
    /// The order has no items.
    NothingToDiscount,
    /// Its prices are 0, or so low that the discount rounds to nothing.
    NothingOff,
    /// Nothing costs more than the minimum charge.
    MinimumCharge,
    /// What is left of the budget is less than any unit's discount.
    BudgetTooSmall,
    /// The benefit itself is empty.
    EmptyBenefit,
}

impl fmt::Display for Refusal {
    /// The machine code.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

#[cfg(test)]
mod tests;
