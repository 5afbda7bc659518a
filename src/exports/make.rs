//! The job that makes an export: reads its rows page by page, writes them, and puts the file into the database.

use super::ask::subject;
use super::source::Source;
use super::subject::Subject;
use super::{LIVES, letter, queries};
use crate::audit::{self, Actor, ActorKind, Change, Entry};
use crate::calendar;
use crate::clock;
use crate::db::tables::exports::Model;
use crate::db::{self, Db};
use crate::error::Error;
use crate::files::{self, Writer};
use crate::jobs::{self, Failure, Job, Kind, Lane, New, Step, Stepping};
use crate::money::grouped;
use crate::sheets::{Book, Format, Layout};
use crate::tenants::{self, Tenant};
use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::{Value, json};
use std::path::PathBuf;
use std::time::{Duration, Instant};
use uuid::Uuid;

/// The word in the rows.
pub const WORD: &str = "export.make";
/// How often whoever watches is told how far it is.
const TOLD_EVERY: Duration = Duration::from_millis(400);

/// Makes exports.
#[derive(Clone, Debug)]
pub struct Make {
    db: Db,
    folder: PathBuf,
    most_rows: u32,
}

#[derive(Deserialize)]
struct Payload {
    export: Uuid,
}

impl Make {
    /// On this database; workbooks are put together in this folder.
    #[must_use]
    pub fn new(db: &Db, folder: PathBuf) -> Self {
        Self { db: db.clone(), folder, most_rows: crate::sheets::xlsx::MOST_ROWS }
    }

    /// The same with shorter sheets, for tests.
    #[must_use]
    pub fn with_sheets_of(self, most_rows: u32) -> Self {
        Self { most_rows, ..self }
    }

    async fn whole(&self, job: &Job, now: DateTime<Utc>) -> Result<Step, Failure> {
        let (began, gone) = (Instant::now(), |what: &str| Failure::Final(format!("The {what} is not there any more.")));
        let Payload { export } = job.payload()?;
        let tenant = tenants::queries::by_id(self.db.read(), job.tenant_id.unwrap_or_default()).await?;
        let tenant = tenant.ok_or_else(|| gone("tenant"))?;
        // Deleted while it waited, or finished by a process that died before it could say so.
        let found = queries::anybodys(self.db.read(), tenant.id, export).await?;
        let Some(row) = found.filter(|row| row.finished_at.is_none()) else { return Ok(Step::Done) };
        let unknown = || Failure::Final("This version does not know such an export.".to_owned());
        let what = Subject::from_word(&row.subject).zip(Format::from_word(&row.format)).ok_or_else(unknown)?;
        let mut file = self.begin(&tenant, &row, what, now).await?;
        let written = self.write(job, &tenant, &row, what, &mut file).await;
        // Deleted in the middle of it, with its file: nobody wants it, and nothing failed.
        if written.is_err() && queries::anybodys(self.db.read(), tenant.id, export).await?.is_none() {
            files::remove(&self.db, tenant.id, file.id()).await?;
            return Ok(Step::Done);
        }
        let read = written?;
        self.end(job, row, file, read, clock::after(now, began)).await?;
        Ok(Step::Done)
    }

    /// A new file, in place of what an earlier try left. Whoever still writes to that one cannot go on.
    async fn begin(
        &self,
        tenant: &Tenant,
        row: &Model,
        (what, format): (Subject, Format),
        now: DateTime<Utc>,
    ) -> Result<Writer, Failure> {
        if let Some(left) = row.file_id {
            files::remove(&self.db, tenant.id, left).await?;
        }
        let day = row.created_at.with_timezone(&tenant.zone).format("%Y-%m-%d");
        let name = format!("{}-{day}.{}", what.file_name(), format.word());
        let new = files::New { tenant: tenant.id, name, media_type: format.media_type().to_owned() };
        let file = Writer::create(&self.db, new, now).await?;
        let tx = self.db.begin().await?;
        queries::begun(&tx, row, file.id()).await?;
        db::commit(tx).await?;
        Ok(file)
    }

