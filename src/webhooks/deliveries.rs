//! The log of what endpoints are told; a message can be sent again by hand.

use super::deliver;
use super::events;
use super::messages::Message;
use super::wire::Outcome;
use crate::clock;
use crate::db::newest::{self, Newest};
use crate::db::tables::webhook_deliveries::{ActiveModel, Column, Entity, Model};
use crate::db::tables::webhook_endpoints::Model as Endpoint;
use crate::db::{self, Db, bulk};
use crate::error::Error;
use crate::web::paging::{Cursor, Slice};
use chrono::{DateTime, Duration, Utc};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder,
    QuerySelect,
};
use serde_json::json;
use uuid::Uuid;

/// Rows a page.
pub const PAGE: usize = 25;
/// How long the log is kept.
const KEPT: Duration = Duration::days(30);
/// As many as one statement touches: it holds up nobody.
const AT_ONCE: u64 = 1_000;

/// Where a delivery stands, with the word that people read.
pub const STATES: [(&str, &str); 3] = [(WAITING, "Waiting"), (DELIVERED, "Delivered"), (FAILED, "Given up")];
/// It is sent when its time comes.
pub const WAITING: &str = "waiting";
/// It was answered with 2xx.
pub const DELIVERED: &str = "delivered";
/// It was tried for long enough.
pub const FAILED: &str = "failed";

/// Which deliveries; empty is any.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// One of [`STATES`].
    pub state: String,
    /// The word of an event.
    pub event: String,
}

/// One page of what an endpoint is told, newest first.
///
/// # Errors
/// [`Error::BadRequest`] for a cursor that is none.
pub async fn page(
    connection: &impl ConnectionTrait,
    endpoint: &Endpoint,
    wanted: &Wanted,
    cursor: &Cursor,
) -> Result<Slice<Model>, Error> {
    let mut find = Newest::of("webhook_deliveries", endpoint.tenant_id);
    for (column, value) in [("state", &wanted.state), ("event", &wanted.event)] {
        if !value.is_empty() {
            let value = find.put(value.as_str());
            find.only(format!("t.{column} = {value}"));
        }
    }
    let id = find.put(endpoint.id);
    find.only(format!("t.endpoint_id = {id}"));
    let statement = find.at(connection, newest::place(cursor)?, PAGE + 1);
    let rows = Entity::find().from_raw_sql(statement).all(connection).await?;
    Ok(Slice::cut(cursor, PAGE, rows, |row| row.id.to_string()))
}

/// What is due, in the order in which it is to be sent.
///
/// # Errors
/// When the database does not answer.
pub(super) async fn due(
    connection: &impl ConnectionTrait,
    endpoint: &Endpoint,
    most: u64,
    now: DateTime<Utc>,
) -> Result<Vec<Model>, Error> {
    let find = waiting(endpoint).filter(Column::DueAt.lte(now)).order_by_asc(Column::DueAt).order_by_asc(Column::Id);
    Ok(find.limit(most).all(connection).await?)
}

/// When the next one is due; `None` when nothing waits.
///
/// # Errors
/// When the database does not answer.
pub(super) async fn next(
    connection: &impl ConnectionTrait,
    endpoint: &Endpoint,
) -> Result<Option<DateTime<Utc>>, Error> {
    let first = waiting(endpoint).order_by_asc(Column::DueAt).one(connection).await?;
    Ok(first.and_then(|row| row.due_at))
}

fn waiting(endpoint: &Endpoint) -> sea_orm::Select<Entity> {
    of_endpoint(endpoint).filter(Column::State.eq(WAITING))
}

fn of_endpoint(endpoint: &Endpoint) -> sea_orm::Select<Entity> {
    Entity::find().filter(Column::TenantId.eq(endpoint.tenant_id)).filter(Column::EndpointId.eq(endpoint.id))
}

/// Writes down what an endpoint is to be told.
///
/// # Errors
/// When the database does not answer.
pub(super) async fn write(
    tx: &DatabaseTransaction,
    endpoint: &Endpoint,
    messages: Vec<Message>,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let row = |message: Message| ActiveModel {
        tenant_id: Set(endpoint.tenant_id),
        id: Set(clock::id_at(now)),
        endpoint_id: Set(endpoint.id),
        message_id: Set(message.id),
        event: Set(message.event),
        subject: Set(message.subject),
        body: Set(message.body),
        state: Set(WAITING.to_owned()),
        tries: Set(0),
        due_at: Set(Some(now)),
        status: Set(None),
        took_ms: Set(None),
        answer: Set(None),
        failure: Set(None),
        created_at: Set(now),
        tried_at: Set(None),
    };
    Ok(bulk::insert::<Entity>(tx, messages.into_iter().map(row).collect()).await?)
}

