//! The events there are, and what each tells: the body's `data`, in the names of the JSON API. Money is minor units.

use crate::coupons::coupon::Status;
use chrono::{DateTime, Utc};
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Serialize;
use uuid::Uuid;

/// The event of a message that tries an endpoint; nobody chooses it.
pub const TEST: &str = "test";

/// Makes the schema of an event's data.
pub type Shape = fn(&mut SchemaGenerator) -> Schema;

/// An event that an endpoint can be told of.
#[derive(Clone, Copy, Debug)]
pub struct Event {
    /// The word in `type`.
    pub word: &'static str,
    /// What people read for it.
    pub label: &'static str,
    /// What its data is.
    pub shape: Shape,
}

/// Every event.
pub const EVENTS: [Event; 9] = [
    event::<RedemptionTold>("redemption.held", "A code is held for an order"),
    event::<RedemptionTold>("redemption.confirmed", "A code is redeemed"),
    event::<RedemptionTold>("redemption.released", "A hold is released, or its time is over"),
    event::<RedemptionTold>("redemption.reversed", "A redemption is reversed, whole or in part"),
    event::<LimitTold>("organization.limit_changed", "What an organization may reach changes"),
    event::<CreditTold>("organization.credit_changed", "The credit of an organization changes"),
    event::<ExhaustedTold>("coupon.exhausted", "A coupon is used up"),
    event::<CouponTold>("coupon.paused", "A coupon is paused"),
    event::<CouponTold>("coupon.changed", "A coupon is created, edited, resumed, deleted or restored"),
];

const fn event<T: JsonSchema>(word: &'static str, label: &'static str) -> Event {
    Event { word, label, shape: SchemaGenerator::subschema_for::<T> }
}

/// The event with this word.
#[must_use]
pub fn named(word: &str) -> Option<&'static Event> {
    EVENTS.iter().find(|event| event.word == word)
}

/// The event of what an audit entry says; most have none.
#[must_use]
pub fn of_action(action: &str) -> Option<&'static str> {
    Some(match action {
        "redemption.held" => "redemption.held",
        "redemption.confirmed" | "redemption.honoured" => "redemption.confirmed",
        "redemption.released" | "redemption.expired" => "redemption.released",
        "redemption.reversed" => "redemption.reversed",
        "coupon.paused" | "coupon.leak_paused" => "coupon.paused",
        "coupon.created" | "coupon.edited" | "coupon.resumed" | "coupon.deleted" | "coupon.restored" => {
            "coupon.changed"
        }
        _ => return None,
    })
}

/// Who changed something, as the audit log has it.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ActorTold {
    /// `user`, `key` or `system`.
    pub kind: String,
    /// The user or key.
    pub id: Option<Uuid>,
    /// What people know it by.
    pub label: String,
}

/// An organization by its name.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct OrganizationTold {
    /// Its id.
    pub id: Uuid,
    /// What people call it.
    pub name: String,
}

/// What happened to a redemption.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct RedemptionTold {
    /// The redemption, as it stood when the message was written.
    pub redemption: RedemptionShort,
    /// The organization that it is for.
    pub organization: Option<OrganizationTold>,
    /// Why, where a reason was asked for.
    pub reason: Option<String>,
    /// Who did it.
    pub actor: ActorTold,
}

/// A redemption without its lines, which `GET /api/v1/redemptions/{id}` has.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[expect(missing_docs, reason = "each field is that of the redemption in the API")]
pub struct RedemptionShort {
    pub id: Uuid,
    pub state: String,
    pub code: Option<String>,
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
    pub held_until: Option<DateTime<Utc>>,
    pub confirmed_at: Option<DateTime<Utc>>,
    pub ended_at: Option<DateTime<Utc>>,
    pub benefit_ends_at: Option<DateTime<Utc>>,
    pub needs_attention: Option<String>,
    pub created_at: DateTime<Utc>,
}

/// What an organization may reach changed, whatever changed it.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct LimitTold {
    /// The organization.
    pub organization: OrganizationTold,
    /// The key of the limit.
    pub limit: String,
    /// What it might reach before; null is unlimited.
    pub before: Option<i64>,
    /// What it may reach now; null is unlimited.
    pub after: Option<i64>,
    /// The redemption that changed it; null where somebody set it.
    pub redemption_id: Option<Uuid>,
    /// Who did it.
    pub actor: ActorTold,
}

/// A line was added to an organization's ledger.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct CreditTold {
    /// The organization.
    pub organization: OrganizationTold,
    /// The currency of the amounts.
    pub currency: &'static str,
    /// The balance before.
    pub before: i64,
    /// The balance now.
    pub after: i64,
    /// What came, or below 0 what went.
    pub amount: i64,
    /// The id of the line.
    pub credit_entry_id: Uuid,
    /// `grant`, `reversal`, `adjustment`, `spend` or `return`.
    pub kind: String,
    /// What people read.
    pub memo: String,
    /// What the caller calls it.
    pub external_ref: Option<String>,
    /// The redemption that it comes from.
    pub redemption_id: Option<Uuid>,
}

/// What happened to a coupon.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct CouponTold {
    /// The coupon, as it stood when the message was written.
    pub coupon: CouponShort,
    /// `coupon.edited` and the like, as the audit log has it.
    pub action: String,
    /// The names of the fields that changed.
    pub changed: Vec<String>,
    /// Why, where a reason was asked for.
    pub reason: Option<String>,
    /// Who did it.
    pub actor: ActorTold,
}

/// A coupon's last use, or the last of its budget, is gone.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ExhaustedTold {
    /// The coupon, as it stood when the message was written.
    pub coupon: CouponShort,
}

/// A coupon without its conditions, which `GET /api/v1/coupons/{id}` has.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[expect(missing_docs, reason = "each field is that of the coupon in the API")]
pub struct CouponShort {
    pub id: Uuid,
    pub code: Option<String>,
    pub name: String,
    pub status: Status,
    pub gift: bool,
    pub currency: &'static str,
    pub uses: i64,
    pub held: i64,
    pub max_uses: Option<i64>,
    pub remaining: Option<i64>,
    pub spent: i64,
    pub spent_held: i64,
    pub budget: Option<i64>,
    pub remaining_budget: Option<i64>,
    pub valid_from: Option<DateTime<Utc>>,
    pub valid_until: Option<DateTime<Utc>>,
    pub paused_at: Option<DateTime<Utc>>,
    pub deleted_at: Option<DateTime<Utc>>,
    pub version: i64,
}
