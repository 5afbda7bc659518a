//! Codes that nobody has to think up: drawn from the system's secure random source, with letters nobody
//! mixes up, in groups people can read out, and never with a rude word in them.

mod letters;
mod strength;
mod words;

use thiserror::Error;

use super::code::{CodeKey, CodeText, MAX_KEY, TextFault};

pub use letters::{ALPHABET, Letters};
pub use strength::{Meter, Strength};
pub use words::rude_word;

/// How generated codes look: `PREFIX-XXXX-XXXX-XXXX`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern {
    prefix: String,
    length: usize,
    group: Option<usize>,
}

/// Why codes cannot be generated.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum PatternFault {
    /// The prefix cannot be part of a code.
    #[error("This prefix cannot be part of a code. {0}")]
    Prefix(#[from] TextFault),
    /// No random characters at all, or more than a code can have.
    #[error("A code has between 3 and {MAX_KEY} letters and digits, at least one of them random.")]
    Length,
    /// Groups of nothing.
    #[error("A group has at least one character.")]
    Group,
    /// More codes were asked for than can be told apart from guesses.
    #[error("{asked} codes would fill more than half of the {space} this pattern has. Please make them longer.")]
    TooMany {
        /// How many codes there would be, with those that are there already.
        asked: u128,
        /// How many different codes the pattern has.
        space: u128,
    },
    /// Nearly every draw had a rude word in it.
    #[error("This pattern leaves too few codes that one can print.")]
    NothingPrintable,
    /// The system gave no random bytes.
    #[error("There is no secure randomness to be had: {0}")]
    NoRandomness(#[from] getrandom::Error),
}

impl Default for Pattern {
    /// Twelve characters in three groups, about 59 bits.
    fn default() -> Self {
        Self { prefix: String::new(), length: 12, group: Some(4) }
    }
}

impl Pattern {
    /// A pattern of `length` random characters behind an optional prefix, with a dash after every `group`.
    /// A prefix is somebody's choice and may read as it likes (`CLASSIC`); only what is drawn is filtered.
    ///
    /// # Errors
    /// A [`PatternFault`] if no code can look like this.
    pub fn new(prefix: &str, length: usize, group: Option<usize>) -> Result<Self, PatternFault> {
        let (prefix, prefix_length) = if prefix.trim().is_empty() {
            (String::new(), 0)
        } else {
            let prefix = CodeText::parse(prefix)?;
            (prefix.as_str().trim_end_matches(['.', '-', '_']).to_owned(), prefix.key().as_str().len())
        };
        if length == 0 || !(3..=MAX_KEY).contains(&prefix_length.saturating_add(length)) {
            return Err(PatternFault::Length);
        }
        if group == Some(0) {
            return Err(PatternFault::Group);
        }
        Ok(Self { prefix, length, group })
    }

    /// What the keys of all its codes begin with, to count those that exist; `None` without a prefix.
    #[must_use]
    pub fn key_prefix(&self) -> Option<CodeKey> {
        CodeKey::fold(&self.prefix).ok()
    }

    /// How many different codes it has.
    #[must_use]
    pub fn space(&self) -> u128 {
        let exponent = u32::try_from(self.length).unwrap_or(u32::MAX);
        (ALPHABET.len() as u128).saturating_pow(exponent)
    }

    /// How hard its codes are to guess.
    #[must_use]
    pub fn strength(&self) -> Strength {
        Strength::random(self.length, ALPHABET.len())
    }

    /// Whether `asked` more codes leave at least half of the space free, where `there` exist already.
    ///
    /// # Errors
    /// [`PatternFault::TooMany`].
    pub fn has_room_for(&self, asked: u64, there: u64) -> Result<(), PatternFault> {
        let (asked, space) = (u128::from(asked) + u128::from(there), self.space());
        if asked > space / 2 { Err(PatternFault::TooMany { asked, space }) } else { Ok(()) }
    }

    /// Draws one code. That it is new is for the caller to see: draw again if its key exists.
    ///
    /// # Errors
    /// [`PatternFault::NothingPrintable`] if a hundred draws in a row had to be thrown away, or
    /// [`PatternFault::NoRandomness`].
    pub fn draw(&self, letters: &mut Letters) -> Result<CodeText, PatternFault> {
        for _ in 0..100 {
            let text = self.draw_once(letters)?;
            let own_words = rude_word(&self.prefix).is_some();
            let drawn = text.get(self.prefix.len()..).unwrap_or_default();
            if rude_word(if own_words { drawn } else { &text }).is_none() {
                return Ok(CodeText::create(&text)?);
            }
        }
        Err(PatternFault::NothingPrintable)
    }

    fn draw_once(&self, letters: &mut Letters) -> Result<String, PatternFault> {
        let mut text = self.prefix.clone();
        for position in 0..self.length {
            let group_begins = self.group.map_or(position == 0, |group| position % group == 0);
            if group_begins && !text.is_empty() {
                text.push('-');
            }
            text.push(letters.draw()?);
        }
        Ok(text)
    }
}

#[cfg(test)]
mod tests;
