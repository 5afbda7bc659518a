//! The job that makes the codes of a batch, piece by piece.

use super::plan;
use super::queries;
use crate::clock;
use crate::coupons::code::CodeText;
use crate::coupons::generator::Letters;
use crate::db::tables::batches::{Column, Entity, Model};
use crate::db::{Db, is_postgres};
use crate::error::Error;
use crate::jobs::{Failure, Job, Kind, Lane, Step, Stepping};
use chrono::{DateTime, Utc};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter, Statement};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use uuid::Uuid;

/// The word in the rows.
pub const WORD: &str = "batch.make";
/// The most codes of one transaction.
const MOST_AT_ONCE: usize = 5_000;
const FEWEST_AT_ONCE: usize = 100;
/// How long a transaction may hold up the redemptions of a database with one writer.
const HOLDS_UP: Duration = Duration::from_millis(12);

/// Makes codes.
#[derive(Debug)]
pub struct Make {
    db: Db,
    /// How many codes the last pieces could make in the time that one may take.
    at_once: AtomicUsize,
}

#[derive(Deserialize)]
struct Payload {
    batch: Uuid,
}

impl Make {
    /// On this database.
    #[must_use]
    pub fn new(db: &Db) -> Self {
        Self { db: db.clone(), at_once: AtomicUsize::new(500) }
    }

    async fn piece(&self, job: &Job, now: DateTime<Utc>) -> Result<Step, Failure> {
        let Payload { batch } = job.payload()?;
        let tenant = job.tenant_id.unwrap_or_default();
        let found = queries::by_id(self.db.read(), tenant, batch).await?;
        let batch = found.ok_or_else(|| Failure::Final("The batch is not there any more.".to_owned()))?;
        let missing = usize::try_from(batch.count - batch.made).unwrap_or_default();
        if missing == 0 {
            return Ok(Step::Done);
        }
        let most = if self.db.is_postgres() { MOST_AT_ONCE } else { self.at_once.load(Ordering::Relaxed) };
        let wanted = missing.min(most);
        let codes = draw(&batch, wanted)?;
        let tx = self.db.begin().await?;
        let began = Instant::now();
        let made = insert(&tx, &batch, codes, now).await?;
        if made.saturating_mul(20) < wanted {
            return Err(Failure::Again("Nearly all codes of this pattern exist already.".to_owned()));
        }
        let all = batch.made + i64::try_from(made).unwrap_or_default();
        noted(&tx, &batch, all).await?;
        job.keep(&tx, &Value::Null, (all, Some(batch.count)), now).await?;
        tx.commit().await?;
        self.learn(wanted, began.elapsed());
        Ok(Step::More)
    }

    /// The next piece takes about as long as one may.
    fn learn(&self, wrote: usize, took: Duration) {
        if wrote < FEWEST_AT_ONCE {
            return;
        }
        let each = took.as_nanos().max(1) / wrote as u128;
        let fits = usize::try_from(HOLDS_UP.as_nanos() / each.max(1)).unwrap_or(MOST_AT_ONCE);
        // Grows slowly: one lucky commit says little.
        let next = fits.min(self.at_once.load(Ordering::Relaxed).saturating_mul(2));
        self.at_once.store(next.clamp(FEWEST_AT_ONCE, MOST_AT_ONCE), Ordering::Relaxed);
    }
}

impl Kind for Make {
    fn word(&self) -> &'static str {
        WORD
    }

    fn label(&self) -> &'static str {
        "Generating codes"
    }

    fn lane(&self) -> Lane {
        Lane::Long
    }

    fn step<'a>(&'a self, job: &'a Job, now: DateTime<Utc>) -> Stepping<'a> {
        Box::pin(self.piece(job, now))
    }
}

/// So many different codes, in the order of their keys: neighbours in an index are written together.
fn draw(batch: &Model, wanted: usize) -> Result<Vec<CodeText>, Failure> {
    let broken = |sentence: String| Failure::Final(sentence);
    let pattern = plan::pattern(&batch.prefix, batch.length, batch.group_size).map_err(|(_, why)| broken(why))?;
    let mut letters = Letters::default();
    let mut drawn = BTreeMap::new();
    while drawn.len() < wanted {
        let code = pattern.draw(&mut letters).map_err(|fault| broken(fault.to_string()))?;
        drawn.insert(code.key().clone(), code);
    }
    Ok(drawn.into_values().collect())
}

/// Inserts those whose keys the tenant does not have yet; how many.
async fn insert(
    tx: &DatabaseTransaction,
    batch: &Model,
    codes: Vec<CodeText>,
    now: DateTime<Utc>,
) -> Result<usize, Error> {
    let row = |code: CodeText| json!([clock::id_at(now).simple().to_string(), code.as_str(), code.key().as_str()]);
    let document = Value::Array(codes.into_iter().map(row).collect()).to_string();
    let values = [
        batch.tenant_id.into(),
        batch.coupon_id.into(),
        batch.id.into(),
        batch.max_uses.into(),
        now.into(),
        document.into(),
    ];
    let sql = if is_postgres(tx) { POSTGRES } else { SQLITE };
    let done = tx.execute_raw(Statement::from_sql_and_values(tx.get_database_backend(), sql, values)).await?;
    Ok(usize::try_from(done.rows_affected()).unwrap_or_default())
}

const SQLITE: &str = "INSERT INTO codes \
    (tenant_id, id, coupon_id, batch_id, text, key, max_uses, canary, uses, held, created_at, deleted_at) \
    SELECT ?1, unhex(rows.value->>0), ?2, ?3, rows.value->>1, rows.value->>2, ?4, 0, 0, 0, ?5, NULL \
    FROM json_each(?6) AS rows WHERE true ON CONFLICT (tenant_id, key) DO NOTHING";

const POSTGRES: &str = "INSERT INTO codes \
    (tenant_id, id, coupon_id, batch_id, text, key, max_uses, canary, uses, held, created_at, deleted_at) \
    SELECT $1, CAST(rows.value->>0 AS uuid), $2, $3, rows.value->>1, rows.value->>2, CAST($4 AS bigint), false, 0, 0, $5, NULL \
    FROM json_array_elements(CAST($6 AS json)) AS rows(value) WHERE true ON CONFLICT (tenant_id, key) DO NOTHING";

async fn noted(tx: &DatabaseTransaction, batch: &Model, made: i64) -> Result<(), Error> {
    Entity::update_many()
        .col_expr(Column::Made, Expr::value(made))
        .filter(Column::TenantId.eq(batch.tenant_id))
        .filter(Column::Id.eq(batch.id))
        .exec(tx)
        .await?;
    Ok(())
}
