//! Where the database stands. Between two equal standings nothing was committed, by whichever process, so that what was
//! read at the first is what would be read at the second.
//!
//! SQLite tells it in microseconds, by the counter behind `PRAGMA data_version`, to a connection that never writes.
//! PostgreSQL tells it by its snapshot, which is one message for all who ask at the same time: it names every transaction
//! that has ended, so that each one that writes leaves another.

use crate::db::together::{Answers, Together};
use crate::error::Error;
use anyhow::anyhow;
use rusqlite::{Connection, OpenFlags};
use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, Statement};
use std::fmt;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::time::timeout;

/// A database that takes longer to say where it stands is better asked what is wanted of it.
const LONGEST: Duration = Duration::from_millis(500);

/// Where the database stood. A later one is greater.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Standing(u64);

#[cfg(test)]
impl Standing {
    pub(super) const fn of(number: u64) -> Self {
        Self(number)
    }
}

/// What a database says of where it stands, numbered as it changes.
#[derive(Default)]
pub(super) struct Numbered<T> {
    said: T,
    standing: Standing,
}

impl<T: PartialEq> Numbered<T> {
    fn number(&mut self, said: T) -> Standing {
        if self.said != said {
            *self = Self { said, standing: Standing(self.standing.0 + 1) };
        }
        self.standing
    }
}

/// Where it is asked; clones share it.
#[derive(Clone)]
pub(super) enum Standings {
    Sqlite(Arc<Mutex<Option<(Connection, Numbered<i64>)>>>),
    Postgres(Together<Snapshots>),
}

impl fmt::Debug for Standings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Standings")
    }
}

impl Standings {
    /// Beside the other connections to this file.
    pub(super) fn of_sqlite(path: &Path) -> rusqlite::Result<Self> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(path, flags)?;
        connection.pragma_update(None, "query_only", true)?;
        Ok(Self::Sqlite(Arc::new(Mutex::new(Some((connection, Numbered::default()))))))
    }

    /// Through these connections.
    pub(super) fn of_postgres(read: DatabaseConnection) -> Self {
        Self::Postgres(Together::in_turn(Snapshots { read, numbered: Mutex::default() }))
    }

    /// Where it stands now; `None` when it does not say.
    pub(super) async fn now(&self) -> Option<Standing> {
        match self {
            Self::Sqlite(connection) => {
                let mut connection = connection.lock().unwrap_or_else(PoisonError::into_inner);
                let (connection, versions) = connection.as_mut()?;
                let version = connection.prepare_cached("PRAGMA data_version").ok()?.query_row([], |row| row.get(0));
                version.ok().map(|version| versions.number(version))
            }
            Self::Postgres(snapshots) => snapshots.ask(()).await.ok(),
        }
    }

    /// Closes what it opened: the last connection to leave folds SQLite's log into the database.
    pub(super) fn close(&self) {
        if let Self::Sqlite(connection) = self {
            drop(connection.lock().unwrap_or_else(PoisonError::into_inner).take());
        }
    }
}

/// Who asks PostgreSQL.
pub(super) struct Snapshots {
    read: DatabaseConnection,
    numbered: Mutex<Numbered<String>>,
}

impl Answers for Snapshots {
    type Question = ();
    type Answer = Standing;

    async fn answer(&self, asked: &[()]) -> Result<Vec<Standing>, Error> {
        let ask = Statement::from_string(DbBackend::Postgres, "SELECT pg_current_snapshot()::text");
        let late = |_| Error::Unavailable(anyhow!("the database did not say in time where it stands"));
        let row = timeout(LONGEST, self.read.query_one_raw(ask)).await.map_err(late)??;
        let row = row.ok_or_else(|| anyhow!("the database has no snapshot"))?;
        let mut numbered = self.numbered.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(vec![numbered.number(row.try_get_by_index(0)?); asked.len()])
    }
}
