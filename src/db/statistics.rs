//! What the database knows of its own tables.
//!
//! PostgreSQL looks by itself. SQLite only does when it is told, and without figures it takes every index to be as good as
//! any other. `PRAGMA optimize` looks at a sample of each index of those tables that have grown since the last time, which
//! takes milliseconds however large they are, and at nothing where there is nothing new: so it is asked at every start,
//! before the connections that read have seen the schema, and once in a while after that.
//!
//! The statements of lists and of the desk are written so that they find their index without any figures; what the figures
//! are for is everything else.

use crate::db::Db;
use sea_orm::{ConnectionTrait, DbErr};

/// Every table, not only those that this connection has read (0x10000), with ANALYZE where it pays (0x2), on a sample (0x10).
const OPTIMIZE: &str = "PRAGMA optimize = 0x10012";

impl Db {
    /// Has SQLite look at its tables again where they have changed much.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn look_at_tables(&self) -> Result<(), DbErr> {
        if !self.is_postgres() {
            self.write.execute_unprepared(OPTIMIZE).await?;
        }
        Ok(())
    }
}
