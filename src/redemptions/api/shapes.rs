//! What calls are told of quotes and redemptions. Money is minor units.

use crate::coupons::benefit::Benefit;
use crate::coupons::coupon::ProductKey;
use crate::coupons::pricing::{Priced, Units};
use crate::coupons::refusal::Refusal;
use crate::coupons::rule::quote::{Effect, LimitEffect, Quote};
use crate::coupons::tenant::voice;
use crate::redemptions::desk::Receipt;
use crate::redemptions::line::Line;
use crate::redemptions::redemption::{Redemption, State};
use crate::tenants::Tenant;
use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;
use uuid::Uuid;

/// A redemption.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct RedemptionShown {
    pub id: Uuid,
    pub state: State,
    pub code: String,
    pub coupon_id: Uuid,
    pub channel: String,
    pub order_ref: Option<String>,
    pub person_id: Option<Uuid>,
    pub organization_id: Option<Uuid>,
    pub uses: i64,
    pub currency: &'static str,
    pub amount_before: i64,
    pub discount: i64,
    pub total: i64,
    pub payment_required: bool,
    pub lines: Vec<LineShown>,
    pub held_until: Option<DateTime<Utc>>,
    pub confirmed_at: Option<DateTime<Utc>>,
    pub ended_at: Option<DateTime<Utc>>,
    pub benefit_ends_at: Option<DateTime<Utc>>,
    pub needs_attention: Option<String>,
    pub reason: Option<String>,
    pub created_at: DateTime<Utc>,
    /// Credit that it gave an organization.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub credit: Option<i64>,
    /// Limits of an organization that it changed; in the answer to the call that made it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(default)]
    pub limits: Vec<LimitShown>,
    /// What it did to an organization, in a sentence.
    #[serde(skip_serializing_if = "String::is_empty")]
    #[schemars(default)]
    pub message: String,
}

/// A line of an order.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct LineShown {
    /// Its number, from 0: what a reversal names.
    pub line: usize,
    pub product_id: Option<Uuid>,
    pub sku: Option<String>,
    pub unit_price: Option<i64>,
    pub quantity: i64,
    pub uses: i64,
    pub discount: i64,
    pub total: i64,
    /// The machine code of the reason why the whole line keeps its price.
    pub refusal: Option<String>,
    pub units: Vec<Units>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reversed: Option<ReversedShown>,
}

/// What was taken back of a line.
#[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
pub struct ReversedShown {
    pub quantity: i64,
    pub uses: i64,
    pub discount: i64,
    /// What these units cost: what is to be paid back.
    pub amount: i64,
}

/// A product of the catalogue has an id and a sku there, another one only what its caller calls it.
fn product(key: &ProductKey, listed: Option<&String>) -> (Option<Uuid>, Option<String>) {
    match key {
        ProductKey::Id(id) => (Some(*id), listed.cloned()),
        ProductKey::Sku(sku) => (None, Some(sku.clone())),
    }
}

impl RedemptionShown {
    /// A redemption of this tenant, with the text of its code.
    #[must_use]
    pub fn new(tenant: &Tenant, it: Redemption, code: String) -> Self {
        Self {
            code,
            currency: tenant.currency.code(),
            total: it.total(),
            payment_required: it.total() > 0 && it.state == State::Held,
            lines: it.lines.iter().enumerate().map(|(number, line)| LineShown::of_line(number, line)).collect(),
            limits: Vec::new(),
            message: String::new(),
            credit: matches!(it.terms.benefit, Benefit::Credit { .. }).then_some(it.discount),
            id: it.id,
            state: it.state,
            coupon_id: it.coupon_id,
            channel: it.channel,
            order_ref: it.order_ref,
            person_id: it.person,
            organization_id: it.organization,
            uses: it.uses,
            amount_before: it.amount_before,
            discount: it.discount,
            held_until: it.held_until,
            confirmed_at: it.confirmed_at,
            ended_at: it.ended_at,
            benefit_ends_at: it.benefit_ends_at,
            needs_attention: it.needs_attention,
            reason: it.reason,
            created_at: it.created_at,
        }
    }

    /// What a receipt says.
    #[must_use]
    pub fn of_receipt(tenant: &Tenant, receipt: Receipt) -> Self {
        let limits = receipt.limits.iter().map(LimitShown::from).collect();
        Self { limits, message: receipt.did, ..Self::new(tenant, receipt.redemption, receipt.code) }
    }
}

