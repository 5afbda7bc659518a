//! A redemption: one use of a code by somebody, from hold to reversal.
//!
//! ```text
//!          hold                confirm               reverse, all
//!   – ───────────▶ held ─────────────────▶ confirmed ───────────▶ reversed
//!                   │ release │ time over      ▲
//!                   ▼         ▼                │ late confirm, if its uses are still free
//!               released   expired ────────────┘
//! ```

use crate::coupons::coupon::{RestoreUses, Terms, UsesPer};
use crate::coupons::rule::quote::Takes;
use crate::redemptions::line::Line;
use chrono::{DateTime, Duration, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The channel of the shop's own orders, which change together with their redemptions.
pub const SHOP: &str = "shop";
/// The longest time from a hold's beginning to its end, however often it is extended.
pub const LONGEST_HOLD: Duration = Duration::days(1);

/// Where a redemption stands in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
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
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Held, Self::Confirmed, Self::Released, Self::Expired, Self::Reversed];

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

    /// Whether an order's reference stays taken: no other redemption of the order can be beside one in these states.
    #[must_use]
    pub const fn takes_the_order(self) -> bool {
        matches!(self, Self::Held | Self::Confirmed | Self::Reversed)
    }
}

/// The reference of a checkout, unique in its channel.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct OrderRef {
    /// `organization` (its page), `shop`, `key` (calling systems) or `checkout` (`/billing/checkout`).
    pub channel: String,
    /// What the channel calls the order.
    pub reference: String,
}

/// One use of a code by somebody. Money is minor units.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Redemption {
    /// Its public id.
    pub id: Uuid,
    /// The offer.
    pub coupon_id: Uuid,
    /// What was typed.
    pub code_id: Uuid,
    /// Where it stands.
    pub state: State,
    /// Whose limits it counts against.
    pub person: Option<Uuid>,
    /// The signed-in user, if one made it.
    pub user: Option<Uuid>,
    /// The organization it is for.
    pub organization: Option<Uuid>,
    /// Where it was entered.
    pub channel: String,
    /// What the channel calls the order it is for.
    pub order_ref: Option<String>,
    /// The hash of what was asked for.
    pub content: Option<String>,
    /// Uses of the code, as they were taken at first.
    pub uses: i64,
    /// The order before the discount.
    pub amount_before: i64,
    /// What the code takes off, or gives.
    pub discount: i64,
    /// The benefit and the conditions as they were.
    pub terms: Terms,
    /// Until when it is held; at this instant it is over.
    pub held_until: Option<DateTime<Utc>>,
    /// When it was confirmed.
    pub confirmed_at: Option<DateTime<Utc>>,
    /// When it was released, expired or reversed.
    pub ended_at: Option<DateTime<Utc>>,
    /// When its benefit is over.
    pub benefit_ends_at: Option<DateTime<Utc>>,
    /// What somebody should look at, in a sentence.
    pub needs_attention: Option<String>,
    /// Why it ended.
    pub reason: Option<String>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// What it does to each line of the order; none for an organization's code.
    pub lines: Vec<Line>,
}

impl Redemption {
    /// The reference of its order.
    #[must_use]
    pub fn order(&self) -> Option<OrderRef> {
        let reference = self.order_ref.clone()?;
        Some(OrderRef { channel: self.channel.clone(), reference })
    }

    /// Whether it goes along with an order of the shop, and so is confirmed, released and honoured with that alone.
    #[must_use]
    pub fn goes_with_an_order(&self) -> bool {
        self.channel == SHOP
    }

    /// What is left to pay for the order: nothing where there is none, whatever the code gave.
    #[must_use]
    pub fn total(&self) -> i64 {
        self.amount_before.saturating_sub(self.discount).max(0)
    }

    /// Whether it is held at this instant: half-open, as every span of time here.
    #[must_use]
    pub fn is_held_at(&self, now: DateTime<Utc>) -> bool {
        self.state == State::Held && self.held_until.is_none_or(|until| now < until)
    }

    /// What it took from the limits at first.
    #[must_use]
    pub fn takes(&self) -> Takes {
        let mut takes = Takes { uses: self.uses, spent: self.discount, ..Takes::default() };
        for line in &self.lines {
            let product = || line.product.clone();
            if line.uses > 0 {
                *takes.product_uses.entry(product()).or_default() += line.uses;
            }
            if line.free_units > 0 {
                *takes.free_units.entry(product()).or_default() += line.free_units;
            }
        }
        takes
    }

    /// Whether what is reversed goes back to the limits.
    #[must_use]
    pub fn restores(&self) -> bool {
        self.terms.restore_uses == RestoreUses::Always
    }

    /// Whether nothing of it is left that could be reversed.
    #[must_use]
    pub fn is_wholly_reversed(&self) -> bool {
        self.lines.iter().all(|line| line.reversed.quantity == line.quantity)
    }

    /// What goes back to the limits when some of its units are reversed, having been `before`: by unit each use with its
    /// unit, by order the one use with the last unit.
    #[must_use]
    pub fn given_back_since(&self, before: &Self) -> Takes {
        let mut back = Takes::default();
        for (line, was) in self.lines.iter().zip(&before.lines) {
            let (now, then) = (line.reversed, was.reversed);
            back.spent += now.discount - then.discount;
            if now.uses > then.uses {
                *back.product_uses.entry(line.product.clone()).or_default() += now.uses - then.uses;
                back.uses += now.uses - then.uses;
            }
            if now.free_units > then.free_units {
                *back.free_units.entry(line.product.clone()).or_default() += now.free_units - then.free_units;
            }
        }
        if self.terms.uses_per == UsesPer::Order && self.state == State::Reversed {
            back.uses = self.uses;
        }
        if self.lines.is_empty() && self.state == State::Reversed {
            back.spent = self.discount;
            back.uses = self.uses;
        }
        back
    }
}
