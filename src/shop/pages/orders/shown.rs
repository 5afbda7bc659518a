//! An order in words for people.

use crate::calendar;
use crate::error::Error;
use crate::money::Currency;
use crate::organizations::queries::names;
use crate::redemptions::redemption::State as Standing;
use crate::redemptions::rows;
use crate::shop::orders::{self, Line, Order, State, due, number};
use crate::tenants::Tenant;
use chrono::{DateTime, Utc};
use sea_orm::ConnectionTrait;
use std::collections::HashMap;
use uuid::Uuid;

/// An order of a list.
pub(super) struct Row {
    pub id: Uuid,
    pub number: String,
    pub when: String,
    pub instant: String,
    pub who: String,
    pub amount: String,
    pub code: Option<String>,
    pub state: State,
    /// When it ends by itself, while it is open.
    pub until: Option<String>,
    pub needs_attention: bool,
}

/// A line of an order.
pub(super) struct LineShown {
    pub name: String,
    pub quantity: i64,
    pub unit: String,
    pub discount: String,
    pub total: String,
}

/// One order in full.
pub(super) struct Whole {
    pub order: Order,
    pub number: String,
    pub state: State,
    pub placed: String,
    pub organization: Option<(Uuid, String)>,
    pub lines: Vec<LineShown>,
    pub before: String,
    pub discount: Option<String>,
    pub total: String,
    pub credit: Option<String>,
    pub due: String,
    pub until: Option<String>,
    pub settled: Option<String>,
    /// Whether its discount was given up while it was open, for another order of the same person or by support.
    pub code_gone: bool,
}

/// The rows of a list, with the names of their organizations and users.
pub(super) async fn rows(
    connection: &impl ConnectionTrait,
    tenant: &Tenant,
    found: Vec<Order>,
    now: DateTime<Utc>,
) -> Result<Vec<Row>, Error> {
    let organizations: Vec<Uuid> = found.iter().filter_map(|order| order.organization_id).collect();
    let organizations = names(connection, tenant.id, &organizations).await?;
    let users = crate::audit::queries::names(connection, found.iter().filter_map(|order| order.user_id)).await?;
    Ok(found.into_iter().map(|order| row(tenant, &order, (&organizations, &users), now)).collect())
}

fn row(
    tenant: &Tenant,
    order: &Order,
    (organizations, users): (&HashMap<Uuid, String>, &HashMap<Uuid, String>),
    now: DateTime<Utc>,
) -> Row {
    let organization = order.organization_id.and_then(|id| organizations.get(&id));
    let user = order.user_id.and_then(|id| users.get(&id));
    let who: Vec<&str> = organization.into_iter().chain(user).map(String::as_str).collect();
    Row {
        id: order.id,
        number: number(order.id),
        when: calendar::moment(order.created_at, tenant.zone),
        instant: order.created_at.to_rfc3339(),
        who: who.join(" · "),
        amount: tenant.currency.money(order.amount).to_string(),
        code: order.code_text.clone(),
        state: State::at(order, now),
        until: order.expires_at.filter(|end| *end > now).map(|end| calendar::from_now(end, now)),
        needs_attention: order.needs_attention.is_some(),
    }
}

impl Whole {
    pub async fn load(
        connection: &impl ConnectionTrait,
        tenant: &Tenant,
        order: Order,
        now: DateTime<Utc>,
    ) -> Result<Self, Error> {
        let lines = orders::lines(connection, tenant.id, order.id).await?;
        let organization = names(connection, tenant.id, order.organization_id.as_slice()).await?.into_iter().next();
        let state = State::at(&order, now);
        let redemption = match order.redemption_id.filter(|_| order.channel == orders::SHOP) {
            Some(id) => rows::one(connection, tenant.id, id, now).await?,
            None => None,
        };
        let gone = |standing: Standing| matches!(standing, Standing::Released | Standing::Expired | Standing::Reversed);
        let (currency, zone) = (tenant.currency, tenant.zone);
        let money = |amount: i64| currency.money(amount).to_string();
        Ok(Self {
            number: number(order.id),
            placed: calendar::moment(order.created_at, zone),
            organization,
            lines: lines.iter().map(|line| LineShown::new(line, currency)).collect(),
            before: money(order.amount + order.discount),
            discount: (order.discount > 0).then(|| money(order.discount)),
            total: money(order.amount),
            credit: (order.credit_drawn > 0).then(|| money(order.credit_drawn)),
            due: money(due(&order)),
            until: order.expires_at.filter(|_| state == State::Open).map(|end| calendar::moment(end, zone)),
            settled: order.settled_at.map(|at| calendar::moment(at, zone)),
            code_gone: state == State::Open && redemption.is_some_and(|it| gone(it.state)),
            state,
            order,
        })
    }

    /// Whether it can still be paid here and now.
    pub fn is_open(&self) -> bool {
        self.state == State::Open && !self.code_gone && self.order.needs_attention.is_none()
    }
}

impl LineShown {
    fn new(line: &Line, currency: Currency) -> Self {
        let money = |amount: i64| currency.money(amount).to_string();
        Self {
            name: line.name.clone(),
            quantity: line.quantity,
            unit: line.unit_price.map_or_else(|| "No price".to_owned(), money),
            discount: if line.discount > 0 { format!("−{}", money(line.discount)) } else { String::new() },
            total: money(line.total),
        }
    }
}
