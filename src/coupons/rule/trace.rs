//! What the rule looked at: every check with its verdict and its inputs, for the why-not page and for staff.

use chrono::{DateTime, Utc};
use serde::{Serialize, Serializer};

use crate::coupons::refusal::Refusal;

/// The checks of the rule, each named after its refusal and described there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Check {
    MalformedCode,
    UnknownCode,
    CouponsDisabled,
    NotForOrders,
    NotForOrganizations,
    Paused,
    Expired,
    NotStarted,
    SignInRequired,
    NotAssigned,
    AlreadyApplied,
    PersonLimit,
    OrganizationLimit,
    Exhausted,
    BudgetExhausted,
    Held,
    CurrencyMismatch,
    ProductTypeNotEligible,
    ProductNotEligible,
    RetailLicensed,
    FullDiscountRequired,
    ProductLimit,
    BelowMinimum,
    FullDiscountSingleItem,
    FreeClaimsLimit,
    LimitUnchanged,
    LimitNotApplicable,
    NoEffect,
}

impl Check {
    /// All of them, in the order in which the rule looks.
    pub const ALL: [Self; 28] = [
        Self::MalformedCode,
        Self::UnknownCode,
        Self::CouponsDisabled,
        Self::NotForOrders,
        Self::NotForOrganizations,
        Self::Paused,
        Self::Expired,
        Self::NotStarted,
        Self::SignInRequired,
        Self::NotAssigned,
        Self::AlreadyApplied,
        Self::PersonLimit,
        Self::OrganizationLimit,
        Self::Exhausted,
        Self::BudgetExhausted,
        Self::Held,
        Self::CurrencyMismatch,
        Self::ProductTypeNotEligible,
        Self::ProductNotEligible,
        Self::RetailLicensed,
        Self::FullDiscountRequired,
        Self::ProductLimit,
        Self::BelowMinimum,
        Self::FullDiscountSingleItem,
        Self::FreeClaimsLimit,
        Self::LimitUnchanged,
        Self::LimitNotApplicable,
        Self::NoEffect,
    ];

    /// Those that need a basket.
    pub(super) const OF_ORDERS: [Self; 9] = [
        Self::CurrencyMismatch,
        Self::ProductTypeNotEligible,
        Self::ProductNotEligible,
        Self::RetailLicensed,
        Self::FullDiscountRequired,
        Self::ProductLimit,
        Self::BelowMinimum,
        Self::FullDiscountSingleItem,
        Self::FreeClaimsLimit,
    ];

    /// Those that need an organization's limits.
    pub(super) const OF_ORGANIZATIONS: [Self; 2] = [Self::LimitUnchanged, Self::LimitNotApplicable];
}

/// What became of a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Nothing against it.
    Passed,
    /// The reason of the refusal.
    Failed,
    /// An earlier check failed.
    NotReached,
    /// There is nothing here to look at.
    LeftOut,
}

/// Every check, in order.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
#[serde(transparent)]
pub struct Trace {
    /// One for each of [`Check::ALL`].
    pub lines: Vec<TraceLine>,
}

/// One check.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TraceLine {
    /// Which.
    pub check: Check,
    /// What became of it.
    pub verdict: Verdict,
    /// The machine code of the refusal: the check's own name, or `held` in its place.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refusal: Option<&'static str>,
    /// What it looked at, by name.
    #[serde(serialize_with = "as_map", skip_serializing_if = "Vec::is_empty")]
    pub inputs: Vec<(&'static str, Input)>,
    /// For checks of single items, one for each.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub items: Vec<ItemLine>,
}

/// One item in a check of single items.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ItemLine {
    /// What people call it.
    pub product: String,
    /// What became of it.
    pub verdict: Verdict,
    /// The machine code of its refusal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refusal: Option<&'static str>,
}

/// A value a check looked at.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Input {
    /// A count, or money in minor units.
    Number(i64),
    /// Yes or no.
    Flag(bool),
    /// A word.
    Text(String),
    /// An instant.
    Time(DateTime<Utc>),
    /// Not set: unlimited, unknown, never.
    Nothing,
}

impl Trace {
    /// The line of a check.
    #[must_use]
    pub fn line(&self, check: Check) -> Option<&TraceLine> {
        self.lines.iter().find(|line| line.check == check)
    }

    /// Records a check: failed with a refusal, which is handed back, or passed without one.
    pub(super) fn check(
        &mut self,
        check: Check,
        inputs: Vec<(&'static str, Input)>,
        refusal: Option<Refusal>,
    ) -> Result<(), Refusal> {
        self.check_items(check, inputs, Vec::new(), refusal)
    }

    /// The same for a check of single items.
    pub(super) fn check_items(
        &mut self,
        check: Check,
        inputs: Vec<(&'static str, Input)>,
        items: Vec<ItemLine>,
        refusal: Option<Refusal>,
    ) -> Result<(), Refusal> {
        let verdict = if refusal.is_some() { Verdict::Failed } else { Verdict::Passed };
        let code = refusal.as_ref().map(Refusal::code);
        self.lines.push(TraceLine { check, verdict, refusal: code, inputs, items });
        refusal.map_or(Ok(()), Err)
    }

    /// Records checks that have nothing to look at.
    pub(super) fn left_out(&mut self, checks: &[Check]) {
        let line = |&check| TraceLine::without_inputs(check, Verdict::LeftOut);
        self.lines.extend(checks.iter().map(line));
    }

    /// Adds what was not reached.
    pub(super) fn finish(&mut self) {
        let rest = Check::ALL.get(self.lines.len()..).unwrap_or_default();
        self.lines.extend(rest.iter().map(|&check| TraceLine::without_inputs(check, Verdict::NotReached)));
    }
}

impl TraceLine {
    const fn without_inputs(check: Check, verdict: Verdict) -> Self {
        Self { check, verdict, refusal: None, inputs: Vec::new(), items: Vec::new() }
    }
}

/// The inputs of a check, by name.
pub(super) fn inputs<const N: usize>(inputs: [(&'static str, Input); N]) -> Vec<(&'static str, Input)> {
    Vec::from(inputs)
}

fn as_map<S: Serializer>(inputs: &[(&'static str, Input)], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(inputs.iter().map(|(name, input)| (name, input)))
}

impl From<i64> for Input {
    fn from(number: i64) -> Self {
        Self::Number(number)
    }
}

impl From<bool> for Input {
    fn from(flag: bool) -> Self {
        Self::Flag(flag)
    }
}

impl From<&str> for Input {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Input {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<DateTime<Utc>> for Input {
    fn from(time: DateTime<Utc>) -> Self {
        Self::Time(time)
    }
}

impl<T: Into<Self>> From<Option<T>> for Input {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Nothing, Into::into)
    }
}
