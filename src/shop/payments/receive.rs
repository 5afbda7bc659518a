//! An event that came in: stored once, and then applied to its order as far as that can be.

use super::{Payment, Provider, find};
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
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter};
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
    /// What the provider calls the payment: a refund names the one that it pays back.
    pub payment: Option<String>,
    /// Minor units.
    pub amount: Option<i64>,
    /// Upper-case code.
    pub currency: Option<String>,
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
    let till = Till { db, desk, tenant, provider, now };
    let before = Outcome::of(&row);
    let outcome = if before == Outcome::Waiting { till.apply(&row).await? } else { before };
    // Also for one that came before: whoever applied it may have died right after.
    if Kind::of(&row) == Kind::Succeeded && matches!(outcome, Outcome::Applied | Outcome::Attention) {
        till.catch_up(&row).await?;
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
    let stored = stored.one(tx).await?.ok_or(Error::NotFound)?;
    if let (Some(order), Some(payment)) = (stored.order_id, &stored.payment) {
        // What came before it and named the payment alone.
        Entity::update_many()
            .col_expr(Column::OrderId, Expr::value(order))
            .filter(Column::TenantId.eq(tenant))
            .filter(Column::Provider.eq(provider.word()))
            .filter(Column::Payment.eq(payment.as_str()))
            .filter(Column::OrderId.is_null())
            .exec(tx)
            .await?;
    }
    Ok(stored)
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

/// Where events are applied. A refund belongs to the payment that it pays back, and that one alone to its order: what came
/// twice, or not as it should have, and is paid back leaves the order as it is.
struct Till<'a> {
    db: &'a Db,
    desk: &'a Desk,
    tenant: &'a Tenant,
    provider: Provider,
    now: DateTime<Utc>,
}

