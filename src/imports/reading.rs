//! Files of rows: delimited text, workbooks and JSON, each read as the same plain records.
//!
//! Nothing here knows a coupon or a database. What a file is (its encoding, its separator) is found out by looking
//! ([`look`]), shown, and can be said otherwise; then its records are read one after another ([`each`]), in memory that
//! does not grow with the file. Whatever the bytes are, reading ends: with records, or with an [`Unreadable`].

mod delimited;
mod encoding;
mod json;
mod lines;
mod spool;
#[cfg(test)]
mod tests;
mod workbook;

pub use encoding::Encoding;
pub use spool::Spool;

use crate::sheets::formula;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::ops::ControlFlow;
use thiserror::Error;

/// The most rows of one file.
pub const MOST_ROWS: i64 = 1_000_000;
/// The most columns of one file.
pub const MOST_COLUMNS: usize = 200;
/// The longest row, in bytes: no file says how much memory it takes. A quote that is left open would else swallow the rest
/// of it.
pub const LONGEST_ROW: usize = 64 * 1024;
/// Rows that cannot be taken apart; with more of them the file is read the wrong way.
pub const MOST_BROKEN: usize = 1_000;
/// How many times its size a workbook may become when it is unpacked.
pub const UNPACKED: u64 = 8;
/// Rows that a look brings along.
const SAMPLE: usize = 5;

/// What a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// Text with a separator between the cells: CSV and its kin.
    Delimited,
    /// An Excel workbook, `.xlsx`.
    Workbook,
    /// A JSON array of objects.
    Json,
}

/// What stands between two cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Separator {
    /// `,`
    Comma,
    /// `;`
    Semicolon,
    /// A tab.
    Tab,
    /// `|`
    Pipe,
}

impl Separator {
    /// All of them, the most common first.
    pub const ALL: [Self; 4] = [Self::Comma, Self::Semicolon, Self::Tab, Self::Pipe];

    /// The character.
    #[must_use]
    pub const fn char(self) -> char {
        match self {
            Self::Comma => ',',
            Self::Semicolon => ';',
            Self::Tab => '\t',
            Self::Pipe => '|',
        }
    }

    /// The word of forms.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Comma => "comma",
            Self::Semicolon => "semicolon",
            Self::Tab => "tab",
            Self::Pipe => "pipe",
        }
    }

    /// What people read.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Comma => "Comma ,",
            Self::Semicolon => "Semicolon ;",
            Self::Tab => "Tab",
            Self::Pipe => "Pipe |",
        }
    }

    /// The separator with this word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|separator| separator.word() == word)
    }
}

/// How a file is read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reading {
    /// What it is.
    pub format: Format,
    /// Of text: how letters are written.
    pub encoding: Encoding,
    /// Of text: what stands between cells.
    pub separator: Separator,
    /// Whether the first row names the columns.
    pub header: bool,
    /// Of a workbook: the sheet; the first one where it is empty.
    pub sheet: String,
}

impl Reading {
    /// What its rows are counted in: lines of a text, rows of a sheet, elements of an array.
    #[must_use]
    pub const fn place(&self) -> &'static str {
        match self.format {
            Format::Delimited => "Line",
            Format::Workbook | Format::Json => "Row",
        }
    }
}

/// One row as it stands in the file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// The line it begins in, or its row in the sheet; from 1.
    pub number: i64,
    /// Its cells.
    pub cells: Vec<String>,
    /// Why it could not be taken apart. The cells are then only what they seem to be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fault: Option<String>,
}

/// What was seen of a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Looked {
    /// How it is read.
    pub reading: Reading,
    /// The sheets of a workbook.
    pub sheets: Vec<String>,
    /// The names of its columns.
    pub columns: Vec<String>,
    /// Its first rows.
    pub sample: Vec<Record>,
}

/// Why a file cannot be read at all, in a sentence for people.
#[derive(Debug, Error)]
pub enum Unreadable {
    /// There is nothing in it.
    #[error("There are no rows in this file.")]
    Empty,
    /// More rows than [`MOST_ROWS`].
    #[error("This file has more than 1,000,000 rows. Split it.")]
    TooManyRows,
    /// More columns than [`MOST_COLUMNS`].
    #[error("Row {0} has more than 200 columns. Is the separator right?")]
    TooManyColumns(i64),
    /// More broken rows than [`MOST_BROKEN`].
    #[error(
        "More than 1,000 rows of this file are broken; line {0} is the last of them. Is this the right encoding and separator?"
    )]
    TooManyBroken(i64),
    /// A workbook that unpacks to far more than it is.
    #[error("Unpacked, this workbook is far larger than a file of rows can be. It was not opened.")]
    Bomb,
    /// A workbook of before 2007, or one behind a password.
    #[error("This is an old or protected Excel file. Save it as .xlsx without a password, or as CSV.")]
    OldWorkbook,
    /// A zip file that is no workbook, or a broken one.
    #[error("This looks like a workbook (.xlsx), but it is broken or none. Save it again, or as CSV.")]
    NoWorkbook,
    /// The sheet that was chosen is not there.
    #[error("The workbook has no sheet “{0}”.")]
    NoSheet(String),
    /// JSON that is none.
    #[error("The JSON is broken in line {0}, column {1}.")]
    BrokenJson(usize, usize),
    /// JSON that is no array of objects.
    #[error("A JSON file must be an array of objects: [{{\"code\": …}}, …].")]
    NoArray,
    /// The copy of the file cannot be read.
    #[error("The file could not be read: {0}")]
    Io(#[from] std::io::Error),
}