    /// Everything there was when it was asked for; how many rows.
    async fn write(
        &self,
        job: &Job,
        tenant: &Tenant,
        row: &Model,
        (what, format): (Subject, Format),
        file: &mut Writer,
    ) -> Result<i64, Failure> {
        let filter = serde_json::from_value(row.filter.clone()).map_err(|error| Error::Internal(error.into()))?;
        let mut source = Source::open(&self.db, tenant, (what, filter), row.created_at).await?;
        let total = source.total().await?;
        let layout = Layout {
            most_rows: self.most_rows,
            ..Layout::new(row.label.clone(), what.label(), source.columns(), tenant.zone, self.folder.clone())
        };
        let mut book = Book::open(format, layout, file).await?;
        let (mut rows, mut read, mut told) = (0, 0, Instant::now());
        job.tell(&self.db, (read, total)).await?;
        while let Some(page) = source.next().await? {
            rows += i64::try_from(page.rows.len()).unwrap_or_default();
            read += page.read;
            book.rows(page.rows, file).await?;
            if told.elapsed() > TOLD_EVERY {
                // More may have come since they were counted.
                job.tell(&self.db, (read, total.map(|total| total.max(read)))).await?;
                told = Instant::now();
            }
        }
        book.finish(about(tenant, row, rows), file).await?;
        Ok(rows)
    }

    /// The file is whole: from now on it is there, and its owner is told.
    async fn end(&self, job: &Job, row: Model, file: Writer, rows: i64, now: DateTime<Utc>) -> Result<(), Failure> {
        let (tenant, id, until) = (row.tenant_id, file.id(), now + LIVES);
        let tx = self.db.begin().await?;
        let file = file.finish(&tx, until, now).await?;
        if !queries::finished(&tx, &row, (rows, file.size), until, now).await? {
            // Deleted meanwhile: nobody wants it.
            drop(tx);
            return Ok(files::remove(&self.db, tenant, id).await?);
        }
        let changes = vec![
            Change::new("format", (), row.format.clone()),
            Change::new("rows", (), rows),
            Change::new("bytes", (), file.size),
        ];
        audit::record(&tx, &actor(&row), tenant, Entry { action: "export.finished", changes, ..subject(&row) }, now)
            .await?;
        if row.owner.starts_with("user:") {
            let letter = New {
                kind: letter::WORD,
                tenant: Some(tenant),
                label: format!("Mail: {} is ready", row.label),
                link: Some("/dashboard/exports".to_owned()),
                payload: json!({ "export": row.id }),
                run_at: Some(row.created_at),
                ..New::default()
            };
            jobs::enqueue(&tx, letter, now).await?;
        }
        job.keep(&tx, &Value::Null, (rows, Some(rows)), now).await?;
        Ok(db::commit(tx).await?)
    }
}

/// Whoever asked for it, without the request, which is over long since.
fn actor(row: &Model) -> Actor {
    let (kind, id) = row.owner.split_once(':').unwrap_or_default();
    let kind = if kind == "key" { ActorKind::Key } else { ActorKind::User };
    Actor { kind, id: id.parse().ok(), label: row.created_by.clone(), request_id: String::new() }
}

/// What a workbook says of itself.
fn about(tenant: &Tenant, row: &Model, rows: i64) -> Vec<(&'static str, String)> {
    vec![
        ("What", row.label.clone()),
        ("Of", tenant.row.name.clone()),
        ("Asked for by", row.created_by.clone()),
        ("As of", calendar::moment(row.created_at, tenant.zone)),
        ("Rows", grouped(rows)),
        ("Times are in", tenant.zone.name().to_owned()),
        ("Money is in", tenant.currency.to_string()),
    ]
}

impl Kind for Make {
    fn word(&self) -> &'static str {
        WORD
    }

    fn label(&self) -> &'static str {
        "Export"
    }

    fn lane(&self) -> Lane {
        Lane::Long
    }

    /// What a try left unfinished, the next one removes.
    fn may_be_cut(&self) -> bool {
        true
    }

    fn step<'a>(&'a self, job: &'a Job, now: DateTime<Utc>) -> Stepping<'a> {
        Box::pin(self.whole(job, now))
    }
}
