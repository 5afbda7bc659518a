//! The fields of a coupon that a caller writes, and how they become the form.

use crate::coupons::benefit::Benefit;
use crate::coupons::coupon::{BenefitEnds, Coupon, ProductKey, RestoreUses, UsesPer};
use crate::coupons::form::{CouponForm, Exact};
use crate::money::{BasisPoints, Currency};
use crate::organizations::limits::{LimitMode, LimitValue};
use crate::web::form::Errors;
use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

/// A coupon as a caller says it. Money is minor units, times are RFC 3339 instants; an absent maximum is unlimited, 0 is
/// closed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[expect(missing_docs, reason = "each field is named after the field of the coupon it becomes")]
pub struct CouponFields {
    /// What people type; given when the coupon is made, and never changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// What staff call it: its code where a new one says nothing.
    pub name: Option<String>,
    pub description: Option<String>,
    pub note: Option<String>,
    pub tags: Option<Vec<String>>,
    pub benefit: Option<BenefitFields>,
    pub product_types: Option<Vec<String>>,
    pub products: Option<Vec<Uuid>>,
    pub excluded_products: Option<Vec<Uuid>>,
    /// E-mail addresses; none is everybody.
    pub people: Option<Vec<String>>,
    #[schemars(range(min = 0))]
    pub minimum_amount: Option<i64>,
    pub valid_from: Option<DateTime<Utc>>,
    /// The instant at which it is over.
    pub valid_until: Option<DateTime<Utc>>,
    pub uses_per: Option<UsesPer>,
    #[schemars(range(min = 0))]
    pub max_uses: Option<i64>,
    #[schemars(range(min = 0))]
    pub max_uses_per_person: Option<i64>,
    /// An order that names no organization is not limited by it.
    #[schemars(range(min = 0))]
    pub max_uses_per_organization: Option<i64>,
    #[schemars(range(min = 0))]
    pub max_uses_per_product: Option<i64>,
    #[schemars(range(min = 0))]
    pub budget: Option<i64>,
    #[schemars(range(min = 1))]
    pub discounted_periods: Option<i64>,
    pub benefit_ends: Option<BenefitEnds>,
    pub restore_uses: Option<RestoreUses>,
    pub gift: Option<bool>,
    pub leak_threshold: Option<LeakFields>,
}

/// What a coupon gives; each kind has its own fields.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct BenefitFields {
    /// `percentage`, `fixed_amount`, `credit` or `limits`.
    pub kind: Option<Kind>,
    /// Of a percentage: 1500 is 15 %.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 10_000))]
    pub basis_points: Option<i64>,
    /// The same as people write it: `"15"`, `"12.34"`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(regex(pattern = "^[0-9]{1,3}([.,][0-9]{1,2})?$"))]
    pub percentage: Option<String>,
    /// Of a percentage: the most one redemption takes off.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1))]
    pub maximum_discount: Option<i64>,
    /// Of a fixed amount or of credit.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1))]
    pub amount: Option<i64>,
    /// Of limits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limits: Option<Vec<LimitFields>>,
}

/// The kinds of benefits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A share of each price.
    Percentage,
    /// An amount off.
    FixedAmount,
    /// Money for an organization.
    Credit,
    /// Other limits for an organization.
    Limits,
}

/// What happens to one limit of an organization.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LimitFields {
    /// The key of the limit.
    pub key: String,
    /// `set` or `raise_to`.
    pub mode: LimitMode,
    /// Null is unlimited.
    #[schemars(range(min = 0))]
    pub value: Option<i64>,
}

/// So many uses in so short a time look like a leaked code.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct LeakFields {
    /// This many uses
    #[schemars(range(min = 1))]
    pub uses: Option<i64>,
    /// within so many minutes.
    #[schemars(range(min = 1, max = 525_600))]
    pub within_minutes: Option<i64>,
}

impl Kind {
    /// Its word, as the form has it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Percentage => "percentage",
            Self::FixedAmount => "fixed_amount",
            Self::Credit => "credit",
            Self::Limits => "limits",
        }
    }

    /// Whether it is for organizations.
    #[must_use]
    pub const fn for_organizations(self) -> bool {
        matches!(self, Self::Credit | Self::Limits)
    }
}

