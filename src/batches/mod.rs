//! Batches: many codes of one coupon, made by a job and void together.
//!
//! A batch is refused before it begins where its codes could be guessed or would fill more than half of what its pattern
//! has ([`plan`]). Then it is made in small committed pieces ([`make`]), each of which notes how many codes there are in
//! its own transaction: a killed process leaves a batch that the next one finishes with exactly the count that was
//! asked for. Voiding ([`void`]) deletes the codes that nobody has used or holds, and can be taken back.

pub mod api;
pub mod codes;
pub mod create;
pub mod make;
pub mod pages;
pub mod plan;
pub mod queries;
mod stock;
pub mod void;

use crate::money::counted;

/// "1 code", "100,000 codes".
#[must_use]
pub fn many(count: i64) -> String {
    counted(count, "code", "codes")
}
