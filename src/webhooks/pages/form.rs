//! The form of an endpoint: where it listens, and what it wants to know.

use crate::config::Config;
use crate::db::tables::webhook_endpoints::Model;
use crate::web::form::Errors;
use crate::webhooks::endpoints::{self, Said};
use crate::webhooks::events::{self, EVENTS};
use crate::webhooks::targets::Targets;
use serde::Deserialize;

/// What was typed.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Fields {
    pub(super) url: String,
    pub(super) events: Vec<String>,
    pub(super) request_key: String,
}

impl Fields {
    /// The fields of an endpoint that there is.
    pub(super) fn of(row: &Model) -> Self {
        Self { url: row.url.clone(), events: endpoints::events(row), request_key: String::new() }
    }

    /// Whether an event is ticked.
    pub(super) fn has(&self, event: &str) -> bool {
        self.events.iter().any(|typed| typed == event)
    }

    /// The words and labels of all events.
    pub(super) fn choices() -> impl Iterator<Item = (&'static str, &'static str)> {
        EVENTS.iter().map(|event| (event.word, event.label))
    }

    /// What was said, or what is wrong with it.
    pub(super) fn read(&self, config: &Config) -> Result<Said, Errors> {
        let mut errors = Errors::default();
        let url = errors.keep("url", Targets::of(config).read(&self.url));
        let known: Vec<String> =
            EVENTS.iter().filter(|event| self.has(event.word)).map(|event| event.word.to_owned()).collect();
        if known.is_empty() || !self.events.iter().all(|event| events::named(event).is_some()) {
            errors.add("events", "Choose at least one event.");
        }
        match url.filter(|_| errors.is_empty()) {
            Some(url) => Ok(Said { url: url.to_string(), events: known }),
            None => Err(errors),
        }
    }
}
