//! `/dashboard/redemptions`: every use of every code, to be found by code, order, person or organization, for support.

mod filter;

use crate::accounts::guards::Support;
use crate::accounts::persons;
use crate::accounts::shell::{Section, Shell};
use crate::calendar;
use crate::coupons;
use crate::db::Db;
use crate::error::Error;
use crate::organizations;
use crate::redemptions::queries::{self, Listed};
use crate::redemptions::redemption::State;
use crate::tenants::Tenant;
use crate::web::form::Query;
use crate::web::html;
use crate::web::paging::{Slice, query};
use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use askama::Template;
use chrono::{DateTime, Utc};
use filter::{ATTENTION, Filter};
use sea_orm::ConnectionTrait;
use std::collections::HashMap;
use uuid::Uuid;

#[derive(Template)]
#[template(path = "redemptions/index.html")]
struct Page<'a> {
    shell: Shell,
    filter: &'a Filter,
    /// The name of the coupon that is asked for.
    coupon: Option<String>,
    list: List<'a>,
}

#[derive(Template)]
#[template(path = "redemptions/_fragment.html")]
struct Fragment<'a> {
    list: List<'a>,
}

/// The part of the page that a filter changes.
struct List<'a> {
    filter: &'a Filter,
    rows: Vec<Shown>,
    newer: Option<String>,
    older: Option<String>,
}

/// A redemption as the list shows it.
struct Shown {
    id: Uuid,
    code: String,
    coupon: (Uuid, String),
    when: String,
    instant: String,
    who: String,
    /// Another name of the same, or who did it for them.
    also: String,
    order: String,
    place: String,
    uses: i64,
    /// The order before, what the code took off, and what is left to pay.
    amounts: Option<(String, String, String)>,
    /// What an organization was given.
    benefit: String,
    state: State,
    until: String,
    needs_attention: bool,
}

/// What people call those whom redemptions name by id.
pub(super) struct Names {
    persons: HashMap<Uuid, persons::Names>,
    organizations: HashMap<Uuid, String>,
    coupons: HashMap<Uuid, String>,
}

impl Page<'_> {
    /// The states of the filter, by name.
    fn states(&self) -> impl Iterator<Item = (&'static str, &'static str)> {
        let states = State::ALL.into_iter().map(|state| (state.word(), state.label()));
        states.chain([(ATTENTION, "Needs attention")])
    }
}

/// `GET /dashboard/redemptions`.
///
/// # Errors
/// [`Error::BadRequest`] for a filter that there is not.
pub async fn index(who: Support, db: web::Data<Db>, filter: Query<Filter>) -> Result<HttpResponse, Error> {
    let (filter, tenant) = (&filter.0, &who.tenant);
    let found = match filter.wanted(&db, tenant).await? {
        Some(wanted) => {
            queries::page(db.read(), (tenant.id, tenant.currency), &wanted, &filter.cursor(), who.now).await?
        }
        None => Slice { rows: Vec::new(), next: None, previous: None },
    };
    let asked = filter.coupon.parse().ok();
    let names = Names::of(db.read(), tenant.id, &found.rows, asked).await?;
    let coupon = asked.and_then(|id| names.coupons.get(&id).cloned());
    let list = List::of(filter, found, &names, tenant, who.now);
    if who.fragment {
        return html::with_status(StatusCode::OK, &Fragment { list });
    }
    html::page(&Page { shell: who.shell(Section::Redemptions), filter, coupon, list })
}

impl Names {
    pub(super) async fn of(
        connection: &impl ConnectionTrait,
        tenant: Uuid,
        rows: &[Listed],
        asked: Option<Uuid>,
    ) -> Result<Self, Error> {
        let persons: Vec<_> = rows.iter().filter_map(|row| row.person_id).collect();
        let organizations: Vec<_> = rows.iter().filter_map(|row| row.organization_id).collect();
        let coupons: Vec<_> = rows.iter().map(|row| row.coupon_id).chain(asked).collect();
        Ok(Self {
            persons: persons::names(connection, tenant, &persons).await?,
            organizations: organizations::queries::names(connection, tenant, &organizations).await?,
            coupons: coupons::queries::names(connection, tenant, &coupons).await?,
        })
    }

    /// Whom a redemption was for, and another name of the same or who did it for them.
    pub(super) fn called(&self, row: &Listed) -> (String, String) {
        let organization = row.organization_id.and_then(|id| self.organizations.get(&id).cloned());
        let person = row.person_id.and_then(|id| self.persons.get(&id)).cloned().unwrap_or_default();
        let display = person.display.or_else(|| row.user.clone());
        let mut called = organization.into_iter().chain(display).chain(person.keys);
        let who = called.next().unwrap_or_else(|| "Somebody without a name".to_owned());
        (who, called.next().unwrap_or_default())
    }
}

impl<'a> List<'a> {
    fn of(filter: &'a Filter, found: Slice<Listed>, names: &Names, tenant: &Tenant, now: DateTime<Utc>) -> Self {
        Self {
            filter,
            rows: found.rows.into_iter().map(|row| Shown::of(row, names, tenant, now)).collect(),
            newer: found.previous.map(|key| filter.link("before", &key)),
            older: found.next.map(|key| filter.link("after", &key)),
        }
    }

    /// What a screen reader is told after a filter.
    fn summary(&self) -> String {
        match self.rows.len() {
            0 => "No redemptions".to_owned(),
            1 => "1 redemption".to_owned(),
            count if self.older.is_some() => format!("The newest {count} redemptions of more"),
            count => format!("{count} redemptions"),
        }
    }
}

impl Shown {
    fn of(row: Listed, names: &Names, tenant: &Tenant, now: DateTime<Utc>) -> Self {
        let money = |amount: i64| tenant.currency.money(amount).to_string();
        let (who, also) = names.called(&row);
        let of_order = row.amount_before > 0 || row.organization_id.is_none();
        Self {
            id: row.id,
            code: row.code,
            coupon: (row.coupon_id, names.coupons.get(&row.coupon_id).cloned().unwrap_or_default()),
            when: calendar::moment(row.created_at, tenant.zone),
            instant: row.created_at.to_rfc3339(),
            who,
            also,
            order: row.order_ref.unwrap_or_default(),
            place: place(&row.channel).to_owned(),
            uses: row.uses,
            amounts: of_order.then(|| {
                let left = row.amount_before.saturating_sub(row.discount).max(0);
                (money(row.amount_before), money(row.discount), money(left))
            }),
            benefit: row.benefit,
            state: row.state,
            until: row.held_until.map(|until| calendar::from_now(until, now)).unwrap_or_default(),
            needs_attention: row.needs_attention.is_some(),
        }
    }
}

/// The list of those with one thing in common.
pub(super) fn link(name: &str, value: &str) -> String {
    format!("/dashboard/redemptions{}", query(&[(name, value)]))
}

/// Where a code was entered, in words.
pub(super) fn place(channel: &str) -> &str {
    match channel {
        "organization" => "Organization page",
        "checkout" => "Checkout",
        "shop" => "Shop",
        "key" => "API",
        other => other,
    }
}
