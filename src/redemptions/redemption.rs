//! The states of a redemption.

use serde::{Deserialize, Serialize};

/// Where a redemption stands in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Its payment is not settled; it counts against every limit.
    Held,
    /// It happened.
    Confirmed,
    /// The payment failed; its uses went back.
    Released,
    /// Nobody paid in time; its uses went back.
    Expired,
    /// It was undone later.
    Reversed,
}

impl State {
    const ALL: [Self; 5] = [Self::Held, Self::Confirmed, Self::Released, Self::Expired, Self::Reversed];

    /// The word in the database.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Held => "held",
            Self::Confirmed => "confirmed",
            Self::Released => "released",
            Self::Expired => "expired",
            Self::Reversed => "reversed",
        }
    }

    /// The word people read.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Held => "Held",
            Self::Confirmed => "Confirmed",
            Self::Released => "Released",
            Self::Expired => "Expired",
            Self::Reversed => "Reversed",
        }
    }

    /// The state with this word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.word() == word)
    }
}
