//! Users: who can sign in. An e-mail address is trimmed and lower case, and unique in the installation.

use crate::accounts::sessions;
use crate::audit::{self, Actor, Change, Entry};
use crate::db::like;
use crate::db::newest;
use crate::db::tables::users::{ActiveModel, Column, Entity, Model};
use crate::db::tables::{memberships, tenants};
use crate::error::{self, Error};
use crate::web::paging::{Cursor, Slice};
use chrono::{DateTime, Utc};
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter,
};
use uuid::Uuid;

/// The longest address there is (RFC 5321).
const LONGEST_EMAIL: usize = 254;
const LONGEST_NAME: usize = 100;
/// Users a page.
pub const PAGE: usize = 25;

/// A user to be made.
#[derive(Clone, Debug)]
pub struct New {
    /// The address, checked by [`email`].
    pub email: String,
    /// What people call them.
    pub display_name: String,
    /// The hash made by `Passwords::hash`.
    pub password_hash: String,
    /// Whether they may do everything in every tenant.
    pub platform_admin: bool,
}

/// Makes a user.
///
/// # Errors
/// [`Error::Conflict`] when the address has an account.
pub async fn create(tx: &DatabaseTransaction, new: New, now: DateTime<Utc>) -> Result<Model, Error> {
    let user = Model {
        id: Uuid::now_v7(),
        email: folded(&new.email),
        name_folded: like::folded(&new.display_name),
        display_name: new.display_name,
        password_hash: new.password_hash,
        platform_admin: new.platform_admin,
        disabled_at: None,
        email_proven_at: None,
        created_at: now,
        updated_at: now,
    };
    match Entity::insert(ActiveModel::from(user.clone())).exec_without_returning(tx).await {
        Ok(_) => Ok(user),
        Err(failure) if error::is_taken(&failure) => {
            Err(Error::Conflict(format!("{} has an account already.", user.email)))
        }
        Err(failure) => Err(failure.into()),
    }
}

/// Keeps a new password.
///
/// # Errors
/// When the database does not answer.
pub async fn set_password(
    tx: &DatabaseTransaction,
    user: Uuid,
    password_hash: String,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let row = ActiveModel { password_hash: Set(password_hash), updated_at: Set(now), ..Default::default() };
    Entity::update_many().set(row).filter(Column::Id.eq(user)).exec(tx).await?;
    Ok(())
}

/// Notes that somebody read what was mailed to them: whatever is known of the address is known of them.
///
/// # Errors
/// When the database does not answer.
pub async fn prove_address(tx: &DatabaseTransaction, user: Uuid, now: DateTime<Utc>) -> Result<(), Error> {
    let row = ActiveModel { email_proven_at: Set(Some(now)), ..Default::default() };
    let this = Entity::update_many().set(row).filter(Column::Id.eq(user)).filter(Column::EmailProvenAt.is_null());
    this.exec(tx).await?;
    Ok(())
}

/// Keeps a new name.
///
/// # Errors
/// When the database does not answer.
pub async fn set_name(tx: &DatabaseTransaction, user: Uuid, name: String, now: DateTime<Utc>) -> Result<(), Error> {
    let name_folded = Set(like::folded(&name));
    let row = ActiveModel { display_name: Set(name), name_folded, updated_at: Set(now), ..Default::default() };
    Entity::update_many().set(row).filter(Column::Id.eq(user)).exec(tx).await?;
    Ok(())
}

/// Switches an account off or on. One that is off is out at once: its sessions end.
///
/// # Errors
/// [`Error::NotFound`] when there is no such user.
pub async fn switch(
    tx: &DatabaseTransaction,
    actor: &Actor,
    user: Uuid,
    off: bool,
    now: DateTime<Utc>,
) -> Result<Model, Error> {
    let user = Entity::find_by_id(user).one(tx).await?.ok_or(Error::NotFound)?;
    if user.disabled_at.is_some() == off {
        return Ok(user);
    }
    let row = ActiveModel { disabled_at: Set(off.then_some(now)), updated_at: Set(now), ..Default::default() };
    Entity::update_many().set(row).filter(Column::Id.eq(user.id)).exec(tx).await?;
    if off {
        sessions::end_all(tx, user.id, None).await?;
    }
    let action = if off { "user.disabled" } else { "user.enabled" };
    record(tx, actor, &user, (action, vec![Change::new("disabled", !off, off)]), now).await?;
    Ok(user)
}

