//! An event that came in: stored once, and then applied to its order as far as that can be.

use super::{Payment, Provider};
use crate::audit::Actor;
use crate::clock;
use crate::db::tables::payment_events::{ActiveModel, Column, Entity};
use crate::db::{self, Db};
use crate::error::Error;
use crate::redemptions::desk::Desk;
use crate::shop::orders::{self, Event, Order, Settled, Settling, State, due};
use crate::tenants::Tenant;
use chrono::{DateTime, Utc};
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder,
};
use uuid::Uuid;

/// The most characters kept of what a provider calls something.
const LONGEST: usize = 255;

/// What an event is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// It was paid.
    Succeeded,
    /// It was not paid.
    Failed,
    /// Some or all of it was paid back.
    Refunded,
    /// Nothing that orders depend on.
    Other,
}

impl Kind {
    /// The word in the database.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Refunded => "refunded",
            Self::Other => "other",
        }
    }

    fn of(row: &Payment) -> Self {
        let known = [Self::Succeeded, Self::Failed, Self::Refunded];
        known.into_iter().find(|kind| kind.word() == row.kind).unwrap_or(Self::Other)
    }
}

/// What became of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// What it belongs to has not come yet.
    Waiting,
    /// The order is as it says.
    Applied,
    /// It changes nothing.
    Ignored,
    /// Somebody has to look at the order.
    Attention,
}

impl Outcome {
    /// The word in the database and in answers.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Applied => "applied",
            Self::Ignored => "ignored",
            Self::Attention => "attention",
        }
    }

    /// The outcome of a row.
    #[must_use]
    pub fn of(row: &Payment) -> Self {
        let known = [Self::Applied, Self::Ignored, Self::Attention];
        known.into_iter().find(|outcome| outcome.word() == row.outcome).unwrap_or(Self::Waiting)
    }
}

/// An event as its provider says it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Incoming {
    /// What the provider calls it; the same twice is one.
    pub event: String,
    /// What it is about.
    pub kind: Kind,
    /// What it says it is for: the id of an order.
    pub reference: Option<String>,
    /// What the provider calls the payment, for events that name no order.
    pub payment: Option<String>,
    /// Minor units.
    pub amount: Option<i64>,
    /// Upper-case code.
    pub currency: Option<String>,
    /// Whether the amount of a refund is all that was paid back so far, and not this time's.
    pub is_sum: bool,
}

/// Stores an event and applies it. The same event again has the answer it had.
///
/// # Errors
/// When the database does not answer; the provider sends it again then.
pub async fn receive(
    (db, desk): (&Db, &Desk),
    tenant: &Tenant,
    provider: Provider,
    incoming: Incoming,
    now: DateTime<Utc>,
) -> Result<Outcome, Error> {
    let tx = db.begin().await?;
    let row = store(&tx, tenant.id, provider, &incoming, now).await?;
    db::commit(tx).await?;
    if Outcome::of(&row) != Outcome::Waiting {
        return Ok(Outcome::of(&row));
    }
    let till = Till { db, desk, tenant, provider, is_sum: incoming.is_sum, now };
    let Some(order) = row.order_id else {
        return till.end(&row, Outcome::Ignored, Some("It names no order here.")).await;
    };
    let order = orders::by_id(db.read(), tenant.id, order).await?.ok_or(Error::NotFound)?;
    let outcome = till.apply(&row, &order).await?;
    if Kind::of(&row) == Kind::Succeeded && outcome == Outcome::Applied {
        till.catch_up(order.id).await?;
    }
    Ok(outcome)
}

