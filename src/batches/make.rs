//! The job that makes the codes of a batch, piece by piece.

use super::queries;
use super::stock::Stock;
use crate::clock;
use crate::coupons::code::CodeText;
use crate::db::tables::batches::{Column, Entity, Model};
use crate::db::{self, Db, is_postgres, search};
use crate::error::Error;
use crate::jobs::{Failure, Job, Kind, Lane, Pace, Step, Stepping};
use chrono::{DateTime, Utc};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter, Statement};
use serde::Deserialize;
use serde_json::{Value, json};
use std::time::Instant;
use uuid::Uuid;

/// The word in the rows.
pub const WORD: &str = "batch.make";

/// Makes codes.
#[derive(Debug)]
pub struct Make {
    db: Db,
    pace: Pace,
    stock: Stock,
}

#[derive(Deserialize)]
struct Payload {
    batch: Uuid,
}

impl Make {
    /// On this database.
    #[must_use]
    pub fn new(db: &Db) -> Self {
        Self { db: db.clone(), pace: Pace::from(500), stock: Stock::default() }
    }

    async fn piece(&self, job: &Job, now: DateTime<Utc>) -> Result<Step, Failure> {
        let Payload { batch } = job.payload()?;
        let tenant = job.tenant_id.unwrap_or_default();
        let found = queries::by_id(self.db.read(), tenant, batch).await?;
        let batch = found.ok_or_else(|| Failure::Final("The batch is not there any more.".to_owned()))?;
        let missing = usize::try_from(batch.count - batch.made).unwrap_or_default();
        if missing == 0 || batch.voided_at.is_some() {
            return Ok(Step::Done);
        }
        let codes = self.stock.take(&batch, missing, missing.min(self.pace.rows(&self.db))).await?;
        let wanted = codes.len();
        let tx = self.db.begin().await?;
        let began = Instant::now();
        let made = insert(&tx, &batch, codes, now).await?;
        if made.saturating_mul(20) < wanted {
            return Err(Failure::Again("Nearly all codes of this pattern exist already.".to_owned()));
        }
        let all = batch.made + i64::try_from(made).unwrap_or_default();
        noted(&tx, &batch, all).await?;
        job.keep(&tx, &Value::Null, (all, Some(batch.count)), now).await?;
        search::merge_after(&tx, &[search::CODES], made).await?;
        db::commit(tx).await?;
        self.pace.learn(&self.db, wanted, began.elapsed());
        self.pace.rest().await;
        Ok(Step::More)
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
