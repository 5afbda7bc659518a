//! One operation of the JSON API as its documentation says it.

use schemars::{JsonSchema, SchemaGenerator};
use serde_json::{Value, json};

/// Makes a schema, and notes what it refers to.
pub type Shape = fn(&mut SchemaGenerator) -> Value;

/// A method at a path.
#[derive(Clone, Copy, Debug)]
pub struct Operation {
    /// As in the list of routes.
    pub method: &'static str,
    /// As in the list of routes.
    pub path: &'static str,
    /// What a generated client calls it.
    pub id: &'static str,
    /// What it is about.
    pub tag: &'static str,
    /// One sentence.
    pub summary: &'static str,
    /// Who else may call it than a key with the scope.
    pub also: &'static str,
    /// What a key needs.
    pub scope: &'static str,
    /// Its parameters.
    pub query: Option<Shape>,
    /// Its body, with an example.
    pub body: Option<(Shape, &'static str)>,
    /// Whether that can be left out.
    pub bodiless: bool,
    /// Status, what it means, and its body.
    pub answers: &'static [(u16, &'static str, Option<Shape>)],
    /// The refusals of its own: status and machine codes.
    pub faults: &'static [(u16, &'static [&'static str])],
    /// The headers it reads beside those of all.
    pub headers: &'static [Header],
    /// The headers of its answers beside those of all.
    pub tells: &'static [&'static str],
    /// What can be done with what it answers.
    pub links: &'static [Link],
    /// Whether there is a newer one for the same.
    pub deprecated: bool,
}

/// An operation that can follow on another, with what it takes from the answer.
#[derive(Clone, Copy, Debug)]
pub struct Link {
    /// Of this answer.
    pub status: u16,
    /// The operation that follows.
    pub to: &'static str,
    /// Its parameter.
    pub parameter: &'static str,
    /// A runtime expression.
    pub from: &'static str,
}

/// A header of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Header {
    /// The version that may be written over.
    IfMatch,
    /// `return=minimal`.
    Prefer,
}

impl Operation {
    /// Whether it changes something.
    #[must_use]
    pub fn writes(&self) -> bool {
        let asks = ["createValidation", "createPreview", "validatePromoCode", "previewVoucher"];
        self.method != "get" && !asks.contains(&self.id)
    }

    /// Whether anybody may call it.
    #[must_use]
    pub const fn is_public(&self) -> bool {
        self.scope.is_empty()
    }

    /// Every refusal, its own and those that every call of its kind knows.
    #[must_use]
    pub fn all_faults(&self) -> Vec<(u16, Vec<&'static str>)> {
        let mut all: Vec<(u16, Vec<&'static str>)> = vec![(503, vec!["unavailable", "not_set_up"])];
        // Also of a write that another site started.
        all.push((403, if self.is_public() { vec!["forbidden"] } else { vec!["missing_scope", "forbidden"] }));
        if !self.is_public() {
            all.push((401, vec!["unauthorized", "invalid_key"]));
        }
        let mut add = |status: u16, codes: &[&'static str]| match all.iter_mut().find(|(other, _)| *other == status) {
            Some((_, known)) => known.extend(codes.iter().filter(|code| !known.contains(code)).collect::<Vec<_>>()),
            None => all.push((status, codes.to_vec())),
        };
        if self.path.contains('{') {
            add(404, &["not_found"]);
        }
        if self.query.is_some() {
            add(400, &["invalid_query"]);
        }
        // A body is read where no field is taken as well.
        if self.method != "get" {
            add(400, &["malformed_json", "invalid_body", "bad_request"]);
            add(413, &["too_large"]);
            add(415, &["unsupported_media_type"]);
            // A body brings the header, read or not.
            add(400, &["invalid_header"]);
        }
        if self.writes() {
            add(400, &["invalid_header"]);
            add(422, &["key_reused"]);
        }
        for (status, codes) in self.faults {
            add(*status, codes);
        }
        all.sort_by_key(|(status, _)| *status);
        all
    }
}

/// The schema of a type.
pub fn of<T: JsonSchema>(generator: &mut SchemaGenerator) -> Value {
    generator.subschema_for::<T>().to_value()
}

/// The schema of a bare list.
pub fn array<T: JsonSchema>(generator: &mut SchemaGenerator) -> Value {
    json!({ "type": "array", "items": of::<T>(generator) })
}

/// The schema of one page of a list.
pub fn list<T: JsonSchema>(generator: &mut SchemaGenerator) -> Value {
    json!({
        "type": "object",
        "required": ["items", "next"],
        "properties": {
            "items": { "type": "array", "items": of::<T>(generator) },
            "next": { "type": ["string", "null"], "description": "Goes on as the parameter `after`; null at the end." },
        },
    })
}
