//! What the types cannot say themselves: how large a number can be, and what an answer looks like.

use serde_json::{Map, Value, json};

/// How deep an example goes.
const DEPTH: usize = 8;

/// Says of every number of 64 bits how large it can be.
pub(super) fn bound(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            let lowest = match fields.get("format").and_then(Value::as_str) {
                Some("int64") => Some(i64::MIN),
                Some("uint" | "uint64") => Some(0),
                _ => None,
            };
            if let Some(lowest) = lowest {
                fields.entry("minimum").or_insert_with(|| lowest.into());
                fields.entry("maximum").or_insert_with(|| i64::MAX.into());
                fields.insert("format".to_owned(), "int64".into());
            }
            fields.values_mut().for_each(bound);
        }
        Value::Array(items) => items.iter_mut().for_each(bound),
        _ => {}
    }
}

/// A choice of words is said as a list of words, which every client understands; what each means goes into the description.
pub(super) fn enumerate(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            if let Some((words, meanings)) = fields.get("oneOf").and_then(words_of) {
                fields.remove("oneOf");
                let said = fields.get("description").and_then(Value::as_str).unwrap_or_default().to_owned();
                fields.insert("description".to_owned(), format!("{said} {meanings}").trim().into());
                fields.insert("type".to_owned(), "string".into());
                fields.insert("enum".to_owned(), words.into());
            }
            fields.values_mut().for_each(enumerate);
        }
        Value::Array(items) => items.iter_mut().for_each(enumerate),
        _ => {}
    }
}

/// The words of a choice that has nothing else, and what each means.
fn words_of(choices: &Value) -> Option<(Vec<Value>, String)> {
    let (mut words, mut meanings) = (Vec::new(), Vec::new());
    for choice in choices.as_array()? {
        let word = choice.get("const").and_then(Value::as_str)?;
        let meaning = choice.get("description").and_then(Value::as_str).unwrap_or_default();
        meanings.push(format!("`{word}`: {meaning}"));
        words.push(word.into());
    }
    Some((words, meanings.join(" ")))
}

/// Gives every answer with a body an example.
pub(super) fn exemplify(document: &mut Value) {
    let schemas = document.pointer("/components/schemas").cloned().unwrap_or_default();
    let Some(Value::Object(paths)) = document.pointer_mut("/paths") else { return };
    for operation in paths.values_mut().filter_map(Value::as_object_mut).flat_map(Map::values_mut) {
        let Some(Value::Object(answers)) = operation.pointer_mut("/responses") else { continue };
        for answer in answers.values_mut() {
            let Some(Value::Object(content)) = answer.pointer_mut("/content/application~1json") else { continue };
            let example = content.get("schema").map(|schema| sample(schema, &schemas, "", DEPTH));
            if let Some(example) = example {
                content.insert("example".to_owned(), example);
            }
        }
    }
}

/// Something that fits a schema, in the words of the property it is for.
fn sample(schema: &Value, schemas: &Value, name: &str, depth: usize) -> Value {
    if depth == 0 {
        return Value::Null;
    }
    let go_on = |schema: &Value, name: &str| sample(schema, schemas, name, depth - 1);
    if let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
        let named = reference.rsplit('/').next().and_then(|name| schemas.get(name));
        return named.map_or(Value::Null, |schema| go_on(schema, name));
    }
    for said in ["const", "example"] {
        if let Some(value) = schema.get(said) {
            return value.clone();
        }
    }
    for listed in ["examples", "enum"] {
        if let Some(first) = schema.get(listed).and_then(|list| list.get(0)) {
            return first.clone();
        }
    }
    for choices in ["anyOf", "oneOf"] {
        let is_something = |choice: &&Value| choice.get("type").is_none_or(|word| word != "null");
        if let Some(first) = schema.get(choices).and_then(Value::as_array).and_then(|all| all.iter().find(is_something))
        {
            return go_on(first, name);
        }
    }
    match word(schema) {
        "object" => {
            let properties = schema.get("properties").and_then(Value::as_object);
            properties.into_iter().flatten().map(|(name, schema)| (name.clone(), go_on(schema, name))).collect()
        }
        "array" => schema.get("items").map_or_else(|| json!([]), |items| json!([go_on(items, name)])),
        "integer" | "number" => number(name, schema),
        "boolean" => name.starts_with("is_").into(),
        "string" => text(name, schema),
        _ => Value::Null,
    }
}

fn word(schema: &Value) -> &str {
    match schema.get("type") {
        Some(Value::String(word)) => word,
        Some(Value::Array(words)) => {
            words.iter().filter_map(Value::as_str).find(|word| *word != "null").unwrap_or("null")
        }
        _ => "",
    }
}

fn number(name: &str, schema: &Value) -> Value {
    let said: i64 = match name {
        "basis_points" => 1_500,
        "discountValue" => 15,
        "amount" | "amount_before" | "unit_price" | "minimum_amount" | "minBookingAmount" => 3_490,
        "discount" => 524,
        "total" | "price" | "finalAmount" => 2_966,
        "credit" | "balance" | "balance_after" => 5_000,
        "quantity" | "uses" | "codes" | "version" | "period" | "members" => 1,
        "line" | "held" => 0,
        _ => 10,
    };
    let bound = |key: &str| schema.get(key).and_then(Value::as_i64);
    said.clamp(bound("minimum").unwrap_or(i64::MIN), bound("maximum").unwrap_or(i64::MAX)).into()
}

fn text(name: &str, schema: &Value) -> Value {
    let format = schema.get("format").and_then(Value::as_str);
    let said = match (format, name) {
        (Some("uuid"), _) => "01998a00-0000-7000-8000-000000000001",
        (Some("date-time"), _) => "2031-04-01T09:00:00Z",
        (_, "code" | "SUMMER") => "SPRING-15",
        (_, "currency") => "CHF",
        (_, "name" | "label") => "Spring",
        (_, "description" | "text" | "message") => "15 % off in spring",
        (_, "key" | "limit_key") => "seats",
        (_, "kind") => "percentage",
        (_, "percentage") => "15",
        (_, "product_types" | "applicableWorkspaceTypes") => "meeting_room",
        (_, "people") => "ada@example.org",
        (_, "sku") => "ROOM-LIGHT",
        (_, "order_ref" | "external_ref") => "A-1001",
        (_, "channel") => "key",
        (_, "action") => "redemption.confirmed",
        _ => "text",
    };
    said.into()
}
