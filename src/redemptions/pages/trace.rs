//! The trace of a decision as support reads it: every check with its verdict and what it saw.

mod words;

use crate::coupons::rule::trace::Check;
use crate::money::Currency;
use chrono_tz::Tz;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use words::WORDS;

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

/// How amounts and times are shown: the tenant's.
pub type Manner = (Currency, Tz);

/// The lines of a trace as it is stored.
#[must_use]
pub fn shown(trace: &Value, manner: Manner) -> Vec<TraceShown> {
    let lines = trace.as_array().map(Vec::as_slice).unwrap_or_default();
    lines.iter().filter_map(Value::as_object).map(|line| one(line, manner)).collect()
}

/// The same up to the last check that was reached; the rest is one line.
#[must_use]
pub fn shortened(trace: &Value, manner: Manner) -> Vec<TraceShown> {
    let mut lines = shown(trace, manner);
    let reached = lines.iter().rposition(|line| line.verdict != NOT_REACHED).map_or(0, |last| last + 1);
    let rest = lines.len() - reached;
    if rest > 1 {
        lines.truncate(reached);
        let looks = format!("{rest} more checks");
        lines.push(TraceShown { looks, class: "not-reached", verdict: NOT_REACHED, saw: String::new() });
    }
    lines
}

const NOT_REACHED: &str = "Not asked any more";

fn one(line: &Map<String, Value>, manner: Manner) -> TraceShown {
    let text = |name: &str| line.get(name).and_then(Value::as_str).unwrap_or_default();
    let (class, verdict) = match text("verdict") {
        "passed" => ("passed", "In order"),
        "failed" => ("failed", "Refused"),
        "left_out" => ("not-reached", "Not asked here"),
        _ => ("not-reached", NOT_REACHED),
    };
    let check = text("check");
    let looks = Check::from_word(check).map_or_else(|| check.to_owned(), |check| check.looks().to_owned());
    let inputs: BTreeMap<_, _> = line.get("inputs").and_then(Value::as_object).into_iter().flatten().collect();
    // In the order of the words, since one database keeps the order of the fields and the other does not.
    let told = WORDS.iter().filter_map(|words| words.said(inputs.get(&words.name.to_owned())?, manner));
    let items = line.get("items").and_then(Value::as_array).into_iter().flatten().map(item);
    TraceShown { looks, class, verdict, saw: told.chain(items).collect::<Vec<_>>().join(" · ") }
}

/// `Tide Almanac: refused`.
fn item(item: &Value) -> String {
    let text = |name: &str| item.get(name).and_then(Value::as_str).unwrap_or_default();
    let verdict = match text("verdict") {
        "passed" => "in order",
        "failed" => "refused",
        _ => "refused before",
    };
    format!("{}: {verdict}", text("product"))
}

#[cfg(test)]
mod tests {
    use super::{Manner, shortened, shown};
    use crate::money::Currency;
    use serde_json::json;

    fn manner() -> Manner {
        (Currency::from_code("EUR").unwrap(), chrono_tz::Europe::Zurich)
    }

    #[test]
    fn a_trace_is_read_in_words() {
        let trace = json!([
            {"check": "unknown_code", "verdict": "passed"},
            {"check": "expired", "verdict": "failed", "refusal": "expired",
             "inputs": {"valid_until": "2026-12-31T23:00:00Z", "now": "2027-01-01T08:00:00Z"}},
            {"check": "exhausted", "verdict": "passed", "inputs": {"max_uses": null}},
            {"check": "below_minimum", "verdict": "passed", "inputs": {"subtotal": 1490, "minimum_amount": 1000}},
            {"check": "product_not_eligible", "verdict": "passed", "items": [
                {"product": "Tide Almanac", "verdict": "failed"}, {"product": "Chart", "verdict": "passed"}]},
            {"check": "no_effect", "verdict": "not_reached"},
        ]);
        let lines = shown(&trace, manner());
        let words: Vec<_> = lines.iter().map(|line| (line.looks.as_str(), line.verdict, line.saw.as_str())).collect();
        assert_eq!(words[0], ("The code exists", "In order", ""));
        assert_eq!(words[1], ("It is not over", "Refused", "Ends: 31 Dec 2026, 23:59 · Asked for: 1 Jan 2027, 09:00"));
        assert_eq!(words[2], ("Uses are left", "In order", "Uses in total: unlimited"));
        assert_eq!(words[3], ("The order is large enough", "In order", "Order from: 10.00 EUR · Counted: 14.90 EUR"));
        assert_eq!(words[4].2, "Tide Almanac: refused · Chart: in order");
        assert_eq!((words[5].1, lines[5].class), ("Not asked any more", "not-reached"));
    }

    #[test]
    fn what_was_not_reached_is_one_line() {
        let not_reached = json!({"check": "no_effect", "verdict": "not_reached"});
        let trace = json!([{"check": "expired", "verdict": "failed"}, not_reached, not_reached, not_reached]);
        let lines = shortened(&trace, manner());
        assert_eq!((lines.len(), lines[1].looks.as_str()), (2, "3 more checks"));
    }

    #[test]
    fn what_is_no_trace_has_no_lines() {
        assert!(shown(&json!({}), manner()).is_empty());
    }
}
