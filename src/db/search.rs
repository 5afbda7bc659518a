//! SQLite's indexes of trigrams, which grow by runs that have to be merged: by whoever writes many rows, a little with each
//! piece, and each second a little of what others have left. PostgreSQL needs nothing of it.

use crate::db::{self, Db, is_postgres};
use crate::error::Error;
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbErr, Statement};
use std::time::Duration;

/// The index of codes, and the one of the names of coupons.
pub const CODES: &str = "codes_search";
/// As [`CODES`].
pub const COUPONS: &str = "coupons_search";
/// Rows that are written for each page that is merged, so that merging keeps up.
const ROWS_A_PAGE: usize = 3;
/// Pages that are merged each second of what others have left: some milliseconds.
const PAGES: usize = 200;
const EVERY: Duration = Duration::from_secs(1);

/// Merges as much of these indexes as so many new rows have left to merge, as the last statement of the transaction that
/// wrote them.
///
/// # Errors
/// When the database does not answer.
pub async fn merge_after(tx: &DatabaseTransaction, indexes: &[&str], rows: usize) -> Result<(), Error> {
    if !is_postgres(tx) {
        merge(tx, indexes, rows.div_ceil(ROWS_A_PAGE)).await?;
    }
    Ok(())
}

/// Merges so many pages of each index, if there is something to merge.
async fn merge(tx: &DatabaseTransaction, indexes: &[&str], pages: usize) -> Result<(), DbErr> {
    for index in indexes {
        let sql = format!("INSERT INTO {index} ({index}, rank) VALUES ('merge', $1)");
        let pages = i64::try_from(pages).unwrap_or(i64::MAX);
        tx.execute_raw(Statement::from_sql_and_values(tx.get_database_backend(), sql, [pages.into()])).await?;
    }
    Ok(())
}

impl Db {
    /// Merges what is left, for as long as the program runs, after something was written.
    pub async fn keep_merging_search(self) {
        let mut begun = 0;
        while !self.is_postgres() {
            tokio::time::sleep(EVERY).await;
            if self.begun() == begun {
                continue;
            }
            let seen = self.begun();
            match self.merge_some().await {
                Ok(true) => begun = seen,
                Ok(false) => {}
                Err(error) => tracing::warn!(%error, "could not merge the indexes of searches"),
            }
        }
    }

    /// Whether nothing is left to merge.
    async fn merge_some(&self) -> Result<bool, Error> {
        let tx = self.begin_for_upkeep().await?;
        let before = changes(&tx).await?;
        merge(&tx, &[CODES, COUPONS], PAGES).await?;
        // The two statements count as a change each.
        let is_all = changes(&tx).await? - before <= 2;
        db::commit(tx).await?;
        Ok(is_all)
    }
}

/// How many rows the connection has changed so far.
async fn changes(tx: &DatabaseTransaction) -> Result<i64, Error> {
    let ask = Statement::from_string(tx.get_database_backend(), "SELECT total_changes()");
    Ok(tx.query_one_raw(ask).await?.map_or(Ok(0), |row| row.try_get_by_index(0))?)
}
