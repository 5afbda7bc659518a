//! `/dashboard/exports`: what was exported, the form for more, and the files.

pub mod create;
pub mod file;
pub mod list;
