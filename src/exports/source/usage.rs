//! Redemptions in the order in which they were made, a row for each line of their orders, and one for those without.
//!
//! One statement a page brings everything that a row says, by keys alone.

use super::{PAGE, Page, too_late};
use crate::clock::first_id;
use crate::coupons::coupon::Terms;
use crate::coupons::queries::Choices;
use crate::db::Db;
use crate::db::values::Values;
use crate::error::Error;
use crate::exports::filter::Filter;
use crate::redemptions::redemption::State;
use crate::sheets::{Cell, Column, Row};
use crate::tenants::Tenant;
use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, DbErr, QueryResult, Statement, TryGetable};
use serde_json::Value as Json;
use std::fmt::Write;
use tokio_util::task::AbortOnDropHandle;
use uuid::Uuid;

/// What is said of a line.
pub const COLUMNS: &[Column] = &[
    Column { name: "created_at", width: 20 },
    Column { name: "state", width: 11 },
    Column { name: "code", width: 22 },
    Column { name: "coupon", width: 26 },
    Column { name: "benefit", width: 24 },
    Column { name: "user", width: 20 },
    Column { name: "email", width: 26 },
    Column { name: "customer_id", width: 16 },
    Column { name: "organization", width: 26 },
    Column { name: "channel", width: 14 },
    Column { name: "order_ref", width: 18 },
    Column { name: "line", width: 6 },
    Column { name: "product", width: 26 },
    Column { name: "sku", width: 16 },
    Column { name: "product_type", width: 14 },
    Column { name: "quantity", width: 9 },
    Column { name: "unit_price", width: 12 },
    Column { name: "amount_before", width: 14 },
    Column { name: "discount", width: 12 },
    Column { name: "amount_after", width: 14 },
    Column { name: "uses", width: 7 },
    Column { name: "reversed_quantity", width: 18 },
    Column { name: "reversed_discount", width: 18 },
    Column { name: "currency", width: 9 },
    Column { name: "confirmed_at", width: 20 },
    Column { name: "held_until", width: 20 },
    Column { name: "ended_at", width: 20 },
    Column { name: "benefit_ends_at", width: 20 },
    Column { name: "kept_price_because", width: 24 },
    Column { name: "reason", width: 30 },
    Column { name: "needs_attention", width: 30 },
    Column { name: "redemption_id", width: 38 },
    Column { name: "coupon_id", width: 38 },
    Column { name: "organization_id", width: 38 },
    Column { name: "person_id", width: 38 },
];

/// How far they have been read.
pub struct Usage {
    db: Db,
    tenant: Tenant,
    choices: Choices,
    coupon: Option<Uuid>,
    asked_at: DateTime<Utc>,
    after: Uuid,
    before: Uuid,
    /// Terms and their words: those of one coupon mostly come one after another.
    said: Option<(Json, String)>,
    /// The next page, which is read while this one is written.
    ahead: Option<AbortOnDropHandle<Result<Vec<QueryResult>, Error>>>,
}

/// Columns that [`Usage::rows`] reads by their places.
const OF_REDEMPTION: &str = "r.id, r.created_at, r.state, r.terms, r.channel, r.order_ref, r.uses, r.amount_before, \
    r.discount, r.confirmed_at, r.held_until, r.ended_at, r.benefit_ends_at, r.reason, r.needs_attention, r.coupon_id, \
    r.organization_id, r.person_id";
const OF_OTHERS: &str = "k.text, c.name, o.name, u.display_name, u.email, \
    (SELECT a.key FROM person_aliases AS a WHERE a.tenant_id = r.tenant_id AND a.person_id = r.person_id \
        AND a.kind = 'email' ORDER BY a.key LIMIT 1), \
    (SELECT a.key FROM person_aliases AS a WHERE a.tenant_id = r.tenant_id AND a.person_id = r.person_id \
        AND a.kind = 'external' ORDER BY a.key LIMIT 1)";
const OF_LINE: &str = "l.line, l.name, l.sku, l.product_type, l.quantity, l.unit_price, l.discount, l.price_after, l.uses, \
    l.reversed_quantity, l.reversed_discount, l.refusal";