/// The row of an event, which is made unless it came before.
async fn store(
    tx: &DatabaseTransaction,
    tenant: Uuid,
    provider: Provider,
    incoming: &Incoming,
    now: DateTime<Utc>,
) -> Result<Payment, Error> {
    let short = |text: &str| text.chars().filter(|letter| *letter != '\0').take(LONGEST).collect::<String>();
    let event = short(&incoming.event);
    let row = ActiveModel {
        tenant_id: Set(tenant),
        id: Set(clock::id_at(now)),
        provider: Set(provider.word().to_owned()),
        event: Set(event.clone()),
        kind: Set(incoming.kind.word().to_owned()),
        reference: Set(incoming.reference.as_deref().map(short)),
        payment: Set(incoming.payment.as_deref().map(short)),
        order_id: Set(order_of(tx, tenant, provider, incoming).await?),
        amount: Set(incoming.amount),
        currency: Set(incoming.currency.as_deref().map(short)),
        outcome: Set(Outcome::Waiting.word().to_owned()),
        note: Set(None),
        received_at: Set(now),
    };
    let mut before = OnConflict::columns([Column::TenantId, Column::Provider, Column::Event]);
    before.do_nothing();
    Entity::insert(row).on_conflict(before).exec_without_returning(tx).await?;
    let stored = Entity::find()
        .filter(Column::TenantId.eq(tenant))
        .filter(Column::Provider.eq(provider.word()))
        .filter(Column::Event.eq(event));
    stored.one(tx).await?.ok_or(Error::NotFound)
}

/// The order that an event names, or that an earlier event of its payment named.
async fn order_of(
    connection: &impl ConnectionTrait,
    tenant: Uuid,
    provider: Provider,
    incoming: &Incoming,
) -> Result<Option<Uuid>, Error> {
    if let Some(id) = incoming.reference.as_deref().and_then(|text| Uuid::parse_str(text.trim()).ok()) {
        return Ok(orders::by_id(connection, tenant, id).await?.map(|order| order.id));
    }
    let Some(payment) = &incoming.payment else { return Ok(None) };
    let earlier = Entity::find()
        .filter(Column::TenantId.eq(tenant))
        .filter(Column::Provider.eq(provider.word()))
        .filter(Column::Payment.eq(payment.as_str()))
        .filter(Column::OrderId.is_not_null());
    Ok(earlier.one(connection).await?.and_then(|row| row.order_id))
}

/// Where events are applied.
struct Till<'a> {
    db: &'a Db,
    desk: &'a Desk,
    tenant: &'a Tenant,
    provider: Provider,
    is_sum: bool,
    now: DateTime<Utc>,
}

