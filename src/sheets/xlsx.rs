//! Rows as a workbook. Nothing of it stays in memory: its sheets are written to files without a name, which are gone with
//! the process, and put together at the end.

use super::Layout;
use super::cell::{self, Cell, Row};
use rust_xlsxwriter::{DocProperties, Format, Workbook, Worksheet, XlsxError};
use std::borrow::Cow;
use std::io::Write;

/// What a sheet holds at most, with the row of its names.
pub const MOST_ROWS: u32 = 1_048_576;
/// What a cell holds at most, in UTF-16 units, as spreadsheets count.
const MOST_LETTERS: usize = 32_767;
/// What currencies have at most.
const MOST_DECIMALS: usize = 4;

/// A workbook that is being written.
pub struct Xlsx {
    book: Workbook,
    layout: Layout,
    looks: Looks,
    /// The sheets there are; the last one is being written.
    sheets: usize,
    /// Its next row.
    next: u32,
}

/// How cells look.
struct Looks {
    head: Format,
    time: Format,
    /// By the number of decimals.
    decimals: [Format; MOST_DECIMALS + 1],
}

impl Looks {
    fn new() -> Self {
        let number = |decimals: usize| {
            let point = if decimals == 0 { "" } else { "." };
            Format::new().set_num_format(format!("#,##0{point}{}", "0".repeat(decimals)))
        };
        Self {
            head: Format::new().set_bold(),
            time: Format::new().set_num_format("yyyy\\-mm\\-dd hh:mm:ss"),
            decimals: std::array::from_fn(number),
        }
    }
}

impl Xlsx {
    /// A workbook without rows.
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub fn new(layout: Layout) -> anyhow::Result<Self> {
        let mut book = Workbook::new();
        std::fs::create_dir_all(&layout.folder)?;
        book.set_tempdir(&layout.folder)?;
        book.set_properties(&DocProperties::new().set_title(&layout.title).set_author("Vouchsafe"));
        let mut this = Self { book, layout, looks: Looks::new(), sheets: 0, next: 0 };
        this.begin_sheet()?;
        Ok(this)
    }

    /// The next sheet, with its names.
    fn begin_sheet(&mut self) -> Result<(), XlsxError> {
        self.sheets += 1;
        let name = match self.sheets {
            1 => self.layout.sheet.to_owned(),
            number => format!("{} {number}", self.layout.sheet),
        };
        let sheet = self.book.add_worksheet_with_constant_memory()?;
        sheet.set_name(name)?.set_freeze_panes(1, 0)?;
        for (at, column) in (0..).zip(self.layout.columns) {
            sheet.set_column_width(at, column.width)?;
        }
        for (at, column) in (0..).zip(self.layout.columns) {
            sheet.write_string_with_format(0, at, column.name, &self.looks.head)?;
        }
        self.next = 1;
        Ok(())
    }

    /// Writes rows; in another sheet where one is full.
    ///
    /// # Errors
    /// When the disk does not take them.
    pub fn rows(&mut self, rows: &[Row]) -> anyhow::Result<()> {
        let mut left = rows;
        while !left.is_empty() {
            if self.next == self.layout.most_rows {
                self.begin_sheet()?;
            }
            let room = usize::try_from(self.layout.most_rows - self.next).unwrap_or(usize::MAX);
            let (now, later) = left.split_at(left.len().min(room));
            let sheet = self.book.worksheet_from_index(self.sheets - 1)?;
            for row in now {
                for (at, cell) in (0..).zip(row) {
                    write(sheet, (self.next, at), cell, &self.layout, &self.looks)?;
                }
                self.next += 1;
            }
            left = later;
        }
        Ok(())
    }

    /// Puts it together, with a sheet at the end that says what this is.
    ///
    /// # Errors
    /// When `out` does not take it.
    pub fn finish(mut self, about: &[(&'static str, String)], out: impl Write + Send) -> anyhow::Result<()> {
        let sheet = self.book.add_worksheet_with_constant_memory()?;
        sheet.set_name("About")?.set_column_width(0, 16)?.set_column_width(1, 60)?;
        for (row, (name, value)) in (0..).zip(about) {
            sheet.write_string_with_format(row, 0, *name, &self.looks.head)?;
            sheet.write_string(row, 1, clean(value).as_ref())?;
        }
        Ok(self.book.save_to_writer(out)?)
    }
}

fn write(
    sheet: &mut Worksheet,
    (row, at): (u32, u16),
    cell: &Cell,
    layout: &Layout,
    looks: &Looks,
) -> Result<(), XlsxError> {
    match cell {
        Cell::Empty => {}
        Cell::Text(text) => _ = sheet.write_string(row, at, clean(text).as_ref())?,
        Cell::Whole(number) => match cell::kept(*number, 0) {
            Some(number) => _ = sheet.write_number(row, at, number)?,
            None => _ = sheet.write_string(row, at, number.to_string())?,
        },
        Cell::Decimal(units, decimals) => {
            match (cell::kept(*units, *decimals), looks.decimals.get(usize::from(*decimals))) {
                (Some(number), Some(look)) => _ = sheet.write_number_with_format(row, at, number, look)?,
                _ => _ = sheet.write_string(row, at, cell::decimal(*units, *decimals))?,
            }
        }
        Cell::Time(instant) => {
            let serial = cell::serial(cell::local(*instant, layout.zone));
            sheet.write_number_with_format(row, at, serial, &looks.time)?;
        }
    }
    Ok(())
}

/// The text without what XML has no letter for, and not longer than a cell holds.
fn clean(text: &str) -> Cow<'_, str> {
    let is_fine = |letter: char| match letter {
        '\n' | '\t' => true,
        '\u{fffe}' | '\u{ffff}' => false,
        other => other >= ' ',
    };
    if text.len() <= MOST_LETTERS && text.chars().all(is_fine) {
        return Cow::Borrowed(text);
    }
    let one_break = text.replace("\r\n", "\n").replace('\r', "\n");
    let mut kept = String::with_capacity(one_break.len().min(MOST_LETTERS));
    let mut units = 0;
    for letter in one_break.chars() {
        units += letter.len_utf16();
        // Room for the sign that something is missing.
        if units >= MOST_LETTERS {
            kept.push('…');
            break;
        }
        kept.push(if is_fine(letter) { letter } else { '\u{fffd}' });
    }
    Cow::Owned(kept)
}

#[cfg(test)]
mod tests {
    use super::{MOST_LETTERS, clean};

    #[test]
    fn a_text_is_what_a_cell_can_hold() {
        assert_eq!(clean("=1+1 <b>é\n"), "=1+1 <b>é\n");
        assert_eq!(clean("a\r\nb\rc\u{1}d\u{ffff}"), "a\nb\nc\u{fffd}d\u{fffd}");
        let long = clean(&"é".repeat(40_000)).into_owned();
        assert_eq!((long.chars().count(), long.ends_with("é…")), (MOST_LETTERS, true));
        assert!(clean(&"𝄞".repeat(40_000)).encode_utf16().count() <= MOST_LETTERS);
    }
}
