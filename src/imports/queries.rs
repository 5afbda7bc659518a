//! How imports and their rows are found.

use super::fields::Mapping;
use super::reading::Looked;
use super::state::{Outcome, State};
use crate::coupons::code::CodeKey;
use crate::db::bulk::padded;
use crate::db::newest;
use crate::db::tables::import_rows::{self, Column as Row, Entity as Rows};
use crate::db::tables::imports::{Column, Entity, Model};
use crate::db::{self, Db};
use crate::error::Error;
use crate::jobs::{self, Job};
use crate::web::paging::{Cursor, Slice};
use chrono::{DateTime, Duration, Utc};
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// How long an import waits for somebody to go on with it.
pub const KEPT: Duration = Duration::days(7);
/// Rows of one piece of a sweep, and pieces of one sweep.
const SWEPT_AT_ONCE: u64 = 1_000;
const PIECES: usize = 30;

/// An import of this tenant that nobody discarded.
///
/// # Errors
/// When the database does not answer.
pub async fn by_id(connection: &impl ConnectionTrait, tenant: Uuid, id: Uuid) -> Result<Option<Model>, Error> {
    let found = Entity::find_by_id((tenant, id)).one(connection).await?;
    Ok(found.filter(|import| State::of(&import.state) != State::Discarded))
}

pub(super) async fn lock(tx: &DatabaseTransaction, tenant: Uuid, id: Uuid) -> Result<Option<Model>, Error> {
    let found = Entity::find_by_id((tenant, id)).lock_exclusive().one(tx).await?;
    Ok(found.filter(|import| State::of(&import.state) != State::Discarded))
}

/// What was seen of its file.
#[must_use]
pub fn looked(import: &Model) -> Option<Looked> {
    serde_json::from_value(import.looked.clone()).ok()
}

/// What its columns mean.
#[must_use]
pub fn mapping(import: &Model) -> Mapping {
    serde_json::from_value(import.mapping.clone()).unwrap_or_default()
}

/// The imports of a tenant, newest first.
///
/// # Errors
/// [`Error::BadRequest`] for a cursor that is none.
pub async fn page(
    connection: &impl ConnectionTrait,
    tenant: Uuid,
    (cursor, size): (&Cursor, usize),
) -> Result<Slice<Model>, Error> {
    let find = Entity::find().filter(Column::TenantId.eq(tenant)).filter(Column::State.ne(State::Discarded.word()));
    newest::of_entity(connection, find, (Column::Id, |row| row.id), (cursor, size)).await
}

/// The job that works on an import, as far as it is still kept.
///
/// # Errors
/// When the database does not answer.
pub async fn job_of(connection: &impl ConnectionTrait, import: &Model) -> Result<Option<Job>, Error> {
    match import.job_id {
        Some(job) => jobs::queries::by_id(connection, import.tenant_id, job).await,
        None => Ok(None),
    }
}

fn of(import: &Model) -> sea_orm::Select<Rows> {
    Rows::find().filter(Row::TenantId.eq(import.tenant_id)).filter(Row::ImportId.eq(import.id))
}

/// Rows of an import, in the order of its file; of one outcome where it is named.
///
/// # Errors
/// [`Error::BadRequest`] for a cursor that is none.
pub async fn rows(
    connection: &impl ConnectionTrait,
    import: &Model,
    outcome: Option<Outcome>,
    (cursor, size): (&Cursor, usize),
) -> Result<Slice<import_rows::Model>, Error> {
    let mut find = of(import);
    if let Some(outcome) = outcome {
        find = find.filter(Row::Outcome.eq(outcome.word()));
    }
    let number =
        |text: &Option<String>| text.as_deref().filter(|text| !text.is_empty()).map(str::parse::<i64>).transpose();
    let broken = |_| Error::BadRequest("This page of the list does not exist.".to_owned());
    let (after, before) = (number(&cursor.after).map_err(broken)?, number(&cursor.before).map_err(broken)?);
    let find = match (after, before) {
        (_, Some(before)) => find.filter(Row::Number.lt(before)).order_by_desc(Row::Number),
        (after, None) => find.filter(Row::Number.gt(after.unwrap_or(0))).order_by_asc(Row::Number),
    };
    let found = find.limit(u64::try_from(size + 1).unwrap_or(u64::MAX)).all(connection).await?;
    Ok(Slice::cut(cursor, size, found, |row| row.number.to_string()))
}

/// The next rows of these outcomes after a row, at most so many.
///
/// # Errors
/// When the database does not answer.
pub async fn next(
    connection: &impl ConnectionTrait,
    import: &Model,
    outcomes: &[Outcome],
    (after, most): (i64, u64),
) -> Result<Vec<import_rows::Model>, Error> {
    let find = of(import).filter(Row::Outcome.is_in(outcomes.iter().map(|outcome| outcome.word())));
    Ok(find.filter(Row::Number.gt(after)).order_by_asc(Row::Number).limit(most).all(connection).await?)
}

