//! `/audit/attempts`: every entry that was refused, with the trace of the decision, for support.

mod filter;

use crate::accounts::guards::Support;
use crate::accounts::keys;
use crate::accounts::shell::{Section, Shell};
use crate::audit;
use crate::coupons::rule::trace::Check;
use crate::db::Db;
use crate::db::tables::attempts::Model;
use crate::error::Error;
use crate::organizations;
use crate::redemptions::attempts;
use crate::redemptions::log::filter::backwards;
use crate::redemptions::pages::audit::{clock_of, day_of};
use crate::redemptions::pages::trace::{self, Manner, TraceShown};
use crate::web::form::Query;
use crate::web::html;
use crate::web::paging::{Slice, query};
use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use askama::Template;
use filter::Filter;
use sea_orm::ConnectionTrait;
use std::collections::HashMap;
use uuid::Uuid;

#[derive(Template)]
#[template(path = "audit/attempts.html")]
struct Page<'a> {
    shell: Shell,
    filter: &'a Filter,
    list: List<'a>,
}

#[derive(Template)]
#[template(path = "audit/_attempts_fragment.html")]
struct Fragment<'a> {
    list: List<'a>,
}

/// The part of the page that a filter changes.
struct List<'a> {
    filter: &'a Filter,
    days: Vec<(String, Vec<Shown>)>,
    count: usize,
    /// Why nothing can be found.
    backwards: Option<&'static str>,
    newer: Option<String>,
    older: Option<String>,
}

/// An attempt as the page shows it.
struct Shown {
    who: String,
    entered: String,
    organization: Option<(String, String)>,
    refused: String,
    sentence: String,
    when: String,
    instant: String,
    place: &'static str,
    address: String,
    request_id: String,
    trace: Vec<TraceShown>,
    why_not: String,
}

/// What people call those whom attempts name by id.
struct Names {
    users: HashMap<Uuid, String>,
    keys: HashMap<Uuid, String>,
    organizations: HashMap<Uuid, String>,
}

impl Page<'_> {
    /// The reasons of the filter.
    fn reasons(&self) -> impl Iterator<Item = (&'static str, &'static str)> {
        Check::ALL.into_iter().map(|check| (check.word(), check.refused()))
    }
}

/// `GET /audit/attempts`.
///
/// # Errors
/// [`Error::BadQuery`] for a filter that there is not.
pub async fn index(who: Support, db: web::Data<Db>, filter: Query<Filter>) -> Result<HttpResponse, Error> {
    let filter = &filter.0;
    let found = match filter.wanted(&db, &who.tenant).await? {
        Some(wanted) => attempts::page(db.read(), who.tenant.id, &wanted, &filter.cursor()).await?,
        None => Slice { rows: Vec::new(), next: None, previous: None },
    };
    let names = Names::of(db.read(), who.tenant.id, &found.rows).await?;
    let list = List::of(filter, found, &names, (who.tenant.currency, who.tenant.zone))?;
    if who.fragment {
        return html::with_status(StatusCode::OK, &Fragment { list });
    }
    html::page(&Page { shell: who.shell(Section::Attempts), filter, list })
}

impl Names {
    async fn of(connection: &impl ConnectionTrait, tenant: Uuid, rows: &[Model]) -> Result<Self, Error> {
        let organizations: Vec<_> = rows.iter().filter_map(|row| row.organization_id).collect();
        Ok(Self {
            users: audit::queries::names(connection, rows.iter().filter_map(|row| row.user_id)).await?,
            keys: keys::names(connection, tenant, rows.iter().filter_map(|row| row.api_key_id)).await?,
            organizations: organizations::queries::names(connection, tenant, &organizations).await?,
        })
    }
}

impl<'a> List<'a> {
    fn of(filter: &'a Filter, found: Slice<Model>, names: &Names, manner: Manner) -> Result<Self, Error> {
        let (_, zone) = manner;
        let mut days: Vec<(String, Vec<Shown>)> = Vec::new();
        let count = found.rows.len();
        for row in found.rows {
            let title = day_of(row.created_at, zone);
            let shown = Shown::of(row, names, manner);
            match days.last_mut().filter(|(day, _)| *day == title) {
                Some((_, attempts)) => attempts.push(shown),
                None => days.push((title, vec![shown])),
            }
        }
        Ok(Self {
            filter,
            days,
            count,
            backwards: backwards((&filter.from, &filter.until), zone)?,
            newer: found.previous.map(|key| filter.link("before", &key)),
            older: found.next.map(|key| filter.link("after", &key)),
        })
    }

    /// What a screen reader is told after a filter.
    fn summary(&self) -> String {
        match self.count {
            0 => self.backwards.unwrap_or("No attempts").to_owned(),
            1 => "1 attempt".to_owned(),
            count if self.older.is_some() => format!("The newest {count} attempts of more"),
            count => format!("{count} attempts"),
        }
    }
}

impl Shown {
    fn of(row: Model, names: &Names, manner: Manner) -> Self {
        let user = row.user_id.and_then(|id| names.users.get(&id));
        let who = user.or_else(|| row.api_key_id.and_then(|id| names.keys.get(&id)));
        let organization = row.organization_id.and_then(|id| Some((id, names.organizations.get(&id)?.clone())));
        let asked = organization.as_ref().map(|(id, _)| id.to_string()).unwrap_or_default();
        Self {
            who: who.cloned().unwrap_or_else(|| "Somebody".to_owned()),
            why_not: format!("/audit/why-not{}", query(&[("code", &row.entered), ("organization", &asked)])),
            organization: organization.map(|(id, name)| (format!("/organization?id={id}"), name)),
            refused: Check::from_word(&row.refusal).map_or(row.refusal.clone(), |check| check.refused().to_owned()),
            when: clock_of(row.created_at, manner.1),
            instant: row.created_at.to_rfc3339(),
            place: place(&row.channel),
            trace: trace::shortened(&row.trace, manner),
            entered: row.entered,
            sentence: row.sentence,
            address: row.address,
            request_id: row.request_id,
        }
    }
}

/// Where the code was entered.
fn place(channel: &str) -> &'static str {
    match channel {
        "organization" => "on the organization page",
        "checkout" => "at the checkout",
        "shop" => "in the shop",
        _ => "through the API",
    }
}
