//! `/audit`: the log, for support.

use crate::accounts::guards::Support;
use crate::accounts::shell::{Section, Shell};
use crate::audit::queries;
use crate::db::Db;
use crate::db::tables::audit_entries::Model;
use crate::error::Error;
use crate::redemptions::log::filter::{Filter, backwards};
use crate::redemptions::log::words::{self, FieldChange, Part};
use crate::redemptions::pages::attention::{self, Attention};
use crate::web::form::Query;
use crate::web::html;
use crate::web::paging::{Slice, query};
use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use askama::Template;
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use std::collections::HashMap;
use uuid::Uuid;

#[derive(Template)]
#[template(path = "audit/index.html")]
struct Page<'a> {
    shell: Shell,
    filter: &'a Filter,
    attention: Attention,
    list: List<'a>,
}

#[derive(Template)]
#[template(path = "audit/_fragment.html")]
struct Fragment<'a> {
    list: List<'a>,
}

/// The part of the page that a filter changes.
struct List<'a> {
    filter: &'a Filter,
    days: Vec<Day>,
    count: usize,
    /// Why nothing can be found.
    backwards: Option<&'static str>,
    newer: Option<String>,
    older: Option<String>,
}

struct Day {
    title: String,
    entries: Vec<Shown>,
}

/// An entry as the page shows it.
#[derive(Clone, Debug)]
pub(super) struct Shown {
    pub(super) actor: String,
    pub(super) parts: Vec<Part>,
    pub(super) when: String,
    pub(super) instant: String,
    pub(super) changes: Vec<FieldChange>,
    pub(super) request_id: String,
    pub(super) links: Vec<(String, String)>,
    pub(super) is_open: bool,
}

impl Page<'_> {
    /// The actions of the filter, by name.
    fn actions(&self) -> impl Iterator<Item = &'static (&'static str, &'static str)> {
        words::ACTIONS.iter()
    }
}

/// `GET /audit`.
///
/// # Errors
/// [`Error::BadQuery`] for a filter that there is not.
pub async fn index(who: Support, db: web::Data<Db>, filter: Query<Filter>) -> Result<HttpResponse, Error> {
    let filter = &filter.0;
    let found = match filter.wanted(&db, &who.tenant).await? {
        Some(wanted) => queries::page(db.read(), who.tenant.id, &wanted, (&filter.cursor(), queries::PAGE)).await?,
        None => Slice { rows: Vec::new(), next: None, previous: None },
    };
    let actors = queries::names(db.read(), found.rows.iter().filter_map(|row| row.actor_id)).await?;
    let list = List::of(filter, found, &actors, who.tenant.zone)?;
    if who.fragment {
        return html::with_status(StatusCode::OK, &Fragment { list });
    }
    let attention = attention::of(db.read(), &who.tenant, who.now).await?;
    html::page(&Page { shell: who.shell(Section::Audit), filter, attention, list })
}

impl<'a> List<'a> {
    fn of(filter: &'a Filter, found: Slice<Model>, actors: &HashMap<Uuid, String>, zone: Tz) -> Result<Self, Error> {
        let mut days: Vec<Day> = Vec::new();
        let count = found.rows.len();
        for row in &found.rows {
            let title = day_of(row.created_at, zone);
            let entry = Shown { is_open: !filter.entry.is_empty(), ..Shown::of(row, actors, zone) };
            match days.last_mut().filter(|day| day.title == title) {
                Some(day) => day.entries.push(entry),
                None => days.push(Day { title, entries: vec![entry] }),
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
            0 => self.backwards.unwrap_or("No entries").to_owned(),
            1 => "1 entry".to_owned(),
            count if self.older.is_some() => format!("The newest {count} entries of more"),
            count => format!("{count} entries"),
        }
    }
}

impl Shown {
    pub(super) fn of(row: &Model, actors: &HashMap<Uuid, String>, zone: Tz) -> Self {
        Self {
            actor: actor(row, actors),
            parts: words::sentence(row, zone),
            when: clock_of(row.created_at, zone),
            instant: row.created_at.to_rfc3339(),
            changes: words::changes_of(row, zone),
            request_id: row.request_id.clone(),
            links: links(row),
            is_open: false,
        }
    }
}

/// The name of the user today, beside the address under which the entry was made.
pub(super) fn actor(row: &Model, actors: &HashMap<Uuid, String>) -> String {
    match (row.actor_kind.as_str(), row.actor_id.and_then(|id| actors.get(&id))) {
        ("key", _) => format!("Key “{}”", row.actor_label),
        (_, Some(name)) if !name.is_empty() => name.clone(),
        _ => row.actor_label.clone(),
    }
}

/// The heading of a day: `Friday 20 November 2026`.
pub(super) fn day_of(instant: DateTime<Utc>, zone: Tz) -> String {
    instant.with_timezone(&zone).format("%A %-d %B %Y").to_string()
}

/// The time of the day to the second.
pub(super) fn clock_of(instant: DateTime<Utc>, zone: Tz) -> String {
    instant.with_timezone(&zone).format("%H:%M:%S").to_string()
}

/// Where to go on from an entry.
fn links(row: &Model) -> Vec<(String, String)> {
    let mut links =
        vec![(format!("/audit{}", query(&[("entry", &row.id.to_string())])), "Link to this entry".to_owned())];
    if let Some(coupon) = row.coupon_id {
        links.push((format!("/dashboard/coupons/{coupon}"), "Open the coupon".to_owned()));
    }
    if let Some(redemption) = row.redemption_id {
        links.push((format!("/dashboard/redemptions/{redemption}"), "Open the redemption".to_owned()));
    }
    if row.subject_kind == "order" {
        links.push((format!("/dashboard/orders/{}", row.subject_id), "Open the order".to_owned()));
    }
    if let Some(code) = &row.code_text {
        links.push((format!("/audit{}", query(&[("code", code)])), format!("All about {code}")));
    }
    if let (Some(id), Some(name)) = (row.organization_id, &row.organization_label) {
        links.push((format!("/audit{}", query(&[("organization", &id.to_string())])), format!("All about {name}")));
    }
    if row.actor_kind == "user" {
        links
            .push((format!("/audit{}", query(&[("person", &row.actor_label)])), format!("All by {}", row.actor_label)));
    }
    links
}
