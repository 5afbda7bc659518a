//! The answers of an operation: bodies, headers, and what can follow on them.

use super::operation::Operation;
use schemars::SchemaGenerator;
use serde_json::{Map, Value, json};

/// All of them, by status.
pub(super) fn of(operation: &Operation, generator: &mut SchemaGenerator) -> Value {
    let mut all = Map::new();
    for (status, meaning, shape) in operation.answers {
        let mut answer = Map::from_iter([("description".to_owned(), Value::from(*meaning))]);
        if let Some(shape) = shape {
            let schema = shape(generator);
            answer.insert("content".to_owned(), json!({ "application/json": { "schema": schema } }));
        }
        let replayed = operation.writes().then_some("Idempotency-Replayed");
        answer.insert("headers".to_owned(), headed(operation, operation.tells.iter().copied().chain(replayed)));
        let links = operation.links.iter().filter(|link| link.status == *status);
        let links: Map<String, Value> = links
            .map(|link| {
                let said = json!({ "operationId": link.to, "parameters": { link.parameter: link.from } });
                (link.to.to_owned(), said)
            })
            .collect();
        if !links.is_empty() {
            answer.insert("links".to_owned(), Value::Object(links));
        }
        all.insert(status.to_string(), Value::Object(answer));
    }
    for (status, codes) in operation.all_faults() {
        let words = codes.iter().map(|code| format!("`{code}`")).collect::<Vec<_>>().join(", ");
        let schema = json!({ "$ref": "#/components/schemas/Problem" });
        let example = example(status, codes.first().copied().unwrap_or_default());
        let content = json!({ "application/problem+json": { "schema": schema, "example": example } });
        let more: &[&str] = match status {
            401 => &["WWW-Authenticate"],
            409 | 503 => &["Retry-After"],
            429 => &["Retry-After", "RateLimit", "RateLimit-Policy"],
            400 | 404 if operation.faults.iter().any(|(status, _)| *status == 429) => {
                &["RateLimit", "RateLimit-Policy"]
            }
            _ => &[],
        };
        let replayed = (operation.writes() && (400..500).contains(&status)).then_some("Idempotency-Replayed");
        let headers = headed(operation, more.iter().copied().chain(replayed));
        all.insert(status.to_string(), json!({ "description": words, "content": content, "headers": headers }));
    }
    Value::Object(all)
}

fn example(status: u16, code: &str) -> Value {
    json!({
        "type": format!("/api/docs/problems#{code}"),
        "title": "Not acceptable",
        "status": status,
        "code": code,
        "detail": "One sentence that says what is wrong, and what to do next.",
        "request_id": "01998a00-0000-7000-8000-000000000001",
    })
}

fn headed<'a>(operation: &Operation, names: impl Iterator<Item = &'a str>) -> Value {
    let old: &[&str] = if operation.deprecated { &["Deprecation"] } else { &[] };
    let all = names.chain(["X-Request-Id"]).chain(old.iter().copied());
    all.map(|name| (name.to_owned(), json!({ "$ref": format!("#/components/headers/{name}") }))).collect()
}

/// What each header says.
pub(super) fn headers() -> Value {
    const WORDS: [(&str, &str, &str); 12] = [
        ("X-Request-Id", "The name of the request in the log.", "01998a00-0000-7000-8000-000000000001"),
        ("ETag", "The version, for `If-Match`.", "\"1\""),
        ("Location", "Where what was made can be read.", "/api/v1/coupons/01998a00-0000-7000-8000-000000000001"),
        (
            "Link",
            "Where a bare list goes on, or what came after an older address.",
            "</promo-codes?after=…>; rel=\"next\"",
        ),
        (
            "Idempotency-Replayed",
            "`true` where the same call had this answer before, so that nothing happened now.",
            "true",
        ),
        ("Preference-Applied", "`return=minimal` where no body was asked for.", "return=minimal"),
        (
            "RateLimit",
            "How many guesses are left, and in how many seconds all of them are back.",
            "\"guesses\";r=14;t=3600",
        ),
        ("RateLimit-Policy", "How many guesses are free within so many seconds.", "\"guesses\";q=15;w=3600"),
        ("Retry-After", "The seconds after which trying again makes sense.", "5"),
        ("WWW-Authenticate", "How to be let in.", "Bearer"),
        ("Deprecation", "Since when there is a newer address for the same.", "@1763683200"),
        ("Allow", "The methods that the address takes.", "GET, HEAD"),
    ];
    let header = |(name, description, example): (&str, &str, &str)| {
        let said = json!({ "description": description, "required": false, "schema": { "type": "string" }, "example": example });
        (name.to_owned(), said)
    };
    WORDS.into_iter().map(header).collect()
}