impl CouponFields {
    /// The fields of a coupon, without its code. `people` are the addresses it is for.
    #[must_use]
    pub fn of(coupon: &Coupon, people: Vec<String>) -> Self {
        let ids = |key: &ProductKey| if let ProductKey::Id(id) = key { Some(*id) } else { None };
        let leak = coupon.leak_threshold;
        Self {
            code: None,
            name: Some(coupon.name.clone()),
            description: Some(coupon.description.clone()),
            note: Some(coupon.note.clone()),
            tags: Some(coupon.tags.clone()),
            benefit: Some(BenefitFields::of(&coupon.benefit)),
            product_types: Some(coupon.scope.product_types.iter().cloned().collect()),
            products: Some(coupon.scope.products.keys().filter_map(ids).collect()),
            excluded_products: Some(coupon.scope.excluded.iter().filter_map(ids).collect()),
            people: Some(people),
            minimum_amount: Some(coupon.minimum_amount),
            valid_from: coupon.valid_from,
            valid_until: coupon.valid_until,
            uses_per: Some(coupon.uses_per),
            max_uses: coupon.max_uses,
            max_uses_per_person: coupon.max_uses_per_person,
            max_uses_per_organization: coupon.max_uses_per_organization,
            max_uses_per_product: coupon.max_uses_per_product,
            budget: coupon.budget,
            discounted_periods: coupon.discounted_periods,
            benefit_ends: Some(coupon.benefit_ends),
            restore_uses: Some(coupon.restore_uses),
            gift: Some(coupon.gift),
            leak_threshold: leak
                .map(|leak| LeakFields { uses: Some(leak.uses), within_minutes: Some(leak.within_minutes) }),
        }
    }

    /// The form that says the same.
    ///
    /// # Errors
    /// What no form could say.
    pub fn into_form(self, currency: Currency) -> Result<CouponForm, Errors> {
        let mut errors = Errors::default();
        let money = |amount: Option<i64>| amount.map(|amount| currency.format(amount)).unwrap_or_default();
        let count = |count: Option<i64>| count.map(|count| count.to_string()).unwrap_or_default();
        let (types, products) = (self.product_types.unwrap_or_default(), self.products.unwrap_or_default());
        let leak = self.leak_threshold.unwrap_or_default();
        let per_organization = count(self.max_uses_per_organization);
        let mut form = CouponForm {
            code: self.code.unwrap_or_default(),
            applies: if types.is_empty() && products.is_empty() { "all" } else { "types" }.to_owned(),
            product_types: types,
            products: products.iter().map(ToString::to_string).collect(),
            people: joined(&mut errors, "people", self.people.unwrap_or_default()),
            minimum_amount: money(self.minimum_amount.filter(|amount| *amount != 0)),
            uses_per: self.uses_per.map(|per| per.word().to_owned()).unwrap_or_default(),
            max_uses: count(self.max_uses),
            max_uses_per_person: count(self.max_uses_per_person),
            organization_uses: Some(per_organization.clone()),
            max_uses_per_organization: per_organization,
            max_uses_per_product: count(self.max_uses_per_product),
            budget: money(self.budget),
            discounted_periods: count(self.discounted_periods),
            benefit_ends: self.benefit_ends.map(|ends| ends.word().to_owned()).unwrap_or_default(),
            restore_uses: self.restore_uses.map(|restore| restore.word().to_owned()).unwrap_or_default(),
            gift: if self.gift == Some(true) { "yes".to_owned() } else { String::new() },
            leak_uses: count(leak.uses),
            leak_minutes: count(leak.within_minutes),
            name: self.name.unwrap_or_default(),
            description: self.description.unwrap_or_default(),
            note: self.note.unwrap_or_default(),
            tags: joined(&mut errors, "tags", self.tags.unwrap_or_default()),
            exact: Some(Exact {
                valid_from: self.valid_from,
                valid_until: self.valid_until,
                excluded_products: self.excluded_products.unwrap_or_default(),
                ..Exact::default()
            }),
            ..CouponForm::default()
        };
        match self.benefit {
            Some(benefit) => benefit.into_form(&mut form, currency, &mut errors),
            None => errors.add("benefit", "Say what the coupon gives."),
        }
        if errors.is_empty() { Ok(form) } else { Err(errors) }
    }
}

