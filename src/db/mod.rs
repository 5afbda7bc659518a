//! The database: SQLite inside, or PostgreSQL.
//!
//! Reads go through [`Db::read`], searches through [`Db::search`] (a scan must not hold up the pages), and every write
//! through [`Db::begin`]. On SQLite there is one writer, which takes its lock at once (`BEGIN IMMEDIATE`), and the
//! readers cannot write.

pub mod bulk;
pub mod kept;
pub mod like;
pub mod newest;
pub mod search;
pub mod standing;
mod statistics;
pub mod tables;
pub mod together;
pub mod values;

use crate::config::Config;
use crate::db::standing::{Standing, Standings};
use crate::error::{self, Error};
use migration::{Migrator, MigratorTrait};
use sea_orm::sqlx::sqlite::{SqliteJournalMode, SqliteSynchronous};
use sea_orm::sqlx::{self, Connection, SqliteConnection};
use sea_orm::{
    AccessMode, ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr,
    IsolationLevel, RuntimeErr, SqliteTransactionMode, TransactionOptions, TransactionTrait,
};
use std::num::NonZero;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

/// How long a request waits for a connection before it is told that the database is busy.
const PATIENCE: Duration = Duration::from_secs(4);
/// A connection that was used so recently is taken as it is; one that broke meanwhile says so at its first statement.
const TRUSTED: Duration = Duration::from_secs(1);
/// How many statements a connection keeps parsed: those of sets come in several sizes.
const KEPT_STATEMENTS: usize = 500;
const READERS: u32 = 6;
const SEARCHERS: u32 = 2;

/// The connections of one process to its database.
#[derive(Clone, Debug)]
pub struct Db {
    read: DatabaseConnection,
    search: DatabaseConnection,
    write: DatabaseConnection,
    standings: Standings,
    /// How many transactions have begun.
    begun: Arc<AtomicUsize>,
}

impl Db {
    /// Opens the database that the configuration names, making the SQLite file where there is none.
    ///
    /// # Errors
    /// When it cannot be reached or is no database.
    pub async fn open(config: &Config) -> anyhow::Result<Self> {
        let db = match &config.database_url {
            Some(url) => Self::open_postgres(url).await?,
            None => {
                std::fs::create_dir_all(&config.data)?;
                Self::open_sqlite(&config.data.join("vouchsafe.db")).await?
            }
        };
        Ok(db)
    }

    async fn open_sqlite(path: &std::path::Path) -> anyhow::Result<Self> {
        let url = format!("sqlite://{}?mode=rwc", path.display());
        let mut writer = options(url.clone(), 1);
        writer.map_sqlx_sqlite_opts(|options| {
            options
                .journal_mode(SqliteJournalMode::Wal)
                .synchronous(if cfg!(feature = "planted-lazy-disk") {
                    SqliteSynchronous::Normal
                } else {
                    SqliteSynchronous::Full
                })
                .foreign_keys(true)
                .busy_timeout(Duration::from_secs(5))
                .statement_cache_capacity(KEPT_STATEMENTS)
                .pragma("cache_size", "-16000")
        });
        writer.map_sqlx_sqlite_pool_opts(|pool| pool.after_release(|connection, _| Box::pin(is_clean(connection))));
        // The writer goes first: only it may switch the file to WAL.
        let write = Database::connect(writer).await?;
        let reader = |connections| {
            let mut reader = options(url.clone(), connections);
            reader.map_sqlx_sqlite_opts(|options| {
                options
                    .foreign_keys(true)
                    .busy_timeout(Duration::from_secs(5))
                    .statement_cache_capacity(KEPT_STATEMENTS)
                    .pragma("query_only", "1")
                    .pragma("cache_size", "-2000")
            });
            Database::connect(reader)
        };
        let (read, search) = (reader(READERS).await?, reader(SEARCHERS).await?);
        Ok(Self { read, search, write, standings: Standings::of_sqlite(path)?, begun: Arc::default() })
    }

