//! Orders of organizations: placed with the credit they draw, then paid, or ended with the credit back.
//!
//! ```text
//!   place ──▶ open ──▶ paid ──▶ refunded
//!              │        ▲
//!              ├▶ failed│        credit comes back with failed, expired and refunded,
//!              └▶ expired        and is drawn again by a payment that came late; if it is
//!                                spent by then, the order needs attention until it is refunded
//! ```
//! An order that credit pays whole is paid when it is placed.

use crate::audit::{self, Actor, Change, Entry};
use crate::db::tables::orders::{ActiveModel, Column, Entity, Model};
use crate::db::{self, Db};
use crate::error::Error;
use crate::organizations::spending::{self, Spend, Spent};
use crate::redemptions::desk::{Beside, Receipt, Reply};
use crate::redemptions::shortfall;
use crate::tenants::{self, Tenant};
use chrono::{DateTime, Duration, Utc};
use futures_util::future::BoxFuture;
use schemars::JsonSchema;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter,
    QueryOrder, QuerySelect,
};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use uuid::Uuid;

/// An order as the database holds it.
pub type Order = Model;

/// So many overdue orders are looked for at once.
const AT_ONCE: u64 = 100;

/// Where an order stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Something is to be paid.
    Open,
    /// It is paid.
    Paid,
    /// Its payment failed.
    Failed,
    /// Nobody paid in time.
    Expired,
    /// It was paid back.
    Refunded,
}

impl State {
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

    /// The state of a row.
    #[must_use]
    pub fn of(order: &Order) -> Self {
        let all = [Self::Open, Self::Paid, Self::Failed, Self::Expired, Self::Refunded];
        all.into_iter().find(|state| state.word() == order.state).unwrap_or(Self::Open)
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

/// An order in the making. Its id is made before the transaction.
#[derive(Clone, Debug)]
pub struct Placing {
    /// The tenant.
    pub tenant: Tenant,
    /// Who, for the audit log.
    pub actor: Actor,
    /// The order.
    pub id: Uuid,
    /// Who orders.
    pub organization: Uuid,
    /// The signed-in user, if one does.
    pub user: Option<Uuid>,
    /// What of the catalogue is ordered.
    pub product: Option<Uuid>,
    /// What it costs, in minor units.
    pub amount: i64,
    /// When.
    pub now: DateTime<Utc>,
}

impl Placing {
    /// Places it: draws what credit there is, beside the redemption of its code, whose grant is there already.
    ///
    /// # Errors
    /// [`Error::NotFound`] for an organization that the tenant does not have.
    pub async fn place(&self, tx: &DatabaseTransaction, code: Option<&Receipt>) -> Result<Order, Error> {
        let memo = format!("Order {}", self.id);
        let most = Spend { amount: self.amount, external_ref: Some(self.id.to_string()), memo };
        let of = (&self.tenant, self.organization);
        let drawn = spending::draw(tx, &self.actor, of, most, self.now).await?.ok_or(Error::NotFound)?;
        let paid = drawn.amount == self.amount;
        let state = if paid { State::Paid } else { State::Open };
        let until = self.now + Duration::minutes(self.tenant.row.hold_minutes);
        let row = Model {
            tenant_id: self.tenant.id,
            id: self.id,
            organization_id: self.organization,
            user_id: self.user,
            product_id: self.product,
            state: state.word().to_owned(),
            amount: self.amount,
            credit_drawn: drawn.amount,
            balance_after: drawn.balance,
            code_text: code.map(|receipt| receipt.code.clone()),
            redemption_id: code.map(|receipt| receipt.redemption.id),
            expires_at: (!paid).then_some(until),
            settled_at: paid.then_some(self.now),
            needs_attention: None,
            created_at: self.now,
            updated_at: self.now,
        };
        Entity::insert(ActiveModel::from(row.clone())).exec_without_returning(tx).await?;
        let money = |amount| self.tenant.currency.money(amount).to_string();
        let changes = vec![
            Change::new("amount", (), money(row.amount)),
            Change::new("credit_drawn", (), money(row.credit_drawn)),
            Change::new("state", (), state.word()),
        ];
        note(tx, &self.actor, &row, ("order.placed", changes, None), self.now).await?;
        Ok(row)
    }
}

/// Placed in the transaction in which its code is redeemed; a code that is refused leaves no order.
#[derive(Debug)]
pub struct WithCode(pub Placing);

impl Beside for WithCode {
    fn write<'a>(&'a self, tx: &'a DatabaseTransaction, reply: &'a Reply) -> BoxFuture<'a, Result<(), Error>> {
        Box::pin(async move {
            if let Reply::Done(receipt) = reply {
                self.0.place(tx, Some(receipt)).await?;
            }
            Ok(())
        })
    }
}

