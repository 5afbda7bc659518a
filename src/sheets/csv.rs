//! Rows as lines: RFC 4180, UTF-8 with a byte order mark.

use super::cell::{self, Cell, Column, Row};
use super::formula;
use crate::error::Error;
use ::csv::{Terminator, WriterBuilder};
use anyhow::anyhow;
use chrono::{DateTime, SecondsFormat, SubsecRound, Utc};
use chrono_tz::Tz;
use std::borrow::Cow;

/// Says that it is UTF-8.
const MARK: &[u8] = "\u{feff}".as_bytes();

/// The first line, with the mark before it.
///
/// # Errors
/// Never, as far as memory goes.
pub fn head(columns: &[Column]) -> Result<Vec<u8>, Error> {
    let mut bytes = MARK.to_vec();
    bytes.extend(written([columns.iter().map(|column| Cow::Borrowed(column.name))])?);
    Ok(bytes)
}

/// A line for each row.
///
/// # Errors
/// Never, as far as memory goes.
pub fn lines(rows: &[Row], zone: Tz) -> Result<Vec<u8>, Error> {
    written(rows.iter().map(|row| row.iter().map(|cell| shown(cell, zone))))
}

fn written<'a>(rows: impl IntoIterator<Item = impl Iterator<Item = Cow<'a, str>>>) -> Result<Vec<u8>, Error> {
    let mut writer = WriterBuilder::new().terminator(Terminator::CRLF).from_writer(Vec::new());
    for row in rows {
        for field in row {
            writer.write_field(field.as_bytes()).map_err(broken)?;
        }
        writer.write_record(None::<&[u8]>).map_err(broken)?;
    }
    writer.into_inner().map_err(|error| Error::Internal(anyhow!("a line could not be written: {error}")))
}

fn broken(error: ::csv::Error) -> Error {
    Error::Internal(error.into())
}

fn shown(cell: &Cell, zone: Tz) -> Cow<'_, str> {
    match cell {
        Cell::Empty => Cow::Borrowed(""),
        Cell::Text(text) => formula::disarmed(text),
        Cell::Whole(number) => Cow::Owned(number.to_string()),
        Cell::Decimal(units, decimals) => Cow::Owned(cell::decimal(*units, *decimals)),
        Cell::Time(instant) => Cow::Owned(time(*instant, zone)),
    }
}

fn time(instant: DateTime<Utc>, zone: Tz) -> String {
    instant.trunc_subsecs(0).with_timezone(&zone).to_rfc3339_opts(SecondsFormat::Secs, false)
}

#[cfg(test)]
mod tests {
    use super::super::{Cell, Column};
    use super::{head, lines};
    use chrono_tz::Asia::Kolkata;

    fn one(cell: Cell) -> String {
        String::from_utf8(lines(&[vec![cell]], Kolkata).unwrap()).unwrap()
    }

    #[test]
    fn the_first_line_says_the_encoding_and_the_names() {
        let columns = ["code", "uses"].map(|name| Column { name, width: 10 });
        assert_eq!(head(&columns).unwrap(), "\u{feff}code,uses\r\n".as_bytes());
    }

    #[test]
    fn formulas_are_words_and_numbers_stay_numbers() {
        assert_eq!(
            (one(Cell::text("=1+1")), one(Cell::text("x;@SUM(A1)"))),
            ("'=1+1\r\n".into(), "x;'@SUM(A1)\r\n".into())
        );
        assert_eq!((one(Cell::Whole(-7)), one(Cell::Decimal(-1250, 2))), ("-7\r\n".into(), "-12.50\r\n".into()));
        assert_eq!(one(Cell::text("a=b")), "a=b\r\n");
    }

    #[test]
    fn what_has_to_be_quoted_is_quoted() {
        let row = vec![Cell::text("a,b"), Cell::text("say \"so\""), Cell::text("two\nlines"), Cell::Empty];
        let line = String::from_utf8(lines(&[row], Kolkata).unwrap()).unwrap();
        assert_eq!(line, "\"a,b\",\"say \"\"so\"\"\",\"two\nlines\",\r\n");
    }

    #[test]
    fn a_time_has_the_offset_of_the_zone() {
        let at = "2026-11-21T05:02:22.989075Z".parse().unwrap();
        assert_eq!(one(Cell::Time(at)), "2026-11-21T10:32:22+05:30\r\n");
    }
}
