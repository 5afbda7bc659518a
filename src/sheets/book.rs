//! Whatever the format: rows go in, and bytes come out into a file.

use super::cell::{Column, Row};
use super::xlsx::{MOST_ROWS, Xlsx};
use super::{Format, csv};
use crate::error::Error;
use crate::files::{CHUNK, Writer};
use anyhow::anyhow;
use chrono_tz::Tz;
use std::io::{self, Write};
use std::path::PathBuf;
use tokio::sync::mpsc::{self, Receiver, Sender};
use tokio::task::{JoinHandle, spawn_blocking};

/// Sets of rows that wait to be written, while the next is read.
const WAITING: usize = 2;

/// What is the same for all rows.
#[derive(Clone, Debug)]
pub struct Layout {
    /// What the whole is about.
    pub title: String,
    /// What a sheet is called.
    pub sheet: &'static str,
    /// The columns.
    pub columns: &'static [Column],
    /// Times are shown in this zone.
    pub zone: Tz,
    /// Rows of one sheet, with the names; [`MOST_ROWS`] but for tests.
    pub most_rows: u32,
    /// Where a workbook is put together: while it is written it takes some ten times the
    /// space that it has in the end, in files without a name.
    pub folder: PathBuf,
}

impl Layout {
    /// Sheets as long as they can be.
    #[must_use]
    pub fn new(title: String, sheet: &'static str, columns: &'static [Column], zone: Tz, folder: PathBuf) -> Self {
        Self { title, sheet, columns, zone, most_rows: MOST_ROWS, folder }
    }
}

/// A file of rows that is being written.
pub enum Book {
    /// Lines, which go to the file as they come.
    Csv(Layout),
    /// A workbook, which goes to the file at its end.
    Xlsx(Binder),
}

/// A thread of its own that writes a workbook: it writes while the next rows are read.
pub struct Binder {
    rows: Sender<Part>,
    bytes: Receiver<Vec<u8>>,
    done: JoinHandle<Result<(), Error>>,
}

enum Part {
    Rows(Vec<Row>),
    End(Vec<(&'static str, String)>),
}

/// Where the bytes of a workbook come out, in chunks.
struct Outlet {
    bytes: Sender<Vec<u8>>,
    waiting: Vec<u8>,
}

impl Book {
    /// Begins it with its names.
    ///
    /// # Errors
    /// When the file does not take them.
    pub async fn open(format: Format, layout: Layout, file: &mut Writer) -> Result<Self, Error> {
        match format {
            Format::Csv => {
                file.write(&csv::head(layout.columns)?).await?;
                Ok(Self::Csv(layout))
            }
            Format::Xlsx => {
                let ((rows, coming), (out, bytes)) = (mpsc::channel(WAITING), mpsc::channel(WAITING));
                let done = spawn_blocking(move || bind(layout, coming, out).map_err(Error::Internal));
                Ok(Self::Xlsx(Binder { rows, bytes, done }))
            }
        }
    }

    /// Writes rows.
    ///
    /// # Errors
    /// When the file or the disk does not take them.
    pub async fn rows(&mut self, rows: Vec<Row>, file: &mut Writer) -> Result<(), Error> {
        match self {
            Self::Csv(layout) => file.write(&csv::lines(&rows, layout.zone)?).await,
            Self::Xlsx(binder) => binder.give(Part::Rows(rows)).await,
        }
    }

    /// Ends it; a workbook says in a last sheet what it is.
    ///
    /// # Errors
    /// As [`Book::rows`].
    pub async fn finish(self, about: Vec<(&'static str, String)>, file: &mut Writer) -> Result<(), Error> {
        let Self::Xlsx(mut binder) = self else { return Ok(()) };
        binder.give(Part::End(about)).await?;
        while let Some(bytes) = binder.bytes.recv().await {
            file.write(&bytes).await?;
        }
        binder.done().await
    }
}

impl Binder {
    async fn give(&mut self, part: Part) -> Result<(), Error> {
        if self.rows.send(part).await.is_ok() {
            return Ok(());
        }
        // It is gone, and says why.
        self.done().await.and(Err(Error::Internal(anyhow!("a workbook ended early"))))
    }

    async fn done(&mut self) -> Result<(), Error> {
        (&mut self.done).await.unwrap_or_else(|_| Err(Error::Internal(anyhow!("writing a workbook panicked"))))
    }
}

/// Writes what comes, until its end. Whoever drops the other side wants no workbook any more.
fn bind(layout: Layout, mut coming: Receiver<Part>, bytes: Sender<Vec<u8>>) -> anyhow::Result<()> {
    let mut book = Xlsx::new(layout)?;
    loop {
        match coming.blocking_recv() {
            Some(Part::Rows(rows)) => book.rows(&rows)?,
            Some(Part::End(about)) => {
                let mut out = Outlet { bytes, waiting: Vec::with_capacity(CHUNK) };
                book.finish(&about, &mut out)?;
                return Ok(out.flush()?);
            }
            None => return Err(anyhow!("nobody wants this workbook any more")),
        }
    }
}

impl Write for Outlet {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let fit = bytes.len().min(CHUNK - self.waiting.len());
        self.waiting.extend_from_slice(bytes.get(..fit).unwrap_or_default());
        if self.waiting.len() == CHUNK {
            self.flush()?;
        }
        Ok(fit)
    }

    fn flush(&mut self) -> io::Result<()> {
        let chunk = std::mem::replace(&mut self.waiting, Vec::with_capacity(CHUNK));
        self.bytes.blocking_send(chunk).map_err(|_| io::ErrorKind::BrokenPipe.into())
    }
}
