//! Making what the rows of an import say: one piece, in the transaction of its job's step.

use super::judge::Import;
use super::row::Problem;
use super::state::Outcome;
use crate::audit::Actor;
use crate::clock;
use crate::coupons::actions::{self, Action};
use crate::coupons::code::CodeKey;
use crate::coupons::create_all::{NewOne, create_all};
use crate::coupons::{rows, save};
use crate::db::is_postgres;
use crate::db::tables::import_rows::Model as Row;
use crate::error::Error;
use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, DatabaseTransaction, Statement};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use uuid::Uuid;

/// What became of a row.
#[derive(Clone, Debug)]
pub struct Settled {
    number: i64,
    outcome: Outcome,
    problems: Vec<Problem>,
    coupon_id: Option<Uuid>,
    code_id: Option<Uuid>,
}

impl Settled {
    /// It was made.
    #[must_use]
    pub const fn made(row: &Row, coupon: Uuid, code: Uuid) -> Self {
        let (coupon_id, code_id) = (Some(coupon), Some(code));
        Self { number: row.number, outcome: Outcome::Made, problems: Vec::new(), coupon_id, code_id }
    }

    /// It was not.
    #[must_use]
    pub const fn refused(row: &Row, outcome: Outcome, problems: Vec<Problem>) -> Self {
        Self { number: row.number, outcome, problems, coupon_id: row.coupon_id, code_id: None }
    }

    /// It was made, and is taken back.
    #[must_use]
    pub fn undone(row: &Row) -> Self {
        let (coupon_id, code_id) = (row.coupon_id, row.code_id);
        Self { number: row.number, outcome: Outcome::Undone, problems: Vec::new(), coupon_id, code_id }
    }

    /// Whether it is this outcome.
    #[must_use]
    pub fn is(&self, outcome: Outcome) -> bool {
        self.outcome == outcome
    }
}

/// Makes the codes of these rows for the coupon.
///
/// # Errors
/// When the database does not answer.
pub async fn codes(
    tx: &DatabaseTransaction,
    import: Import<'_>,
    coupon: Uuid,
    piece: &[Row],
    now: DateTime<Utc>,
) -> Result<Vec<Settled>, Error> {
    let reader = import.rows();
    let (mut settled, mut wanted) = (Vec::new(), Vec::new());
    for row in piece {
        match reader.code(&record(row)) {
            Ok(told) => wanted.push((row, row.code_id.unwrap_or_else(|| clock::id_at(now)), told)),
            Err(problems) => settled.push(Settled::refused(row, Outcome::Rejected, problems)),
        }
    }
    let line = |(row, id, told): &(&Row, Uuid, super::row::ToldCode)| {
        json!([
            id.simple().to_string(),
            told.code.as_str(),
            told.code.key().as_str(),
            told.max_uses,
            row.code_id.is_some()
        ])
    };
    let document = Value::Array(wanted.iter().map(line).collect()).to_string();
    let values = || [import.tenant.id.into(), coupon.into(), now.into(), document.clone().into()];
    let backend = tx.get_database_backend();
    for [sqlite, postgres] in [INSERT, RETURN] {
        let sql = if is_postgres(tx) { postgres } else { sqlite };
        tx.execute_raw(Statement::from_sql_and_values(backend, sql, values())).await?;
    }
    let keys: Vec<CodeKey> = wanted.iter().map(|(_, _, told)| told.code.key().clone()).collect();
    let there = rows::codes_by_key(tx, import.tenant.id, &keys).await?;
    for (row, id, told) in wanted {
        let is_ours = there.get(told.code.key()).is_some_and(|code| code.id == id && code.deleted_at.is_none());
        settled.push(if is_ours { Settled::made(row, coupon, id) } else { late(import, row) });
    }
    Ok(settled)
}

