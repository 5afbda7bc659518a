//! Sessions in the database: opaque ids whose hashes are kept, listed and ended like any other row.
//!
//! A session ends after 30 minutes without a request and 12 hours after sign-in. A session that was ended is never
//! written back, because an update only updates.

use crate::clock::Clock;
use crate::db::tables::sessions::{ActiveModel, Column, Entity, Model};
use crate::db::{self, Db};
use crate::error::Error;
use crate::web::token;
use actix_session::SessionExt;
use actix_session::storage::{LoadError, SaveError, SessionKey, SessionStore, UpdateError, generate_session_key};
use actix_web::HttpRequest;
use actix_web::cookie::time::Duration as CookieDuration;
use anyhow::anyhow;
use chrono::{DateTime, Duration, Utc};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
};
use std::collections::HashMap;
use uuid::Uuid;

/// How long a session lasts without a request.
pub const IDLE: Duration = Duration::minutes(30);
/// How long a session lasts at most.
pub const LONGEST: Duration = Duration::hours(12);
/// How often a request is noted, so that reading a page is not a write.
const TOUCH_EVERY: Duration = Duration::minutes(1);

/// Where `actix-identity` keeps the user.
const USER_KEY: &str = "actix_identity.user_id";
/// Where sign-in notes the browser's address and name, for the list of sessions.
pub const ADDRESS_KEY: &str = "address";
/// As [`ADDRESS_KEY`].
pub const AGENT_KEY: &str = "agent";

/// Where the store tells the guards with which key a request came.
const KEY_HASH: &str = "key_hash";

type State = HashMap<String, String>;

/// The hash of the key that a request came with. Whether a session has it is for
/// [`arrival`](crate::accounts::arrival) to find out, which reads it together with all that belongs to it.
#[must_use]
pub fn key_of(request: &HttpRequest) -> Option<String> {
    request.get_session().get(KEY_HASH).ok().flatten()
}

/// The store behind the session middleware.
#[derive(Clone, Debug)]
pub struct Store {
    db: Db,
    clock: Clock,
}

impl Store {
    /// A store in this database.
    #[must_use]
    pub fn new(db: Db, clock: Clock) -> Self {
        Self { db, clock }
    }

    async fn insert(&self, mut state: State, key: &SessionKey) -> Result<(), Error> {
        state.remove(KEY_HASH);
        let now = self.clock.now();
        let text = |name| state.get(name).and_then(|value| serde_json::from_str(value).ok()).unwrap_or_default();
        let row = ActiveModel {
            key_hash: Set(token::hash(key.as_ref())),
            id: Set(Uuid::now_v7()),
            user_id: Set(user_of(&state)),
            state: Set(serde_json::to_value(&state).map_err(|error| Error::Internal(error.into()))?),
            address: Set(text(ADDRESS_KEY)),
            user_agent: Set(text(AGENT_KEY)),
            created_at: Set(now),
            seen_at: Set(now),
            expires_at: Set(now + LONGEST),
        };
        let tx = self.db.begin().await?;
        Entity::insert(row).exec_without_returning(&tx).await?;
        db::commit(tx).await
    }

    async fn change(&self, key: &SessionKey, mut state: State) -> Result<(), Error> {
        state.remove(KEY_HASH);
        let state_json = serde_json::to_value(&state).map_err(|error| Error::Internal(error.into()))?;
        let row = ActiveModel { state: Set(state_json), user_id: Set(user_of(&state)), ..Default::default() };
        let tx = self.db.begin().await?;
        Entity::update_many().set(row).filter(Column::KeyHash.eq(token::hash(key.as_ref()))).exec(&tx).await?;
        db::commit(tx).await
    }

    async fn remove(&self, key: &SessionKey) -> Result<(), Error> {
        let tx = self.db.begin().await?;
        Entity::delete_by_id(token::hash(key.as_ref())).exec(&tx).await?;
        db::commit(tx).await
    }
}

impl SessionStore for Store {
    /// Reads nothing: most requests that bring a cookie have a guard, which reads the session with its user.
    async fn load(&self, key: &SessionKey) -> Result<Option<State>, LoadError> {
        let hash = serde_json::to_string(&token::hash(key.as_ref()));
        let hash = hash.map_err(|error| LoadError::Deserialization(error.into()))?;
        Ok(Some(State::from([(KEY_HASH.to_owned(), hash)])))
    }