/// A page of all users whose name or address has this in it, newest first.
///
/// # Errors
/// [`Error::BadRequest`] for a cursor that is none.
pub async fn page(connection: &impl ConnectionTrait, part: &str, cursor: &Cursor) -> Result<Slice<Model>, Error> {
    newest::of_entity(connection, Entity::find().filter(named(part)), (Column::Id, |row| row.id), (cursor, PAGE)).await
}

/// The condition for users whose name or address has this in it, which all have where nothing was typed.
#[must_use]
pub fn named(part: &str) -> Condition {
    if part.trim().is_empty() {
        return Condition::all();
    }
    let contains = |column: Column, part: String| Expr::col((Entity, column)).like(like::contains(&part));
    Condition::any().add(contains(Column::Email, folded(part))).add(contains(Column::NameFolded, like::folded(part)))
}

/// Writes what happened to a user into the audit log of every tenant that it concerns: those of the user's
/// memberships, and all of them for a platform administrator.
///
/// # Errors
/// When the database refuses it; the change must then not be committed either.
pub async fn record(
    tx: &DatabaseTransaction,
    actor: &Actor,
    user: &Model,
    (action, changes): (&'static str, Vec<Change>),
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let concerned: Vec<Uuid> = if user.platform_admin {
        tenants::Entity::find().all(tx).await?.into_iter().map(|tenant| tenant.id).collect()
    } else {
        let mine = memberships::Entity::find().filter(memberships::Column::UserId.eq(user.id));
        mine.all(tx).await?.into_iter().map(|membership| membership.tenant_id).collect()
    };
    let entry = Entry {
        action,
        subject_kind: "user",
        subject_id: user.id.to_string(),
        subject_label: user.email.clone(),
        changes,
        ..Entry::default()
    };
    let entries = concerned.into_iter().map(|tenant| (actor.clone(), tenant, entry.clone())).collect();
    audit::record_all(tx, entries, now).await?;
    Ok(())
}

/// The user with this address, however it is written.
///
/// # Errors
/// When the database does not answer.
pub async fn by_email(connection: &impl ConnectionTrait, email: &str) -> Result<Option<Model>, Error> {
    Ok(Entity::find().filter(Column::Email.eq(folded(email))).one(connection).await?)
}

/// The form in which an address is kept and compared.
#[must_use]
pub fn folded(email: &str) -> String {
    email.trim().to_lowercase()
}

/// An address that mail can reach, folded.
///
/// # Errors
/// The sentence for the form.
pub fn email(typed: &str) -> Result<String, String> {
    let email = folded(typed);
    let (local, domain) = email.rsplit_once('@').unwrap_or_default();
    let fits = !local.is_empty()
        && domain.contains('.')
        && !domain.starts_with('.')
        && !domain.ends_with('.')
        && email.len() <= LONGEST_EMAIL
        && !email.contains(|letter: char| letter.is_whitespace() || letter.is_control() || "<>,;\"".contains(letter));
    if fits { Ok(email) } else { Err("Enter an e-mail address like name@example.org.".to_owned()) }
}

/// A name fit to be shown, trimmed.
///
/// # Errors
/// The sentence for the form.
pub fn name(typed: &str) -> Result<String, String> {
    let name = typed.trim();
    match name.chars().count() {
        0 => Err("Enter a name.".to_owned()),
        count if count > LONGEST_NAME => Err(format!("Use at most {LONGEST_NAME} characters.")),
        _ if name.contains(char::is_control) => Err("Use letters that can be printed.".to_owned()),
        _ => Ok(name.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::{email, name};

    #[test]
    fn addresses_are_trimmed_and_lower_case() {
        assert_eq!(email("  Ada@Example.ORG "), Ok("ada@example.org".to_owned()));
        let long = format!("{}@example.org", "a".repeat(250));
        for bad in ["", "ada", "@example.org", "ada@localhost", "a b@c.de", "ada@.org", "<ada@example.org>", &long] {
            assert!(email(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_name_has_something_to_show() {
        assert_eq!(name(" Ada "), Ok("Ada".to_owned()));
        assert!(name("  ").is_err() && name("a\u{7}b").is_err() && name(&"x".repeat(101)).is_err());
    }
}
