//! The parameters of an operation: in its path, in its query, and in its headers.

use super::operation::{Header, Operation, Shape};
use schemars::SchemaGenerator;
use serde_json::{Value, json};

/// All of them.
pub(super) fn of(operation: &Operation, generator: &mut SchemaGenerator) -> Vec<Value> {
    let mut all: Vec<Value> = operation.path.split('/').filter_map(of_path).collect();
    if let Some(query) = operation.query {
        all.extend(of_query(query, generator));
    }
    let mut header = |name: &str, description: &str, schema: Value| {
        all.push(
            json!({ "name": name, "in": "header", "required": false, "description": description, "schema": schema }),
        );
    };
    if operation.writes() {
        let example = "order-A-1001";
        let schema =
            json!({ "type": "string", "minLength": 1, "maxLength": 128, "pattern": "^[!-~]+$", "examples": [example] });
        header("Idempotency-Key", "What the call calls itself: the same again happens once.", schema);
    }
    for other in operation.headers {
        match other {
            Header::IfMatch => {
                let schema = json!({ "type": "string", "examples": ["*"] });
                header("If-Match", "The entity tag of the version that may be written over; `*` is any.", schema);
            }
            Header::Prefer => {
                let schema = json!({ "type": "string", "examples": ["return=minimal"] });
                header("Prefer", "`return=minimal` asks for no body.", schema);
            }
        }
    }
    all
}

/// The parameter that stands for a part of a path.
fn of_path(part: &str) -> Option<Value> {
    let name = part.strip_prefix('{')?.strip_suffix('}')?;
    let schema = if name == "id" {
        json!({ "type": "string", "format": "uuid" })
    } else {
        json!({ "type": "string", "minLength": 1, "maxLength": 127, "pattern": "^[A-Za-z0-9._-]+$", "examples": ["HELLO-OMAN"] })
    };
    Some(json!({ "name": name, "in": "path", "required": true, "schema": schema }))
}

/// Each property of a query's type as a parameter. What is absent is left out, never sent as null.
fn of_query(query: Shape, generator: &mut SchemaGenerator) -> Vec<Value> {
    let schema = query(generator);
    let name = schema.get("$ref").and_then(Value::as_str).and_then(|path| path.rsplit('/').next());
    let named = name.and_then(|name| generator.definitions().get(name)).cloned();
    let schema = named.unwrap_or(schema);
    let required: Vec<&str> =
        schema.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect();
    let properties = schema.get("properties").and_then(Value::as_object);
    let parameter = |(name, schema): (&String, &Value)| {
        let mut schema = without_null(schema.clone());
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

fn without_null(mut schema: Value) -> Value {
    let Value::Object(fields) = &mut schema else { return schema };
    if fields.get("default").is_some_and(|value| value.is_null() || value == "") {
        fields.remove("default");
    }
    if let Some(Value::Array(types)) = fields.get_mut("type") {
        types.retain(|word| word != "null");
        if let [only] = types.as_slice() {
            let only = only.clone();
            fields.insert("type".to_owned(), only);
        }
    }
    if let Some(Value::Array(choices)) = fields.get_mut("anyOf") {
        choices.retain(|choice| choice.get("type").is_none_or(|word| word != "null"));
        if let [only] = choices.as_slice() {
            let only = only.clone();
            fields.remove("anyOf");
            if let Value::Object(only) = only {
                fields.extend(only);
            }
        }
    }
    schema
}
