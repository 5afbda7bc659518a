//! Imports: coupons, or codes of one coupon, from a file of another system.
//!
//! A file is taken in whole ([`create`]) and looked at ([`reading`]); a person says what its columns mean ([`fields`],
//! guessed from their names and from what other systems write, [`faces`]). Then a job tries every row ([`check`]) and says
//! of each whether it is new, the same as what is there, a duplicate, or rejected and why ([`judge`]); nothing is made
//! before that was seen. Another job makes what is new ([`run`]), through the same reading of a coupon as its form, and a
//! third takes back what nobody has used ([`undo`]). Each works in small committed pieces, so a killed process leaves
//! counts that are exact, and the same file again changes nothing.

pub mod cells;
pub mod check;
pub mod create;
pub mod dates;
pub mod faces;
pub mod fields;
pub mod judge;
pub mod judge_code;
pub mod make;
pub mod pages;
pub mod queries;
pub mod reading;
pub mod row;
pub mod run;
pub mod state;
pub mod undo;

use crate::db::tables::imports::Model;
use crate::money::counted;

/// So many of what an import makes: "19,306 codes", "1 coupon".
#[must_use]
pub fn many(import: &Model, count: i64) -> String {
    let (one, many) = if import.coupon_id.is_some() { ("code", "codes") } else { ("coupon", "coupons") };
    counted(count, one, many)
}
