//! Coupons: an offer with one benefit, its conditions and its limits, the codes people type for it, and the
//! one rule that says what a code would do and why not.
//!
//! The innermost ring (`coupon`, `benefit`, `code`, `rule`, `pricing`, `refusal`, `generator`) knows no database and no
//! web page: it is given plain facts and the time, and answers with values. [`rows`] carries coupons between it and the
//! database, [`create()`] makes one.

pub mod actions;
pub mod add_code;
pub mod api;
pub mod basket;
pub mod benefit;
pub mod changes;
pub mod code;
pub mod coupon;
mod create;
pub mod create_all;
pub mod form;
pub mod generator;
pub mod names;
pub mod one_code;
pub mod pages;
pub mod pricing;
pub mod queries;
pub mod refusal;
pub mod rows;
pub mod rule;
pub mod save;
pub mod summary;
pub mod tenant;
pub mod warnings;

pub use create::{CodeTaken, Gone, New, NotCreated, create, subject};