/// New codes. One whose key somebody took meanwhile is left out.
const INSERT: [&str; 2] = [
    "INSERT INTO codes \
     (tenant_id, id, coupon_id, batch_id, text, key, max_uses, canary, uses, held, created_at, deleted_at) \
     SELECT ?1, unhex(r.value->>0), ?2, NULL, r.value->>1, r.value->>2, r.value->>3, 0, 0, 0, ?3, NULL \
     FROM json_each(?4) AS r WHERE NOT r.value->>4 ON CONFLICT (tenant_id, key) DO NOTHING",
    "INSERT INTO codes \
     (tenant_id, id, coupon_id, batch_id, text, key, max_uses, canary, uses, held, created_at, deleted_at) \
     SELECT $1, CAST(r.value->>0 AS uuid), $2, NULL, r.value->>1, r.value->>2, CAST(r.value->>3 AS bigint), false, 0, 0, $3, NULL \
     FROM json_array_elements(CAST($4 AS json)) AS r(value) WHERE NOT CAST(r.value->>4 AS boolean) \
     ON CONFLICT (tenant_id, key) DO NOTHING",
];

/// Codes that an earlier import made and took back. Materialized, or SQLite would look at every code of the tenant.
const RETURN: [&str; 2] = [
    "WITH r AS MATERIALIZED (SELECT ?1 AS tenant_id, unhex(value->>0) AS id, value->>3 AS max_uses \
     FROM json_each(?4) WHERE value->>4) \
     UPDATE codes SET deleted_at = NULL, max_uses = r.max_uses FROM r \
     WHERE codes.tenant_id = r.tenant_id AND codes.id = r.id AND codes.coupon_id = ?2 \
     AND codes.deleted_at IS NOT NULL AND codes.uses = 0 AND codes.held = 0 AND codes.deleted_at <= ?3",
    "WITH r AS MATERIALIZED (SELECT CAST($1 AS uuid) AS tenant_id, CAST(value->>0 AS uuid) AS id, \
     CAST(value->>3 AS bigint) AS max_uses \
     FROM json_array_elements(CAST($4 AS json)) AS given(value) WHERE CAST(value->>4 AS boolean)) \
     UPDATE codes SET deleted_at = NULL, max_uses = r.max_uses FROM r \
     WHERE codes.tenant_id = r.tenant_id AND codes.id = r.id AND codes.coupon_id = $2 \
     AND codes.deleted_at IS NOT NULL AND codes.uses = 0 AND codes.held = 0 AND codes.deleted_at <= $3",
];

/// Makes the coupons of these rows.
///
/// # Errors
/// When the database does not answer.
pub async fn coupons(
    tx: &DatabaseTransaction,
    actor: &Actor,
    import: Import<'_>,
    piece: &[Row],
    now: DateTime<Utc>,
) -> Result<Vec<Settled>, Error> {
    let tenant = import.tenant;
    let (mut settled, mut new, mut of) = (Vec::new(), Vec::new(), BTreeMap::new());
    let drafts = piece.iter().map(|row| (row, import.draft(&record(row), None, now)));
    let (mut ready, mut keys) = (Vec::new(), Vec::new());
    for (row, draft) in drafts {
        match draft {
            Ok(draft) => {
                keys.push(draft.code.key().clone());
                ready.push((row, draft));
            }
            Err(problems) => settled.push(Settled::refused(row, Outcome::Rejected, problems)),
        }
    }
    let there = rows::codes_by_key(tx, tenant.id, &keys).await?;
    for (row, draft) in ready {
        match (row.coupon_id.zip(row.code_id), there.get(draft.code.key())) {
            (Some((coupon, code)), Some(_)) => {
                settled.push(bring_back(tx, actor, import, (row, coupon, code), now).await?)
            }
            (None, None) => {
                let people = save::people(tx, tenant.id, &draft.people, now).await?;
                let mut coupon = draft.coupon;
                coupon.created_by = actor.id;
                let one = NewOne { coupon, code: draft.code, code_id: clock::id_at(now), people };
                of.insert(one.coupon.id, row);
                new.push(one);
            }
            _ => settled.push(late(import, row)),
        }
    }
    let reason = format!("import of {}", import.row.file_name);
    create_all(tx, actor, tenant, (&new, &reason), now).await.map_err(|refused| match refused {
        crate::coupons::NotCreated::Failed(error) => error,
        // Somebody made one between our look and our write: the next try sees it.
        crate::coupons::NotCreated::Taken(taken) => Error::Unavailable(anyhow::anyhow!(taken.sentence())),
    })?;
    let made = new.iter().filter_map(|one| Some(Settled::made(of.get(&one.coupon.id)?, one.coupon.id, one.code_id)));
    settled.extend(made);
    Ok(settled)
}

