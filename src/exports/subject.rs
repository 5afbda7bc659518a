//! What can be exported.

use crate::accounts::role::Role;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What the rows of an export are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    /// Every line of every redemption.
    Usage,
    /// Those of one coupon.
    CouponUsage,
    /// Coupons, as their list is filtered.
    Coupons,
    /// The codes of a batch.
    Codes,
    /// Entries of the audit log.
    Audit,
}

impl Subject {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Usage, Self::CouponUsage, Self::Coupons, Self::Codes, Self::Audit];

    /// The word in forms and in the database; it never changes.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Usage => "usage",
            Self::CouponUsage => "coupon_usage",
            Self::Coupons => "coupons",
            Self::Codes => "codes",
            Self::Audit => "audit",
        }
    }

    /// The subject with this word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|subject| subject.word() == word)
    }

    /// What people read, and what a sheet is called.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Usage | Self::CouponUsage => "Redemptions",
            Self::Coupons => "Coupons",
            Self::Codes => "Codes",
            Self::Audit => "Audit log",
        }
    }

    /// How a file begins its name.
    #[must_use]
    pub const fn file_name(self) -> &'static str {
        match self {
            Self::Usage | Self::CouponUsage => "redemptions",
            Self::Coupons => "coupons",
            Self::Codes => "codes",
            Self::Audit => "audit-log",
        }
    }

    /// The least role that may have it: whoever reads the audit log may take it along.
    #[must_use]
    pub const fn least_role(self) -> Role {
        match self {
            Self::Audit => Role::Support,
            Self::Usage | Self::CouponUsage | Self::Coupons | Self::Codes => Role::Admin,
        }
    }

    /// The fields of a filter that narrow it.
    #[must_use]
    pub const fn narrowed_by(self) -> &'static [&'static str] {
        match self {
            Self::Usage => &["from", "until"],
            Self::CouponUsage => &["coupon_id", "from", "until"],
            Self::Coupons => &["q", "status", "benefit", "product_type", "tag", "tab"],
            Self::Codes => &["batch_id"],
            Self::Audit => &["person", "organization", "code", "action", "from", "until"],
        }
    }
}
