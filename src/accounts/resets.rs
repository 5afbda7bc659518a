//! A forgotten password: a link by mail that works once, for an hour. Whoever asks is told the same, whether the address
//! has an account or not.

use crate::accounts::letters::RESET;
use crate::accounts::passwords::{self, Passwords};
use crate::accounts::{sessions, users};
use crate::audit::{Actor, ActorKind};
use crate::db::tables::password_resets::{ActiveModel, Column, Entity};
use crate::db::tables::users as user_rows;
use crate::db::{self, Db};
use crate::error::Error;
use crate::jobs::{self, New};
use crate::web::address::place;
use crate::web::form::Errors;
use crate::web::throttle::{self, Patience};
use crate::web::token;
use chrono::{DateTime, Duration, Utc};
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter};
use serde_json::json;
use std::net::IpAddr;
use uuid::Uuid;

/// How long a link works.
pub const VALID: Duration = Duration::hours(1);
/// Six random bits each.
const TOKEN_LENGTH: usize = 32;
/// Nobody's mailbox is to be filled.
const ACCOUNT: Patience =
    Patience { free: 2, first: Duration::minutes(1), longest: Duration::hours(6), forgets: Duration::hours(24) };
const ADDRESS: Patience =
    Patience { free: 10, first: Duration::seconds(10), longest: Duration::hours(1), forgets: Duration::hours(6) };

/// Asks for a link: always a job, so that known addresses take as long as unknown ones.
///
/// # Errors
/// [`Error::TooMany`] when this was asked too often, for this address or from this one.
pub async fn ask(db: &Db, tenant: Uuid, email: &str, from: IpAddr, now: DateTime<Utc>) -> Result<(), Error> {
    let account = (format!("reset:account:{}", token::hash(email)), ACCOUNT);
    let address = (format!("reset:address:{}", place(from)), ADDRESS);
    let tx = db.begin().await?;
    if let Some(wait) = throttle::charge(&tx, &[account, address], now).await? {
        return Err(Error::TooMany(wait));
    }
    let job = New {
        kind: RESET,
        tenant: Some(tenant),
        label: "A link to set a new password".to_owned(),
        payload: json!({ "email": email }),
        ..New::default()
    };
    jobs::enqueue(&tx, job, now).await?;
    db::commit(tx).await
}

/// A new link of this user; those that were mailed before do not work any more.
///
/// # Errors
/// When the database does not answer.
pub(super) async fn create(tx: &DatabaseTransaction, user: Uuid, now: DateTime<Utc>) -> Result<String, Error> {
    forget(tx, user).await?;
    let secret = token::random(TOKEN_LENGTH)?;
    let row = ActiveModel {
        token_hash: Set(token::hash(&secret)),
        user_id: Set(user),
        created_at: Set(now),
        expires_at: Set(now + VALID),
    };
    Entity::insert(row).exec_without_returning(tx).await?;
    Ok(secret)
}

async fn forget(tx: &DatabaseTransaction, user: Uuid) -> Result<(), Error> {
    Entity::delete_many().filter(Column::UserId.eq(user)).exec(tx).await?;
    Ok(())
}

/// Whose password this link sets, while it works.
///
/// # Errors
/// When the database does not answer.
pub async fn user_of(
    connection: &impl ConnectionTrait,
    secret: &str,
    now: DateTime<Utc>,
) -> Result<Option<user_rows::Model>, Error> {
    let found = Entity::find_by_id(token::hash(secret)).filter(Column::ExpiresAt.gt(now)).one(connection).await?;
    let Some(row) = found else { return Ok(None) };
    let user = user_rows::Entity::find_by_id(row.user_id).one(connection).await?;
    Ok(user.filter(|user| user.disabled_at.is_none()))
}

/// Sets the password and ends every session of the user. `None` when the link does not work (any more); within, what is
/// wrong with the password.
///
/// # Errors
/// When the database does not answer, or too many passwords are being hashed.
pub async fn set(
    db: &Db,
    passwords: &Passwords,
    (secret, new): (&str, &str),
    request_id: &str,
    now: DateTime<Utc>,
) -> Result<Option<Result<(), Errors>>, Error> {
    if user_of(db.read(), secret, now).await?.is_none() {
        return Ok(None);
    }
    let mut errors = Errors::default();
    errors.keep("password", passwords::acceptable(new).map(|_| ()));
    if !errors.is_empty() {
        return Ok(Some(Err(errors)));
    }
    let hash = passwords.hash(new).await?;
    let tx = db.begin().await?;
    let Some(user) = user_of(&tx, secret, now).await? else { return Ok(None) };
    // The row decides who was first.
    if Entity::delete_by_id(token::hash(secret)).exec(&tx).await?.rows_affected == 0 {
        return Ok(None);
    }
    forget(&tx, user.id).await?;
    users::set_password(&tx, user.id, hash, now).await?;
    users::prove_address(&tx, user.id, now).await?;
    sessions::end_all(&tx, user.id, None).await?;
    let actor = Actor {
        kind: ActorKind::User,
        id: Some(user.id),
        label: user.email.clone(),
        request_id: request_id.to_owned(),
    };
    users::record(&tx, &actor, &user, ("user.password_reset", vec![]), now).await?;
    db::commit(tx).await?;
    Ok(Some(Ok(())))
}

/// Removes links that have run out. How many.
///
/// # Errors
/// When the database does not answer.
pub async fn sweep(tx: &DatabaseTransaction, now: DateTime<Utc>) -> Result<u64, Error> {
    Ok(Entity::delete_many().filter(Column::ExpiresAt.lte(now)).exec(tx).await?.rows_affected)
}
