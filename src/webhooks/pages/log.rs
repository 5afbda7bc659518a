//! What an endpoint was told: the part of its page that a filter changes.

use crate::accounts::guards::Admin;
use crate::calendar;
use crate::db::Db;
use crate::db::tables::webhook_deliveries::Model as Delivery;
use crate::db::tables::webhook_endpoints::Model as Endpoint;
use crate::error::Error;
use crate::web::paging::{self, Cursor, Slice};
use crate::webhooks::deliveries::{self, DELIVERED, STATES, WAITING, Wanted};
use crate::webhooks::events::{self, EVENTS, TEST};
use serde::Deserialize;
use serde_json::Value;
use uuid::Uuid;

/// What the URL asks of the log. A name that is not here is refused.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Filter {
    pub(super) state: String,
    pub(super) event: String,
    after: Option<String>,
    before: Option<String>,
}

/// A delivery as the page shows it.
pub(super) struct Told {
    pub(super) id: Uuid,
    pub(super) event: String,
    pub(super) message: String,
    pub(super) badge: (&'static str, &'static str),
    /// Status and time taken.
    pub(super) outcome: String,
    /// What went wrong, and how it goes on.
    pub(super) trouble: Option<String>,
    pub(super) when: String,
    pub(super) instant: String,
    pub(super) body: String,
    pub(super) answer: Option<String>,
}

/// A page of the log.
pub(super) struct Log {
    pub(super) filter: Filter,
    pub(super) told: Vec<Told>,
    pub(super) newer: Option<String>,
    pub(super) older: Option<String>,
    /// Whether something will change by itself, soon.
    pub(super) moves: bool,
    /// The address of this very page.
    pub(super) here: String,
}

impl Filter {
    /// Whether anything is filtered.
    pub(super) fn is_set(&self) -> bool {
        !self.state.is_empty() || !self.event.is_empty()
    }

    /// The states to choose from.
    pub(super) fn states() -> [(&'static str, &'static str); 3] {
        STATES
    }

    /// The events to choose from.
    pub(super) fn events() -> impl Iterator<Item = &'static str> {
        EVENTS.iter().map(|event| event.word).chain([TEST])
    }

    fn wanted(&self) -> Result<Wanted, Error> {
        let is_state = self.state.is_empty() || STATES.iter().any(|(word, _)| *word == self.state);
        let is_event = self.event.is_empty() || self.event == TEST || events::named(&self.event).is_some();
        if !is_state || !is_event {
            return Err(Error::BadRequest("There is no such filter.".to_owned()));
        }
        Ok(Wanted { state: self.state.clone(), event: self.event.clone() })
    }

    fn link(&self, endpoint: Uuid, (direction, key): (&str, &str)) -> String {
        let pairs = [("state", self.state.as_str()), ("event", self.event.as_str()), (direction, key)];
        format!("/dashboard/webhooks/{endpoint}{}", paging::query(&pairs))
    }
}

impl Log {
    /// What the filter asks for.
    ///
    /// # Errors
    /// [`Error::BadRequest`] for a filter or a page that there is not.
    pub(super) async fn read(who: &Admin, db: &Db, endpoint: &Endpoint, filter: Filter) -> Result<Self, Error> {
        let cursor = Cursor { after: filter.after.clone(), before: filter.before.clone() };
        let found = deliveries::page(db.read(), endpoint, &filter.wanted()?, &cursor).await?;
        let link = |place| filter.link(endpoint.id, place);
        let Slice { rows, next, previous } = found;
        let edge = match (&filter.after, &filter.before) {
            (_, Some(before)) => ("before", before.as_str()),
            (Some(after), None) => ("after", after.as_str()),
            (None, None) => ("after", ""),
        };
        let is_on = endpoint.disabled_at.is_none();
        Ok(Self {
            moves: is_on && rows.iter().any(|row| row.state == WAITING && row.tries == 0),
            newer: previous.as_deref().map(|key| link(("before", key))),
            older: next.as_deref().map(|key| link(("after", key))),
            here: link(edge),
            told: rows.into_iter().map(|row| Told::of(who, row, is_on)).collect(),
            filter,
        })
    }

    /// What a screen reader is told after a filter.
    pub(super) fn summary(&self) -> String {
        match self.told.len() {
            0 => "No deliveries".to_owned(),
            1 => "1 delivery".to_owned(),
            count if self.older.is_some() => format!("The newest {count} deliveries of more"),
            count => format!("{count} deliveries"),
        }
    }
}

impl Told {
    fn of(who: &Admin, row: Delivery, is_on: bool) -> Self {
        let badge = match row.state.as_str() {
            DELIVERED => ("badge--active", "Delivered"),
            WAITING if row.tries > 0 => ("badge--attention", "Failing"),
            WAITING => ("badge--held", "Waiting"),
            _ => ("badge--refused", "Given up"),
        };
        let took = row.took_ms.map(|took| format!("{} ms", crate::money::grouped(took)));
        let status = row.status.map(|status| status.to_string());
        let again = row.due_at.filter(|_| row.tries > 0).map(|due| match is_on {
            true => format!("Tried {}; again {}.", times(row.tries), calendar::from_now(due, who.now)),
            false => format!("Tried {}; again when the endpoint is on.", times(row.tries)),
        });
        let ended = (row.state == deliveries::FAILED).then(|| format!("Tried {}.", times(row.tries)));
        let at = row.tried_at.unwrap_or(row.created_at);
        Self {
            id: row.id,
            outcome: status.into_iter().chain(took).collect::<Vec<_>>().join(" in "),
            trouble: row
                .failure
                .filter(|_| row.state != DELIVERED)
                .map(|failure| [Some(failure), again.or(ended)].into_iter().flatten().collect::<Vec<_>>().join(" ")),
            event: row.event,
            message: row.message_id,
            badge,
            when: calendar::from_now(at, who.now),
            instant: at.to_rfc3339(),
            body: pretty(&row.body),
            answer: row.answer,
        }
    }
}

fn times(tries: i64) -> String {
    match tries {
        1 => "once".to_owned(),
        2 => "twice".to_owned(),
        more => format!("{more} times"),
    }
}

fn pretty(body: &str) -> String {
    let read: Option<Value> = serde_json::from_str(body).ok();
    read.and_then(|read| serde_json::to_string_pretty(&read).ok()).unwrap_or_else(|| body.to_owned())
}
