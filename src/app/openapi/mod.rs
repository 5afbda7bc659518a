//! The JSON API described for machines: OpenAPI 3.1, made of the types that the handlers read and write, and of one entry
//! for each route. A test holds the entries against the list of routes.

mod operation;
mod operations;
mod parameters;
mod responses;
mod schemas;
mod webhooks;

pub use operation::{Header, Link, Operation};
pub use operations::OPERATIONS;

use crate::error::Error;
use crate::web::api;
use actix_web::HttpResponse;
use schemars::SchemaGenerator;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};
use std::sync::LazyLock;

/// What comes before the operations.
const INTRODUCTION: &str = "Amounts are integers in minor units of the tenant's one currency, percentages are basis \
    points, times are RFC 3339 instants in UTC, ids are UUIDs. Lists are newest first and go on with `next` as the \
    parameter `after`. Unknown fields and parameters are refused. Every write takes an `Idempotency-Key`: the same call \
    again gets the first answer, marked `Idempotency-Replayed: true`. Errors are problem documents (RFC 9457).";

/// The whole document. It is made once, because strangers may ask for it as often as they like.
#[must_use]
pub fn document() -> &'static Value {
    static DOCUMENT: LazyLock<Value> = LazyLock::new(made);
    &DOCUMENT
}

fn made() -> Value {
    let settings = SchemaSettings::draft2020_12().with(|settings| {
        settings.definitions_path = "/components/schemas".into();
        settings.meta_schema = None;
    });
    let mut generator = settings.into_generator();
    let mut paths: Map<String, Value> = Map::new();
    for operation in OPERATIONS.iter() {
        let path = paths.entry(operation.path.to_owned()).or_insert_with(|| json!({}));
        if let Value::Object(methods) = path {
            methods.insert(operation.method.to_owned(), described(operation, &mut generator));
        }
    }
    let webhooks = webhooks::told(&mut generator);
    let mut schemas: Map<String, Value> = generator.take_definitions(true);
    schemas.insert("Problem".to_owned(), problem());
    let mut document = json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Vouchsafe",
            "version": env!("CARGO_PKG_VERSION"),
            "summary": "Coupons, codes, redemptions, limits and credit.",
            "description": INTRODUCTION,
            "license": { "name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0" },
        },
        "servers": [{ "url": "/" }],
        "externalDocs": { "url": "/api/docs", "description": "The same to read" },
        "tags": tags(),
        "security": [{ "key": [] }, { "session": [] }],
        "paths": paths,
        "webhooks": webhooks,
        "components": {
            "schemas": schemas,
            "headers": responses::headers(),
            "securitySchemes": {
                "key": { "type": "http", "scheme": "bearer", "description": "An API key: `vs_…`." },
                "session": { "type": "apiKey", "in": "cookie", "name": "__Host-session", "description": "Somebody who is signed in, with the rights of the role." },
            },
        },
    });
    schemas::enumerate(&mut document);
    schemas::bound(&mut document);
    schemas::exemplify(&mut document);
    document
}

/// `GET /api/v1/openapi.json`
///
/// # Errors
/// Never, as far as it can be written.
pub async fn show() -> Result<HttpResponse, Error> {
    api::json(document())
}

fn tags() -> Vec<Value> {
    let mut names: Vec<&str> = Vec::new();
    for operation in OPERATIONS.iter() {
        if !names.contains(&operation.tag) {
            names.push(operation.tag);
        }
    }
    names.into_iter().map(|name| json!({ "name": name })).collect()
}

fn described(operation: &Operation, generator: &mut SchemaGenerator) -> Value {
    let description = match operation.scope {
        "" => operation.also.to_owned(),
        scope => format!("A key needs the scope `{scope}`. {}", operation.also),
    };
    let mut said = json!({
        "operationId": operation.id,
        "tags": [operation.tag],
        "summary": operation.summary,
        "description": description,
        "parameters": parameters::of(operation, generator),
        "responses": responses::of(operation, generator),
    });
    let Value::Object(fields) = &mut said else { return said };
    if operation.is_public() {
        fields.insert("security".to_owned(), json!([]));
    }
    if operation.deprecated {
        fields.insert("deprecated".to_owned(), true.into());
    }
    if let Some((shape, example)) = &operation.body {
        let example: Value = serde_json::from_str(example).unwrap_or_default();
        let content = json!({ "schema": shape(generator), "example": example });
        let kind = if operation.method == "patch" { "application/merge-patch+json" } else { "application/json" };
        fields
            .insert("requestBody".to_owned(), json!({ "required": !operation.bodiless, "content": { kind: content } }));
    }
    said
}

fn problem() -> Value {
    let text = |description: &str| json!({ "type": "string", "description": description });
    json!({
        "type": "object",
        "description": "What went wrong (RFC 9457). Other members say what a machine may want to know.",
        "required": ["type", "title", "status", "code", "detail"],
        "properties": {
            "type": text("Where the code is explained."),
            "title": text("A heading."),
            "status": { "type": "integer" },
            "code": text("The machine's word for it."),
            "detail": text("One sentence for people, with what to do next."),
            "request_id": text("The name of the request in the log, as the header `X-Request-Id` has it; not in answers that are to be the same for every request."),
            "errors": {
                "type": "array",
                "items": {
                    "type": "object",
                    "required": ["field", "code", "message"],
                    "properties": {
                        "field": text("As `items[0].quantity`."),
                        "code": text("The machine's word for it."),
                        "message": text("One sentence for people."),
                    },
                },
            },
        },
        "examples": [{
            "type": "/api/docs/problems#missing_scope",
            "title": "Not allowed",
            "status": 403,
            "code": "missing_scope",
            "detail": "This key lacks the scope coupons:read. Use a key that has it.",
            "request_id": "01998a00-0000-7000-8000-000000000001",
            "scope": "coupons:read",
        }],
    })
}
