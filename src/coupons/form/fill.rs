//! From a coupon to the fields that say it.

use super::CouponForm;
use crate::calendar;
use crate::coupons::benefit::Benefit;
use crate::coupons::coupon::Coupon;
use crate::organizations::limits::LimitValue;
use crate::tenants::Tenant;
use chrono::{NaiveDate, NaiveTime};

/// The dates and times of a coupon as the form shows them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "each field is named after the form's")]
pub struct Shown {
    pub valid_from: String,
    pub valid_from_time: String,
    pub valid_until: String,
    pub valid_until_time: String,
}

impl Shown {
    /// Of this coupon, in its tenant's zone.
    #[must_use]
    pub fn of(coupon: &Coupon, tenant: &Tenant) -> Self {
        let (valid_from, valid_from_time) =
            coupon.valid_from.map(|from| words(calendar::start_fields(from, tenant.zone))).unwrap_or_default();
        let (valid_until, valid_until_time) =
            coupon.valid_until.map(|until| words(calendar::end_fields(until, tenant.zone))).unwrap_or_default();
        Self { valid_from, valid_from_time, valid_until, valid_until_time }
    }
}

fn words((date, time): (NaiveDate, Option<NaiveTime>)) -> (String, String) {
    (date.to_string(), time.map(|time| time.format("%H:%M").to_string()).unwrap_or_default())
}

impl CouponForm {
    /// The form of a coupon. `people` and `excluded` are the addresses and skus it points at.
    #[must_use]
    pub fn of(coupon: &Coupon, tenant: &Tenant, code: &str, people: &[String], excluded: &[String]) -> Self {
        let money = |amount: Option<i64>| amount.map(|amount| tenant.currency.format(amount)).unwrap_or_default();
        let count = |count: Option<i64>| count.map(|count| count.to_string()).unwrap_or_default();
        let orders = coupon.benefit.for_orders();
        let per_organization = count(coupon.max_uses_per_organization);
        let shown = Shown::of(coupon, tenant);
        let scope = &coupon.scope;
        let everything = scope.product_types.is_empty() && scope.products.is_empty();
        let mut form = Self {
            version: coupon.version.to_string(),
            code: code.to_owned(),
            applies: if everything { "all" } else { "types" }.to_owned(),
            product_types: scope.product_types.iter().cloned().collect(),
            products: scope.products.keys().map(ToString::to_string).collect(),
            excluded_products: excluded.join(", "),
            people: people.join("\n"),
            minimum_amount: money(Some(coupon.minimum_amount).filter(|amount| *amount > 0)),
            uses_per: if orders { coupon.uses_per.word().to_owned() } else { String::new() },
            max_uses: count(coupon.max_uses),
            max_uses_per_person: count(coupon.max_uses_per_person),
            max_uses_per_organization: if orders { per_organization.clone() } else { String::new() },
            organization_uses: Some(if orders { "1".to_owned() } else { per_organization }),
            max_uses_per_product: count(coupon.max_uses_per_product),
            budget: money(coupon.budget),
            valid_from: shown.valid_from,
            valid_from_time: shown.valid_from_time,
            valid_until: shown.valid_until,
            valid_until_time: shown.valid_until_time,
            discounted_periods: count(coupon.discounted_periods),
            benefit_ends: coupon.benefit_ends.word().to_owned(),
            restore_uses: coupon.restore_uses.word().to_owned(),
            gift: if coupon.gift { "yes".to_owned() } else { String::new() },
            leak_uses: count(coupon.leak_threshold.map(|leak| leak.uses)),
            leak_minutes: count(coupon.leak_threshold.map(|leak| leak.within_minutes)),
            name: coupon.name.clone(),
            description: coupon.description.clone(),
            note: coupon.note.clone(),
            tags: coupon.tags.join(", "),
            ..Self::default()
        };
        form.fill_benefit(&coupon.benefit, tenant);
        form
    }

    fn fill_benefit(&mut self, benefit: &Benefit, tenant: &Tenant) {
        benefit.kind().clone_into(&mut self.benefit);
        match benefit {
            Benefit::Percentage { basis_points, max_discount } => {
                self.percent = basis_points.to_string();
                self.maximum_discount = max_discount.map(|most| tenant.currency.format(most)).unwrap_or_default();
            }
            Benefit::FixedAmount { amount } => self.amount = tenant.currency.format(*amount),
            Benefit::Credit { amount } => self.credit = tenant.currency.format(*amount),
            Benefit::Limits { changes } => {
                for change in changes {
                    let (mode, value) = match change.grant.value {
                        LimitValue::Finite(value) => (change.grant.mode.word(), value.to_string()),
                        LimitValue::Unlimited => ("unlimited", String::new()),
                    };
                    self.limit_key.push(change.key.clone());
                    self.limit_mode.push(mode.to_owned());
                    self.limit_value.push(value);
                }
            }
        }
    }
}
