//! Where the database stands. Between two equal standings nothing was committed, by whichever process, so that what was
//! read at the first is what would be read at the second.
//!
//! SQLite tells it in microseconds, by the counter behind `PRAGMA data_version`, to a connection that never writes.
//! PostgreSQL tells it by its snapshot, which names every transaction that has ended, so that each one that writes leaves
//! another. Either is asked once for all who wait on the same thread: to wake somebody on another one costs more than the
//! answer.

use crate::db::together::{Answers, Together};
use crate::error::Error;
use anyhow::anyhow;
use rusqlite::{Connection, OpenFlags};
use sea_orm::sqlx::postgres::{PgConnectOptions, PgConnection};
use sea_orm::sqlx::{self, ConnectOptions};
use std::fmt;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use thread_local::ThreadLocal;
use tokio::time::timeout;

/// A database that takes longer to say where it stands is better asked what is wanted of it.
const LONGEST: Duration = Duration::from_millis(500);

/// So many threads have a connection to PostgreSQL of their own.
const OWNERS_ON_POSTGRES: usize = 4;

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
struct Numbered<T> {
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
pub(super) struct Standings(Arc<Threads>);

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
        let versions = Arc::new(Mutex::new(Some((connection, Numbered::default()))));
        Ok(Self(Threads::of(Asked::Sqlite(versions))))
    }

    /// Through connections of its own, which are opened when they are needed.
    pub(super) fn of_postgres(options: PgConnectOptions) -> Self {
        Self(Threads::of(Asked::Postgres(Box::new(Snapshots::of(options)))))
    }

    /// Where it stands now; `None` when it does not say.
    pub(super) async fn now(&self) -> Option<Standing> {
        self.0.mine().ask(()).await.ok()
    }

    /// Closes what it opened: the last connection to leave folds SQLite's log into the database.
    pub(super) fn close(&self) {
        if let Asked::Sqlite(versions) = &self.0.asked {
            drop(versions.lock().unwrap_or_else(PoisonError::into_inner).take());
        }
    }
}

/// Where each thread asks.
struct Threads {
    asked: Asked,
    own: ThreadLocal<Option<Together<Asked>>>,
    /// How many threads have come.
    came: AtomicUsize,
    /// For those that have none of their own, or none that lives.
    shared: Together<Asked>,
}

impl Threads {
    fn of(asked: Asked) -> Arc<Self> {
        let shared = Together::in_turn(asked.another());
        Arc::new(Self { asked, own: ThreadLocal::new(), came: AtomicUsize::default(), shared })
    }

    fn mine(&self) -> &Together<Asked> {
        let own = self.own.get_or(|| {
            let is_early = self.came.fetch_add(1, Ordering::Relaxed) < self.asked.owners();
            is_early.then(|| Together::in_turn(self.asked.another()))
        });
        // A thread may have inherited that of one that has ended, with whose runtime it ended too.
        own.as_ref().filter(|own| own.is_open()).unwrap_or(&self.shared)
    }
}

/// Who is asked.
enum Asked {
    Sqlite(Arc<Mutex<Option<(Connection, Numbered<i64>)>>>),
    Postgres(Box<Snapshots>),
}

impl Asked {
    /// For another thread. The standings of all are numbered together.
    fn another(&self) -> Self {
        match self {
            Self::Sqlite(versions) => Self::Sqlite(versions.clone()),
            Self::Postgres(snapshots) => Self::Postgres(Box::new(snapshots.another())),
        }
    }

    /// How many threads may ask beside each other.
    fn owners(&self) -> usize {
        match self {
            Self::Sqlite(_) => usize::MAX,
            Self::Postgres(_) => OWNERS_ON_POSTGRES,
        }
    }
}

impl Answers for Asked {
    type Question = ();
    type Answer = Standing;

    async fn answer(&self, asked: &[()]) -> Result<Vec<Standing>, Error> {
        let standing = match self {
            Self::Sqlite(versions) => {
                let mut versions = versions.lock().unwrap_or_else(PoisonError::into_inner);
                let closed = || Error::Unavailable(anyhow!("the database is closed"));
                let (connection, versions) = versions.as_mut().ok_or_else(closed)?;
                let silent = |error: rusqlite::Error| Error::Unavailable(error.into());
                let mut version = connection.prepare_cached("PRAGMA data_version").map_err(silent)?;
                versions.number(version.query_row([], |row| row.get(0)).map_err(silent)?)
            }
            Self::Postgres(snapshots) => snapshots.standing().await?,
        };
        Ok(vec![standing; asked.len()])
    }
}

/// PostgreSQL's snapshots, read by one after the other.
struct Snapshots {
    options: PgConnectOptions,
    connection: tokio::sync::Mutex<Option<PgConnection>>,
    numbered: Arc<Mutex<Numbered<String>>>,
}

impl Snapshots {
    fn of(options: PgConnectOptions) -> Self {
        Self { options, connection: tokio::sync::Mutex::default(), numbered: Arc::default() }
    }

    fn another(&self) -> Self {
        Self { numbered: self.numbered.clone(), ..Self::of(self.options.clone()) }
    }

    async fn standing(&self) -> Result<Standing, Error> {
        let late = |_| Error::Unavailable(anyhow!("the database did not say in time where it stands"));
        let away = |error: sqlx::Error| Error::Unavailable(error.into());
        let said = timeout(LONGEST, self.read()).await.map_err(late)?.map_err(away)?;
        Ok(self.numbered.lock().unwrap_or_else(PoisonError::into_inner).number(said))
    }

    /// A connection that fails, or that does not answer in time, is not put back.
    async fn read(&self) -> Result<String, sqlx::Error> {
        let mut place = self.connection.lock().await;
        let mut connection = match place.take() {
            Some(connection) => connection,
            None => self.options.connect().await?,
        };
        let said = sqlx::query_scalar("SELECT pg_current_snapshot()::text").fetch_one(&mut connection).await?;
        *place = Some(connection);
        Ok(said)
    }
}

#[cfg(test)]
mod tests {
    use super::Standings;
    use std::thread;
    use tokio::runtime::Builder;

    #[tokio::test(flavor = "multi_thread", worker_threads = 1)]
    async fn a_thread_that_comes_after_another_has_ended_is_answered_too() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("vouchsafe.db");
        std::fs::File::create(&file).unwrap();
        let standings = Standings::of_sqlite(&file).unwrap();
        standings.now().await.unwrap();
        for _ in 0..3 {
            let standings = standings.clone();
            let ask = || {
                Builder::new_current_thread()
                    .enable_all()
                    .build()
                    .unwrap()
                    .block_on(async move { standings.now().await })
            };
            assert!(thread::spawn(ask).join().unwrap().is_some());
        }
    }
}