impl Till<'_> {
    async fn apply(&self, row: &Payment, order: &Order) -> Result<Outcome, Error> {
        match Kind::of(row) {
            Kind::Succeeded => self.succeeded(row, order).await,
            Kind::Failed if State::of(order) == State::Open => {
                let reason = format!("{} said that the payment failed", self.provider.label());
                self.settle(row, order, (Event::Release, Some(reason))).await
            }
            Kind::Refunded => self.refunded(row, order).await,
            Kind::Failed | Kind::Other => self.end(row, Outcome::Ignored, None).await,
        }
    }

    async fn succeeded(&self, row: &Payment, order: &Order) -> Result<Outcome, Error> {
        let wanted = (Some(due(order)), Some(self.tenant.currency.code()));
        if (row.amount, row.currency.as_deref()) == wanted || State::of(order) == State::Paid {
            return self.settle(row, order, (Event::Confirm, None)).await;
        }
        let money = |amount: Option<i64>| amount.map_or_else(|| "?".to_owned(), |amount| self.written(amount, row));
        let due = self.tenant.currency.money(due(order));
        self.flag(row, order, &format!("{} was paid in place of {due}.", money(row.amount))).await
    }

    async fn refunded(&self, row: &Payment, order: &Order) -> Result<Outcome, Error> {
        let waits = order.needs_attention.is_some();
        match State::of(order) {
            State::Paid => {}
            // Paid too late, and back already.
            State::Failed | State::Expired if waits => {}
            State::Refunded => return self.end(row, Outcome::Applied, None).await,
            State::Open | State::Failed | State::Expired => return Ok(Outcome::Waiting),
        }
        let back = self.paid_back(row).await?;
        let is_whole = back >= due(order) && row.currency.as_deref() == Some(self.tenant.currency.code());
        if is_whole {
            let reason = format!("{} paid it back", self.provider.label());
            return self.settle(row, order, (Event::Refund, Some(reason))).await;
        }
        let (back, due) = (self.written(back, row), self.tenant.currency.money(due(order)));
        self.flag(row, order, &format!("{back} of {due} was paid back.")).await
    }

    /// All that was paid back of the payment of this event.
    async fn paid_back(&self, row: &Payment) -> Result<i64, Error> {
        if self.is_sum {
            return Ok(row.amount.unwrap_or(0));
        }
        let others = self.of_order(row.order_id, Kind::Refunded).await?;
        Ok(others.iter().filter(|other| other.provider == row.provider).filter_map(|other| other.amount).sum())
    }

    /// What came before the payment that it belongs to.
    async fn catch_up(&self, order: Uuid) -> Result<(), Error> {
        for row in self.of_order(Some(order), Kind::Refunded).await? {
            if Outcome::of(&row) == Outcome::Waiting
                && let Some(order) = orders::by_id(self.db.read(), self.tenant.id, order).await?
            {
                self.refunded(&row, &order).await?;
            }
        }
        Ok(())
    }

    async fn of_order(&self, order: Option<Uuid>, kind: Kind) -> Result<Vec<Payment>, Error> {
        let rows = Entity::find()
            .filter(Column::TenantId.eq(self.tenant.id))
            .filter(Column::OrderId.eq(order))
            .filter(Column::Kind.eq(kind.word()));
        Ok(rows.order_by_asc(Column::Id).all(self.db.read()).await?)
    }

    async fn settle(
        &self,
        row: &Payment,
        order: &Order,
        (event, reason): (Event, Option<String>),
    ) -> Result<Outcome, Error> {
        let (tenant, actor, now) = (self.tenant.clone(), self.actor(), self.now);
        let settling = Settling { tenant, actor, id: order.id, event, reason, request: None, now };
        match orders::happen(self.db, self.desk, order, settling).await? {
            Settled::Done(_) => self.end(row, Outcome::Applied, None).await,
            Settled::TooLate { .. } | Settled::UsedUp { .. } => {
                self.end(row, Outcome::Attention, Some("It came after the order had ended.")).await
            }
            Settled::WrongState(state) => {
                let note = format!("The order was {} already.", state.word());
                self.end(row, Outcome::Ignored, Some(&note)).await
            }
            Settled::NotFound => self.end(row, Outcome::Ignored, Some("Its order is gone.")).await,
        }
    }

    async fn flag(&self, row: &Payment, order: &Order, sentence: &str) -> Result<Outcome, Error> {
        orders::flag(self.db, &self.actor(), (self.tenant.id, order.id), sentence, self.now).await?;
        self.end(row, Outcome::Attention, Some(sentence)).await
    }

    /// Keeps what became of an event.
    async fn end(&self, row: &Payment, outcome: Outcome, note: Option<&str>) -> Result<Outcome, Error> {
        let tx = self.db.begin().await?;
        Entity::update_many()
            .col_expr(Column::Outcome, Expr::value(outcome.word()))
            .col_expr(Column::Note, Expr::value(note))
            .filter(Column::TenantId.eq(row.tenant_id))
            .filter(Column::Id.eq(row.id))
            .exec(&tx)
            .await?;
        db::commit(tx).await?;
        Ok(outcome)
    }

    fn actor(&self) -> Actor {
        Actor::system(self.provider.label())
    }

    /// An amount in the currency of its event.
    fn written(&self, amount: i64, row: &Payment) -> String {
        match row.currency.as_deref() {
            Some(code) if code != self.tenant.currency.code() => format!("{amount} minor units of {code}"),
            _ => self.tenant.currency.money(amount).to_string(),
        }
    }
}
