//! The text of a code as it is shown, and what creating one refuses.

use std::fmt;

use serde::Serialize;
use thiserror::Error;
use unicode_normalization::UnicodeNormalization;

use super::{CodeKey, Malformed, is_invisible};

/// The longest text: a key of 64 with a separator between all of them.
const MAX_TEXT: usize = 127;

/// A creator is asked for a key of at least this length; an import may bring shorter ones.
const MIN_CREATED_KEY: usize = 3;

/// A code as it is shown, in capital letters: `A–Z 0–9 . - _`. Made once, never changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct CodeText {
    text: String,
    #[serde(skip)]
    key: CodeKey,
}

/// Why a text cannot become the text of a new code.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum TextFault {
    /// Nothing was typed.
    #[error("Please type a code.")]
    Empty,
    /// It has a character that codes do not have.
    #[error("A code is made of A–Z, 0–9, “.”, “-” and “_”; {} is not among them.", name(*.0))]
    Character(char),
    /// Only dots and dashes.
    #[error("A code needs letters or digits.")]
    OnlyPunctuation,
    /// Fewer than three letters and digits.
    #[error("A code needs at least three letters or digits.")]
    TooShort,
    /// More than 64 letters and digits, or more than 127 characters in all.
    #[error("A code has at most 64 letters and digits.")]
    TooLong,
}

impl CodeText {
    /// The text of a code that somebody creates.
    ///
    /// # Errors
    /// A [`TextFault`] that says what to type instead, also if the code is shorter than three letters and digits.
    pub fn create(typed: &str) -> Result<Self, TextFault> {
        let code = Self::parse(typed)?;
        if code.is_short() { Err(TextFault::TooShort) } else { Ok(code) }
    }

    /// The text of a code that an import brings, or that the database holds: also one or two characters.
    ///
    /// # Errors
    /// A [`TextFault`] that says what to type instead.
    pub fn parse(typed: &str) -> Result<Self, TextFault> {
        let edge = |character: char| character.is_whitespace() || is_invisible(character);
        let text: String = typed.trim_matches(edge).nfkc().map(|character| character.to_ascii_uppercase()).collect();
        if text.is_empty() {
            return Err(TextFault::Empty);
        }
        if let Some(other) = text.chars().find(|c| !matches!(c, 'A'..='Z' | '0'..='9' | '.' | '-' | '_')) {
            return Err(TextFault::Character(other));
        }
        if text.len() > MAX_TEXT {
            return Err(TextFault::TooLong);
        }
        let key = CodeKey::fold(&text).map_err(|malformed| match malformed {
            Malformed::Empty => TextFault::OnlyPunctuation,
            Malformed::TooLong => TextFault::TooLong,
            Malformed::Character { character } => TextFault::Character(character),
        })?;
        Ok(Self { text, key })
    }

    /// As it is shown: `WELCOME-10`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// What it is found by: `WE1C0ME10`.
    #[must_use]
    pub const fn key(&self) -> &CodeKey {
        &self.key
    }

    /// Whether creating it by hand would be refused and importing it gives a warning.
    #[must_use]
    pub fn is_short(&self) -> bool {
        self.key.as_str().len() < MIN_CREATED_KEY
    }
}

impl fmt::Display for CodeText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

fn name(character: char) -> String {
    if character.is_whitespace() {
        "a space".to_owned()
    } else if is_invisible(character) || character.is_control() {
        format!("an invisible character (U+{:04X})", u32::from(character))
    } else {
        format!("“{character}”")
    }
}