/// Notes what became of one try; `again` is when it is tried next, if it failed and is not given up.
///
/// # Errors
/// When the database does not answer.
pub(super) async fn note(
    tx: &DatabaseTransaction,
    row: &Model,
    outcome: &Outcome,
    again: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let state = match (&outcome.failure, again) {
        (None, _) => DELIVERED,
        (Some(_), Some(_)) => WAITING,
        (Some(_), None) => FAILED,
    };
    let tried = ActiveModel {
        state: Set(state.to_owned()),
        due_at: Set(again.filter(|_| state == WAITING)),
        tries: Set(row.tries + 1),
        status: Set(outcome.status.map(i64::from)),
        took_ms: Set(i64::try_from(outcome.took.as_millis()).ok()),
        answer: Set(Some(outcome.answer.clone()).filter(|answer| !answer.is_empty())),
        failure: Set(outcome.failure.clone()),
        tried_at: Set(Some(now)),
        ..Default::default()
    };
    let this = Entity::update_many().set(tried).filter(Column::TenantId.eq(row.tenant_id));
    this.filter(Column::Id.eq(row.id)).exec(tx).await?;
    Ok(())
}

/// Sends a message that says nothing, to try the endpoint.
///
/// # Errors
/// When the database does not answer.
pub async fn test(
    tx: &DatabaseTransaction,
    endpoint: &Endpoint,
    tenant: &str,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let data = json!({ "tenant": tenant, "message": "This is a test." });
    let source = (clock::id_at(now), "");
    let message = Message::new(source, events::TEST, "test".to_owned(), &data, now)?;
    write(tx, endpoint, vec![message], now).await?;
    deliver::wake(tx, endpoint, now).await
}

/// Sends a message again, with the same id and the same body; whether there is one.
///
/// # Errors
/// When the database does not answer.
pub async fn again(
    tx: &DatabaseTransaction,
    endpoint: &Endpoint,
    delivery: Uuid,
    now: DateTime<Utc>,
) -> Result<bool, Error> {
    let this = Entity::update_many()
        .set(from_now(now))
        .filter(Column::TenantId.eq(endpoint.tenant_id))
        .filter(Column::EndpointId.eq(endpoint.id))
        .filter(Column::Id.eq(delivery));
    let found = this.exec(tx).await?.rows_affected > 0;
    if found {
        deliver::wake(tx, endpoint, now).await?;
    }
    Ok(found)
}

/// Sends again, from now on, what is in one of these states: the oldest, as far as they go at once. How many.
///
/// # Errors
/// When the database does not answer.
pub async fn all_again(
    tx: &DatabaseTransaction,
    endpoint: &Endpoint,
    states: &[&str],
    now: DateTime<Utc>,
) -> Result<u64, Error> {
    let mut ids: Vec<Uuid> = Vec::new();
    for state in states {
        let of_state = of_endpoint(endpoint).filter(Column::State.eq(*state)).order_by_asc(Column::Id);
        let some: Vec<Uuid> = of_state.select_only().column(Column::Id).limit(AT_ONCE).into_tuple().all(tx).await?;
        ids.extend(some);
    }
    if ids.is_empty() {
        return Ok(0);
    }
    let these = Entity::update_many().set(from_now(now)).filter(Column::TenantId.eq(endpoint.tenant_id));
    let count = these.filter(Column::Id.is_in(ids)).exec(tx).await?.rows_affected;
    deliver::wake(tx, endpoint, now).await?;
    Ok(count)
}

fn from_now(now: DateTime<Utc>) -> ActiveModel {
    ActiveModel { state: Set(WAITING.to_owned()), tries: Set(0), due_at: Set(Some(now)), ..Default::default() }
}

/// Whether something was given up.
///
/// # Errors
/// When the database does not answer.
pub async fn has_failed(connection: &impl ConnectionTrait, endpoint: &Endpoint) -> Result<bool, Error> {
    Ok(of_endpoint(endpoint).filter(Column::State.eq(FAILED)).one(connection).await?.is_some())
}

/// Removes what was told long since, in pieces. How many.
///
/// # Errors
/// When the database does not answer.
pub async fn sweep(db: &Db, now: DateTime<Utc>) -> Result<u64, Error> {
    let mut gone = 0;
    loop {
        let old = Entity::find().select_only().column(Column::Id).filter(Column::CreatedAt.lte(now - KEPT));
        let ids: Vec<Uuid> = old.limit(AT_ONCE).into_tuple().all(db.read()).await?;
        if ids.is_empty() {
            return Ok(gone);
        }
        let tx = db.begin().await?;
        let swept = Entity::delete_many().filter(Column::CreatedAt.lte(now - KEPT)).filter(Column::Id.is_in(ids));
        gone += swept.exec(&tx).await?.rows_affected;
        db::commit(tx).await?;
    }
}
