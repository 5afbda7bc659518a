//! A code: the text a person types, and the one key it is found by.
//!
//! People type codes from paper, from a phone's keyboard and from memory, so a code is never looked up by
//! its letters but by its key. [`CodeKey::fold`] makes every key there is: for create, lookup, import,
//! search and links. Two texts with one key are one code.

mod text;
mod typed;

use std::fmt;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use thiserror::Error;
use unicode_normalization::UnicodeNormalization;
use uuid::Uuid;

pub use text::{CodeText, TextFault};
pub use typed::TYPED;

use super::coupon::{Status, UseCounters};

/// A code of a coupon.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Code {
    /// Its public id, version 7.
    pub id: Uuid,
    /// The coupon it belongs to.
    pub coupon_id: Uuid,
    /// As it is shown. Never changes.
    pub text: CodeText,
    /// The batch it was made in.
    pub batch_id: Option<Uuid>,
    /// How often this code can be used, beside the coupon's own limit. `None` is unlimited, 0 is closed.
    pub max_uses: Option<i64>,
    /// Never given to anybody: whoever types it has guessed.
    pub canary: bool,
    /// What was used and is held of it.
    pub counters: UseCounters,
    /// When it was deleted; a deleted code still owns its key.
    pub deleted_at: Option<DateTime<Utc>>,
    /// Whether it is void with its batch, unused, until the batch is restored.
    pub is_void: bool,
}

impl Code {
    /// Uses that are neither confirmed nor held; `None` is unlimited.
    #[must_use]
    pub fn remaining(&self) -> Option<i64> {
        self.counters.remaining(self.max_uses)
    }

    /// How it stands by itself, whatever its coupon does: deleted, used up or active.
    #[must_use]
    pub fn status(&self) -> Status {
        match self.remaining() {
            _ if self.deleted_at.is_some() => Status::Deleted,
            Some(0) => Status::Exhausted,
            _ => Status::Active,
        }
    }
}

/// The longest key there is.
pub const MAX_KEY: usize = 64;

/// What a code is found by: 1 to 64 of `A–Z 0–9`, without `O`, `I` and `L`, which are read as 0 and 1.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct CodeKey(String);

/// Why a text cannot be a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error, Serialize, Deserialize)]
#[serde(tag = "why", rename_all = "snake_case")]
pub enum Malformed {
    /// Nothing is left of it: it was blank, or only dots and dashes.
    #[error("There is no code in it.")]
    Empty,
    /// More than 64 letters and digits.
    #[error("It is too long to be a code.")]
    TooLong,
    /// A character that no code has.
    #[error("“{character}” is never part of a code.")]
    Character {
        /// As it reads after compatibility normalisation.
        character: char,
    },
}

impl CodeKey {
    /// The key of what somebody typed: NFKC, ASCII upper case, without white space, `. - _`, typographic
    /// dashes and zero-width characters, `O` read as 0, `I` and `L` as 1.
    ///
    /// Only ASCII letters change their case, so that `ı` and `ß` do not slip in as `I` and `SS`.
    ///
    /// # Errors
    /// [`Malformed`] if what is left is not 1 to 64 of `A–Z 0–9`.
    pub fn fold(typed: &str) -> Result<Self, Malformed> {
        let mut key = String::new();
        for character in typed.nfkc().filter(|character| !is_ignored(*character)) {
            let folded = match character.to_ascii_uppercase() {
                'O' => '0',
                'I' | 'L' => '1',
                letter_or_digit @ ('A'..='Z' | '0'..='9') => letter_or_digit,
                character => return Err(Malformed::Character { character }),
            };
            if key.len() == MAX_KEY {
                return Err(Malformed::TooLong);
            }
            key.push(folded);
        }
        if key.is_empty() { Err(Malformed::Empty) } else { Ok(Self(key)) }
    }

    /// A part of a key, to search codes by what somebody typed; `None` if no code can contain it.
    #[must_use]
    pub fn needle(typed: &str) -> Option<String> {
        Self::fold(typed).ok().map(|key| key.0)
    }

    /// The key as it is stored and compared, byte by byte.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for CodeKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What people add to a code without meaning it. Applied after NFKC, which already turns wide and hard
/// spaces into spaces and wide hyphens into hyphens.
fn is_ignored(character: char) -> bool {
    character.is_whitespace() || matches!(character, '.' | '-' | '_') || is_dash(character) || is_invisible(character)
}

/// Dashes that word processors and phones put where somebody typed a hyphen.
fn is_dash(character: char) -> bool {
    matches!(character, '\u{2010}'..='\u{2015}' | '\u{2043}' | '\u{2212}' | '\u{2e3a}' | '\u{2e3b}' | '\u{2d7}')
}

/// Characters without width that come along when text is copied: soft hyphens, joiners, direction marks,
/// byte order marks.
fn is_invisible(character: char) -> bool {
    matches!(character,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{2064}' | '\u{2066}'..='\u{206f}' | '\u{feff}')
}

#[cfg(test)]
mod tests;
