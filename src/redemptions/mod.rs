//! Redemptions: one use of a code by somebody, held or confirmed, released, expired or reversed.
//!
//! Every change of a redemption or of credit passes the [`desk`]; what it decides on is a [`world`] loaded in the same
//! transaction, and the decision itself is `coupons::rule`.

pub mod api;
pub mod attempts;
pub mod catalogue;
pub mod desk;
pub mod doctor;
pub mod figures;
pub mod guesses;
pub mod items;
pub mod line;
pub mod log;
pub mod looks;
pub mod pages;
pub mod preview;
pub mod queries;
pub mod reason;
pub mod redemption;
pub mod rows;
pub mod shortfall;
pub mod sweep;
pub mod trial;
pub mod world;
