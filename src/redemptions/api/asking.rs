//! Who asks, as a call says it: the person whose limits count, where guesses are counted, and why they take back.

use crate::accounts::caller::Caller;
use crate::accounts::memberships;
use crate::accounts::persons::Alias;
use crate::accounts::role::Role;
use crate::audit::Actor;
use crate::coupons::code::Code;
use crate::coupons::refusal::Refusal;
use crate::db::Db;
use crate::db::tables::organization_members;
use crate::error::{Error, Fault};
use crate::organizations::queries as organizations;
use crate::redemptions::desk::Asker;
use crate::redemptions::guesses::{self, Guess, Watch};
use crate::redemptions::reason;
use actix_web::http::StatusCode;
use actix_web::{HttpResponse, ResponseError};
use chrono::{DateTime, Duration, Utc};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use sea_orm::{ConnectionTrait, EntityTrait};
use serde::Deserialize;
use std::collections::BTreeSet;
use std::net::IpAddr;
use uuid::Uuid;

/// The longest id of a caller's customer, in characters.
const LONGEST_ID: usize = 200;

/// The person a key vouches for: all names that are given are names of one person.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PersonSaid {
    /// A user of this tenant.
    pub user_id: Option<Uuid>,
    /// An e-mail address.
    #[schemars(extend("format" = "email"))]
    pub email: Option<String>,
    /// The caller's own id of its customer.
    #[schemars(length(min = 1, max = 200))]
    pub external_id: Option<String>,
}

/// Why something is taken back.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ReasonSaid {
    /// For the audit log. Who is signed in has to say it.
    #[schemars(length(max = reason::LONGEST))]
    pub reason: Option<String>,
}

impl ReasonSaid {
    /// The reason, without blanks around it.
    ///
    /// # Errors
    /// 422 for one that is too long, and for none from somebody who is signed in.
    pub fn read(self, who: &Caller) -> Result<Option<String>, Error> {
        let said = reason::read(&self.reason.unwrap_or_default()).map_err(|fault| wrong("reason", &fault))?;
        if said.is_none() && who.as_user().is_some() { Err(unexplained()) } else { Ok(said) }
    }
}

/// 422 for a reason that is not there.
pub fn unexplained() -> Error {
    wrong("reason", reason::MISSING)
}

/// Who asks: with a key the person that it names, otherwise whoever is signed in.
///
/// # Errors
/// 422 for names that are none, and for a person that a session names.
pub async fn asker(
    connection: &impl ConnectionTrait,
    caller: &Caller,
    person: Option<&PersonSaid>,
    client_address: Option<IpAddr>,
) -> Result<Asker, Error> {
    let (tenant, address) = (caller.tenant.id, caller.address.to_string());
    if let Some(user) = caller.as_user() {
        if person.is_some() {
            let detail = "Who is signed in is the person; only a key names another.";
            return Err(wrong("person", detail));
        }
        let id = user.user.id;
        return Ok(Asker {
            user: Some(id),
            aliases: Alias::of_user(&user.user),
            api_key: None,
            guesses: guesses::of_user(tenant, id, caller.address),
            address,
        });
    }
    let aliases = match person {
        Some(person) => aliases(connection, tenant, person).await?,
        None => BTreeSet::new(),
    };
    let key = caller.as_key().map(|key| key.id);
    let named = aliases.first().map(|alias| {
        let (kind, key) = alias.words();
        format!("{kind}:{key}")
    });
    Ok(Asker {
        user: None,
        aliases,
        api_key: key,
        guesses: guesses::of_key(tenant, key.unwrap_or_default(), named.as_deref(), client_address),
        address: client_address.map_or(address, |address| address.to_string()),
    })
}

async fn aliases(
    connection: &impl ConnectionTrait,
    tenant: Uuid,
    person: &PersonSaid,
) -> Result<BTreeSet<Alias>, Error> {
    let mut aliases = BTreeSet::new();
    if let Some(user) = person.user_id {
        let member = memberships::user(connection, tenant, user).await?;
        aliases.extend(Alias::of_user(&member.ok_or_else(|| wrong("person.user_id", "Nobody here has this id."))?));
    }
    if let Some(email) = &person.email {
        aliases.insert(Alias::email(email).ok_or_else(|| wrong("person.email", "This is no e-mail address."))?);
    }
    if let Some(id) = &person.external_id {
        if id.trim().is_empty() || id.chars().count() > LONGEST_ID {
            return Err(wrong("person.external_id", "An external id has 1 to 200 characters."));
        }
        aliases.insert(Alias::External(id.trim().to_owned()));
    }
    if aliases.is_empty() {
        return Err(wrong("person", "Name the person by user_id, email or external_id."));
    }
    Ok(aliases)
}

