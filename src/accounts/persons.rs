//! Persons: whom per-person limits count, whatever name they come under.
//!
//! Only a signed-in user, or a caller who vouches for it, names a person.

mod names;

use crate::db::bulk::padded;
use crate::db::tables::{person_aliases, persons, users};
use crate::error::Error;
use chrono::{DateTime, Utc};
use sea_orm::sea_query::{ExprTrait, OnConflict};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter,
};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

pub use names::{Names, names};

/// A name by which a person is known.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Alias {
    /// A signed-in user.
    User(Uuid),
    /// An e-mail address, folded.
    Email(String),
    /// A caller's own id for its customer.
    External(String),
}

/// The longest e-mail address, in bytes (RFC 5321, section 4.5.3.1.3, without its brackets).
const LONGEST_ADDRESS: usize = 254;
/// Providers that ignore dots in the part before the @.
const DOTLESS: [&str; 2] = ["gmail.com", "googlemail.com"];

impl Alias {
    /// The alias of an e-mail address: case, `+tag`, and dots where the provider ignores them, fold away.
    /// `None` for what is no address.
    #[must_use]
    pub fn email(address: &str) -> Option<Self> {
        let address = address.trim().to_lowercase();
        let (local, domain) = address.rsplit_once('@')?;
        let local = local.split_once('+').map_or(local, |(local, _)| local);
        let (local, domain) =
            if DOTLESS.contains(&domain) { (local.replace('.', ""), "gmail.com") } else { (local.to_owned(), domain) };
        let fits = !local.is_empty()
            && domain.contains('.')
            && !address.contains(char::is_whitespace)
            && address.len() <= LONGEST_ADDRESS;
        fits.then(|| Self::Email(format!("{local}@{domain}")))
    }

    /// The names of somebody with an account: once a mailed link was opened, the address as well.
    #[must_use]
    pub fn of_user(user: &users::Model) -> BTreeSet<Self> {
        let address = user.email_proven_at.and_then(|_| Self::email(&user.email));
        std::iter::once(Self::User(user.id)).chain(address).collect()
    }

    /// The words it is kept under: its kind and its key.
    #[must_use]
    pub fn words(&self) -> (&'static str, String) {
        match self {
            Self::User(id) => ("user", id.to_string()),
            Self::Email(address) => ("email", address.clone()),
            Self::External(id) => ("external", id.clone()),
        }
    }

    /// The alias that is kept under these words.
    #[must_use]
    pub fn of_words(kind: &str, key: String) -> Option<Self> {
        match kind {
            "user" => key.parse().ok().map(Self::User),
            "email" => Some(Self::Email(key)),
            "external" => Some(Self::External(key)),
            _ => None,
        }
    }
}

/// The person known by this alias.
///
/// # Errors
/// When the database does not answer.
pub async fn find(connection: &impl ConnectionTrait, tenant: Uuid, alias: &Alias) -> Result<Option<Uuid>, Error> {
    let (kind, key) = alias.words();
    let row = person_aliases::Entity::find_by_id((tenant, kind.to_owned(), key)).one(connection).await?;
    Ok(row.map(|row| row.person_id))
}

/// The persons that these aliases lead to, as far as they are known: one read.
///
/// # Errors
/// When the database does not answer.
pub async fn find_all(
    connection: &impl ConnectionTrait,
    tenant: Uuid,
    aliases: &BTreeSet<Alias>,
) -> Result<BTreeMap<Alias, Uuid>, Error> {
    use person_aliases::{Column, Entity};
    if aliases.is_empty() {
        return Ok(BTreeMap::new());
    }
    let mut kinds: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for (kind, key) in aliases.iter().map(Alias::words) {
        kinds.entry(kind).or_default().push(key);
    }
    let any = kinds.into_iter().fold(Condition::any(), |any, (kind, keys)| {
        any.add(Column::Kind.eq(kind).and(Column::Key.is_in(padded(keys))))
    });
    let rows = Entity::find().filter(Column::TenantId.eq(tenant)).filter(any).all(connection).await?;
    Ok(rows.into_iter().filter_map(|row| Some((Alias::of_words(&row.kind, row.key)?, row.person_id))).collect())
}

/// The person known by this alias, made if there is none. Two who ask at once get the same.
///
/// # Errors
/// When the database does not answer.
pub async fn find_or_create(
    tx: &DatabaseTransaction,
    tenant: Uuid,
    alias: &Alias,
    now: DateTime<Utc>,
) -> Result<Uuid, Error> {
    if let Some(person) = find(tx, tenant, alias).await? {
        return Ok(person);
    }
    let id = Uuid::now_v7();
    let person = persons::ActiveModel { tenant_id: Set(tenant), id: Set(id), created_at: Set(now) };
    persons::Entity::insert(person).exec_without_returning(tx).await?;
    name(tx, tenant, alias, id, now).await
}

/// Gives a person one more name; whom the name leads to, which is somebody else if it was taken.
///
/// # Errors
/// When the database does not answer.
pub async fn name(
    tx: &DatabaseTransaction,
    tenant: Uuid,
    alias: &Alias,
    person: Uuid,
    now: DateTime<Utc>,
) -> Result<Uuid, Error> {
    let (kind, key) = alias.words();
    let row = person_aliases::ActiveModel {
        tenant_id: Set(tenant),
        kind: Set(kind.to_owned()),
        key: Set(key),
        person_id: Set(person),
        created_at: Set(now),
    };
    let one_wins = OnConflict::columns([
        person_aliases::Column::TenantId,
        person_aliases::Column::Kind,
        person_aliases::Column::Key,
    ])
    .do_nothing()
    .to_owned();
    person_aliases::Entity::insert(row).on_conflict(one_wins).exec_without_returning(tx).await?;
    Ok(find(tx, tenant, alias).await?.unwrap_or(person))
}

#[cfg(test)]
mod tests {
    use super::Alias;

    #[test]
    fn the_same_mailbox_is_the_same_person() {
        let same = ["Ada.Lovelace+shop@GMail.com", "adalovelace@googlemail.com", " a.d.a.lovelace@gmail.com "];
        for address in same {
            assert_eq!(Alias::email(address), Some(Alias::Email("adalovelace@gmail.com".into())), "{address}");
        }
        assert_eq!(Alias::email("A.b+x@example.org"), Some(Alias::Email("a.b@example.org".into())));
        for address in ["", "nobody", "@example.org", "+x@example.org", "a b@example.org", "a@b"] {
            assert_eq!(Alias::email(address), None, "{address}");
        }
    }
}
