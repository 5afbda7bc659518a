//! Texts that no spreadsheet takes for a formula, and the same texts again.
//!
//! Spreadsheets of some languages cut a line at semicolons or tabs, whatever is quoted; so it is not only the beginning of a
//! text that could become the beginning of a cell.

use std::borrow::Cow;

/// A spreadsheet begins a formula with these.
const SIGNS: [char; 4] = ['=', '+', '-', '@'];
/// Behind these a cell may begin. At the beginning of a text a spreadsheet may drop them.
const SEPARATORS: [char; 4] = [';', '\t', '\r', '\n'];
const APOSTROPHE: char = '\'';

/// The text with an apostrophe before whatever could begin a formula.
#[must_use]
pub fn disarmed(text: &str) -> Cow<'_, str> {
    let (mut safe, mut begins) = (String::new(), true);
    let mut done = 0;
    for (at, letter) in text.char_indices() {
        if begins && SIGNS.contains(&letter) || at == 0 && is_dropped(letter) {
            safe.push_str(text.get(done..at).unwrap_or_default());
            safe.push(APOSTROPHE);
            done = at;
        }
        begins = still_begins(begins, letter);
    }
    if safe.is_empty() { Cow::Borrowed(text) } else { Cow::Owned(safe + text.get(done..).unwrap_or_default()) }
}

/// The text without what [`disarmed`] put into it.
#[must_use]
pub fn restored(text: &str) -> Cow<'_, str> {
    if !text.contains(APOSTROPHE) {
        return Cow::Borrowed(text);
    }
    let (mut plain, mut begins) = (String::with_capacity(text.len()), true);
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        let armed = letters.peek().is_some_and(|next| SIGNS.contains(next) || plain.is_empty() && is_dropped(*next));
        if begins && letter == APOSTROPHE && armed {
            continue;
        }
        plain.push(letter);
        begins = still_begins(begins, letter);
    }
    if plain.len() == text.len() { Cow::Borrowed(text) } else { Cow::Owned(plain) }
}

fn is_dropped(letter: char) -> bool {
    letter.is_ascii_control() && SEPARATORS.contains(&letter)
}

/// Whether a cell may begin behind this letter.
fn still_begins(begins: bool, letter: char) -> bool {
    SEPARATORS.contains(&letter) || begins && letter == ' '
}

#[cfg(test)]
mod tests {
    use super::{disarmed, restored};
    use proptest::prelude::*;

    #[test]
    fn formulas_are_words() {
        for (text, safe) in [
            ("=1+1", "'=1+1"),
            ("+41 44 000 00 00", "'+41 44 000 00 00"),
            ("\t=1", "'\t'=1"),
            ("\r=1", "'\r'=1"),
            ("x;=HYPERLINK(\"a\")", "x;'=HYPERLINK(\"a\")"),
            ("two\n - lines", "two\n '- lines"),
            ("a=b, c-d", "a=b, c-d"),
            ("it's", "it's"),
            ("", ""),
        ] {
            assert_eq!(disarmed(text), safe);
            assert_eq!(restored(safe), text);
        }
    }

    proptest! {
        #[test]
        fn no_reader_finds_a_formula(text in "[=+@x; \t\n\r-]{0,12}") {
            let safe = disarmed(&text).into_owned();
            for cell in safe.split([';', '\t', '\n', '\r']) {
                prop_assert!(!cell.trim_start().starts_with(['=', '+', '-', '@']), "{:?}", safe);
            }
            prop_assert_eq!(restored(&safe), text);
        }
    }
}