    async fn save(&self, state: State, _: &CookieDuration) -> Result<SessionKey, SaveError> {
        let key = generate_session_key();
        self.insert(state, &key).await.map_err(|error| SaveError::Other(anyhow!(error)))?;
        Ok(key)
    }

    async fn update(&self, key: SessionKey, state: State, _: &CookieDuration) -> Result<SessionKey, UpdateError> {
        self.change(&key, state).await.map_err(|error| UpdateError::Other(anyhow!(error)))?;
        Ok(key)
    }

    async fn update_ttl(&self, _: &SessionKey, _: &CookieDuration) -> Result<(), anyhow::Error> {
        // The row knows both its limits; see `touch`.
        Ok(())
    }

    async fn delete(&self, key: &SessionKey) -> Result<(), anyhow::Error> {
        Ok(self.remove(key).await?)
    }
}

fn user_of(state: &State) -> Option<Uuid> {
    let text: String = serde_json::from_str(state.get(USER_KEY)?).ok()?;
    text.parse().ok()
}

/// Whether a session may still be used.
#[must_use]
pub fn is_alive(seen_at: DateTime<Utc>, expires_at: DateTime<Utc>, now: DateTime<Utc>) -> bool {
    now < expires_at && now < seen_at + IDLE
}

/// Notes that the session was used, once a minute at most.
///
/// # Errors
/// When the database does not answer.
pub async fn touch(db: &Db, (session, seen_at): (Uuid, DateTime<Utc>), now: DateTime<Utc>) -> Result<(), Error> {
    if now < seen_at + TOUCH_EVERY {
        return Ok(());
    }
    let tx = db.begin().await?;
    let seen = ActiveModel { seen_at: Set(now), ..Default::default() };
    Entity::update_many().set(seen).filter(Column::Id.eq(session)).exec(&tx).await?;
    db::commit(tx).await
}

/// The living sessions of a user, newest first.
///
/// # Errors
/// When the database does not answer.
pub async fn of_user(connection: &impl ConnectionTrait, user: Uuid, now: DateTime<Utc>) -> Result<Vec<Model>, Error> {
    let mut found = Entity::find().filter(Column::UserId.eq(user)).order_by_desc(Column::Id).all(connection).await?;
    found.retain(|session| is_alive(session.seen_at, session.expires_at, now));
    Ok(found)
}

/// When a session of each of these users was last used, as far as one is kept.
///
/// # Errors
/// When the database does not answer.
pub async fn last_seen(
    connection: &impl ConnectionTrait,
    users: &[Uuid],
) -> Result<HashMap<Uuid, DateTime<Utc>>, Error> {
    let find = Entity::find().select_only().column(Column::UserId).column_as(Column::SeenAt.max(), "seen_at");
    let last = find.filter(Column::UserId.is_in(users.iter().copied())).group_by(Column::UserId);
    let rows: Vec<(Uuid, DateTime<Utc>)> = last.into_tuple().all(connection).await?;
    Ok(rows.into_iter().collect())
}

/// Ends the sessions of a user, but for the one named.
///
/// # Errors
/// When the database does not answer.
pub async fn end_all(tx: &impl ConnectionTrait, user: Uuid, but: Option<Uuid>) -> Result<u64, Error> {
    let mut ended = Entity::delete_many().filter(Column::UserId.eq(user));
    if let Some(kept) = but {
        ended = ended.filter(Column::Id.ne(kept));
    }
    Ok(ended.exec(tx).await?.rows_affected)
}

/// Ends one session of a user; whether there was one.
///
/// # Errors
/// When the database does not answer.
pub async fn end(tx: &impl ConnectionTrait, user: Uuid, session: Uuid) -> Result<bool, Error> {
    let ended = Entity::delete_many().filter(Column::UserId.eq(user)).filter(Column::Id.eq(session)).exec(tx).await?;
    Ok(ended.rows_affected > 0)
}

/// Removes what has run out.
///
/// # Errors
/// When the database does not answer.
pub async fn sweep(tx: &impl ConnectionTrait, now: DateTime<Utc>) -> Result<u64, Error> {
    let over = Condition::any().add(Column::ExpiresAt.lte(now)).add(Column::SeenAt.lte(now - IDLE));
    Ok(Entity::delete_many().filter(over).exec(tx).await?.rows_affected)
}
