//! The first tenant and its administrator, made once by whoever can read the log of the first start.

use crate::accounts::passwords::{self, Passwords};
use crate::accounts::role::Role;
use crate::accounts::{memberships, users};
use crate::audit::{Actor, ActorKind};
use crate::db::tables::platform_settings::{ActiveModel, Column, Entity};
use crate::db::tables::{tenants as tenant_rows, users as user_rows};
use crate::db::{self, Db};
use crate::error::Error;
use crate::money::Currency;
use crate::tenants::{self, fields};
use crate::web::form::Errors;
use crate::web::token;
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, PaginatorTrait, QueryFilter,
};
use serde::Deserialize;
use subtle::ConstantTimeEq;

const KEY: &str = "first_run_token_hash";

/// What the form of the first run says.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Typed {
    /// The token from the log.
    pub token: String,
    /// The name of the tenant.
    pub tenant: String,
    /// Its currency's code.
    pub currency: String,
    /// Its time zone's name.
    pub time_zone: String,
    /// What ends every refusal.
    pub support_contact: String,
    /// The administrator's name.
    pub name: String,
    /// The administrator's address.
    pub email: String,
    /// The administrator's password.
    pub password: String,
}

/// The same, understood.
struct Read {
    tenant: String,
    currency: Currency,
    zone: Tz,
    support_contact: String,
    name: String,
    email: String,
}

/// Makes a one-time token when there is no tenant yet; the one of an earlier start is gone with it.
///
/// # Errors
/// When the database does not answer.
pub async fn announce(db: &Db, now: DateTime<Utc>) -> Result<Option<String>, Error> {
    if !is_open(db.read()).await? {
        return Ok(None);
    }
    let secret = token::random(32)?;
    let row = ActiveModel { key: Set(KEY.into()), value: Set(token::hash(&secret).into()), updated_at: Set(now) };
    let newest = OnConflict::column(Column::Key).update_columns([Column::Value, Column::UpdatedAt]).to_owned();
    let tx = db.begin().await?;
    Entity::insert(row).on_conflict(newest).exec_without_returning(&tx).await?;
    db::commit(tx).await?;
    Ok(Some(secret))
}

/// Whether the first run is still to come.
///
/// # Errors
/// When the database does not answer.
pub async fn is_open(connection: &impl ConnectionTrait) -> Result<bool, Error> {
    Ok(tenant_rows::Entity::find().count(connection).await? == 0)
}

/// Makes the tenant, its administrator and the membership in one transaction, and uses up the token.
///
/// # Errors
/// [`Error::NotFound`] after the first run; within, what is wrong with the form.
pub async fn complete(
    db: &Db,
    passwords: &Passwords,
    typed: &Typed,
    request_id: &str,
    now: DateTime<Utc>,
) -> Result<Result<user_rows::Model, Errors>, Error> {
    if !is_open(db.read()).await? {
        return Err(Error::NotFound);
    }
    let mut errors = Errors::default();
    if !knows_token(db.read(), &typed.token).await? {
        errors.add("token", "This is not the token of the last start. It stands in the log.");
    }
    let Some(read) = read(typed, &mut errors) else { return Ok(Err(errors)) };
    if users::by_email(db.read(), &read.email).await?.is_some() {
        errors.add("email", "This address has an account already. Use another one.");
        return Ok(Err(errors));
    }
    let hash = passwords.hash(&typed.password).await?;
    let tx = db.begin().await?;
    // The row of the token decides who was first.
    if Entity::delete_by_id(KEY).exec(&tx).await?.rows_affected == 0 {
        return Err(Error::NotFound);
    }
    let user = make(&tx, read, hash, request_id, now).await?;
    db::commit(tx).await?;
    Ok(Ok(user))
}

async fn make(
    tx: &DatabaseTransaction,
    read: Read,
    password_hash: String,
    request_id: &str,
    now: DateTime<Utc>,
) -> Result<user_rows::Model, Error> {
    let admin = users::New { email: read.email, display_name: read.name, password_hash, platform_admin: true };
    let user = users::create(tx, admin, now).await?;
    let actor = Actor {
        kind: ActorKind::User,
        id: Some(user.id),
        label: user.email.clone(),
        request_id: request_id.to_owned(),
    };
    let tenant = tenants::New {
        slug: fields::slug_of(&read.tenant),
        name: read.tenant,
        hostname: None,
        currency: read.currency,
        zone: read.zone,
        support_contact: read.support_contact,
        coupons_enabled: true,
        sandbox_payments: false,
    };
    let tenant = tenants::create(tx, &actor, tenant, now).await?;
    memberships::add(tx, &actor, tenant.id, (&user, Role::Admin), now).await?;
    Ok(user)
}

async fn knows_token(connection: &impl ConnectionTrait, typed: &str) -> Result<bool, Error> {
    let row = Entity::find().filter(Column::Key.eq(KEY)).one(connection).await?;
    let kept = row.and_then(|row| row.value.as_str().map(str::to_owned)).unwrap_or_default();
    Ok(token::hash(typed.trim()).as_bytes().ct_eq(kept.as_bytes()).into())
}

fn read(typed: &Typed, errors: &mut Errors) -> Option<Read> {
    let tenant = errors.keep("tenant", fields::line(&typed.tenant, "Enter the name of your shop or company."));
    let currency = errors.keep("currency", fields::currency(&typed.currency));
    let zone = errors.keep("time_zone", fields::zone(&typed.time_zone));
    let contact = fields::line(&typed.support_contact, "Enter whom people ask: an address, a number or a sentence.");
    let support_contact = errors.keep("support_contact", contact);
    let name = errors.keep("name", users::name(&typed.name));
    let email = errors.keep("email", users::email(&typed.email));
    errors.keep("password", passwords::acceptable(&typed.password).map(|_| ()));
    let read = Read {
        tenant: tenant?,
        currency: currency?,
        zone: zone?,
        support_contact: support_contact?,
        name: name?,
        email: email?,
    };
    errors.is_empty().then_some(read)
}
