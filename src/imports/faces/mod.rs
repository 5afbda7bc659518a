//! What other systems call the things that a coupon has.

pub mod kinds;
pub mod presets;