impl WithCode {
    /// What the desk takes along.
    #[must_use]
    pub fn beside(placing: Placing) -> Option<Arc<dyn Beside>> {
        Some(Arc::new(Self(placing)))
    }
}

/// What becomes of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// Its payment succeeded.
    Confirm,
    /// Its payment failed.
    Release,
    /// Its time is over.
    Expire,
    /// It is paid back.
    Refund,
}

/// What became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Settled {
    /// It is so now, or was already.
    Done(Box<Order>),
    /// In its state this cannot happen to it.
    WrongState(State),
    /// It was paid after its credit had gone back, and that is spent by now.
    /// It needs attention now.
    TooLate {
        /// As much as there is.
        balance: i64,
    },
    /// The tenant has no such order.
    NotFound,
}

/// Moves an order along, with its credit. The order is locked before its organization.
///
/// # Errors
/// When the database does not answer.
pub async fn settle(
    tx: &DatabaseTransaction,
    actor: &Actor,
    (tenant, id): (&Tenant, Uuid),
    (event, reason): (Event, Option<String>),
    now: DateTime<Utc>,
) -> Result<Settled, Error> {
    let Some(order) = Entity::find_by_id((tenant.id, id)).lock_exclusive().one(tx).await? else {
        return Ok(Settled::NotFound);
    };
    let (from, to) = match (State::of(&order), event) {
        (from @ (State::Open | State::Failed | State::Expired), Event::Confirm) => (from, State::Paid),
        (State::Open, Event::Release) => (State::Open, State::Failed),
        (State::Open, Event::Expire) if order.expires_at.is_some_and(|end| end <= now) => (State::Open, State::Expired),
        (State::Paid, Event::Refund) => (State::Paid, State::Refunded),
        // What was paid too late; its credit is back already.
        (from @ (State::Failed | State::Expired), Event::Refund) if order.needs_attention.is_some() => {
            (from, State::Refunded)
        }
        (State::Paid, Event::Confirm)
        | (State::Failed | State::Expired, Event::Release)
        | (State::Refunded, Event::Refund)
        | (_, Event::Expire) => return Ok(Settled::Done(Box::new(order))),
        (state, _) => return Ok(Settled::WrongState(state)),
    };
    let credit = || Spend {
        amount: order.credit_drawn,
        external_ref: Some(order.id.to_string()),
        memo: format!("Order {} {}", order.id, to.word()),
    };
    let of = (tenant, order.organization_id);
    if order.credit_drawn > 0 {
        match (from, to) {
            (State::Failed | State::Expired, State::Paid) => {
                if let Spent::TooLittle { balance } = spending::spend(tx, actor, of, credit(), now).await? {
                    paid_too_late(tx, actor, &order, now).await?;
                    return Ok(Settled::TooLate { balance });
                }
            }
            (State::Open | State::Paid, State::Failed | State::Expired | State::Refunded) => {
                spending::give_back(tx, actor, of, credit(), now).await?;
                shortfall::cover(tx, actor, of, order.credit_drawn, now).await?;
            }
            _ => {}
        }
    }
    let after = Model {
        state: to.word().to_owned(),
        expires_at: None,
        settled_at: Some(now),
        needs_attention: None,
        updated_at: now,
        ..order.clone()
    };
    let changed = ActiveModel {
        state: Set(after.state.clone()),
        expires_at: Set(None),
        settled_at: Set(after.settled_at),
        needs_attention: Set(None),
        updated_at: Set(now),
        ..Default::default()
    };
    change(tx, &order, changed).await?;
    let changes = vec![Change::new("state", from.word(), to.word())];
    note(tx, actor, &after, (to.action(), changes, reason), now).await?;
    Ok(Settled::Done(Box::new(after)))
}

