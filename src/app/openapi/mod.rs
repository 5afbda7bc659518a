//! The JSON API described for machines: OpenAPI 3.1, made of the types that the handlers read and write, and of one entry
//! for each route. A test holds the entries against the list of routes.

mod operation;
mod operations;

pub use operation::{Header, Operation};
pub use operations::OPERATIONS;

use crate::error::Error;
use crate::web::api;
use actix_web::HttpResponse;
use operation::Shape;
use schemars::SchemaGenerator;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

/// What comes before the operations.
const INTRODUCTION: &str = "Amounts are integers in minor units of the tenant's one currency, percentages are basis \
    points, times are RFC 3339 instants in UTC, ids are UUIDs. Lists are newest first and go on with `next` as the \
    parameter `after`. Unknown fields and parameters are refused. Every write takes an `Idempotency-Key`: the same call \
    again gets the first answer, marked `Idempotency-Replayed: true`. Errors are problem documents (RFC 9457).";

/// The whole document.
#[must_use]
pub fn document() -> Value {
    let settings = SchemaSettings::draft2020_12().with(|settings| {
        settings.definitions_path = "/components/schemas".into();
        settings.meta_schema = None;
    });
    let mut generator = settings.into_generator();
    let mut paths: Map<String, Value> = Map::new();
    for operation in OPERATIONS {
        let path = paths.entry(operation.path.to_owned()).or_insert_with(|| json!({}));
        if let Value::Object(methods) = path {
            methods.insert(operation.method.to_owned(), described(operation, &mut generator));
        }
    }
    let mut schemas: Map<String, Value> = generator.take_definitions(true);
    schemas.insert("Problem".to_owned(), problem());
    json!({
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
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                "key": { "type": "http", "scheme": "bearer", "description": "An API key: `vs_…`." },
                "session": { "type": "apiKey", "in": "cookie", "name": "__Host-session", "description": "Somebody who is signed in, with the rights of the role." },
            },
        },
    })
}

/// `GET /api/v1/openapi.json`
///
/// # Errors
/// Never, as far as it can be written.
pub async fn show() -> Result<HttpResponse, Error> {
    api::json(&document())
}

fn tags() -> Vec<Value> {
    let mut names: Vec<&str> = Vec::new();
    for operation in OPERATIONS {
        if !names.contains(&operation.tag) {
            names.push(operation.tag);
        }
    }
    names.into_iter().map(|name| json!({ "name": name })).collect()
}

fn described(operation: &Operation, generator: &mut SchemaGenerator) -> Value {
    let mut said = json!({
        "operationId": operation.id,
        "tags": [operation.tag],
        "summary": operation.summary,
        "description": format!("A key needs the scope `{}`. {}", operation.scope, operation.also),
        "parameters": parameters(operation, generator),
        "responses": responses(operation, generator),
    });
    if let (Some((shape, example)), Value::Object(fields)) = (&operation.body, &mut said) {
        let example: Value = serde_json::from_str(example).unwrap_or_default();
        let content = json!({ "schema": shape(generator), "example": example });
        let kind = if operation.method == "patch" { "application/merge-patch+json" } else { "application/json" };
        fields.insert("requestBody".to_owned(), json!({ "required": true, "content": { kind: content } }));
    }
    said
}

fn parameters(operation: &Operation, generator: &mut SchemaGenerator) -> Vec<Value> {
    let mut all = Vec::new();
    if operation.path.contains("{id}") {
        let schema = json!({ "type": "string", "format": "uuid" });
        all.push(json!({ "name": "id", "in": "path", "required": true, "schema": schema }));
    }
    if let Some(query) = operation.query {
        all.extend(of_query(query, generator));
    }
    let mut header = |name: &str, description: &str, schema: Value| {
        all.push(
            json!({ "name": name, "in": "header", "required": false, "description": description, "schema": schema }),
        );
    };
    if operation.writes() {
        let schema = json!({ "type": "string", "minLength": 1, "maxLength": 128, "pattern": "^[!-~]+$" });
        header("Idempotency-Key", "What the call calls itself: the same again happens once.", schema);
    }
    for other in operation.headers {
        match other {
            Header::IfMatch => {
                let schema = json!({ "type": "string", "examples": ["\"1\""] });
                header("If-Match", "The entity tag of the version that may be written over.", schema);
            }
            Header::Prefer => {
                let schema = json!({ "type": "string", "examples": ["return=minimal"] });
                header("Prefer", "`return=minimal` asks for no body.", schema);
            }
        }
    }
    all
}

/// Each property of a query's type as a parameter.
fn of_query(query: Shape, generator: &mut SchemaGenerator) -> Vec<Value> {
    let schema = query(generator);
    let name = schema.get("$ref").and_then(Value::as_str).and_then(|path| path.rsplit('/').next());
    let named = name.and_then(|name| generator.definitions().get(name)).cloned();
    let schema = named.unwrap_or(schema);
    let required: Vec<&str> =
        schema.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect();
    let properties = schema.get("properties").and_then(Value::as_object);
    let parameter = |(name, schema): (&String, &Value)| {
        let mut schema = schema.clone();
        let description = schema.as_object_mut().and_then(|fields| fields.remove("description"));
        json!({
            "name": name,
            "in": "query",
            "required": required.contains(&name.as_str()),
            "description": description.unwrap_or_default().as_str().unwrap_or_default(),
            "schema": schema,
        })
    };
    properties.into_iter().flatten().map(parameter).collect()
}

fn responses(operation: &Operation, generator: &mut SchemaGenerator) -> Value {
    let mut all = Map::new();
    for (status, meaning, shape) in operation.answers {
        let mut answer = json!({ "description": meaning });
        if let (Some(shape), Value::Object(fields)) = (shape, &mut answer) {
            let schema = shape(generator);
            fields.insert("content".to_owned(), json!({ "application/json": { "schema": schema } }));
        }
        all.insert(status.to_string(), answer);
    }
    for (status, codes) in operation.all_faults() {
        let words = codes.iter().map(|code| format!("`{code}`")).collect::<Vec<_>>().join(", ");
        let schema = json!({ "$ref": "#/components/schemas/Problem" });
        let content = json!({ "application/problem+json": { "schema": schema } });
        all.insert(status.to_string(), json!({ "description": words, "content": content }));
    }
    Value::Object(all)
}

fn problem() -> Value {
    let text = |description: &str| json!({ "type": "string", "description": description });
    json!({
        "type": "object",
        "description": "What went wrong (RFC 9457). Other members say what a machine may want to know.",
        "required": ["type", "title", "status", "code", "detail", "request_id"],
        "properties": {
            "type": text("Where the code is explained."),
            "title": text("A heading."),
            "status": { "type": "integer" },
            "code": text("The machine's word for it."),
            "detail": text("One sentence for people, with what to do next."),
            "request_id": text("The name of the request in the log."),
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
