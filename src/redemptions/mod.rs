//! Redemptions: one use of a code by somebody, and the desk that all of them pass.

pub mod desk;
