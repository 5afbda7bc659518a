//! The trace of a decision as support reads it: every check with its verdict and what it saw.

use crate::calendar;
use crate::coupons::rule::trace::Check;
use chrono::DateTime;
use chrono_tz::Tz;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// One check, for `redemptions/_trace.html`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TraceShown {
    /// What holds when it passes.
    pub looks: String,
    /// The word of its verdict in class names: `passed`, `failed`, `not-reached`.
    pub class: &'static str,
    /// The verdict in words.
    pub verdict: &'static str,
    /// What it saw, in words; empty when it saw nothing.
    pub saw: String,
}

/// The lines of a trace as it is stored; times are shown in the tenant's zone.
#[must_use]
pub fn shown(trace: &Value, zone: Tz) -> Vec<TraceShown> {
    let lines = trace.as_array().map(Vec::as_slice).unwrap_or_default();
    lines.iter().filter_map(Value::as_object).map(|line| one(line, zone)).collect()
}

/// The same up to the last check that was reached; the rest is one line.
#[must_use]
pub fn shortened(trace: &Value, zone: Tz) -> Vec<TraceShown> {
    let mut lines = shown(trace, zone);
    let reached = lines.iter().rposition(|line| line.verdict != "Not reached").map_or(0, |last| last + 1);
    let rest = lines.len() - reached;
    if rest > 1 {
        lines.truncate(reached);
        let looks = format!("{rest} more checks");
        lines.push(TraceShown { looks, class: "not-reached", verdict: "Not reached", saw: String::new() });
    }
    lines
}

fn one(line: &Map<String, Value>, zone: Tz) -> TraceShown {
    let text = |name: &str| line.get(name).and_then(Value::as_str).unwrap_or_default();
    let (class, verdict) = match text("verdict") {
        "passed" => ("passed", "Passed"),
        "failed" => ("failed", "Failed"),
        "left_out" => ("not-reached", "Left out"),
        _ => ("not-reached", "Not reached"),
    };
    let check = text("check");
    let looks = Check::from_word(check).map_or_else(|| check.to_owned(), |check| check.looks().to_owned());
    // By name, since one database keeps the order of the fields and the other does not.
    let inputs: BTreeMap<_, _> = line.get("inputs").and_then(Value::as_object).into_iter().flatten().collect();
    let mut saw: Vec<String> = inputs.iter().map(|(name, value)| input(name, value, zone)).collect();
    saw.extend(line.get("items").and_then(Value::as_array).into_iter().flatten().map(item));
    TraceShown { looks, class, verdict, saw: saw.join(" · ") }
}

/// `max uses: 3`.
fn input(name: &str, value: &Value, zone: Tz) -> String {
    let value = match value {
        Value::Null => "none".to_owned(),
        Value::Bool(true) => "yes".to_owned(),
        Value::Bool(false) => "no".to_owned(),
        Value::String(text) if text.is_empty() => "none".to_owned(),
        Value::String(text) => match DateTime::parse_from_rfc3339(text) {
            Ok(instant) => calendar::moment(instant.to_utc(), zone),
            Err(_) => text.clone(),
        },
        other => other.to_string(),
    };
    format!("{}: {value}", name.replace('_', " "))
}

/// `Tide Almanac: failed`.
fn item(item: &Value) -> String {
    let text = |name: &str| item.get(name).and_then(Value::as_str).unwrap_or_default();
    format!("{}: {}", text("product"), text("verdict").replace('_', " "))
}

#[cfg(test)]
mod tests {
    use super::{shortened, shown};
    use serde_json::json;

    #[test]
    fn a_trace_is_read_in_words() {
        let trace = json!([
            {"check": "unknown_code", "verdict": "passed"},
            {"check": "expired", "verdict": "failed", "refusal": "expired",
             "inputs": {"valid_until": "2026-12-31T23:00:00Z"}},
            {"check": "exhausted", "verdict": "passed", "inputs": {"max_uses": null}},
            {"check": "no_effect", "verdict": "not_reached"},
        ]);
        let lines = shown(&trace, chrono_tz::Europe::Zurich);
        let words: Vec<_> = lines.iter().map(|line| (line.looks.as_str(), line.verdict, line.saw.as_str())).collect();
        assert_eq!(words[0], ("The code exists", "Passed", ""));
        assert_eq!(words[1], ("It is not over", "Failed", "valid until: 1 Jan 2027, 00:00"));
        assert_eq!(words[2], ("Uses are left", "Passed", "max uses: none"));
        assert_eq!((words[3].1, lines[3].class), ("Not reached", "not-reached"));
    }

    #[test]
    fn what_was_not_reached_is_one_line() {
        let not_reached = json!({"check": "no_effect", "verdict": "not_reached"});
        let trace = json!([{"check": "expired", "verdict": "failed"}, not_reached, not_reached, not_reached]);
        let lines = shortened(&trace, chrono_tz::UTC);
        assert_eq!((lines.len(), lines[1].looks.as_str()), (2, "3 more checks"));
    }

    #[test]
    fn what_is_no_trace_has_no_lines() {
        assert!(shown(&json!({}), chrono_tz::UTC).is_empty());
    }
}