/// How many rows there are of each outcome, and how many of those that are new carry a warning.
///
/// # Errors
/// When the database does not answer.
pub async fn counts(connection: &impl ConnectionTrait, import: &Model) -> Result<(BTreeMap<String, i64>, i64), Error> {
    let counted: Vec<(String, i64)> = of(import)
        .select_only()
        .column(Row::Outcome)
        .column_as(Row::Number.count(), "rows")
        .group_by(Row::Outcome)
        .into_tuple()
        .all(connection)
        .await?;
    let warned: Option<i64> = of(import)
        .select_only()
        .column_as(Row::Number.count(), "rows")
        .filter(Row::Outcome.eq(Outcome::New.word()))
        .filter(Row::Warning.ne(""))
        .into_tuple()
        .one(connection)
        .await?;
    Ok((counted.into_iter().collect(), warned.unwrap_or_default()))
}

/// The lines and codes of the rows of this import, so far, that have one of these keys and were not refused.
pub(super) async fn earlier(
    connection: &impl ConnectionTrait,
    import: &Model,
    keys: &[CodeKey],
) -> Result<BTreeMap<String, (i64, String)>, Error> {
    if keys.is_empty() {
        return Ok(BTreeMap::new());
    }
    // Looked for by key alone: SQLite would rather walk every row of an outcome.
    let found: Vec<(Option<String>, i64, String, String)> = of(import)
        .select_only()
        .columns([Row::Key, Row::Line, Row::Text, Row::Outcome])
        .filter(Row::Key.is_in(padded(keys.iter().map(CodeKey::as_str))))
        .into_tuple()
        .all(connection)
        .await?;
    let counts = |outcome: &str| [Outcome::New.word(), Outcome::Same.word()].contains(&outcome);
    let kept = found.into_iter().filter(|(_, _, _, outcome)| counts(outcome));
    Ok(kept.filter_map(|(key, line, text, _)| Some((key?, (line, text)))).collect())
}

/// Those of these codes that an import made and took back.
pub(super) async fn taken_back(
    connection: &impl ConnectionTrait,
    tenant: Uuid,
    codes: &[Uuid],
) -> Result<BTreeSet<Uuid>, Error> {
    if codes.is_empty() {
        return Ok(BTreeSet::new());
    }
    let found: Vec<(Option<Uuid>, String)> = Rows::find()
        .select_only()
        .columns([Row::CodeId, Row::Outcome])
        .filter(Row::TenantId.eq(tenant))
        .filter(Row::CodeId.is_in(padded(codes.iter().copied())))
        .into_tuple()
        .all(connection)
        .await?;
    let with = |outcome: Outcome| -> BTreeSet<Uuid> {
        found.iter().filter(|(_, word)| word == outcome.word()).filter_map(|(code, _)| *code).collect()
    };
    // What a later import made again was deleted by somebody who meant it.
    Ok(&with(Outcome::Undone) - &with(Outcome::Made))
}

/// Removes what was discarded, and what nobody went on with, in pieces that hold up nobody. How many rows went.
///
/// # Errors
/// When the database does not answer.
pub async fn sweep(db: &Db, now: DateTime<Utc>) -> Result<u64, Error> {
    let mut gone = 0;
    for _ in 0..PIECES {
        match sweep_some(db, now).await? {
            Some(rows) => gone += rows,
            None => break,
        }
    }
    Ok(gone)
}

/// One piece of it; `None` when nothing is left to do.
///
/// # Errors
/// When the database does not answer.
pub async fn sweep_some(db: &Db, now: DateTime<Utc>) -> Result<Option<u64>, Error> {
    let left = Column::State.is_in([State::New.word(), State::Checked.word()]).and(Column::CreatedAt.lte(now - KEPT));
    let over = Condition::any().add(Column::State.eq(State::Discarded.word())).add(left);
    let Some(import) = Entity::find().filter(over).order_by_asc(Column::CreatedAt).one(db.read()).await? else {
        return Ok(None);
    };
    if State::of(&import.state) != State::Discarded {
        discard(db, &import).await?;
        return Ok(Some(0));
    }
    crate::files::remove(db, import.tenant_id, import.file_id).await?;
    let tx = db.begin().await?;
    let gone = clear(&tx, &import, SWEPT_AT_ONCE).await?;
    if gone < SWEPT_AT_ONCE {
        Entity::delete_by_id((import.tenant_id, import.id)).exec(&tx).await?;
    }
    db::commit(tx).await?;
    Ok(Some(gone))
}

/// Before any part of it goes, nobody can go on with it; unless somebody just did.
async fn discard(db: &Db, import: &Model) -> Result<(), Error> {
    let tx = db.begin().await?;
    let still = Entity::update_many()
        .col_expr(Column::State, Expr::value(State::Discarded.word()))
        .filter(Column::TenantId.eq(import.tenant_id))
        .filter(Column::Id.eq(import.id))
        .filter(Column::State.eq(&import.state));
    still.exec(&tx).await?;
    db::commit(tx).await
}

/// Removes the first rows of an import; how many.
pub(super) async fn clear(tx: &DatabaseTransaction, import: &Model, most: u64) -> Result<u64, Error> {
    let first = of(import).select_only().column(Row::Number).order_by_asc(Row::Number).limit(most);
    let numbers: Vec<i64> = first.into_tuple().all(tx).await?;
    let Some(last) = numbers.last() else { return Ok(0) };
    let these = Rows::delete_many()
        .filter(Row::TenantId.eq(import.tenant_id))
        .filter(Row::ImportId.eq(import.id))
        .filter(Row::Number.lte(*last));
    Ok(these.exec(tx).await?.rows_affected)
}