/// A list as the form takes it, whose parts hold none of the signs between them.
fn joined(errors: &mut Errors, field: &'static str, parts: Vec<String>) -> String {
    if parts.iter().any(|part| part.contains([',', ';', '\n'])) {
        errors.add(field, "No part of this list holds a comma, a semicolon or a line break.");
    }
    if parts.iter().any(|part| part.trim().is_empty()) {
        errors.add(field, "No part of this list is empty.");
    }
    parts.join("\n")
}

impl BenefitFields {
    fn of(benefit: &Benefit) -> Self {
        match benefit {
            Benefit::Percentage { basis_points, max_discount } => Self {
                kind: Some(Kind::Percentage),
                basis_points: Some(basis_points.get()),
                maximum_discount: *max_discount,
                ..Self::default()
            },
            Benefit::FixedAmount { amount } => {
                Self { kind: Some(Kind::FixedAmount), amount: Some(*amount), ..Self::default() }
            }
            Benefit::Credit { amount } => Self { kind: Some(Kind::Credit), amount: Some(*amount), ..Self::default() },
            Benefit::Limits { changes } => {
                let limits = changes.iter().map(|change| LimitFields {
                    key: change.key.clone(),
                    mode: change.grant.mode,
                    value: change.grant.value.column(),
                });
                Self { kind: Some(Kind::Limits), limits: Some(limits.collect()), ..Self::default() }
            }
        }
    }

    fn into_form(self, form: &mut CouponForm, currency: Currency, errors: &mut Errors) {
        let Some(kind) = self.kind else {
            errors.add("kind", "Say the kind of the benefit.");
            return;
        };
        kind.word().clone_into(&mut form.benefit);
        let amount = self.amount.map(|amount| currency.format(amount)).unwrap_or_default();
        match kind {
            Kind::Percentage => {
                form.percent = percent(self.basis_points, self.percentage, errors);
                form.maximum_discount = self.maximum_discount.map(|most| currency.format(most)).unwrap_or_default();
            }
            Kind::FixedAmount => form.amount = amount,
            Kind::Credit => form.credit = amount,
            Kind::Limits => {
                for limit in self.limits.unwrap_or_default() {
                    let value = LimitValue::from_column(limit.value);
                    let unlimited = value == LimitValue::Unlimited;
                    if let Some(exact) = form.exact.as_mut().filter(|_| unlimited) {
                        exact.unlimited.insert(limit.key.clone(), limit.mode);
                    }
                    form.limit_mode.push(if unlimited { "unlimited" } else { limit.mode.word() }.to_owned());
                    form.limit_value.push(if unlimited { String::new() } else { value.to_string() });
                    form.limit_key.push(limit.key);
                }
            }
        }
    }
}

/// The percentage as it is typed, said in one of two ways, or in both alike.
fn percent(basis_points: Option<i64>, percentage: Option<String>, errors: &mut Errors) -> String {
    let points = basis_points.map(|points| {
        BasisPoints::new(points).ok_or_else(|| "A percentage is between 1 and 10000 basis points.".to_owned())
    });
    let points = points.and_then(|points| errors.keep("percent", points));
    let Some(typed) = percentage else { return points.map(|points| points.to_string()).unwrap_or_default() };
    if points.is_some_and(|points| BasisPoints::parse(&typed) != Ok(points)) {
        errors.add("percent", "The basis points and the percentage differ. Say one of them.");
    }
    typed
}

/// What this body calls a field of the form: a percentage is said in one of two ways.
pub fn names(body: &Value) -> impl Fn(&str) -> String + use<> {
    let says = |field| body.get("benefit").and_then(|benefit| benefit.get(field)).is_some_and(|value| !value.is_null());
    let percent = if says("percentage") && !says("basis_points") { "percentage" } else { "basis_points" };
    move |field| name(field, percent)
}

fn name(field: &str, percent: &str) -> String {
    let name = match field {
        "kind" => "benefit.kind",
        "percent" => return format!("benefit.{percent}"),
        "maximum_discount" => "benefit.maximum_discount",
        "amount" | "credit" => "benefit.amount",
        "limits" => "benefit.limits",
        "organization_uses" => "max_uses_per_organization",
        "leak_uses" => "leak_threshold.uses",
        "leak_minutes" => "leak_threshold.within_minutes",
        other => other,
    };
    name.to_owned()
}
