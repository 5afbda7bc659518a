//! What the database knows of its own tables.
//!
//! SQLite only looks when it is told, and without figures it takes every index to be as good as any other.
//! `PRAGMA optimize` looks at a sample of each index of those tables that have grown since the last time, which takes
//! milliseconds however large they are, and at nothing where there is nothing new: so it is asked at every start, before
//! the connections that read have seen the schema, and once in a while after that.
//!
//! PostgreSQL looks by itself, but only once a minute. Until then it goes by what a table was when the first of its rows
//! was written, and takes any index with the tenant in it for as good as the key, also in the statements that check its
//! foreign keys, which nobody else can write: each new line of a redemption then reads all redemptions. So it is told
//! whenever a table has become twice as large as it believes.
//!
//! The statements of lists and of the desk are written so that they find their index without any figures; what the figures
//! are for is everything else.

use crate::db::Db;
use sea_orm::{ConnectionTrait, DbErr, Statement};
use std::time::Duration;

/// Every table, not only those that this connection has read (0x10000), with ANALYZE where it pays (0x2), on a sample (0x10).
const OPTIMIZE: &str = "PRAGMA optimize = 0x10012";
/// Tables with twice the rows that the planner believes in. The first rows of a table are of no weight.
const GROWN: &str = "SELECT quote_ident(relname) AS name FROM pg_class \
    WHERE relnamespace = current_schema()::regnamespace AND relkind = 'r' \
    AND pg_stat_get_live_tuples(oid) > 2 * greatest(reltuples, 100)";

/// How often each database is asked.
const LOOK_AT_SQLITE: Duration = Duration::from_hours(1);
const LOOK_AT_POSTGRES: Duration = Duration::from_secs(1);
/// How long after it did not answer.
const LOOK_AFTER_FAILURE: Duration = Duration::from_mins(1);

impl Db {
    /// Has the database look at its tables again where they have grown much.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn look_at_tables(&self) -> Result<(), DbErr> {
        if !self.is_postgres() {
            self.write.execute_unprepared(OPTIMIZE).await?;
            return Ok(());
        }
        let grown = self.write.query_all_raw(Statement::from_string(self.write.get_database_backend(), GROWN)).await?;
        for table in grown {
            let name: String = table.try_get("", "name")?;
            // Another process may be looking at it just now.
            self.write.execute_unprepared(&format!("ANALYZE (SKIP_LOCKED) {name}")).await?;
        }
        Ok(())
    }

    /// Does so for as long as the program runs.
    pub async fn keep_looking_at_tables(self) {
        let every = if self.is_postgres() { LOOK_AT_POSTGRES } else { LOOK_AT_SQLITE };
        loop {
            tokio::time::sleep(every).await;
            if let Err(error) = self.look_at_tables().await {
                tracing::warn!(%error, "could not look at the tables");
                tokio::time::sleep(LOOK_AFTER_FAILURE).await;
            }
        }
    }
}
