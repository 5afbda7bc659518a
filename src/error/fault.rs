//! What the outside may know of an error.

use super::Error;
use actix_web::http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::borrow::Cow;

/// What the outside may know of an [`Error`]; every face is made from it. It can be kept, so that the same request again
/// gets the same refusal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fault {
    /// The machine's word for it.
    pub code: Cow<'static, str>,
    /// A heading.
    pub title: Cow<'static, str>,
    /// One sentence for people, with what to do next.
    pub detail: String,
    /// Seconds until another try makes sense.
    pub retry_after: Option<i64>,
    /// What is wrong with which field, where fields were sent.
    pub errors: Vec<FieldFault>,
    /// Where people go on: an address of ours, and the words of its button. To the start, if nothing is said.
    #[serde(default)]
    pub next: Option<(Cow<'static, str>, Cow<'static, str>)>,
    /// What else a machine may want to know, as members of the problem document.
    pub members: Map<String, Value>,
    /// Whether the body leaves the request's id to the header, so that every such answer is the same to the byte.
    #[serde(default)]
    pub nameless: bool,
}

/// What is wrong with one field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldFault {
    /// The field, as `items[0].quantity`.
    pub field: String,
    /// The machine's word for it.
    pub code: Cow<'static, str>,
    /// One sentence for people.
    pub message: String,
}

impl Fault {
    /// A fault with nothing but its words.
    pub fn new(code: &'static str, title: &'static str, detail: impl Into<String>) -> Self {
        Self {
            code: code.into(),
            title: title.into(),
            detail: detail.into(),
            retry_after: None,
            errors: Vec::new(),
            next: None,
            members: Map::new(),
            nameless: false,
        }
    }

    /// The same to the byte for every request.
    #[must_use]
    pub fn nameless(self) -> Self {
        Self { nameless: true, ..self }
    }

    /// With something wrong with a field.
    #[must_use]
    pub fn on(mut self, field: impl Into<String>, code: &'static str, message: impl Into<String>) -> Self {
        self.errors.push(FieldFault { field: field.into(), code: code.into(), message: message.into() });
        self
    }

    /// With another member of the problem document.
    #[must_use]
    pub fn with(mut self, member: &str, value: impl Into<Value>) -> Self {
        self.members.insert(member.to_owned(), value.into());
        self
    }

    /// With the way on for people.
    #[must_use]
    pub fn leading_to(self, path: &'static str, words: &'static str) -> Self {
        Self { next: Some((path.into(), words.into())), ..self }
    }

    /// With the seconds until another try makes sense.
    #[must_use]
    pub fn again_after(mut self, seconds: i64) -> Self {
        self.retry_after = Some(seconds.max(1));
        self
    }

    /// The address of the button, and its words.
    #[must_use]
    pub fn way_on(&self) -> (&str, &str) {
        self.next.as_ref().map_or(("/", "Go to the start"), |(path, words)| (path, words))
    }

    /// The error that says it with this status.
    #[must_use]
    pub fn with_status(self, status: StatusCode) -> Error {
        Error::Told(status, Box::new(self))
    }
}
