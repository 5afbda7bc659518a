//! Sheets: rows of cells, written for spreadsheets as CSV or as XLSX. What is written is decided here for the whole program.
//!
//! - A first row of names that never change.
//! - Numbers are numbers, money is a decimal number with the decimals of its currency, and neither is ever rounded: what has
//!   more digits than a spreadsheet keeps is text ([`Cell`]).
//! - Times are shown in the tenant's zone: in CSV with their offset (RFC 3339), in XLSX as dates.
//! - Text is never a formula. In XLSX a text is a text; in CSV, which cannot say so, what a spreadsheet would run gets a `'`
//!   before it ([`formula`]).
//! - CSV is RFC 4180 in UTF-8 with a byte order mark, because Excel takes a file without one for another encoding.
//! - XLSX goes on in another sheet where one is full ([`xlsx::MOST_ROWS`]).
//!
//! Whoever has rows opens a [`Book`] and gives them to it; what comes out of it goes to a [`crate::files::Writer`].

mod book;
pub mod cell;
pub mod csv;
pub mod formula;
pub mod xlsx;

pub use book::{Book, Layout};
pub use cell::{Cell, Column, Row};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How rows are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// A workbook of Excel and LibreOffice.
    Xlsx,
    /// Lines of text.
    Csv,
}

impl Format {
    /// The one that people mostly mean comes first.
    pub const ALL: [Self; 2] = [Self::Xlsx, Self::Csv];

    /// The word in forms and in the database, and the ending of a file's name.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Xlsx => "xlsx",
            Self::Csv => "csv",
        }
    }

    /// The format with this word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.word() == word)
    }

    /// What people read.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Xlsx => "Excel (.xlsx)",
            Self::Csv => "CSV",
        }
    }

    /// Its media type.
    #[must_use]
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            Self::Csv => "text/csv; charset=utf-8; header=present",
        }
    }
}
