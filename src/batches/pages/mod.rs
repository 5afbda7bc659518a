//! `/dashboard/batches`: the list, the form, one batch with its progress, and its codes as a file.

pub mod download;
pub mod list;
pub mod new;
mod sheet;
pub mod show;
