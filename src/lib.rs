//! Vouchsafe: self-hosted coupons.
//!
//! # The rooms
//! - [`app`] builds the running server: the one list of routes and middleware. [`cli`] reads the command line.
//! - The slices, one folder a noun: [`tenants`], [`accounts`], [`organizations`], [`coupons`], [`redemptions`],
//!   [`shop`], [`batches`], [`exports`], [`imports`], [`webhooks`], [`audit`], [`jobs`]. Each has an inner ring (noun, rule, form, queries) that knows no HTTP, and an outer ring (pages).
//! - The ground they stand on: [`db`], [`web`], [`error`], [`config`], [`clock`], [`money`], [`calendar`], [`mail`],
//!   [`files`], [`sheets`].
//! - [`demo`] fills a tenant to look at.
//!
//! # One operation, end to end
//! A member types ` welcome 10` on the organization page and presses Enter.
//! 1. `redemptions::pages` takes the form; the guard in its signature (`accounts::guards::Member`) has already shown
//!    who asks and, through the `accounts::door`, for which tenant. It hands the desk one command with ids made beforehand.
//! 2. `redemptions::desk` takes all commands that wait, opens one transaction, folds the code to its key, locks what
//!    the batch touches in one order, and loads the facts.
//! 3. `coupons::rule::decide` says yes or no, and keeps a trace of every check.
//! 4. The desk writes the redemption, its grants or ledger entry, the counters and the audit entry (or, for a refusal,
//!    the attempt with its trace), commits, and only then answers.
//! 5. The page shows the new limit, or the refusal in one sentence with the support contact, and what was typed.

pub mod accounts;
pub mod app;
pub mod audit;
pub mod batches;
pub mod calendar;
pub mod cli;
pub mod clock;
pub mod config;
pub mod coupons;
pub mod db;
pub mod demo;
pub mod error;
pub mod exports;
pub mod files;
pub mod imports;
pub mod jobs;
pub mod mail;
pub mod money;
pub mod organizations;
pub mod redemptions;
pub mod sheets;
pub mod shop;
pub mod tenants;
pub mod web;
pub mod webhooks;
