//! The messages that other systems are told, described as their receivers see them.

use crate::webhooks::events::{EVENTS, Event};
use schemars::SchemaGenerator;
use serde_json::{Map, Value, json};

/// Each event by its name, as a call that its receiver answers.
pub(super) fn told(generator: &mut SchemaGenerator) -> Map<String, Value> {
    EVENTS.iter().map(|event| (event.word.to_owned(), json!({ "post": one(event, generator) }))).collect()
}

fn one(event: &Event, generator: &mut SchemaGenerator) -> Value {
    let header = |name: &str, description: &str| json!({ "name": name, "in": "header", "required": true, "description": description, "schema": { "type": "string" } });
    let schema = json!({
        "type": "object",
        "required": ["type", "timestamp", "data"],
        "properties": {
            "type": { "type": "string", "const": event.word },
            "timestamp": { "type": "string", "format": "date-time", "description": "When it happened." },
            "data": (event.shape)(generator),
        },
    });
    json!({
        "operationId": format!("told{}", event.word.split(['.', '_']).map(capital).collect::<String>()),
        "summary": event.label,
        "description": "Sent at least once, with the same webhook-id each time, until it is answered with 2xx.",
        "security": [],
        "parameters": [
            header("webhook-id", "The name of the message, the same whenever it is sent."),
            header("webhook-timestamp", "When it is sent, in seconds since 1970."),
            header("webhook-signature", "As Standard Webhooks says; two of them while a secret is rotated."),
        ],
        "requestBody": { "required": true, "content": { "application/json": { "schema": schema } } },
        "responses": {
            "2XX": { "description": "Taken." },
            "410": { "description": "The endpoint is gone; it is switched off." },
            "default": { "description": "Not taken: sent again later. Redirects are not followed." },
        },
    })
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map(|first| first.to_ascii_uppercase().to_string() + letters.as_str()).unwrap_or_default()
}
