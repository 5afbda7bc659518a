//! A coupon in the few words of a list, and of whatever else names it in passing.

use crate::calendar;
use crate::coupons::benefit::Benefit;
use crate::coupons::code::Code;
use crate::coupons::coupon::{Coupon, Status};
use crate::coupons::queries::{Choices, FirstCode, MOST_CODES};
use crate::tenants::Tenant;
use chrono::{DateTime, Utc};

/// What a row shows.
#[derive(Clone, Debug)]
pub struct Row {
    /// The coupon's id.
    pub id: String,
    /// Its first code.
    pub code: String,
    /// How many more it has.
    pub more_codes: i64,
    /// Its name, where that says more than the code.
    pub name: String,
    /// What it gives.
    pub benefit: String,
    /// What it is now.
    pub status: Status,
    /// The day it was made.
    pub created: String,
    /// Its last day; empty for no end.
    pub until: String,
    /// Confirmed uses.
    pub uses: i64,
    /// The maximum; `None` is unlimited.
    pub max_uses: Option<i64>,
    /// Uses in unpaid orders.
    pub held: i64,
    /// What it is for.
    pub applies_to: String,
}

impl Row {
    /// The row of a coupon at `now`.
    #[must_use]
    pub fn of(
        coupon: &Coupon,
        code: Option<&FirstCode>,
        choices: &Choices,
        tenant: &Tenant,
        now: DateTime<Utc>,
    ) -> Self {
        let text = code.map_or_else(|| coupon.name.clone(), |code| code.text.clone());
        Self {
            id: coupon.id.to_string(),
            more_codes: code.map_or(0, |code| code.codes - 1),
            name: if coupon.name == text { String::new() } else { coupon.name.clone() },
            code: text,
            benefit: benefit(coupon, choices, tenant),
            status: coupon.status(now),
            created: calendar::day(coupon.created_at, tenant.zone),
            until: coupon.valid_until.map(|until| calendar::end_day(until, tenant.zone)).unwrap_or_default(),
            uses: coupon.counters.uses,
            max_uses: coupon.max_uses,
            held: coupon.counters.held,
            applies_to: applies_to(coupon, choices),
        }
    }

    /// What is said of its other codes; empty when it has one.
    #[must_use]
    pub fn more_words(&self) -> String {
        match self.more_codes {
            ..=0 => String::new(),
            more if more >= MOST_CODES => format!("and more than {} more", MOST_CODES - 1),
            more => format!("and {more} more"),
        }
    }

    /// Whether it is deleted.
    #[must_use]
    pub fn is_gone(&self) -> bool {
        self.status == Status::Deleted
    }

    /// Whether it is paused.
    #[must_use]
    pub fn is_paused(&self) -> bool {
        self.status == Status::Paused
    }

    /// The widths of a bar of 100: used and held.
    #[must_use]
    pub fn bar(&self) -> Option<(i64, i64)> {
        let max = self.max_uses.filter(|max| *max > 0)?;
        let share = |part: i64| (part.saturating_mul(100) / max).clamp(0, 100);
        Some((share(self.uses), share(self.held)))
    }
}

/// What a coupon gives, with the labels of the tenant's limits.
#[must_use]
pub fn benefit(coupon: &Coupon, choices: &Choices, tenant: &Tenant) -> String {
    match &coupon.benefit {
        limits @ Benefit::Limits { changes } => {
            let labels: Vec<(&str, &str)> = changes
                .iter()
                .filter_map(|change| choices.limit_label(&change.key).map(|label| (change.key.as_str(), label)))
                .collect();
            limits.words(tenant.currency, |key| labels.iter().find(|(known, _)| *known == key).map(|(_, label)| *label))
        }
        other => other.words(tenant.currency, |_| None),
    }
}

/// What a coupon is for, in a few words.
#[must_use]
pub fn applies_to(coupon: &Coupon, choices: &Choices) -> String {
    if coupon.benefit.for_organizations() {
        return if coupon.assigned_people_only { "Organizations of some people" } else { "Organizations" }.to_owned();
    }
    let scope = &coupon.scope;
    let chosen = |key: &str| scope.products.values().filter(|kind| *kind == key).count();
    let of_type = |key: &String| match chosen(key) {
        0 => choices.type_label(key).to_owned(),
        count => format!("{}: {count} chosen", choices.type_label(key)),
    };
    let products = match (scope.product_types.is_empty(), scope.products.len()) {
        (true, 0) => "All products".to_owned(),
        (true, 1) => "1 chosen product".to_owned(),
        (true, count) => format!("{count} chosen products"),
        (false, _) => scope.product_types.iter().map(of_type).collect::<Vec<_>>().join(", "),
    };
    if coupon.assigned_people_only { format!("{products}, some people") } else { products }
}

/// What somebody who is about to delete a code has to know.
#[must_use]
pub fn before_deletion(code: &Code) -> String {
    let used = match code.counters.uses {
        0 => "Nobody has used it yet.",
        1 => "It was used once; that stays.",
        uses => &format!("It was used {uses} times; that stays."),
    };
    let held = match code.counters.held {
        0 => "",
        1 => " One use is held by an order, which can still be paid.",
        held => &format!(" {held} uses are held by orders, which can still be paid."),
    };
    format!("{used}{held} From then on nobody can use it, and no other code can read like it. You can restore it.")
}

/// What is so once a code is deleted.
#[must_use]
pub fn after_deletion(code: &Code) -> &'static str {
    if code.counters.uses + code.counters.held > 0 {
        "Nobody can use it any more; what was redeemed stays."
    } else {
        "Nobody can use it any more."
    }
}