/// Takes one record; whether to go on.
pub type Sink<'a> = dyn FnMut(Record) -> std::io::Result<ControlFlow<()>> + 'a;

/// Looks at a file: finds out how to read it, or reads it as it was `chosen`, and brings its columns and first rows.
///
/// # Errors
/// [`Unreadable`]; a workbook is unpacked once, against `largest`, before anything else reads it.
pub fn look(file: &mut File, chosen: Option<Reading>, largest: u64) -> Result<Looked, Unreadable> {
    let guessed = chosen.is_none();
    let mut reading = match chosen {
        Some(reading) => reading,
        None => guess(file)?,
    };
    let sheets = match reading.format {
        Format::Workbook => workbook::sheets(file, largest)?,
        _ => Vec::new(),
    };
    if let Some(first) = sheets.first().filter(|_| !sheets.contains(&reading.sheet)) {
        if !reading.sheet.is_empty() {
            return Err(Unreadable::NoSheet(reading.sheet));
        }
        reading.sheet.clone_from(first);
    }
    let mut first: Vec<Record> = Vec::new();
    each(file, &reading, &mut |record| {
        first.push(record);
        Ok(if first.len() > SAMPLE { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
    })?;
    let Some(head) = first.first() else { return Err(Unreadable::Empty) };
    // A bare list of codes has no head.
    if guessed && reading.format != Format::Json && head.cells.len() == 1 {
        reading.header = head.cells.first().is_some_and(|cell| is_name(cell));
    }
    let columns = if reading.header { first.remove(0).cells } else { numbered(head.cells.len()) };
    let columns = columns.into_iter().zip(1..).map(|(name, at)| named(name, at)).collect();
    first.truncate(SAMPLE);
    Ok(Looked { reading, sheets, columns, sample: first })
}

/// Gives every record of a file to `sink`, the first row too, until it has enough.
///
/// # Errors
/// [`Unreadable`], where the whole file is; what is wrong with one row is told with that row.
pub fn each(file: &mut File, reading: &Reading, sink: &mut Sink<'_>) -> Result<(), Unreadable> {
    file.seek(SeekFrom::Start(0))?;
    let mut checked = |mut record: Record| {
        cut(&mut record);
        clean(&mut record);
        sink(record)
    };
    match reading.format {
        Format::Delimited => delimited::each(file, reading, &mut checked),
        Format::Workbook => workbook::each(file, &reading.sheet, &mut checked),
        Format::Json => json::each(file, &mut checked),
    }
}

/// As much of the cells as a row may have; what is longer is a fault.
fn cut(record: &mut Record) {
    let mut room = LONGEST_ROW;
    for cell in &mut record.cells {
        if cell.len() > room {
            cell.truncate(cell.floor_char_boundary(room));
            record.fault.get_or_insert_with(|| "This row is longer than 64 KiB.".to_owned());
        }
        room = room.saturating_sub(cell.len());
    }
}

/// What no database keeps is taken out, and what another program put before a formula.
fn clean(record: &mut Record) {
    for cell in &mut record.cells {
        if cell.contains('\0') {
            *cell = cell.replace('\0', "\u{fffd}");
        }
        if let Cow::Owned(text) = formula::restored(cell) {
            *cell = text;
        }
    }
    if record.fault.is_none() && record.cells.iter().any(|cell| cell.contains('\u{fffd}')) {
        record.fault =
            Some("It holds a character that cannot be read in this encoding. Choose another one.".to_owned());
    }
}

/// How a file wants to be read, as far as its bytes tell.
fn guess(file: &mut File) -> Result<Reading, Unreadable> {
    file.seek(SeekFrom::Start(0))?;
    let mut head = Vec::new();
    file.by_ref().take(64 * 1024).read_to_end(&mut head)?;
    if head.starts_with(&[0xd0, 0xcf, 0x11, 0xe0]) {
        return Err(Unreadable::OldWorkbook);
    }
    let mut reading = Reading {
        format: Format::Delimited,
        encoding: Encoding::Utf8,
        separator: Separator::Comma,
        header: true,
        sheet: String::new(),
    };
    if head.starts_with(b"PK\x03\x04") {
        return Ok(Reading { format: Format::Workbook, ..reading });
    }
    reading.encoding = encoding::guess(&head, file)?;
    let text = reading.encoding.decode(&head);
    if text.trim_start().starts_with(['[', '{']) && reading.encoding == Encoding::Utf8 {
        return Ok(Reading { format: Format::Json, ..reading });
    }
    reading.separator = delimited::guess(&text);
    Ok(reading)
}

/// Whether the only cell of a first row names a column: no code has such a name.
fn is_name(cell: &str) -> bool {
    let name = cell.trim().to_lowercase();
    name.contains("code") || name.contains("coupon") || name.contains(' ') || name.is_empty()
}

fn numbered(count: usize) -> Vec<String> {
    vec![String::new(); count]
}

fn named(name: String, at: usize) -> String {
    let name = name.trim();
    if name.is_empty() { format!("Column {at}") } else { name.chars().take(120).collect() }
}
