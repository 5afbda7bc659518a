//! Who may import whom. The house is described in `src/lib.rs`; this holds the code to it.

use crate::common::{files_below, none};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// What every room may stand on.
const GROUND: [&str; 10] = ["calendar", "clock", "config", "db", "error", "files", "mail", "money", "sheets", "web"];
/// What stands on top and may know everything.
const TOP: [&str; 5] = ["app", "cli", "demo", "lib", "main"];
/// Each slice with the slices whose inner rings it may know.
const SLICES: [(&str, &[&str]); 12] = [
    ("audit", &[]),
    ("jobs", &["audit"]),
    ("tenants", &["audit"]),
    ("accounts", &["audit", "jobs", "tenants"]),
    ("organizations", &["accounts", "audit", "tenants"]),
    ("coupons", &["accounts", "audit", "organizations", "tenants"]),
    ("redemptions", &["accounts", "audit", "coupons", "organizations", "tenants"]),
    ("batches", &["accounts", "audit", "coupons", "jobs", "tenants"]),
    ("exports", &["accounts", "audit", "batches", "coupons", "jobs", "organizations", "redemptions", "tenants"]),
    ("webhooks", &["accounts", "audit", "coupons", "jobs", "organizations", "tenants"]),
    ("imports", &["accounts", "audit", "coupons", "jobs", "tenants"]),
    ("shop", &["accounts", "audit", "coupons", "organizations", "redemptions", "tenants"]),
];
/// The outer ring of every slice asks who is there and shows the frame around its pages.
const DOOR: [&str; 2] = ["accounts", "tenants"];
/// The audit log's pages say in words what other slices wrote; its inner ring knows none of them.
const AUDIT_WORDS: [&str; 4] = ["audit/filter.rs", "audit/words.rs", "audit/pages.rs", "audit/pages/"];
/// The door itself: extractors and the store behind the session middleware need the web framework.
const DOOR_FILES: [&str; 3] = ["accounts/caller.rs", "accounts/guards.rs", "accounts/sessions.rs"];
/// Longer files are to be split, by noun or by action.
const LONGEST: usize = 400;

struct Source {
    /// Below `src`, with slashes.
    path: String,
    text: String,
}

impl Source {
    fn room(&self) -> &str {
        let first = self.path.split('/').next().unwrap_or_default();
        first.trim_end_matches(".rs")
    }

    fn is_test(&self) -> bool {
        self.path.ends_with("/tests.rs") || self.path.contains("/tests/")
    }

    /// Pages and API handlers; everything else of a slice is its inner ring.
    fn is_outer(&self) -> bool {
        self.path.split('/').any(|part| ["pages", "pages.rs", "api", "api.rs"].contains(&part))
    }

    /// The lines that are code of the program: no comments, and nothing from the first test module on.
    fn code(&self) -> String {
        let program = self.text.split("#[cfg(test)]").next().unwrap_or_default();
        program.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
    }

    /// Every path that starts at the crate's root, as its first two names.
    fn imports(&self) -> BTreeSet<(String, String)> {
        let code = self.code();
        let mut found = BTreeSet::new();
        for (at, _) in code.match_indices("crate::") {
            if code[..at].ends_with(|before: char| before.is_alphanumeric() || "_$:".contains(before)) {
                continue;
            }
            let rest = &code[at + "crate::".len()..];
            if rest.starts_with('{') {
                found.extend(names_of_group(rest).iter().map(|path| first_two(path)));
            } else {
                found.insert(first_two(rest));
            }
        }
        found
    }
}

/// The parts of `{a, b::{c, d}, e}` at its first level.
fn names_of_group(group: &str) -> Vec<String> {
    let (mut depth, mut parts) = (0, vec![String::new()]);
    for letter in group.chars() {
        match letter {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 1 => parts.push(String::new()),
            _ => parts.last_mut().unwrap().push(letter),
        }
        if depth == 0 {
            break;
        }
    }
    parts.into_iter().map(|part| part.trim().to_owned()).filter(|part| !part.is_empty()).collect()
}

fn first_two(path: &str) -> (String, String) {
    let name = |part: Option<&str>| -> String {
        let part = part.unwrap_or_default();
        part.chars().take_while(|letter| letter.is_alphanumeric() || *letter == '_').collect()
    };
    let mut parts = path.splitn(3, "::");
    (name(parts.next()), name(parts.next()))
}

fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let read = |path: &PathBuf| Source {
        path: path.strip_prefix(&root).unwrap().to_string_lossy().into_owned(),
        text: std::fs::read_to_string(path).unwrap(),
    };
    files_below(&root, ".rs").iter().map(read).collect()
}

#[test]
fn every_room_imports_only_what_it_stands_on() {
    let mut strays = Vec::new();
    for source in sources().iter().filter(|source| !source.is_test() && !TOP.contains(&source.room())) {
        let room = source.room();
        let below: &[&str] = if GROUND.contains(&room) {
            &[]
        } else {
            let found = SLICES.iter().find(|(slice, _)| *slice == room);
            found.unwrap_or_else(|| panic!("the room {room} is not in this test's lists")).1
        };
        for (target, _) in source.imports() {
            let words = AUDIT_WORDS.iter().any(|path| source.path.starts_with(path)) && target != "redemptions";
            let outer = words || source.is_outer() && DOOR.contains(&target.as_str());
            let allowed =
                target == room || GROUND.contains(&target.as_str()) || below.contains(&target.as_str()) || outer;
            if !allowed {
                strays.push(format!("{} imports {target}", source.path));
            }
        }
    }
    none("these imports go against the arrows", &strays);
}

/// What a call is told of a refused code is said once, also where the code comes with an order.
#[test]
fn an_outer_ring_imports_no_other_slices_outer_ring() {
    let mut strays = Vec::new();
    for source in sources().iter().filter(|source| !source.is_test() && !TOP.contains(&source.room())) {
        for (target, part) in source.imports() {
            let outer = target != "web" && ["pages", "api"].contains(&part.as_str());
            let answers = target == "redemptions" && part == "api" && source.path.starts_with("shop/api/");
            if outer && !answers && (target != source.room() || !source.is_outer()) {
                strays.push(format!("{} imports {target}::{part}", source.path));
            }
        }
    }
    none("pages are for browsers, not for other modules", &strays);
}

#[test]
fn an_inner_ring_knows_no_web_framework_and_no_templates() {
    let mut strays = Vec::new();
    let slices: Vec<_> = SLICES.iter().map(|(slice, _)| *slice).collect();
    for source in sources() {
        let inner = slices.contains(&source.room()) && !source.is_outer() && !source.is_test();
        if !inner || DOOR_FILES.contains(&source.path.as_str()) {
            continue;
        }
        let code = source.code();
        for word in ["actix_web", "actix_session", "actix_identity", "askama"] {
            if code.contains(word) {
                strays.push(format!("{} uses {word}", source.path));
            }
        }
    }
    none("an inner ring is plain Rust over the database", &strays);
}

/// A commit whose answer is lost may have happened: `db::commit` says so.
#[test]
fn nobody_takes_a_lost_commit_for_a_refusal() {
    let strays: Vec<_> = sources()
        .iter()
        .filter(|source| !source.is_test() && source.path != "db/mod.rs")
        .filter(|source| source.code().contains(".commit()"))
        .map(|source| source.path.clone())
        .collect();
    none("these commit by themselves instead of by db::commit", &strays);
}

#[test]
fn no_file_is_too_long_to_read() {
    let long: Vec<_> = sources()
        .iter()
        .map(|source| (source.path.clone(), source.text.lines().count()))
        .filter(|(_, lines)| *lines > LONGEST)
        .map(|(path, lines)| format!("{path} has {lines} lines"))
        .collect();
    none("split these by noun or by action", &long);
}

#[test]
fn every_module_says_what_it_is() {
    let silent: Vec<_> = sources()
        .iter()
        .filter(|source| !source.is_test() && !source.text.starts_with("//!"))
        .map(|source| source.path.clone())
        .collect();
    none("these files do not begin with what they are", &silent);
}

/// The words of the outside world that are not ours.
#[test]
fn one_word_for_one_idea() {
    let banned = ["voucher", "promo", "campaign", "Manager", "Helper", "utils"];
    let mut strays = Vec::new();
    for source in sources() {
        for (number, line) in source.code().lines().enumerate() {
            for word in banned.iter().filter(|word| line.contains(**word)) {
                // Addresses that callers of older systems know.
                let face = source.path.contains("/faces/") || source.path.ends_with("openapi/operations/faces.rs");
                let known =
                    face || ["SchemaManager", "/promo-codes", "/billing/"].iter().any(|part| line.contains(part));
                if !known {
                    strays.push(format!("{}:{}: {word}", source.path, number + 1));
                }
            }
        }
    }
    none("these words have a twin in the word list", &strays);
}
