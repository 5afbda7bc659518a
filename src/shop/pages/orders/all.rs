//! `/dashboard/orders`: every order, for support.

use super::shown::{Row, rows};
use crate::accounts::guards::Support;
use crate::accounts::shell::{Section, Shell};
use crate::db::Db;
use crate::error::Error;
use crate::shop::orders::{self, Filter, State};
use crate::web::form::Query;
use crate::web::html;
use crate::web::paging::{self, Cursor};
use actix_web::{HttpResponse, web};
use askama::Template;
use serde::Deserialize;
use uuid::Uuid;

/// The word of what somebody has to look at, among those of the states.
const ATTENTION: &str = "attention";

/// What the URL asks of the orders.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Wanted {
    /// The whole id of an order, as redemptions and payments name it.
    order: String,
    /// The word of a state, or [`ATTENTION`].
    state: String,
    after: Option<String>,
    before: Option<String>,
}

impl Wanted {
    /// What the database is asked for; `None` when nothing can match.
    fn filter(&self) -> Result<Option<Filter>, Error> {
        let state = match self.state.as_str() {
            "" | ATTENTION => None,
            word => Some(
                State::from_word(word)
                    .ok_or_else(|| Error::BadQuery("state", format!("There is no state called {word}.")))?,
            ),
        };
        let id = match self.order.trim() {
            "" => None,
            text => match Uuid::parse_str(text) {
                Ok(id) => Some(id),
                Err(_) => return Ok(None),
            },
        };
        Ok(Some(Filter { id, state, needs_attention: self.state == ATTENTION, of: None }))
    }

    fn link(&self, direction: &str, key: &str) -> String {
        let pairs = [("order", self.order.as_str()), ("state", self.state.as_str()), (direction, key)];
        format!("/dashboard/orders{}", paging::query(&pairs))
    }
}

#[derive(Template)]
#[template(path = "shop/all_orders.html")]
struct Page {
    shell: Shell,
    wanted: Wanted,
    rows: Vec<Row>,
    newer: Option<String>,
    older: Option<String>,
}

impl Page {
    /// The states of the filter, by name.
    fn states(&self) -> impl Iterator<Item = (&'static str, &'static str)> {
        State::ALL.into_iter().map(|state| (state.word(), state.label())).chain([(ATTENTION, "Needs attention")])
    }

    fn is_filtered(&self) -> bool {
        !self.wanted.order.trim().is_empty() || !self.wanted.state.is_empty()
    }
}

/// `GET /dashboard/orders`
///
/// # Errors
/// [`Error::BadQuery`] for a filter that there is not.
pub async fn index(who: Support, wanted: Query<Wanted>, db: web::Data<Db>) -> Result<HttpResponse, Error> {
    let wanted = wanted.0;
    let cursor = Cursor { after: wanted.after.clone(), before: wanted.before.clone() };
    let found = match wanted.filter()? {
        Some(filter) => orders::page(db.read(), who.tenant.id, &filter, &cursor).await?,
        None => paging::Slice { rows: Vec::new(), next: None, previous: None },
    };
    let rows = rows(db.read(), &who.tenant, found.rows, who.now).await?;
    let newer = found.previous.map(|key| wanted.link("before", &key));
    let older = found.next.map(|key| wanted.link("after", &key));
    html::page(&Page { shell: who.shell(Section::AllOrders), wanted, rows, newer, older })
}
