//! The pages of orders: the own ones, and all of them for support.

pub mod all;
pub mod manage;
pub mod mine;
pub mod show;
mod shown;