/// Where the columns of others and of the line begin.
const OTHERS: usize = 18;
const LINE: usize = 25;

impl Usage {
    pub(super) async fn open(
        db: &Db,
        tenant: &Tenant,
        filter: &Filter,
        asked_at: DateTime<Utc>,
    ) -> Result<Self, Error> {
        let (from, until) = filter.span(tenant.zone).map_err(|(_, why)| Error::BadRequest(why))?;
        Ok(Self {
            db: db.clone(),
            tenant: tenant.clone(),
            choices: Choices::load(db.read(), tenant.id).await?,
            coupon: filter.coupon_id,
            asked_at,
            after: from.map(first_id).unwrap_or_default(),
            before: first_id(too_late(asked_at, until)),
            said: None,
            ahead: None,
        })
    }

    /// The redemptions after the last that was read, as a condition on `t`.
    fn wanted(&self, values: &mut Values) -> String {
        let (tenant, after, before) = (values.put(self.tenant.id), values.put(self.after), values.put(self.before));
        let mut wanted = format!("t.tenant_id = {tenant} AND t.id > {after} AND t.id < {before}");
        if let Some(coupon) = self.coupon {
            // Writing to a text cannot fail.
            _ = write!(wanted, " AND t.coupon_id = {}", values.put(coupon));
        }
        wanted
    }

