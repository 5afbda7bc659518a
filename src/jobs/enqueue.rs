//! How a job comes to be: in the transaction of what asks for it.

use super::job::State;
use crate::clock;
use crate::db::bulk;
use crate::db::tables::jobs::{ActiveModel, Column, Entity};
use crate::error::Error;
use chrono::{DateTime, Utc};
use sea_orm::{ActiveValue::Set, ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter};
use serde_json::Value;
use uuid::Uuid;

/// Work to be done later.
#[derive(Clone, Debug, Default)]
pub struct New {
    /// The word of its [`super::Kind`].
    pub kind: &'static str,
    /// The tenant whose admins see it; none for work of the installation.
    pub tenant: Option<Uuid>,
    /// What people read: "5,000 codes for SPRING-15". No secrets.
    pub label: String,
    /// The page it belongs to.
    pub link: Option<String>,
    /// What its kind needs to know. It is forgotten when the job is done.
    pub payload: Value,
    /// How much there is to do, where that is known.
    pub total: Option<i64>,
    /// Not before this instant; at once where there is none.
    pub run_at: Option<DateTime<Utc>>,
}

/// Writes a job that runs once the transaction is committed; its id.
///
/// # Errors
/// When the database does not answer.
pub async fn enqueue(tx: &DatabaseTransaction, new: New, now: DateTime<Utc>) -> Result<Uuid, Error> {
    let ids = enqueue_all(tx, vec![new], now).await?;
    Ok(ids.first().copied().unwrap_or_default())
}

/// Writes many jobs in one statement; their ids in the order given.
///
/// # Errors
/// As [`enqueue`].
pub async fn enqueue_all(tx: &DatabaseTransaction, new: Vec<New>, now: DateTime<Utc>) -> Result<Vec<Uuid>, Error> {
    let ids: Vec<Uuid> = new.iter().map(|_| clock::id_at(now)).collect();
    let rows = new.into_iter().zip(&ids).map(|(new, id)| row(new, *id, now)).collect();
    bulk::insert::<Entity>(tx, rows).await?;
    Ok(ids)
}

/// Lets a job that waits run at `at`, if it would run later; `false` when it neither waits nor runs.
///
/// # Errors
/// When the database does not answer.
pub async fn hurry(tx: &DatabaseTransaction, id: Uuid, at: DateTime<Utc>) -> Result<bool, Error> {
    let sooner = ActiveModel { run_at: Set(at), ..Default::default() };
    let waits = Entity::update_many().set(sooner).filter(Column::Id.eq(id)).filter(Column::RunAt.gt(at));
    waits.filter(Column::State.eq(State::Waiting.word())).exec(tx).await?;
    let goes = Entity::find_by_id(id).filter(Column::State.is_in([State::Waiting.word(), State::Running.word()]));
    Ok(goes.one(tx).await?.is_some())
}

fn row(new: New, id: Uuid, now: DateTime<Utc>) -> ActiveModel {
    ActiveModel {
        id: Set(id),
        tenant_id: Set(new.tenant),
        kind: Set(new.kind.to_owned()),
        payload: Set(new.payload),
        state: Set(State::Waiting.word().to_owned()),
        tries: Set(0),
        failure: Set(None),
        run_at: Set(new.run_at.unwrap_or(now)),
        leased_until: Set(None),
        created_at: Set(now),
        updated_at: Set(now),
        label: Set(new.label),
        link: Set(new.link),
        place: Set(Value::Null),
        done: Set(0),
        total: Set(new.total),
        leased_by: Set(None),
        finished_at: Set(None),
    }
}
