//! What became of a command.

use crate::coupons::refusal::Refusal;
use crate::coupons::rule::quote::LimitEffect;
use crate::redemptions::redemption::{Redemption, State};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// What became of a command. A refusal is an answer, not an error.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "reply")]
pub enum Reply {
    /// It happened, or had happened already.
    Done(Box<Receipt>),
    /// The entry was refused, and nothing changed but the list of attempts.
    Refused {
        /// Why.
        refusal: Refusal,
    },
    /// Too many guesses; the next try is welcome after so many seconds.
    Throttled {
        /// Seconds.
        wait: i64,
    },
    /// The order has something to pay, so it cannot be redeemed at once.
    PaymentRequired {
        /// What is to be paid, in minor units.
        total: i64,
    },
    /// Another redemption takes the order.
    OrderTaken {
        /// That one.
        redemption: Uuid,
        /// Where it stands.
        state: State,
    },
    /// It goes along with an order of the shop: that is to be settled, and it follows.
    OfOrder {
        /// The id of that.
        order: String,
    },
    /// In its state this cannot happen to it.
    WrongState {
        /// Where it stands.
        state: State,
    },
    /// It was paid after its hold was gone, and its uses are taken: somebody must refund or honour it.
    TooLate {
        /// What lacks room.
        refusal: Refusal,
    },
    /// More units of a line were to be reversed than it has left.
    TooManyUnits {
        /// The number of the line.
        line: usize,
        /// What it has left.
        left: i64,
    },
    /// There is no such redemption or organization here.
    NotFound,
}

/// A reply, and whether it was given before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// The reply.
    pub reply: Reply,
    /// Whether the same request had it before, so that nothing happened now.
    pub replayed: bool,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// The redemption as it is now.
    pub redemption: Redemption,
    /// The text of its code.
    pub code: String,
    /// What it did, in a sentence; empty where nothing more is to be said.
    pub did: String,
    /// What it granted to its organization, and what that changed.
    #[serde(default)]
    pub limits: Vec<LimitEffect>,
    /// What of a credit could not be taken back because it was spent, in minor units.
    pub missing: i64,
    /// Whether this is an older hold of the same content, which lasts longer now.
    pub extended: bool,
    /// Whether it had happened before, so that this changed nothing.
    pub again: bool,
}

impl Reply {
    /// Whether a twin of the request is to get this answer too. A wait is over some time.
    #[must_use]
    pub const fn is_final(&self) -> bool {
        !matches!(
            self,
            Self::Throttled { .. }
                | Self::Refused { refusal: Refusal::Held { .. } }
                | Self::TooLate { refusal: Refusal::Held { .. } }
        )
    }
}
