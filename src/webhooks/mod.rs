//! Webhooks: other systems are told of changes, signed as Standard Webhooks says (<https://www.standardwebhooks.com>).
//!
//! What there is to tell is noted by the database itself, in the transaction of the change: triggers put audit entries,
//! lines of credit ledgers and coupons that are used up into an outbox, for tenants that have an endpoint. A worker makes
//! [`messages`] of what is noted there and writes one of the [`deliveries`] for each endpoint that wants to know
//! ([`outbox`]); one job an endpoint then sends them ([`deliver`]): in their order while all goes well, at least once, with
//! the same id each time, more and more patiently. An endpoint that takes nothing for a day is switched off, and its
//! tenant's administrators are told. [`wire`] connects to no address inside the house, whatever a name resolves to, and
//! follows no redirect.
//!
//! It refuses: addresses that are not https or lie inside ([`targets`]), and to keep a secret that can be read from the
//! database (`web::seal`).

pub mod deliver;
pub mod deliveries;
pub mod endpoints;
pub mod events;
pub mod letters;
mod messages;
pub mod outbox;
pub mod pages;
pub mod secret;
pub mod sign;
pub mod targets;
pub mod wire;