impl Till<'_> {
    async fn apply(&self, row: &Payment) -> Result<Outcome, Error> {
        let (kind, order) = (Kind::of(row), row.order_id);
        let Some(order) = order else {
            // The event that names the order of this payment may be on its way.
            let waits = kind == Kind::Refunded && row.payment.is_some();
            let none = "It names no order here.";
            return if waits { Ok(Outcome::Waiting) } else { self.end(row, Outcome::Ignored, Some(none)).await };
        };
        let order = orders::by_id(self.db.read(), self.tenant.id, order).await?.ok_or(Error::NotFound)?;
        match kind {
            Kind::Succeeded => self.succeeded(row, &order).await,
            Kind::Failed if State::of(&order) == State::Open => {
                let reason = format!("{} said that the payment failed", self.provider.label());
                self.settle(row, &order, (Event::Release, Some(reason))).await
            }
            Kind::Refunded => self.refunded(row, &order).await,
            Kind::Failed | Kind::Other => self.end(row, Outcome::Ignored, None).await,
        }
    }

    async fn succeeded(&self, row: &Payment, order: &Order) -> Result<Outcome, Error> {
        let paid = self.paid(order.id).await?;
        let told = paid.iter().find(|other| is_same(other, row) && Outcome::of(other) != Outcome::Waiting);
        if let Some(told) = told {
            if told.id == row.id {
                // The same event came twice at once, and the other one was faster.
                return Ok(Outcome::of(told));
            }
            let is_applied = Outcome::of(told) == Outcome::Applied;
            let outcome = if is_applied { Outcome::Applied } else { Outcome::Ignored };
            return self.end(row, outcome, Some("This payment was told before.")).await;
        }
        let settled = paid.iter().find(|other| Outcome::of(other) == Outcome::Applied);
        let came = row.amount.map_or_else(|| "Something".to_owned(), |amount| self.written(amount, row));
        if settled.is_some() || State::of(order) == State::Refunded {
            return self.flag(row, order, &format!("{came} came in besides: it was paid before.")).await;
        }
        if (row.amount, row.currency.as_deref()) != (Some(due(order)), Some(self.tenant.currency.code())) {
            let due = self.tenant.currency.money(due(order));
            return self.flag(row, order, &format!("{came} was paid in place of {due}.")).await;
        }
        let outcome = self.settle(row, order, (Event::Confirm, None)).await?;
        if outcome == Outcome::Applied {
            self.look_again(order).await?;
        }
        Ok(outcome)
    }

    /// Whether money came for a paid order that it is not paid with: a confirmation says nothing of that, and two payments
    /// may have come at once.
    async fn look_again(&self, order: &Order) -> Result<(), Error> {
        let paid = self.paid(order.id).await?;
        let first = paid.iter().find(|row| Outcome::of(row) == Outcome::Applied);
        let is_besides = |row: &&Payment| match Outcome::of(row) {
            Outcome::Attention => true,
            Outcome::Applied => first.is_some_and(|first| !is_same(first, row)),
            Outcome::Waiting | Outcome::Ignored => false,
        };
        let Some(besides) = paid.iter().find(is_besides) else { return Ok(()) };
        let came = besides.amount.map_or_else(|| "Something".to_owned(), |amount| self.written(amount, besides));
        let sentence = format!("{came} came in besides what paid it.");
        orders::flag(self.db, &self.actor(), (self.tenant.id, order.id), &sentence, self.now).await
    }

    async fn refunded(&self, row: &Payment, order: &Order) -> Result<Outcome, Error> {
        let paid = self.paid(order.id).await?;
        let settled = paid.iter().find(|other| Outcome::of(other) == Outcome::Applied);
        // One that names no payment is of the one that there is.
        let of_it = paid.iter().find(|other| is_same(other, row));
        let of_it = of_it.or(settled.filter(|_| row.payment.is_none()));
        // One that is stored and not applied yet sees to its refunds once it is.
        let Some(of_it) = of_it.filter(|other| Outcome::of(other) != Outcome::Waiting) else {
            return Ok(Outcome::Waiting);
        };
        let (back, came) = (self.paid_back(row, order).await?, of_it.amount.unwrap_or(0));
        if back < came || row.currency != of_it.currency {
            let sentence = format!("{} of {} was paid back.", self.written(back, row), self.written(came, of_it));
            return self.flag(row, order, &sentence).await;
        }
        let reason = Some(format!("{} paid it back", self.provider.label()));
        let is_settled = settled.is_some();
        if Outcome::of(of_it) == Outcome::Applied && settled.is_some_and(|first| is_same(first, of_it)) {
            return match State::of(order) {
                State::Paid => self.settle(row, order, (Event::Refund, reason)).await,
                _ => self.end(row, Outcome::Applied, None).await,
            };
        }
        // It paid for nothing, and is back: that is settled.
        self.end(of_it, Outcome::Ignored, Some("It was paid back.")).await?;
        let ended = matches!(State::of(order), State::Failed | State::Expired);
        let event = if ended && !is_settled { Event::Refund } else { Event::Resolve };
        let outcome = self.settle(row, order, (event, reason)).await?;
        if is_settled {
            self.look_again(order).await?;
        }
        Ok(outcome)
    }

    /// All that was paid back of the payment of this event.
    async fn paid_back(&self, row: &Payment, order: &Order) -> Result<i64, Error> {
        let amount = row.amount.unwrap_or(0);
        if self.provider == Provider::Stripe {
            // It says all that was ever paid back of a charge.
            return Ok(amount);
        }
        let rows = self.of_order(order.id, Kind::Refunded).await?;
        let before = rows.iter().filter(|other| other.id != row.id && is_same(other, row));
        Ok(before.filter_map(|other| other.amount).fold(amount, i64::saturating_add))
    }

    /// What came before the payment that it belongs to.
    async fn catch_up(&self, success: &Payment) -> Result<(), Error> {
        let Some(order) = success.order_id else { return Ok(()) };
        for row in self.of_order(order, Kind::Refunded).await? {
            if Outcome::of(&row) == Outcome::Waiting
                && let Some(order) = orders::by_id(self.db.read(), self.tenant.id, order).await?
            {
                self.refunded(&row, &order).await?;
            }
        }
        Ok(())
    }

    /// The payments of an order that succeeded, in the order in which they were told.
    async fn paid(&self, order: Uuid) -> Result<Vec<Payment>, Error> {
        self.of_order(order, Kind::Succeeded).await
    }

    async fn of_order(&self, order: Uuid, kind: Kind) -> Result<Vec<Payment>, Error> {
        let rows = find::of_order(self.db.read(), self.tenant.id, order).await?;
        Ok(rows.into_iter().filter(|row| Kind::of(row) == kind).collect())
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

/// Whether two events are of one payment.
fn is_same(one: &Payment, other: &Payment) -> bool {
    one.provider == other.provider && one.payment.is_some() && one.payment == other.payment
}