async fn change(tx: &DatabaseTransaction, order: &Order, changed: ActiveModel) -> Result<(), Error> {
    let here = Condition::all().add(Column::TenantId.eq(order.tenant_id)).add(Column::Id.eq(order.id));
    Entity::update_many().set(changed).filter(here).exec(tx).await?;
    Ok(())
}

/// Money came for an order that has ended and cannot be kept any more: somebody has to pay it back.
async fn paid_too_late(
    tx: &DatabaseTransaction,
    actor: &Actor,
    order: &Order,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    if order.needs_attention.is_some() {
        return Ok(());
    }
    let sentence = "It was paid after it had ended, and its credit was spent meanwhile.".to_owned();
    let changes = vec![Change::new("needs_attention", (), sentence.as_str())];
    let changed = ActiveModel { needs_attention: Set(Some(sentence)), updated_at: Set(now), ..Default::default() };
    change(tx, order, changed).await?;
    note(tx, actor, order, ("order.needs_attention", changes, None), now).await
}

async fn note(
    tx: &DatabaseTransaction,
    actor: &Actor,
    order: &Order,
    (action, changes, reason): (&'static str, Vec<Change>, Option<String>),
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let named = [order.organization_id];
    let names = crate::organizations::queries::names(tx, order.tenant_id, &named).await?;
    let name = names.get(&order.organization_id).cloned().unwrap_or_default();
    let entry = Entry {
        action,
        subject_kind: "order",
        subject_id: order.id.to_string(),
        subject_label: name.clone(),
        organization: Some((order.organization_id, name)),
        redemption_id: order.redemption_id,
        changes,
        reason,
        ..Entry::default()
    };
    audit::record(tx, actor, order.tenant_id, entry, now).await
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

/// Ends every order that nobody paid in time. How many there were.
///
/// # Errors
/// When the database does not answer.
pub async fn sweep(db: &Db, now: DateTime<Utc>) -> Result<usize, Error> {
    let mut ended = 0;
    loop {
        let overdue: Vec<(Uuid, Uuid)> = Entity::find()
            .select_only()
            .column(Column::TenantId)
            .column(Column::Id)
            .filter(Column::State.eq(State::Open.word()))
            .filter(Column::ExpiresAt.lte(now))
            .order_by_asc(Column::ExpiresAt)
            .limit(AT_ONCE)
            .into_tuple()
            .all(db.read())
            .await?;
        if overdue.is_empty() {
            return Ok(ended);
        }
        let before = ended;
        for (tenant, id) in overdue {
            match expire(db, tenant, id, now).await {
                Ok(()) => ended += 1,
                Err(error @ Error::Unavailable(_)) => return Err(error),
                // One that cannot end keeps no other from it.
                Err(error) => tracing::error!(%error, order = %id, "an overdue order cannot be ended"),
            }
        }
        if ended == before {
            return Ok(ended);
        }
    }
}

async fn expire(db: &Db, tenant: Uuid, id: Uuid, now: DateTime<Utc>) -> Result<(), Error> {
    let tenant = tenants::queries::by_id(db.read(), tenant).await?.ok_or(Error::NotFound)?;
    let tx = db.begin().await?;
    settle(&tx, &Actor::system("hold time"), (&tenant, id), (Event::Expire, None), now).await?;
    db::commit(tx).await
}
