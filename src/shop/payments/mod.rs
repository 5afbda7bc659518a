//! Payments: what providers tell of them, and what follows for orders.
//!
//! Each event is checked by its signature, stored, and counted once. A payment that succeeds confirms its order, one that
//! fails or runs out releases it, and what was paid back whole refunds it; what came too early waits for what it belongs
//! to. Another amount or currency than the order's, and a part that was paid back, decide nothing: somebody looks at them.

pub mod find;
pub mod paystack;
pub mod providers;
mod receive;
pub mod stripe;

pub use receive::{Incoming, Kind, Outcome, receive};

use crate::db::tables::payment_events::Model;

/// An event as the database holds it.
pub type Payment = Model;

/// Who tells of payments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Provider {
    /// <https://docs.stripe.com/webhooks>
    Stripe,
    /// <https://paystack.com/docs/payments/webhooks>
    Paystack,
    /// Played payments, where a tenant's sandbox is on.
    Sandbox,
}

impl Provider {
    /// Those whose events come over the network.
    pub const REMOTE: [Self; 2] = [Self::Stripe, Self::Paystack];

    /// The word in addresses and in the database.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Stripe => "stripe",
            Self::Paystack => "paystack",
            Self::Sandbox => "sandbox",
        }
    }

    /// What people call it.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Stripe => "Stripe",
            Self::Paystack => "Paystack",
            Self::Sandbox => "Sandbox",
        }
    }

    /// The remote provider with this word.
    #[must_use]
    pub fn remote(word: &str) -> Option<Self> {
        Self::REMOTE.into_iter().find(|provider| provider.word() == word)
    }
}
