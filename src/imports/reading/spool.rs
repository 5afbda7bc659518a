//! The records of a file, taken apart once and kept beside it, to be gone through piece by piece.

use super::{Reading, Record, Unreadable, each};
use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Seek, SeekFrom, Write};
use std::ops::ControlFlow;

/// Records in a file of this process that nobody else sees and that goes with it.
pub struct Spool {
    lines: BufReader<File>,
    /// How many records there are, without the names of the columns.
    pub rows: i64,
    /// How many were taken.
    pub taken: i64,
}

impl Spool {
    /// Takes a file apart.
    ///
    /// # Errors
    /// [`Unreadable`].
    pub fn of(file: &mut File, reading: &Reading) -> Result<Self, Unreadable> {
        let mut kept = BufWriter::new(tempfile::tempfile()?);
        let (mut rows, mut head) = (0, reading.header);
        each(file, reading, &mut |record| {
            if !std::mem::take(&mut head) {
                rows += 1;
                serde_json::to_writer(&mut kept, &record)?;
                kept.write_all(b"\n")?;
            }
            Ok(ControlFlow::Continue(()))
        })?;
        let mut kept = kept.into_inner().map_err(std::io::IntoInnerError::into_error)?;
        kept.seek(SeekFrom::Start(0))?;
        if rows == 0 {
            return Err(Unreadable::Empty);
        }
        Ok(Self { lines: BufReader::new(kept), rows, taken: 0 })
    }

    /// The next records, at most so many; none at the end.
    ///
    /// # Errors
    /// When the copy cannot be read.
    pub fn take(&mut self, most: usize) -> std::io::Result<Vec<Record>> {
        let mut records = Vec::new();
        let mut line = String::new();
        while records.len() < most {
            line.clear();
            if self.lines.read_line(&mut line)? == 0 {
                break;
            }
            records.push(serde_json::from_str(&line)?);
            self.taken += 1;
        }
        Ok(records)
    }

    /// Goes on after so many records.
    ///
    /// # Errors
    /// When the copy cannot be read.
    pub fn skip_to(&mut self, taken: i64) -> std::io::Result<()> {
        if taken < self.taken {
            self.lines.seek(SeekFrom::Start(0))?;
            self.taken = 0;
        }
        let mut line = Vec::new();
        while self.taken < taken {
            line.clear();
            if self.lines.read_until(b'\n', &mut line)? == 0 {
                break;
            }
            self.taken += 1;
        }
        Ok(())
    }
}

impl std::fmt::Debug for Spool {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Spool").field("rows", &self.rows).field("taken", &self.taken).finish_non_exhaustive()
    }
}
