//! `/api/docs`: the JSON API to read, made of the same entries as its OpenAPI document.

mod takes;

use crate::accounts::guards::Visit;
use crate::accounts::shell::Shell;
use crate::app::openapi::{OPERATIONS, Operation, document};
use crate::config::Config;
use crate::error::Error;
use crate::web::address;
use crate::web::html;
use crate::webhooks::events::{EVENTS, Event};
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use serde_json::Value;
use std::collections::BTreeMap;
use takes::Taken;

#[derive(Template)]
#[template(path = "api/docs.html")]
struct Page {
    shell: Shell,
    groups: Vec<Group>,
    events: [Event; 9],
}

#[derive(Template)]
#[template(path = "api/problems.html")]
struct Problems {
    shell: Shell,
    problems: Vec<(&'static str, String, String)>,
}

/// Operations about one thing.
struct Group {
    name: &'static str,
    operations: Vec<Shown>,
}

/// An operation as the page shows it.
struct Shown {
    id: &'static str,
    method: String,
    path: &'static str,
    summary: &'static str,
    scope: &'static str,
    also: &'static str,
    takes: Vec<Taken>,
    answers: String,
    faults: Vec<(u16, String)>,
    curl: String,
}

/// `GET /api/docs`
///
/// # Errors
/// As the template.
pub async fn show(visit: Visit, request: HttpRequest, config: web::Data<Config>) -> Result<HttpResponse, Error> {
    let configured = visit.tenant.base_url(config.base_url.as_deref()).map(str::to_owned);
    let base = configured.unwrap_or_else(|| address::origin(&request));
    let mut groups: Vec<Group> = Vec::new();
    for operation in OPERATIONS.iter() {
        let shown = Shown::of(operation, &base);
        match groups.iter_mut().find(|group| group.name == operation.tag) {
            Some(group) => group.operations.push(shown),
            None => groups.push(Group { name: operation.tag, operations: vec![shown] }),
        }
    }
    html::page(&Page { shell: Shell::for_strangers(&visit), groups, events: EVENTS })
}

/// `GET /api/docs/problems`: where the `type` of every problem leads.
///
/// # Errors
/// As the template.
pub async fn problems(visit: Visit) -> Result<HttpResponse, Error> {
    let mut found: BTreeMap<&'static str, (Vec<u16>, Vec<&'static str>)> = BTreeMap::new();
    for operation in OPERATIONS.iter() {
        for (status, codes) in operation.all_faults() {
            for code in codes {
                let (statuses, operations) = found.entry(code).or_default();
                if !statuses.contains(&status) {
                    statuses.push(status);
                }
                operations.push(operation.id);
            }
        }
    }
    // What every address knows, whether a call or not.
    found.insert("method_not_allowed", (vec![405], Vec::new()));
    found.insert("internal", (vec![500], Vec::new()));
    let every = OPERATIONS.len();
    let row = |(code, (statuses, operations)): (&'static str, (Vec<u16>, Vec<&'static str>))| {
        let statuses = statuses.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        let where_from =
            if [0, every].contains(&operations.len()) { "every call".to_owned() } else { operations.join(", ") };
        (code, statuses, where_from)
    };
    let problems = found.into_iter().map(row).collect();
    html::page(&Problems { shell: Shell::for_strangers(&visit), problems })
}

impl Shown {
    fn of(operation: &Operation, base: &str) -> Self {
        let answers = operation.answers.iter().map(|(status, meaning, _)| format!("{status}: {meaning}"));
        Self {
            id: operation.id,
            method: operation.method.to_uppercase(),
            path: operation.path,
            summary: operation.summary,
            scope: if operation.is_public() { "none" } else { operation.scope },
            also: operation.also,
            takes: takes::of(document(), operation.method, operation.path),
            answers: takes::plain(&answers.collect::<Vec<_>>().join(" ")),
            faults: operation.all_faults().into_iter().map(|(status, codes)| (status, codes.join(", "))).collect(),
            curl: curl(operation, base),
        }
    }
}

/// The call, to be pasted into a shell that knows `$KEY` and `$ID`.
fn curl(operation: &Operation, base: &str) -> String {
    let method = operation.method.to_uppercase();
    let path = operation.path.replace("{id}", "$ID").replace("{code}", "$CODE");
    let verb = if operation.method == "get" { String::new() } else { format!("-X {method} ") };
    let mut lines = vec![format!("curl {verb}\"{base}{path}\"")];
    if !operation.is_public() {
        lines.push("-H \"Authorization: Bearer $KEY\"".to_owned());
    }
    if let Some((_, example)) = operation.body {
        let body: Value = serde_json::from_str(example).unwrap_or_default();
        lines.push("-H 'Content-Type: application/json'".to_owned());
        lines.push(format!("-d '{body}'"));
    }
    lines.join(" \\\n  ")
}
