//! Excel workbooks, cell by cell. What they unpack to is measured before anything else opens them.

use super::{MOST_COLUMNS, MOST_ROWS, Record, Sink, UNPACKED, Unreadable};
use calamine::{DataRef, Reader, Xlsx, XlsxError};
use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Parts of a workbook.
const MOST_PARTS: usize = 10_000;
/// Whole numbers above it have lost digits on their way through a sheet.
const EXACT: f64 = 1e15;

/// The names of the sheets, once it is certain that the workbook may be opened: unpacked it is at most [`UNPACKED`] times
/// as large as a file may be, and what is kept in memory (the shared texts) at most twice.
pub(super) fn sheets(file: &mut File, largest: u64) -> Result<Vec<String>, Unreadable> {
    measure(file, largest)?;
    guarded(|| {
        let book = open(file)?;
        Ok(book.sheet_names())
    })
}

/// Every row of a sheet to `sink`, without those that are empty.
pub(super) fn each(file: &mut File, sheet: &str, sink: &mut Sink<'_>) -> Result<(), Unreadable> {
    guarded(|| {
        let mut book = open(file)?;
        let mut cells = book.worksheet_cells_reader(sheet).map_err(|_| Unreadable::NoSheet(sheet.to_owned()))?;
        let mut row = Record::default();
        let mut rows = 0;
        while let Some(cell) = cells.next_cell().map_err(broken)? {
            let (number, column) = cell.get_position();
            let (number, column) = (i64::from(number) + 1, usize::try_from(column).unwrap_or(usize::MAX));
            let text = text(cell.get_value());
            if number != row.number {
                if !is_blank(&row) && sink(std::mem::take(&mut row))?.is_break() {
                    return Ok(());
                }
                rows += 1;
                row = Record { number, ..Record::default() };
            }
            if rows > MOST_ROWS {
                return Err(Unreadable::TooManyRows);
            }
            if text.is_empty() {
                continue;
            }
            if column >= MOST_COLUMNS {
                return Err(Unreadable::TooManyColumns(number));
            }
            if row.cells.len() <= column {
                row.cells.resize(column + 1, String::new());
            }
            if let Some(place) = row.cells.get_mut(column) {
                *place = text;
            }
        }
        if !is_blank(&row) {
            _ = sink(row)?;
        }
        Ok(())
    })
}

fn is_blank(row: &Record) -> bool {
    row.cells.iter().all(|cell| cell.trim().is_empty())
}

fn open(file: &mut File) -> Result<Xlsx<BufReader<&mut File>>, Unreadable> {
    file.seek(SeekFrom::Start(0))?;
    Xlsx::new(BufReader::new(file)).map_err(broken)
}

fn broken(error: XlsxError) -> Unreadable {
    tracing::debug!(%error, "a workbook cannot be read");
    match error {
        XlsxError::Password => Unreadable::OldWorkbook,
        _ => Unreadable::NoWorkbook,
    }
}

/// A reader of other people's files may panic; that is one more way in which a file is broken.
fn guarded<T>(read: impl FnOnce() -> Result<T, Unreadable>) -> Result<T, Unreadable> {
    catch_unwind(AssertUnwindSafe(read)).unwrap_or(Err(Unreadable::NoWorkbook))
}

/// Unpacks everything once into nothing, whatever sizes the file claims.
fn measure(file: &mut File, largest: u64) -> Result<(), Unreadable> {
    file.seek(SeekFrom::Start(0))?;
    let mut archive = zip::ZipArchive::new(BufReader::new(file)).map_err(|_| Unreadable::NoWorkbook)?;
    if archive.len() > MOST_PARTS {
        return Err(Unreadable::Bomb);
    }
    let mut left = largest.saturating_mul(UNPACKED);
    for at in 0..archive.len() {
        let part = archive.by_index(at).map_err(|_| Unreadable::NoWorkbook)?;
        let is_sheet = part.name().is_ok_and(|name| name.contains("worksheets/"));
        let most = if is_sheet { left } else { left.min(largest.saturating_mul(2)) };
        // Most bombs say how large they are; the others are found out.
        if part.size() > most {
            return Err(Unreadable::Bomb);
        }
        let size = io::copy(&mut part.take(most + 1), &mut io::sink()).map_err(|_| Unreadable::NoWorkbook)?;
        if size > most {
            return Err(Unreadable::Bomb);
        }
        left -= size;
    }
    Ok(())
}

/// A cell as a person would type it: dates as 2026-12-31, numbers without needless decimals.
fn text(value: &DataRef<'_>) -> String {
    match value {
        DataRef::Empty => String::new(),
        DataRef::Int(number) => number.to_string(),
        DataRef::Float(number) => float(*number),
        DataRef::String(text) => text.clone(),
        DataRef::SharedString(text) => (*text).to_owned(),
        DataRef::Bool(yes) => yes.to_string(),
        DataRef::DateTime(moment) if moment.is_datetime() => {
            let (year, month, day, hour, minute, second, _) = moment.to_ymd_hms_milli();
            match (hour, minute, second) {
                (0, 0, 0) => format!("{year:04}-{month:02}-{day:02}"),
                _ => format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}"),
            }
        }
        DataRef::DateTime(moment) => float(moment.as_f64()),
        DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => text.clone(),
        DataRef::Error(error) => error.to_string(),
    }
}

fn float(number: f64) -> String {
    if number.abs() >= EXACT { format!("{number:.5E}").replace('E', "E+") } else { number.to_string() }
}
