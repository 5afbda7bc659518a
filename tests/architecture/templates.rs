//! What the content security policy and htmx 4 ask of the templates.

use crate::common::{files_below, none};
use std::path::Path;

const REQUESTS: [&str; 5] = ["hx-get", "hx-post", "hx-put", "hx-patch", "hx-delete"];
/// Attributes that need `eval`, that only work by inheritance, or that change their meaning in htmx 4.
const BANNED: [&str; 7] = ["hx-disable", "hx-vars", "hx-params", "hx-prompt", "hx-inherit", "hx-ext", "hx-disinherit"];

/// The opening tags of a template, each with its attributes; strings and askama's braces may hold a `>`.
fn tags(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = without_comments(text);
    while let Some(start) = rest.find('<') {
        let tag = rest.split_off(start);
        let opens = tag[1..].starts_with(|letter: char| letter.is_ascii_alphabetic());
        let end = if opens { end_of(&tag) } else { 1 };
        if opens {
            found.push(tag[..end].to_owned());
        }
        rest = tag[end..].to_owned();
    }
    found
}

fn end_of(tag: &str) -> usize {
    let (mut quote, mut braces) = (None, 0_i32);
    let mut before = ' ';
    for (at, letter) in tag.char_indices() {
        match (letter, before) {
            ('{' | '%', '{') => braces += 1,
            ('}', '}' | '%') => braces -= 1,
            _ => {}
        }
        if braces <= 0 {
            match (quote, letter) {
                (None, '"' | '\'') => quote = Some(letter),
                (Some(open), _) if open == letter => quote = None,
                (None, '>') => return at + 1,
                _ => {}
            }
        }
        before = letter;
    }
    tag.len()
}

fn without_comments(text: &str) -> String {
    let mut kept = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("{#") {
        kept.push_str(before);
        rest = after.split_once("#}").map_or("", |(_, after)| after);
    }
    kept + rest
}

/// Names of attributes, by the space before and the `=` behind them.
fn has(tag: &str, name: &str) -> bool {
    tag.match_indices(name).any(|(at, _)| {
        let before = tag[..at].chars().next_back();
        let after = tag[at + name.len()..].chars().next();
        before.is_some_and(char::is_whitespace) && after.is_none_or(|letter| "= >\n\t/".contains(letter))
    })
}

fn faults(tag: &str) -> Vec<String> {
    let mut faults = Vec::new();
    let mut fault = |what: &str| faults.push(format!("{what}: {tag}"));
    if tag.contains("hx-on") {
        fault("hx-on needs eval");
    }
    if tag.contains("js:") || tag.contains("javascript:") {
        fault("script in an attribute");
    }
    if has(tag, "style") || tag.starts_with("<style") {
        fault("inline style");
    }
    if tag.starts_with("<script") && !has(tag, "src") && !has(tag, "type") {
        fault("inline script");
    }
    if let Some((_, trigger)) = tag.split_once("hx-trigger=\"")
        && trigger.split('"').next().is_some_and(|value| value.contains('['))
    {
        fault("a filter in hx-trigger needs eval");
    }
    for name in BANNED.iter().filter(|name| has(tag, name)) {
        fault(name);
    }
    if REQUESTS.iter().any(|name| has(tag, name)) && !(has(tag, "hx-target") && has(tag, "hx-swap")) {
        fault("a request without its own hx-target and hx-swap");
    }
    faults
}

#[test]
fn templates_keep_to_what_the_content_security_policy_and_htmx_4_allow() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("templates");
    let mut strays = Vec::new();
    for path in files_below(&root, ".html") {
        let name = path.strip_prefix(&root).unwrap().display().to_string();
        let text = std::fs::read_to_string(&path).unwrap();
        strays.extend(tags(&text).iter().flat_map(|tag| faults(tag)).map(|fault| format!("{name}: {fault}")));
        if text.contains("|safe") {
            strays.push(format!("{name}: text that is not escaped"));
        }
    }
    none("templates must not", &strays);
}

#[test]
fn every_form_works_without_scripts() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("templates");
    let mut strays = Vec::new();
    for path in files_below(&root, ".html") {
        let text = std::fs::read_to_string(&path).unwrap();
        for tag in tags(&text).iter().filter(|tag| tag.starts_with("<form")) {
            let dialog = tag.contains("method=\"dialog\"");
            let real = has(tag, "action") && has(tag, "method");
            if !dialog && !real {
                strays.push(format!("{}: {tag}", path.strip_prefix(&root).unwrap().display()));
            }
        }
    }
    none("forms without a real action and method", &strays);
}

#[test]
fn the_lint_sees_what_it_is_meant_to_see() {
    let bad = [
        "<a hx-get=\"/x\">",
        "<a hx-get=\"/x\" hx-target=\"#y\">",
        "<p style=\"x\">",
        "<p hx-on:click=\"x\">",
        "<a hx-trigger=\"click[x]\">",
        "<script>",
        "<form hx-vals='js:{a: 1}'>",
        "<b hx-disable>",
    ];
    for tag in bad {
        assert!(!faults(tag).is_empty(), "{tag}");
    }
    let good = ["<a hx-get=\"{{ a > b }}\" hx-target=\"#y\" hx-swap=\"none\">", "<script src=\"/a.js\" defer>"];
    for tag in good {
        assert_eq!((tags(tag).len(), faults(tag).len()), (1, 0), "{tag}");
    }
}
