//! Texts and lists of texts.

use crate::accounts::persons::Alias;
use crate::web::form::Errors;

const LONGEST_NAME: usize = 120;
const LONGEST_TEXT: usize = 2_000;
const LONGEST_TAG: usize = 40;
const TAGS: usize = 20;
const PEOPLE: usize = 1_000;

/// The parts of a list typed with commas or on lines, each once.
pub(super) fn parts(typed: &str) -> Vec<String> {
    let mut parts: Vec<String> = Vec::new();
    for part in typed.split([',', ';', '\n']).map(str::trim).filter(|part| !part.is_empty()) {
        if !parts.iter().any(|known| known == part) {
            parts.push(part.to_owned());
        }
    }
    parts
}

/// A text of one or many lines, without control characters.
pub(super) fn text(errors: &mut Errors, field: &'static str, typed: &str) -> String {
    let longest = if field == "name" { LONGEST_NAME } else { LONGEST_TEXT };
    let typed = typed.replace("\r\n", "\n").trim().to_owned();
    if typed.chars().count() > longest {
        errors.add(field, format!("This is too long: at most {longest} characters."));
    }
    if typed.chars().any(|character| character.is_control() && character != '\n' && character != '\t') {
        errors.add(field, "This holds an invisible control character. Please type it again.");
    }
    typed
}

pub(super) fn tags(errors: &mut Errors, typed: &str) -> Vec<String> {
    let tags = parts(typed);
    if tags.len() > TAGS {
        errors.add("tags", format!("At most {TAGS} tags."));
    }
    let unfit = |tag: &&String| tag.chars().count() > LONGEST_TAG || tag.chars().any(char::is_control);
    if tags.iter().any(|tag| unfit(&tag)) {
        errors.add("tags", format!("A tag has at most {LONGEST_TAG} characters."));
    }
    tags
}

pub(super) fn people(errors: &mut Errors, typed: &str) -> Vec<String> {
    let people = parts(typed);
    if people.len() > PEOPLE {
        errors.add("people", format!("At most {PEOPLE} people."));
    }
    let is_address = |part: &&String| Alias::email(part).is_some() && !part.chars().any(char::is_control);
    if let Some(other) = people.iter().find(|part| !is_address(part)) {
        errors.add("people", format!("“{other}” is no e-mail address."));
    }
    people
}
