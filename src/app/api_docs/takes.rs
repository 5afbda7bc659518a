//! What a call takes, to read: its parameters and the fields of its body, out of the OpenAPI document.

use serde_json::Value;

/// How deep a body is shown. None is deeper; a shape that held itself would be.
const DEEPEST: usize = 4;

/// A parameter, or a field of a body.
pub struct Taken {
    /// Its name, with dots to what it stands in: `items[].sku`.
    pub name: String,
    /// Whether it must be there.
    pub is_required: bool,
    /// What may stand there, and what it is for.
    pub about: String,
}

/// Everything that a call takes, but for what every write does.
pub fn of(document: &Value, method: &str, path: &str) -> Vec<Taken> {
    let Some(call) = document.get("paths").and_then(|paths| paths.get(path)?.get(method)) else { return Vec::new() };
    let parameters = list(call, "parameters").iter().filter(|it| it.get("name") != Some(&"Idempotency-Key".into()));
    let mut taken: Vec<Taken> = parameters.map(|it| parameter(document, it)).collect();
    let content = call.get("requestBody").and_then(|body| body.get("content")?.as_object());
    for schema in content.into_iter().flat_map(|kinds| kinds.values()).filter_map(|kind| kind.get("schema")) {
        fields(document, schema, "", DEEPEST, &mut taken);
    }
    taken
}

fn parameter(document: &Value, said: &Value) -> Taken {
    let schema = said.get("schema").unwrap_or(&Value::Null);
    Taken {
        name: text(said, "name").to_owned(),
        is_required: said.get("required") == Some(&true.into()),
        about: about(&kind(document, schema), text(said, "description")),
    }
}

fn fields(document: &Value, schema: &Value, within: &str, deep: usize, taken: &mut Vec<Taken>) {
    let schema = meant(document, schema);
    let required = list(schema, "required");
    for (name, field) in schema.get("properties").and_then(Value::as_object).into_iter().flatten() {
        let (name, of) = (format!("{within}{name}"), meant(document, field));
        let description = Some(text(field, "description")).filter(|it| !it.is_empty());
        taken.push(Taken {
            is_required: required.iter().any(|it| it.as_str().is_some_and(|it| name == format!("{within}{it}"))),
            about: about(&kind(document, field), description.unwrap_or(text(of, "description"))),
            name: name.clone(),
        });
        if deep > 1 {
            fields(document, of, &format!("{name}."), deep - 1, taken);
            if let Some(each) = of.get("items") {
                fields(document, each, &format!("{name}[]."), deep - 1, taken);
            }
        }
    }
}

/// The schema behind a reference, or the one besides null.
fn meant<'a>(document: &'a Value, schema: &'a Value) -> &'a Value {
    if let Some(path) = schema.get("$ref").and_then(Value::as_str) {
        return document.pointer(path.trim_start_matches('#')).map_or(schema, |named| meant(document, named));
    }
    let mut others = list(schema, "anyOf").iter().filter(|it| text(it, "type") != "null");
    match (others.next(), others.next()) {
        (Some(only), None) => meant(document, only),
        _ => schema,
    }
}

fn kind(document: &Value, schema: &Value) -> String {
    let schema = meant(document, schema);
    let several = list(schema, "anyOf");
    if !several.is_empty() {
        let kinds = several.iter().filter(|it| text(it, "type") != "null").map(|it| kind(document, it));
        return kinds.collect::<Vec<_>>().join(" or ");
    }
    let words: Vec<&str> = list(schema, "enum").iter().filter_map(Value::as_str).filter(|it| !it.is_empty()).collect();
    if !words.is_empty() {
        return format!("one of {}", words.join(", "));
    }
    let types = schema.get("type");
    let of_several = || list(schema, "type").iter().filter_map(Value::as_str).find(|it| *it != "null");
    match (types.and_then(Value::as_str).or_else(of_several).unwrap_or_default(), text(schema, "format")) {
        ("string", "uuid") => "id".to_owned(),
        ("string", "date-time") => "instant".to_owned(),
        ("string", "date") => "day".to_owned(),
        ("string", "email") => "e-mail address".to_owned(),
        ("string", "ipv4") => "IPv4 address".to_owned(),
        ("string", "ipv6") => "IPv6 address".to_owned(),
        ("string", _) => "text".to_owned(),
        ("integer", _) => "whole number".to_owned(),
        ("boolean", _) => "true or false".to_owned(),
        ("array", _) => match schema.get("items") {
            Some(each) => format!("list of {}", kind(document, each)),
            None => "list".to_owned(),
        },
        ("object", _) => "object".to_owned(),
        (other, _) => other.to_owned(),
    }
}

/// The kind and the description as sentences; words are left out where the description names them all.
fn about(kind: &str, description: &str) -> String {
    let description = plain(description);
    if kind.strip_prefix("one of ").is_some_and(|words| words.split(", ").all(|word| description.contains(word))) {
        return description;
    }
    let mut letters = kind.chars();
    let kind: String = letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect();
    if description.is_empty() { kind } else { format!("{kind}. {description}") }
}

fn list<'a>(of: &'a Value, name: &str) -> &'a [Value] {
    of.get(name).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn text<'a>(of: &'a Value, name: &str) -> &'a str {
    of.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// Without the marks that documents for machines have in their sentences.
pub fn plain(sentence: &str) -> String {
    sentence.replace('`', "").replace('\n', " ")
}