/// An address of either version, or none.
#[must_use]
pub fn address_schema(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "description": "Where the person sits, so that guesses are counted there.",
        "anyOf": [{ "type": "string", "format": "ipv4" }, { "type": "string", "format": "ipv6" }, { "type": "null" }],
    })
}

/// 422 with one field.
pub fn wrong(field: &str, message: &str) -> Error {
    Fault::new("invalid", "Not acceptable", message)
        .on(field, "invalid", message)
        .with_status(StatusCode::UNPROCESSABLE_ENTITY)
}

/// An asker of whom it is known how many guesses are left.
#[derive(Clone, Debug)]
pub struct Watched {
    /// Who asks.
    pub asker: Asker,
    watch: Watch,
    actor: Actor,
    now: DateTime<Utc>,
}

impl Watched {
    /// An asker of whom this is known.
    #[must_use]
    pub fn new(caller: &Caller, asker: Asker, watch: Watch) -> Self {
        Self { asker, watch, actor: caller.actor(), now: caller.now }
    }

    /// Looks at the asker's guesses; the answer to send where there were too many.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn open(caller: &Caller, asker: Asker, db: &Db) -> Result<Result<Self, Box<HttpResponse>>, Error> {
        let watch = Watch::look(db.read(), caller.tenant.id, &asker.guesses, caller.now).await?;
        let watched = Self::new(caller, asker, watch);
        let wait = watched.watch.wait(caller.now);
        Ok(match wait {
            Some(wait) => Err(Box::new(watched.late(wait))),
            None => Ok(watched),
        })
    }

    /// Counts a refusal that was a guess, and notes a code that nobody was given; the answer to send where that was one
    /// guess too many.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn refused(
        &mut self,
        refusal: &Refusal,
        code: Option<&Code>,
        db: &Db,
    ) -> Result<Option<HttpResponse>, Error> {
        if !guesses::is_guess(refusal) {
            return Ok(None);
        }
        let canary = code.filter(|code| code.canary);
        let seen = canary.map(|code| (self.actor.clone(), guesses::canary_tried(code, &self.asker.address)));
        let wait = self.watch.guessed(db, seen, self.now).await?;
        Ok(wait.map(|wait| self.late(wait)))
    }

    /// An answer that says how many guesses are left.
    ///
    /// # Errors
    /// Never; handlers end with it.
    pub fn answer(&self, mut response: HttpResponse) -> Result<HttpResponse, Error> {
        if let Some(quota) = self.watch.quota(self.now) {
            quota.say(&mut response);
        }
        Ok(response)
    }

    /// 429.
    #[must_use]
    pub fn late(&self, wait: Duration) -> HttpResponse {
        let mut response = Error::TooMany(wait).error_response();
        if let Some(quota) = self.watch.quota(self.now) {
            quota.say(&mut response);
        }
        response
    }
}

/// The answer to an entry, with how many guesses are left where it may have been one.
///
/// # Errors
/// When the database does not answer.
pub async fn with_guesses(
    mut answer: HttpResponse,
    caller: &Caller,
    guesses: &[Guess],
    db: &Db,
) -> Result<HttpResponse, Error> {
    // Whoever is let in has no need to know, and would wait for a look.
    if matches!(answer.status().as_u16(), 400 | 404 | 429) {
        let watch = Watch::look(db.read(), caller.tenant.id, guesses, caller.now).await?;
        if let Some(quota) = watch.quota(caller.now) {
            quota.say(&mut answer);
        }
    }
    Ok(answer)
}

/// As [`see_organization`], of one that a body names.
///
/// # Errors
/// 422 for all others, whether they exist or not.
pub async fn name_organization(connection: &impl ConnectionTrait, caller: &Caller, id: Uuid) -> Result<(), Error> {
    see_organization(connection, caller, id).await.map_err(|error| match error {
        Error::NotFound => unknown_organization(),
        other => other,
    })
}

/// 422 for an organization that a body names and the caller does not have.
pub fn unknown_organization() -> Error {
    wrong("organization_id", "There is no organization with this id.")
}

/// Lets a caller name an organization that it may see: a key and an administrator every one, others their own.
///
/// # Errors
/// [`Error::NotFound`] for all others, whether they exist or not.
pub async fn see_organization(connection: &impl ConnectionTrait, caller: &Caller, id: Uuid) -> Result<(), Error> {
    let found = organizations::by_id(connection, caller.tenant.id, id).await?;
    let sees_all = caller.as_key().is_some() || caller.reaches(Role::Support);
    let seen = match (found, caller.as_user()) {
        (Some(_), _) if sees_all => true,
        (Some(_), Some(user)) => {
            let member = organization_members::Entity::find_by_id((caller.tenant.id, id, user.user.id));
            member.one(connection).await?.is_some()
        }
        _ => false,
    };
    if seen { Ok(()) } else { Err(Error::NotFound) }
}
