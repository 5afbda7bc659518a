//! `GET /dashboard/organizations`.

use crate::accounts::guards::Admin;
use crate::accounts::shell::{Section, Shell};
use crate::calendar;
use crate::db::Db;
use crate::error::Error;
use crate::organizations::{Organization, credit, list};
use crate::redemptions::queries;
use crate::web::form::Query;
use crate::web::html;
use crate::web::paging::{self, Cursor, Slice};
use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use askama::Template;
use serde::Deserialize;
use uuid::Uuid;

/// What the URL asks of the list.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Filter {
    q: String,
    after: Option<String>,
    before: Option<String>,
}

#[derive(Template)]
#[template(path = "organizations/index.html")]
struct Page {
    shell: Shell,
    list: List,
}

#[derive(Template)]
#[template(path = "organizations/_fragment.html")]
struct Fragment {
    list: List,
}

/// The part of the page that the search changes.
struct List {
    q: String,
    rows: Vec<Row>,
    newer: Option<String>,
    older: Option<String>,
}

struct Row {
    id: Uuid,
    name: String,
    members: i64,
    codes: String,
    credit: String,
    created: String,
}

/// Redeemed codes of one organization that are counted.
const MOST: u64 = 100;

fn count_words(count: u64) -> String {
    if count > MOST { format!("more than {MOST}") } else { count.to_string() }
}

/// `GET /dashboard/organizations`.
///
/// # Errors
/// As the guard.
pub async fn index(who: Admin, db: web::Data<Db>, filter: Query<Filter>) -> Result<HttpResponse, Error> {
    let Filter { q, after, before } = filter.0;
    let cursor = Cursor { after, before };
    let connection = if q.trim().is_empty() { db.read() } else { db.search() };
    let found = list::page(connection, who.tenant.id, &q, &cursor).await?;
    let list = List::of(&who, &db, q, found).await?;
    if who.fragment {
        return html::with_status(StatusCode::OK, &Fragment { list });
    }
    html::page(&Page { shell: who.shell(Section::Organizations), list })
}

impl List {
    async fn of(who: &Admin, db: &Db, q: String, found: Slice<Organization>) -> Result<Self, Error> {
        let tenant = who.tenant.id;
        let ids: Vec<Uuid> = found.rows.iter().map(|row| row.id).collect();
        let members = list::member_counts(db.read(), tenant, &ids).await?;
        let codes = queries::confirmed_counts(db.read(), tenant, &ids, MOST + 1).await?;
        let balances = credit::balances(db.read(), tenant, &ids).await?;
        let link = |direction, key: &str| {
            format!("/dashboard/organizations{}", paging::query(&[("q", q.as_str()), (direction, key)]))
        };
        let (newer, older) =
            (found.previous.map(|key| link("before", &key)), found.next.map(|key| link("after", &key)));
        let row = |row: Organization| Row {
            id: row.id,
            members: members.get(&row.id).copied().unwrap_or_default(),
            codes: count_words(codes.get(&row.id).copied().unwrap_or_default().unsigned_abs()),
            credit: who.tenant.currency.money(balances.get(&row.id).copied().unwrap_or_default()).to_string(),
            created: calendar::day(row.created_at, who.tenant.zone),
            name: row.name,
        };
        Ok(Self { rows: found.rows.into_iter().map(row).collect(), newer, older, q })
    }

    fn summary(&self) -> String {
        match self.rows.len() {
            1 => "1 organization".to_owned(),
            count if self.older.is_some() || self.newer.is_some() => format!("{count} organizations on this page"),
            count => format!("{count} organizations"),
        }
    }
}
