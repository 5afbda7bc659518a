//! Growing delays for what is guessed: passwords and codes. Kept in the database, so every process knows them.

use crate::db::bulk::padded;
use crate::db::tables::throttles;
use crate::error::Error;
use chrono::{DateTime, Duration, Utc};
use sea_orm::sea_query::{LockBehavior, LockType, OnConflict, Query};
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter};
use std::collections::{BTreeMap, BTreeSet};

/// How long a bucket is kept after its last failure; no [`Patience`] remembers longer.
const KEPT: Duration = Duration::hours(24);

/// How many failures are free, and how the wait grows after them.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// Failures without a wait.
    pub free: i64,
    /// The first wait; each further failure doubles it.
    pub first: Duration,
    /// The longest wait.
    pub longest: Duration,
    /// After this long without a failure everything is forgotten.
    pub forgets: Duration,
}

impl Patience {
    /// The wait after the given number of failures.
    #[must_use]
    pub fn wait(&self, failures: i64) -> Duration {
        let over = failures - self.free;
        if over <= 0 {
            return Duration::zero();
        }
        let doubled = i32::try_from(over - 1).ok().and_then(|steps| 1_i32.checked_shl(steps.min(20).unsigned_abs()));
        doubled.map_or(self.longest, |factor| (self.first * factor).min(self.longest))
    }
}

/// How long the buckets are still blocked; `None` when another try is welcome.
///
/// # Errors
/// When the database does not answer.
pub async fn blocked(
    connection: &impl ConnectionTrait,
    buckets: &[String],
    now: DateTime<Utc>,
) -> Result<Option<Duration>, Error> {
    let rows = load(connection, &buckets.iter().cloned().collect()).await?;
    Ok(wait(rows.values(), now))
}

/// How long the longest of these blocks lasts; `None` when another try is welcome.
#[must_use]
pub fn wait<'a>(rows: impl Iterator<Item = &'a throttles::Model>, now: DateTime<Utc>) -> Option<Duration> {
    // A failure that was free blocks nobody, also not a request that came in before it and waited for its turn.
    let waits = rows.filter(|row| row.blocked_until > row.last_at);
    waits.map(|row| row.blocked_until - now).max().filter(|wait| *wait > Duration::zero())
}

/// The rows of these buckets, by bucket.
///
/// # Errors
/// When the database does not answer.
pub async fn load(
    connection: &impl ConnectionTrait,
    buckets: &BTreeSet<String>,
) -> Result<BTreeMap<String, throttles::Model>, Error> {
    if buckets.is_empty() {
        return Ok(BTreeMap::new());
    }
    let rows = throttles::Entity::find()
        .filter(throttles::Column::Bucket.is_in(padded(buckets.iter().map(String::as_str))))
        .all(connection)
        .await?;
    Ok(rows.into_iter().map(|row| (row.bucket.clone(), row)).collect())
}

/// A bucket after one more failure, without writing it.
#[must_use]
pub fn after_failure(
    row: Option<&throttles::Model>,
    bucket: &str,
    patience: &Patience,
    now: DateTime<Utc>,
) -> throttles::Model {
    let counted = row.filter(|row| row.last_at >= now - patience.forgets).map_or(0, |row| row.failures);
    let failures = counted + 1;
    throttles::Model { bucket: bucket.to_owned(), failures, blocked_until: now + patience.wait(failures), last_at: now }
}

/// Counts a failure and sets the wait that follows from it. Rows are locked in the order of their buckets.
///
/// # Errors
/// When the database does not answer.
pub async fn fail(
    connection: &impl ConnectionTrait,
    bucket: &str,
    patience: &Patience,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    use sea_orm::sea_query::{Expr, ExprTrait};
    let row = throttles::ActiveModel {
        bucket: Set(bucket.to_owned()),
        failures: Set(1),
        blocked_until: Set(now + patience.wait(1)),
        last_at: Set(now),
    };
    let column = |column| Expr::col((throttles::Entity, column));
    let forgotten = column(throttles::Column::LastAt).lt(now - patience.forgets);
    let counted = Expr::case(forgotten, 1_i64).finally(column(throttles::Column::Failures).add(1_i64));
    throttles::Entity::insert(row)
        .on_conflict(
            OnConflict::column(throttles::Column::Bucket)
                .value(throttles::Column::Failures, counted)
                .value(throttles::Column::LastAt, now)
                .to_owned(),
        )
        .exec_without_returning(connection)
        .await?;
    let failures = throttles::Entity::find_by_id(bucket).one(connection).await?.map_or(1, |row| row.failures);
    throttles::Entity::update_many()
        .col_expr(throttles::Column::BlockedUntil, Expr::value(now + patience.wait(failures)))
        .filter(throttles::Column::Bucket.eq(bucket))
        .exec(connection)
        .await?;
    Ok(())
}

