//! What a member of a tenant may do there.

use crate::error::Error;
use anyhow::anyhow;
use serde::{Deserialize, Serialize};

/// A role in a tenant, from the least to the most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Sees the own organizations and applies codes to them.
    Member,
    /// Also reads coupons, redemptions and the audit log, and reverses with a reason.
    Support,
    /// Also changes everything of the tenant.
    Admin,
}

impl Role {
    /// All of them, from the least to the most.
    pub const ALL: [Self; 3] = [Self::Member, Self::Support, Self::Admin];

    /// The word in the database and in forms.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Member => "member",
            Self::Support => "support",
            Self::Admin => "admin",
        }
    }

    /// The word people read.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Member => "Member",
            Self::Support => "Support",
            Self::Admin => "Admin",
        }
    }

    /// The role with this word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.word() == word)
    }

    /// The role a row holds.
    ///
    /// # Errors
    /// When the row holds another word, which the schema forbids.
    pub fn of_row(word: &str) -> Result<Self, Error> {
        Ok(Self::from_word(word).ok_or_else(|| anyhow!("unknown role {word}"))?)
    }
}