/// A coupon that an earlier import made and took back: it becomes what the row says, and can be used again.
async fn bring_back(
    tx: &DatabaseTransaction,
    actor: &Actor,
    import: Import<'_>,
    (row, coupon, code): (&Row, Uuid, Uuid),
    now: DateTime<Utc>,
) -> Result<Settled, Error> {
    let tenant = import.tenant.id;
    let Some(before) = save::lock(tx, tenant, coupon).await? else { return Ok(late(import, row)) };
    let draft = match import.draft(&record(row), Some(&before), now) {
        Ok(draft) => draft,
        Err(problems) => return Ok(Settled::refused(row, Outcome::Rejected, problems)),
    };
    if before.deleted_at.is_none() || before.counters.uses > 0 || before.counters.held > 0 {
        return Ok(late(import, row));
    }
    let people = save::people(tx, tenant, &draft.people, now).await?;
    if !rows::update(tx, &draft.coupon, &people, now).await? {
        return Ok(late(import, row));
    }
    actions::act(tx, actor, tenant, Action::Restore, &[coupon], now).await?;
    let paused = draft.coupon.paused_at.is_some();
    let action = if paused { Action::Pause } else { Action::Resume };
    actions::act(tx, actor, tenant, action, &[coupon], now).await?;
    Ok(Settled::made(row, coupon, code))
}

fn late(import: Import<'_>, row: &Row) -> Settled {
    let sentence = format!("{} was made by somebody else after the check.", row.text);
    Settled::refused(row, Outcome::Duplicate, vec![super::judge::of_code(import, sentence)])
}

/// A row as it stood in the file.
fn record(row: &Row) -> super::reading::Record {
    let cells = serde_json::from_str(&row.cells).unwrap_or_default();
    super::reading::Record { number: row.line, cells, fault: None }
}

/// Writes down what became of these rows.
///
/// # Errors
/// When the database does not answer.
pub async fn settle(
    tx: &DatabaseTransaction,
    (tenant, import): (Uuid, Uuid),
    settled: &[Settled],
) -> Result<(), Error> {
    let hex = |id: Option<Uuid>| id.map(|id| id.simple().to_string());
    let line = |row: &Settled| {
        let problems = serde_json::to_string(&row.problems).unwrap_or_default();
        json!([row.number, row.outcome.word(), problems, hex(row.coupon_id), hex(row.code_id)])
    };
    let document = Value::Array(settled.iter().map(line).collect()).to_string();
    let sql = if is_postgres(tx) { SETTLE[1] } else { SETTLE[0] };
    let values = [tenant.into(), import.into(), document.into()];
    tx.execute_raw(Statement::from_sql_and_values(tx.get_database_backend(), sql, values)).await?;
    Ok(())
}

const SETTLE: [&str; 2] = [
    "WITH r AS MATERIALIZED (SELECT ?1 AS tenant_id, ?2 AS import_id, value->>0 AS number, value->>1 AS outcome, \
     value->>2 AS problems, unhex(value->>3) AS coupon_id, unhex(value->>4) AS code_id FROM json_each(?3)) \
     UPDATE import_rows SET outcome = r.outcome, problems = r.problems, coupon_id = r.coupon_id, code_id = r.code_id \
     FROM r WHERE import_rows.tenant_id = r.tenant_id AND import_rows.import_id = r.import_id \
     AND import_rows.number = r.number",
    "WITH r AS MATERIALIZED (SELECT CAST($1 AS uuid) AS tenant_id, CAST($2 AS uuid) AS import_id, \
     CAST(value->>0 AS bigint) AS number, value->>1 AS outcome, value->>2 AS problems, \
     CAST(value->>3 AS uuid) AS coupon_id, CAST(value->>4 AS uuid) AS code_id \
     FROM json_array_elements(CAST($3 AS json)) AS given(value)) \
     UPDATE import_rows SET outcome = r.outcome, problems = r.problems, coupon_id = r.coupon_id, code_id = r.code_id \
     FROM r WHERE import_rows.tenant_id = r.tenant_id AND import_rows.import_id = r.import_id \
     AND import_rows.number = r.number",
];