/// Adds to a bucket that only counts and never blocks; what it counts then.
///
/// # Errors
/// When the database does not answer.
pub async fn count(tx: &DatabaseTransaction, bucket: &str, by: i64, now: DateTime<Utc>) -> Result<i64, Error> {
    use sea_orm::sea_query::{Expr, ExprTrait};
    let row = throttles::ActiveModel {
        bucket: Set(bucket.to_owned()),
        failures: Set(by),
        blocked_until: Set(now),
        last_at: Set(now),
    };
    let counted = Expr::col((throttles::Entity, throttles::Column::Failures)).add(by);
    let add = OnConflict::column(throttles::Column::Bucket)
        .value(throttles::Column::Failures, counted)
        .value(throttles::Column::LastAt, now)
        .to_owned();
    Ok(throttles::Entity::insert(row).on_conflict(add).exec_with_returning(tx).await?.failures)
}

/// Charges one try to each bucket before it is made, so that a burst cannot pass together; or says how long to wait,
/// and then the caller rolls back. Give the buckets in one order everywhere: their rows are locked one after the other.
///
/// # Errors
/// When the database does not answer.
pub async fn charge(
    tx: &DatabaseTransaction,
    buckets: &[(String, Patience)],
    now: DateTime<Utc>,
) -> Result<Option<Duration>, Error> {
    for (bucket, _) in buckets {
        let row = throttles::ActiveModel {
            bucket: Set(bucket.clone()),
            failures: Set(0),
            blocked_until: Set(now),
            last_at: Set(now),
        };
        // Touching the bucket's own name locks its row without changing it.
        let locked = OnConflict::column(throttles::Column::Bucket).update_column(throttles::Column::Bucket).to_owned();
        throttles::Entity::insert(row).on_conflict(locked).exec_without_returning(tx).await?;
    }
    let names: Vec<String> = buckets.iter().map(|(bucket, _)| bucket.clone()).collect();
    if let Some(wait) = blocked(tx, &names, now).await? {
        return Ok(Some(wait));
    }
    for (bucket, patience) in buckets {
        fail(tx, bucket, patience, now).await?;
    }
    Ok(None)
}

/// Takes a charge back after a success, and leaves older failures as they were: who may sign in to one account cannot
/// wash an address clean for guessing at others.
///
/// # Errors
/// When the database does not answer.
pub async fn refund(connection: &impl ConnectionTrait, bucket: &str, now: DateTime<Utc>) -> Result<(), Error> {
    use sea_orm::sea_query::{Expr, ExprTrait};
    throttles::Entity::update_many()
        .col_expr(throttles::Column::Failures, Expr::col(throttles::Column::Failures).sub(1_i64))
        .col_expr(throttles::Column::BlockedUntil, Expr::value(now))
        .filter(throttles::Column::Bucket.eq(bucket))
        .filter(throttles::Column::Failures.gt(0))
        .exec(connection)
        .await?;
    Ok(())
}

/// Forgets the failures of a bucket after a success.
///
/// # Errors
/// When the database does not answer.
pub async fn forget(connection: &impl ConnectionTrait, bucket: &str) -> Result<(), Error> {
    throttles::Entity::delete_by_id(bucket).exec(connection).await?;
    Ok(())
}

/// Removes the buckets that nobody failed in for so long that every [`Patience`] has forgotten them. One that
/// somebody fails in at this moment is left alone: a request locks several in their order, a sweep in none.
///
/// # Errors
/// When the database does not answer.
pub async fn sweep(tx: &impl ConnectionTrait, now: DateTime<Utc>) -> Result<u64, Error> {
    use throttles::{Column, Entity};
    let mut old = Query::select();
    old.column(Column::Bucket)
        .from(Entity)
        .and_where(Column::LastAt.lt(now - KEPT))
        .and_where(Column::BlockedUntil.lte(now))
        .lock_with_behavior(LockType::Update, LockBehavior::SkipLocked);
    Ok(Entity::delete_many().filter(Column::Bucket.in_subquery(old)).exec(tx).await?.rows_affected)
}

#[cfg(test)]
mod tests {
    use super::Patience;
    use chrono::Duration;

    #[test]
    fn the_wait_doubles_after_the_free_failures_up_to_the_longest() {
        let patience = Patience {
            free: 3,
            first: Duration::seconds(2),
            longest: Duration::minutes(15),
            forgets: Duration::hours(1),
        };
        let waits: Vec<_> = [1, 3, 4, 5, 6, 40, 9_000].iter().map(|n| patience.wait(*n).num_seconds()).collect();
        assert_eq!(waits, [0, 0, 2, 4, 8, 900, 900]);
    }
}