    async fn open_postgres(url: &str) -> Result<Self, DbErr> {
        // How a pattern is best searched for depends on the pattern: one plan for all would be slow for most.
        let connect = |connections, planned: &'static str| {
            let mut options = options(url.to_owned(), connections);
            // What is acknowledged is on disk, however the server is set up.
            let durable = if cfg!(feature = "planted-lazy-disk") { "off" } else { "on" };
            options.map_sqlx_postgres_opts(move |options| {
                options.statement_cache_capacity(KEPT_STATEMENTS).options([
                    ("timezone", "UTC"),
                    ("statement_timeout", "15000"),
                    ("lock_timeout", "3000"),
                    ("synchronous_commit", durable),
                    ("plan_cache_mode", planned),
                ])
            });
            Database::connect(options)
        };
        // Reads and writes share theirs: after an outage whichever comes first finds out which of them broke.
        let read = connect(postgres_connections(), "auto").await?;
        let search = connect(SEARCHERS, "force_custom_plan").await?;
        let standings =
            Standings::of_postgres(url.parse().map_err(|error| DbErr::Conn(RuntimeErr::SqlxError(Arc::new(error))))?);
        Ok(Self { write: read.clone(), read, search, standings, begun: Arc::default() })
    }

    /// The same connections, which from now on tell of every statement: for tests and measurements.
    #[must_use]
    pub fn watched(mut self, tell: impl Fn(&str) + Clone + Send + Sync + 'static) -> Self {
        for connection in [&mut self.read, &mut self.search, &mut self.write] {
            let tell = tell.clone();
            connection.set_metric_callback(move |info| tell(&info.statement.sql));
        }
        self
    }

    /// For reads that end quickly.
    #[must_use]
    pub fn read(&self) -> &DatabaseConnection {
        &self.read
    }

    /// For reads that may scan.
    #[must_use]
    pub fn search(&self) -> &DatabaseConnection {
        &self.search
    }

    /// Where the database stands; `None` when it does not say.
    pub async fn standing(&self) -> Option<Standing> {
        self.standings.now().await
    }

    /// The only way to write: a transaction that holds SQLite's write lock from its first moment.
    /// Dropping it without a commit undoes it.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when no connection can be had in time.
    pub async fn begin(&self) -> Result<DatabaseTransaction, Error> {
        self.begun.fetch_add(1, Ordering::Relaxed);
        self.begin_for_upkeep().await
    }

    /// The same for what the program keeps for itself: nobody's write, for which no other has to make room.
    ///
    /// # Errors
    /// As [`begin`](Self::begin).
    pub async fn begin_for_upkeep(&self) -> Result<DatabaseTransaction, Error> {
        let options = TransactionOptions {
            sqlite_transaction_mode: (!cfg!(feature = "planted-no-lock")).then_some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        };
        Ok(self.write.begin_with_options(options).await?)
    }

    /// How many writing transactions this process has begun, whoever they were for; upkeep is not among them.
    #[must_use]
    pub fn begun(&self) -> usize {
        self.begun.load(Ordering::Relaxed)
    }

    /// For a few reads that belong together: they share a connection, and on SQLite they see one instant.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when no connection can be had in time.
    pub async fn glance(&self) -> Result<DatabaseTransaction, Error> {
        // Deferred: it only reads.
        Ok(self.read.begin_with_options(TransactionOptions::default()).await?)
    }

    /// For reads that must all see the same instant, however many there are and however long they take.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when no connection can be had in time.
    pub async fn instant(&self) -> Result<DatabaseTransaction, Error> {
        if !self.is_postgres() {
            // Deferred: it only reads.
            return Ok(self.search.begin_with_options(TransactionOptions::default()).await?);
        }
        let options = TransactionOptions {
            isolation_level: Some(IsolationLevel::RepeatableRead),
            access_mode: Some(AccessMode::ReadOnly),
            ..TransactionOptions::default()
        };
        let tx = self.search.begin_with_options(options).await?;
        tx.execute_unprepared("SET LOCAL statement_timeout = 0").await?;
        Ok(tx)
    }

    /// Whether this is PostgreSQL, where rows must be locked and other processes may write.
    #[must_use]
    pub fn is_postgres(&self) -> bool {
        is_postgres(&self.read)
    }

    /// Brings the schema to the newest version.
    ///
    /// # Errors
    /// When a change is refused; the database stays at the last one that was not.
    pub async fn migrate(&self) -> Result<(), DbErr> {
        if !self.is_postgres() {
            return Migrator::up(&self.write, None).await;
        }
        // One process at a time, and for as long as it takes: an index of millions of rows is no request.
        let tx = self.write.begin_with_options(TransactionOptions::default()).await?;
        tx.execute_unprepared("SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = 0").await?;
        tx.execute_unprepared("SELECT pg_advisory_xact_lock(7638104968020361216)").await?;
        Migrator::up(&tx, None).await?;
        tx.commit().await
    }

    /// Whether the database answers and has every change.
    ///
    /// # Errors
    /// When it does not answer.
    pub async fn is_ready(&self) -> Result<bool, DbErr> {
        Ok(Migrator::get_pending_migrations_read_only(&self.read).await?.is_empty())
    }

    /// Closes every connection; on SQLite the write-ahead log is folded into the database.
    pub async fn close(self) {
        self.standings.close();
        for connection in [self.search, self.read, self.write] {
            if let Err(error) = connection.close().await {
                tracing::warn!(%error, "a database connection did not close");
            }
        }
    }
}

