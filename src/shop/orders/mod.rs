//! Orders: of the shop, with lines and at most one code, and of `/billing/checkout`, for an organization. Placed with the
//! credit they draw, then paid, or ended with the credit back.
//!
//! ```text
//!   place ──▶ open ──▶ paid ──▶ refunded
//!              │        ▲
//!              ├▶ failed│        credit comes back with failed, expired and refunded,
//!              └▶ expired        and is drawn again by a payment that came late; if it is
//!                                spent by then, the order needs attention until it is refunded
//!                                or honoured
//! ```
//! An order of which nothing is left to pay is paid when it is placed. The redemption of an order of the shop goes along
//! with it: held while it is open, confirmed when it is paid, and so on, each in one transaction. What the code of a
//! `/billing/checkout` gave stays whatever becomes of the order.

mod along;
mod find;
mod place;
mod settle;
mod sweep;

pub use along::{Settling, goes_along, happen, settle_along};
pub use find::{Filter, PAGE, page, visible_to};
pub use place::{Cost, Placing, WithCode, other_price};
pub use settle::{Event, Settled, flag, settle};
pub use sweep::sweep;

use crate::audit::{self, Actor, Change, Entry};
use crate::db::tables::orders::{ActiveModel, Column, Entity, Model};
use crate::db::tables::{order_lines, users};
use crate::error::Error;
use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// An order as the database holds it.
pub type Order = Model;
/// A line of an order of the shop.
pub type Line = order_lines::Model;

pub use crate::redemptions::redemption::SHOP;
/// The channel of `/billing/checkout`.
pub const CHECKOUT: &str = "checkout";

/// Where an order stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Something is to be paid.
    Open,
    /// It is paid.
    Paid,
    /// Its payment failed, or it was cancelled.
    Failed,
    /// Nobody paid in time.
    Expired,
    /// It was paid back.
    Refunded,
}

impl State {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Open, Self::Paid, Self::Failed, Self::Expired, Self::Refunded];

    /// The word in the database.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Paid => "paid",
            Self::Failed => "failed",
            Self::Expired => "expired",
            Self::Refunded => "refunded",
        }
    }

    /// The word people read.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Open => "To be paid",
            Self::Paid => "Paid",
            Self::Failed => "Cancelled",
            Self::Expired => "Expired",
            Self::Refunded => "Refunded",
        }
    }

    /// The state with this word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.word() == word)
    }

    /// The state of a row.
    #[must_use]
    pub fn of(order: &Order) -> Self {
        Self::from_word(&order.state).unwrap_or(Self::Open)
    }

    /// As an order reads at this instant: one whose time is over has expired then, although nobody may have ended it yet.
    #[must_use]
    pub fn at(order: &Order, now: DateTime<Utc>) -> Self {
        match Self::of(order) {
            Self::Open if order.expires_at.is_some_and(|end| end <= now) => Self::Expired,
            state => state,
        }
    }

    const fn action(self) -> &'static str {
        match self {
            Self::Open => "order.placed",
            Self::Paid => "order.paid",
            Self::Failed => "order.failed",
            Self::Expired => "order.expired",
            Self::Refunded => "order.refunded",
        }
    }
}

/// What is left to pay of an order.
#[must_use]
pub const fn due(order: &Order) -> i64 {
    order.amount - order.credit_drawn
}

/// What people call an order: the end of its id, in two groups.
#[must_use]
pub fn number(id: Uuid) -> String {
    let text = id.simple().to_string().to_uppercase();
    let (first, second) = text.split_at(text.len() - 4);
    format!("{}-{second}", first.split_at(first.len() - 4).1)
}

/// The order with this id.
///
/// # Errors
/// When the database does not answer.
pub async fn by_id(connection: &impl ConnectionTrait, tenant: Uuid, id: Uuid) -> Result<Option<Order>, Error> {
    Ok(Entity::find_by_id((tenant, id)).one(connection).await?)
}

/// The order in whose transaction a code was redeemed.
///
/// # Errors
/// When the database does not answer.
pub async fn of_redemption(
    connection: &impl ConnectionTrait,
    tenant: Uuid,
    redemption: Uuid,
) -> Result<Option<Order>, Error> {
    let find = Entity::find().filter(Column::TenantId.eq(tenant)).filter(Column::RedemptionId.eq(redemption));
    Ok(find.one(connection).await?)
}

/// What an order of the shop consists of; nothing of any other.
///
/// # Errors
/// When the database does not answer.
pub async fn lines(connection: &impl ConnectionTrait, tenant: Uuid, order: Uuid) -> Result<Vec<Line>, Error> {
    use order_lines::{Column, Entity};
    let its = Entity::find().filter(Column::TenantId.eq(tenant)).filter(Column::OrderId.eq(order));
    Ok(its.order_by_asc(Column::Position).all(connection).await?)
}

async fn change(tx: &DatabaseTransaction, order: &Order, changed: ActiveModel) -> Result<(), Error> {
    let here = Condition::all().add(Column::TenantId.eq(order.tenant_id)).add(Column::Id.eq(order.id));
    Entity::update_many().set(changed).filter(here).exec(tx).await?;
    Ok(())
}

/// Puts what happened to an order on record, under the name of its organization, or of whoever ordered.
async fn note(
    tx: &DatabaseTransaction,
    actor: &Actor,
    order: &Order,
    (action, changes, reason): (&'static str, Vec<Change>, Option<String>),
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let organization = match order.organization_id {
        Some(id) => {
            let mut names = crate::organizations::queries::names(tx, order.tenant_id, &[id]).await?;
            Some((id, names.remove(&id).unwrap_or_default()))
        }
        None => None,
    };
    let label = match (&organization, order.user_id) {
        (Some((_, name)), _) => name.clone(),
        (None, Some(user)) => users::Entity::find_by_id(user).one(tx).await?.map(|user| user.email).unwrap_or_default(),
        (None, None) => String::new(),
    };
    let entry = Entry {
        action,
        subject_kind: "order",
        subject_id: order.id.to_string(),
        subject_label: label,
        organization,
        redemption_id: order.redemption_id,
        changes,
        reason,
        ..Entry::default()
    };
    audit::record(tx, actor, order.tenant_id, entry, now).await
}

#[cfg(test)]
mod tests {
    use super::number;
    use uuid::Uuid;

    #[test]
    fn the_number_of_an_order_is_the_end_of_its_id() {
        assert_eq!(number(Uuid::parse_str("01998a00-0000-7000-8000-0000c0ffee42").unwrap()), "C0FF-EE42");
    }
}
