//! The door: for which tenant a request is, and which key it brings. Requests that come in together are looked up together,
//! and looked up again only when the database has changed: what was revoked, expired or switched off is so with the next
//! request.

use crate::accounts::keys;
use crate::db::Db;
use crate::db::kept::Kept;
use crate::db::standing::Standing;
use crate::db::tables::api_keys;
use crate::db::together::{Answers, Together};
use crate::error::Error;
use crate::tenants::Tenant;
use crate::tenants::queries::Hosts;
use chrono::{DateTime, Utc};
use std::collections::BTreeSet;

/// Where requests are let in; clones share it.
#[derive(Clone)]
pub struct Door {
    db: Db,
    porter: Together<Porter>,
    known: Kept<Knock, Known>,
}

/// A request that comes in.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Knock {
    hostname: String,
    /// The hash of the key that it brings.
    key: Option<String>,
}

/// The tenant that answers at the hostname, and every key that has or had the hash.
#[derive(Clone)]
struct Known {
    tenant: Tenant,
    keys: Vec<api_keys::Model>,
}

/// Who answers them.
struct Porter(Db);

/// The tenant of a request, and its key where it brings one that works there.
#[derive(Clone, Debug)]
pub struct Admitted {
    /// The tenant that answers at the hostname.
    pub tenant: Tenant,
    /// The key.
    pub key: Option<api_keys::Model>,
    /// Where the database stood after the request came.
    pub standing: Option<Standing>,
}

impl Door {
    /// Opens the door of this database.
    #[must_use]
    pub fn open(db: Db) -> Self {
        Self { porter: Together::open(&db, Porter(db.clone())), known: Kept::default(), db }
    }

    /// For which tenant a request to this hostname is, and which of its keys has this secret.
    ///
    /// # Errors
    /// [`Error::NotSetUp`] while there is no tenant, [`Error::NotFound`] when the hostname is nobody's.
    pub async fn admit(&self, hostname: &str, secret: Option<&str>, now: DateTime<Utc>) -> Result<Admitted, Error> {
        let standing = self.db.standing().await;
        let knock = Knock { hostname: hostname.to_ascii_lowercase(), key: secret.and_then(keys::hash_of) };
        let ask = async { self.porter.ask(knock.clone()).await? };
        let Known { tenant, keys } = self.known.or_read(standing, knock.clone(), ask).await?;
        let opens =
            |key: &api_keys::Model| knock.key.as_ref().is_some_and(|hash| keys::opens(key, tenant.id, hash, now));
        let key = keys.into_iter().find(opens);
        Ok(Admitted { tenant, key, standing })
    }
}

impl Answers for Porter {
    type Question = Knock;
    type Answer = Result<Known, Error>;

    async fn answer(&self, knocks: &[Knock]) -> Result<Vec<Self::Answer>, Error> {
        let hostnames: BTreeSet<String> = knocks.iter().map(|knock| knock.hostname.clone()).collect();
        let hosts = Hosts::find(self.0.read(), &hostnames).await?;
        let hashes: BTreeSet<String> = knocks.iter().filter_map(|knock| knock.key.clone()).collect();
        let known = keys::of_hashes(self.0.read(), &hashes).await?;
        let admit = |knock: &Knock| {
            let has = |key: &&api_keys::Model| knock.key.as_ref().is_some_and(|hash| keys::has_hash(key, hash));
            Ok(Known { tenant: hosts.at(&knock.hostname)?.clone(), keys: known.iter().filter(has).cloned().collect() })
        };
        Ok(knocks.iter().map(admit).collect())
    }
}