impl LineShown {
    fn of_line(number: usize, line: &Line) -> Self {
        let (product_id, sku) = product(&line.product, line.sku.as_ref());
        let back = line.reversed;
        Self {
            line: number,
            product_id,
            sku,
            unit_price: line.unit_price,
            quantity: line.quantity,
            uses: line.uses,
            discount: line.discount,
            total: line.price_after,
            refusal: line.refusal.clone(),
            units: line.units.clone(),
            reversed: (back.quantity > 0).then_some(ReversedShown {
                quantity: back.quantity,
                uses: back.uses,
                discount: back.discount,
                amount: back.price,
            }),
        }
    }
}

/// What a code would do.
#[derive(Clone, Debug, Default, Serialize, JsonSchema)]
pub struct QuoteShown {
    /// The currency of all amounts.
    pub currency: &'static str,
    /// Uses that it would take.
    pub uses: i64,
    /// The order before the discount.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub amount_before: Option<i64>,
    /// What would come off.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub discount: Option<i64>,
    /// What would be left to pay.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total: Option<i64>,
    /// Whether there would be something to pay.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payment_required: Option<bool>,
    /// The lines of the order, as they came.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(default)]
    pub lines: Vec<LineShown>,
    /// Credit that an organization would have.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub credit: Option<i64>,
    /// Limits of an organization that would change.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(default)]
    pub limits: Vec<LimitShown>,
    /// When its benefit would be over.
    pub benefit_ends_at: Option<DateTime<Utc>>,
}

/// A limit that changes; null is unlimited.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct LimitShown {
    /// Its key.
    pub key: String,
    /// What people call it.
    pub label: String,
    /// What it is before.
    pub before: Option<i64>,
    /// What it is after.
    pub after: Option<i64>,
}

impl From<&LimitEffect> for LimitShown {
    fn from(it: &LimitEffect) -> Self {
        let (before, after) = (it.before.column(), it.after.column());
        Self { key: it.key.clone(), label: it.label.clone(), before, after }
    }
}

impl QuoteShown {
    /// A quote of this tenant.
    #[must_use]
    pub fn new(tenant: &Tenant, quote: &Quote) -> Self {
        let shown = Self {
            currency: tenant.currency.code(),
            uses: quote.takes.uses,
            benefit_ends_at: quote.benefit_ends_at,
            ..Self::default()
        };
        match &quote.effect {
            Effect::Preview => shown,
            Effect::Prices(priced) => Self {
                amount_before: Some(priced.amount_before),
                discount: Some(priced.discount),
                total: Some(priced.total),
                payment_required: Some(priced.total > 0),
                lines: lines(priced),
                ..shown
            },
            Effect::Credit { amount } => Self { credit: Some(*amount), ..shown },
            Effect::Limits(effects) => Self { limits: effects.iter().map(LimitShown::from).collect(), ..shown },
        }
    }
}

fn lines(priced: &Priced) -> Vec<LineShown> {
    let line = |(number, line): (usize, &crate::coupons::pricing::PricedLine)| {
        let (product_id, sku) = product(&line.product, line.sku.as_ref());
        LineShown {
            line: number,
            product_id,
            sku,
            unit_price: line.unit_price,
            quantity: line.quantity,
            uses: line.uses,
            discount: line.discount,
            total: line.total,
            refusal: line.refusal.as_ref().map(|refusal| refusal.code().to_owned()),
            units: line.units.clone(),
            reversed: None,
        }
    };
    priced.lines.iter().enumerate().map(line).collect()
}

/// Why a code cannot be used.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct RefusalShown {
    /// The machine code.
    pub code: &'static str,
    /// One sentence for people, with what is missing and whom to ask.
    pub message: String,
    /// What is missing to the minimum amount.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub missing_amount: Option<i64>,
    /// The seconds after which trying again makes sense.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<i64>,
}

impl RefusalShown {
    /// A refusal in this tenant's words.
    #[must_use]
    pub fn new(tenant: &Tenant, refusal: &Refusal, now: DateTime<Utc>) -> Self {
        Self {
            code: refusal.code(),
            message: refusal.sentence(&voice(tenant, now)),
            missing_amount: refusal.missing_amount(),
            retry_after: refusal.retry_after(now),
        }
    }
}

/// What a validation says.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ValidationShown {
    /// Whether the code could be used now.
    pub valid: bool,
    /// Why not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refusal: Option<RefusalShown>,
    /// What it would do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quote: Option<QuoteShown>,
    /// Every check with its verdict and what it looked at; for staff and keys that may read the audit log.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trace: Option<Value>,
}
