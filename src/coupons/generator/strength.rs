//! How hard a code is to guess. A meter warns, it never forces.

use std::collections::BTreeSet;

use serde::Serialize;

use crate::coupons::code::CodeKey;

/// Below this many bits a code falls to patient guessing.
const FAIR_BITS: u32 = 40;
/// From here on guessing is hopeless, also for a code without limits.
const STRONG_BITS: u32 = 64;

/// How hard a code is to guess.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Strength {
    /// Guesses needed, as a power of two.
    pub bits: u32,
    /// The same in a word.
    pub meter: Meter,
}

/// What the meter shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Meter {
    /// Fine for a poster; wrong for something worth money without other limits.
    Weak,
    /// Good for most offers.
    Fair,
    /// Good for anything.
    Strong,
}

impl Meter {
    /// The word people read.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Weak => "weak",
            Self::Fair => "fair",
            Self::Strong => "strong",
        }
    }

    const fn from_bits(bits: u32) -> Self {
        match bits {
            0..FAIR_BITS => Self::Weak,
            FAIR_BITS..STRONG_BITS => Self::Fair,
            STRONG_BITS.. => Self::Strong,
        }
    }
}

impl Strength {
    /// Of `length` characters drawn at random from as many as `alphabet`: exact, rounded down.
    #[must_use]
    pub fn random(length: usize, alphabet: usize) -> Self {
        let bits = whole_bits(length as f64 * (alphabet.max(1) as f64).log2());
        Self { bits, meter: Meter::from_bits(bits) }
    }

    /// Of a code somebody thought up: an estimate, in which a repeated character counts one bit. With fewer
    /// than 12 characters, or fewer than 6 different ones, it is weak whatever the estimate says.
    #[must_use]
    pub fn typed(key: &CodeKey) -> Self {
        let characters: Vec<char> = key.as_str().chars().collect();
        let different: BTreeSet<char> = characters.iter().copied().collect();
        let (digits, letters): (Vec<char>, Vec<char>) = different.iter().partition(|c| c.is_ascii_digit());
        let pool = if digits.is_empty() { 0 } else { 10 } + if letters.is_empty() { 0 } else { 23 };
        let repeated = characters.len() - different.len();
        let bits = whole_bits(different.len() as f64 * f64::from(pool.max(1)).log2() + repeated as f64);
        let long_enough = characters.len() >= 12 && different.len() >= 6;
        let meter = if long_enough { Meter::from_bits(bits).max(Meter::Fair) } else { Meter::Weak };
        Self { bits, meter }
    }

    /// What to say beside the field; `None` for a strong code.
    #[must_use]
    pub const fn warning(self) -> Option<&'static str> {
        match self.meter {
            Meter::Weak => Some(
                "This code can be guessed. Use 12 or more characters with 6 or more different ones, or generate one.",
            ),
            Meter::Fair => Some("Good for an offer with limits. For one without, generate a longer code."),
            Meter::Strong => None,
        }
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a few hundred bits at most, never negative"
)]
fn whole_bits(bits: f64) -> u32 {
    bits.floor() as u32
}
