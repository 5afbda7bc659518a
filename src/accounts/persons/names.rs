//! What people call a person: the name of the account, the e-mail addresses, a caller's own id.

use super::Alias;
use crate::db::tables::{person_aliases, users};
use crate::error::Error;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};
use std::collections::HashMap;
use uuid::Uuid;

/// The names of one person.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Names {
    /// The name of the account, if there is one.
    pub display: Option<String>,
    /// The account's address, other addresses, and callers' own ids, in this order; each finds the person.
    pub keys: Vec<String>,
}

impl Names {
    /// The best of them.
    #[must_use]
    pub fn best(&self) -> &str {
        self.display.as_deref().or(self.key()).unwrap_or_default()
    }

    /// What finds the person.
    #[must_use]
    pub fn key(&self) -> Option<&str> {
        self.keys.first().map(String::as_str)
    }
}

/// The names of these persons.
///
/// # Errors
/// When the database does not answer.
pub async fn names(
    connection: &impl ConnectionTrait,
    tenant: Uuid,
    persons: &[Uuid],
) -> Result<HashMap<Uuid, Names>, Error> {
    use person_aliases::{Column, Entity};
    if persons.is_empty() {
        return Ok(HashMap::new());
    }
    let find = Entity::find().filter(Column::TenantId.eq(tenant));
    let rows = find.filter(Column::PersonId.is_in(persons.iter().copied())).all(connection).await?;
    let mut aliases: Vec<(Uuid, Alias)> =
        rows.into_iter().filter_map(|row| Some((row.person_id, Alias::of_words(&row.kind, row.key)?))).collect();
    // Accounts before addresses before callers' own ids.
    aliases.sort_by(|one, other| one.1.cmp(&other.1));
    let ids = aliases.iter().filter_map(|(_, alias)| if let Alias::User(id) = alias { Some(*id) } else { None });
    let users = users::Entity::find().filter(users::Column::Id.is_in(ids)).all(connection).await?;
    let users: HashMap<Uuid, users::Model> = users.into_iter().map(|user| (user.id, user)).collect();
    let mut named: HashMap<Uuid, Names> = HashMap::new();
    for (person, alias) in aliases {
        let names = named.entry(person).or_default();
        match alias {
            Alias::User(id) => {
                if let Some(user) = users.get(&id) {
                    names.display.get_or_insert_with(|| user.display_name.clone());
                    names.keys.push(user.email.clone());
                }
            }
            Alias::Email(address) => {
                // The account's own address stands there already, as it is written.
                let folded = Alias::Email(address.clone());
                if !names.keys.iter().any(|key| Alias::email(key).as_ref() == Some(&folded)) {
                    names.keys.push(address);
                }
            }
            Alias::External(id) => names.keys.push(id),
        }
    }
    Ok(named)
}
