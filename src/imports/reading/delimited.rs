//! CSV and its kin, strictly: a quote that is not closed where it should be is told with its line, and costs that row only.
//!
//! Forgiving readers take an open quote for a very long cell, which makes one row of many without a word. Here the row in
//! which it opens is broken, and reading goes on with the next line.

use super::lines::{Line, Lines};
use super::{LONGEST_ROW, MOST_BROKEN, MOST_COLUMNS, MOST_ROWS, Reading, Record, Separator, Sink, Unreadable};
use std::collections::VecDeque;
use std::io::{self, Read};

/// Every row to `sink`, without those that are blank.
pub(super) fn each(source: impl Read, reading: &Reading, sink: &mut Sink<'_>) -> Result<(), Unreadable> {
    let mut records = Records::new(Lines::new(source, reading.encoding), reading.separator.char());
    let mut rows = 0;
    while let Some(record) = records.next()? {
        rows += 1;
        if rows > MOST_ROWS {
            return Err(Unreadable::TooManyRows);
        }
        if record.cells.len() > MOST_COLUMNS {
            return Err(Unreadable::TooManyColumns(record.number));
        }
        if records.broken > MOST_BROKEN {
            return Err(Unreadable::TooManyBroken(record.number));
        }
        if sink(record)?.is_break() {
            return Ok(());
        }
    }
    Ok(())
}

/// The separator that cuts most rows of a text into equally many cells.
pub(super) fn guess(text: &str) -> Separator {
    let score = |separator: Separator| {
        let mut records = Records::new(Lines::new(text.as_bytes(), super::Encoding::Utf8), separator.char());
        let mut counts: Vec<usize> = Vec::new();
        while let Ok(Some(record)) = records.next() {
            counts.push(record.cells.len());
            if counts.len() >= 30 {
                break;
            }
        }
        // The text may end within a row.
        if counts.len() > 2 {
            counts.pop();
        }
        let first = counts.first().copied().unwrap_or(1);
        let same = counts.iter().filter(|count| **count == first).count();
        if first < 2 { (0, 0) } else { (same * 100 / counts.len().max(1), first) }
    };
    // The first of equals wins: max_by_key takes the last.
    Separator::ALL.into_iter().rev().max_by_key(|separator| score(*separator)).unwrap_or(Separator::Comma)
}

struct Records<R> {
    lines: Lines<R>,
    separator: char,
    /// Lines that a broken row took too many of.
    back: VecDeque<Line>,
    broken: usize,
}

impl<R: Read> Records<R> {
    fn new(lines: Lines<R>, separator: char) -> Self {
        Self { lines, separator, back: VecDeque::new(), broken: 0 }
    }

    fn line(&mut self) -> io::Result<Option<Line>> {
        match self.back.pop_front() {
            Some(line) => Ok(Some(line)),
            None => self.lines.next(),
        }
    }

    fn next(&mut self) -> io::Result<Option<Record>> {
        while let Some(first) = self.line()? {
            let record = self.record(first)?;
            if record.fault.is_some() || record.cells.iter().any(|cell| !cell.trim().is_empty()) {
                return Ok(Some(record));
            }
        }
        Ok(None)
    }

    /// The row that begins with this line.
    fn record(&mut self, first: Line) -> io::Result<Record> {
        if first.is_cut {
            return Ok(self.break_off(first, Vec::new(), "This line is longer than 64 KiB.".to_owned()));
        }
        let mut row = Row::new(self.separator);
        let mut more: Vec<Line> = Vec::new();
        let mut size = first.text.len();
        loop {
            let line = more.last().unwrap_or(&first);
            match row.feed(&line.text) {
                Fed::Whole => return Ok(Record { number: first.number, cells: row.cells, fault: None }),
                Fed::Open => {}
                Fed::After(letter) => {
                    let fault = format!(
                        "A quote opens in line {} and closes in line {}, where “{letter}” follows it instead of a separator.",
                        row.opened(first.number),
                        line.number
                    );
                    return Ok(self.break_off(first, more, fault));
                }
            }
            match self.line()? {
                Some(next) if !next.is_cut && size + next.text.len() < LONGEST_ROW => {
                    size += next.text.len() + 1;
                    more.push(next);
                }
                other => {
                    more.extend(other);
                    let fault = format!("The quote that opens in line {} is never closed.", row.opened(first.number));
                    return Ok(self.break_off(first, more, fault));
                }
            }
        }
    }

    /// The line alone, cut at its separators; the lines after it are read again.
    fn break_off(&mut self, first: Line, more: Vec<Line>, fault: String) -> Record {
        self.broken += 1;
        more.into_iter().rev().for_each(|line| self.back.push_front(line));
        let cells = first.text.split(self.separator).take(MOST_COLUMNS).map(str::to_owned).collect();
        Record { number: first.number, cells, fault: Some(fault) }
    }
}

/// What a line did to the row under way.
enum Fed {
    Whole,
    /// A quote is open at its end.
    Open,
    /// After a closing quote comes something else than a separator.
    After(char),
}

#[derive(Clone, Copy)]
enum At {
    Start,
    Plain,
    Quoted,
    Closed,
}

/// A row under way (RFC 4180).
struct Row {
    separator: char,
    at: At,
    cells: Vec<String>,
    cell: String,
    /// Lines that are fed, and the one of them in which the last quote opened.
    lines: i64,
    quote: i64,
}

impl Row {
    fn new(separator: char) -> Self {
        Self { separator, at: At::Start, cells: Vec::new(), cell: String::new(), lines: 0, quote: 0 }
    }

    fn opened(&self, first: i64) -> i64 {
        first + self.quote
    }

    fn feed(&mut self, line: &str) -> Fed {
        if self.lines > 0 {
            self.cell.push('\n');
        }
        for letter in line.chars() {
            match (self.at, letter) {
                (At::Quoted, '"') => self.at = At::Closed,
                (At::Quoted, letter) => self.cell.push(letter),
                (At::Closed, '"') => {
                    self.cell.push('"');
                    self.at = At::Quoted;
                }
                (_, letter) if letter == self.separator => {
                    self.cells.push(std::mem::take(&mut self.cell));
                    self.at = At::Start;
                }
                (At::Closed, ' ' | '\t') => {}
                (At::Closed, letter) => return Fed::After(letter),
                (At::Start, '"') => {
                    self.quote = self.lines;
                    self.at = At::Quoted;
                }
                (At::Start | At::Plain, letter) => {
                    self.cell.push(letter);
                    self.at = At::Plain;
                }
            }
        }
        self.lines += 1;
        if matches!(self.at, At::Quoted) {
            return Fed::Open;
        }
        self.cells.push(std::mem::take(&mut self.cell));
        Fed::Whole
    }
}