    /// SQLite would otherwise take a popular coupon for an average one.
    fn by(&self) -> &'static str {
        if self.coupon.is_some() && !self.db.is_postgres() { "INDEXED BY redemptions_by_coupon" } else { "" }
    }

    pub(super) async fn total(&self) -> Result<i64, Error> {
        let (mut values, by) = (Values::default(), self.by());
        let sql = format!("SELECT count(*) FROM redemptions AS t {by} WHERE {}", self.wanted(&mut values));
        let found = run(self.db.search(), sql, values).await?;
        Ok(found.first().map(|row| row.try_get_by_index(0)).transpose()?.unwrap_or_default())
    }

    /// Begins to read the page after the last that was read.
    fn page(&self) -> AbortOnDropHandle<Result<Vec<QueryResult>, Error>> {
        let (mut values, by) = (Values::default(), self.by());
        let wanted = self.wanted(&mut values);
        // Outer joins, so that both databases go from the page to what belongs to it, and not the other way round.
        let sql = format!(
            "SELECT {OF_REDEMPTION}, {OF_OTHERS}, {OF_LINE} \
             FROM (SELECT t.* FROM redemptions AS t {by} WHERE {wanted} ORDER BY t.id LIMIT {PAGE}) AS r \
             LEFT JOIN codes AS k ON k.tenant_id = r.tenant_id AND k.id = r.code_id \
             LEFT JOIN coupons AS c ON c.tenant_id = r.tenant_id AND c.id = r.coupon_id \
             LEFT JOIN organizations AS o ON o.tenant_id = r.tenant_id AND o.id = r.organization_id \
             LEFT JOIN users AS u ON u.id = r.user_id \
             LEFT JOIN redemption_lines AS l ON l.tenant_id = r.tenant_id AND l.redemption_id = r.id \
             ORDER BY r.id, l.line"
        );
        // Few connections, each of which keeps pages of the database in memory.
        let db = self.db.clone();
        AbortOnDropHandle::new(tokio::spawn(async move { run(db.search(), sql, values).await }))
    }

    pub(super) async fn next(&mut self) -> Result<Option<Page>, Error> {
        let page = self.ahead.take().unwrap_or_else(|| self.page());
        let found = page.await.map_err(|error| Error::Internal(error.into()))??;
        let Some(last) = found.last() else { return Ok(None) };
        self.after = last.try_get_by_index(0)?;
        self.ahead = Some(self.page());
        let (mut rows, mut read) = (Vec::with_capacity(found.len()), 0);
        let mut before = None;
        for row in &found {
            let id: Uuid = row.try_get_by_index(0)?;
            let is_first = before != Some(id);
            rows.push(self.row(row, id, is_first)?);
            read += i64::from(is_first);
            before = Some(id);
        }
        Ok(Some(Page { rows, read }))
    }

    fn row(&mut self, row: &QueryResult, id: Uuid, is_first: bool) -> Result<Row, Error> {
        let decimals = self.tenant.currency.exponent();
        let money = |amount: Option<i64>| Cell::money(amount, decimals);
        let text = |at: usize| get::<Option<String>>(row, at).map(|text| Cell::text(text.unwrap_or_default()));
        let time = |at: usize| get::<Option<DateTime<Utc>>>(row, at).map(Cell::time);
        let whole = |at: usize| get::<Option<i64>>(row, at);
        let line = whole(LINE)?;
        let of_line = |at: usize, otherwise: Option<i64>| match line {
            Some(_) => get::<Option<i64>>(row, at),
            None => Ok(otherwise),
        };
        let (quantity, price) = (whole(LINE + 4)?, whole(LINE + 5)?);
        let (before, discount): (i64, i64) = (get(row, 7)?, get(row, 8)?);
        let amount_before = match line {
            Some(_) => price.zip(quantity).and_then(|(price, quantity)| price.checked_mul(quantity)),
            None => Some(before),
        };
        let terms: Json = get(row, 3)?;
        // Where the order as a whole was the use, it stands in the first line: so they add up to what was used.
        let by_unit = terms.get("uses_per").is_some_and(|word| word == "unit");
        let uses = match whole(LINE + 8)? {
            Some(uses) if by_unit => uses,
            _ if is_first => get(row, 6)?,
            _ => 0,
        };
        let benefit = self.benefit(terms)?;
        let over = get::<Option<DateTime<Utc>>>(row, 10)?.filter(|until| *until <= self.asked_at);
        let (state, held_until, ended_at) = match over {
            Some(over) => (Cell::text(State::Expired.word()), Cell::Empty, Cell::Time(over)),
            None => (text(2)?, time(10)?, time(11)?),
        };
        let email = get::<Option<String>>(row, OTHERS + 4)?.or(get(row, OTHERS + 5)?);
        Ok(vec![
            time(1)?,
            state,
            text(OTHERS)?,
            text(OTHERS + 1)?,
            Cell::text(benefit),
            text(OTHERS + 3)?,
            Cell::text(email.unwrap_or_default()),
            text(OTHERS + 6)?,
            text(OTHERS + 2)?,
            text(4)?,
            text(5)?,
            Cell::whole(line.map(|line| line + 1)),
            text(LINE + 1)?,
            text(LINE + 2)?,
            text(LINE + 3)?,
            Cell::whole(quantity),
            money(price),
            money(amount_before),
            money(of_line(LINE + 6, Some(discount))?),
            money(of_line(LINE + 7, before.checked_sub(discount))?),
            Cell::Whole(uses),
            Cell::whole(whole(LINE + 9)?),
            money(whole(LINE + 10)?),
            Cell::text(self.tenant.currency.to_string()),
            time(9)?,
            held_until,
            ended_at,
            time(12)?,
            text(LINE + 11)?,
            text(13)?,
            text(14)?,
            Cell::id(id),
            Cell::id(get::<Uuid>(row, 15)?),
            Cell::id(get::<Option<Uuid>>(row, 16)?),
            Cell::id(get::<Option<Uuid>>(row, 17)?),
        ])
    }

    /// What the redemption gave, in words.
    fn benefit(&mut self, terms: Json) -> Result<String, Error> {
        if let Some((last, words)) = &self.said
            && *last == terms
        {
            return Ok(words.clone());
        }
        let known: Terms = serde_json::from_value(terms.clone()).map_err(|error| Error::Internal(error.into()))?;
        let words = known.benefit.words(self.tenant.currency, |key| self.choices.limit_label(key));
        self.said = Some((terms, words.clone()));
        Ok(words)
    }
}

fn get<T: TryGetable>(row: &QueryResult, at: usize) -> Result<T, DbErr> {
    row.try_get_by_index(at)
}

async fn run(connection: &impl ConnectionTrait, sql: String, values: Values) -> Result<Vec<QueryResult>, Error> {
    let statement = Statement::from_sql_and_values(connection.get_database_backend(), sql, Vec::from(values));
    Ok(connection.query_all_raw(statement).await?)
}