/// Connections to PostgreSQL, each of which is a process there: few, because they take turns, and each has to plan every
/// statement for itself and forgets it from the processor's caches while the others have theirs.
fn postgres_connections() -> u32 {
    let processors = std::thread::available_parallelism().map_or(1, NonZero::get);
    u32::try_from(2 * processors + 2).unwrap_or(u32::MAX).clamp(6, 32)
}

/// A part of a transaction that can be undone alone.
///
/// # Errors
/// When the database does not answer.
#[expect(clippy::disallowed_methods, reason = "a savepoint takes no lock that its transaction has not")]
pub async fn savepoint(tx: &DatabaseTransaction) -> Result<DatabaseTransaction, Error> {
    Ok(tx.begin().await?)
}

/// Keeps what a part of a transaction wrote, if its transaction is kept.
///
/// # Errors
/// When the database does not answer.
pub async fn keep(part: DatabaseTransaction) -> Result<(), Error> {
    Ok(part.commit().await?)
}

/// Keeps what a transaction wrote.
///
/// # Errors
/// [`Error::Unknown`] when the database does not say whether it did; as any other statement when it says that it did
/// not.
pub async fn commit(tx: DatabaseTransaction) -> Result<(), Error> {
    tx.commit().await.map_err(|error| match error::is_refused(&error) {
        true => error.into(),
        false => Error::Unknown(error.into()),
    })
}

/// Whether the connection or transaction speaks to PostgreSQL.
pub fn is_postgres(connection: &impl ConnectionTrait) -> bool {
    connection.get_database_backend() == DbBackend::Postgres
}

/// Whether a connection that is given back may be used again: not one whose transaction did not end. On a full disk
/// SQLite undoes a transaction by itself, the ROLLBACK that follows fails, and all that came later would be part of a
/// transaction that nobody commits.
async fn is_clean(connection: &mut SqliteConnection) -> Result<bool, sqlx::Error> {
    if connection.is_in_transaction() {
        // It answers when it has done what it was told before: a ROLLBACK under way, if it is one.
        connection.ping().await?;
    }
    Ok(!connection.is_in_transaction())
}

fn options(url: String, connections: u32) -> ConnectOptions {
    let mut options = ConnectOptions::new(url);
    options
        .max_connections(connections)
        .acquire_timeout(PATIENCE)
        .connect_timeout(PATIENCE)
        .test_before_acquire_if_idle_for(TRUSTED)
        .sqlx_logging(false)
        .record_stmt_in_spans(false);
    options
}
