//! The pages of limits; those of organizations also show redemptions, so they are in `redemptions::pages`.

pub mod limits;
