//! `/dashboard/imports`: the list, the upload, the meaning of the columns, and one import with its rows.

pub mod columns;
mod columns_form;
pub mod list;
pub mod new;
pub mod rejected;
mod sheet;
pub mod show;
mod upload;
