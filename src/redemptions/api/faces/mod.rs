//! What a code would do, in the shapes that callers of older systems know.

pub mod promo_codes;
pub mod vouchers;
