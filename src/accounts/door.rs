//! The door: for which tenant a request is, and which key it brings. Requests that come in together are looked up together,
//! each time anew: what was revoked, expired or switched off is so with the next request.

use crate::accounts::keys;
use crate::db::Db;
use crate::db::tables::api_keys;
use crate::db::together::{Answers, Together};
use crate::error::Error;
use crate::tenants::Tenant;
use crate::tenants::queries::Hosts;
use chrono::{DateTime, Utc};
use std::collections::BTreeSet;

/// Where requests are let in; clones share it.
#[derive(Clone)]
pub struct Door(Together<Porter>);

/// A request that comes in.
struct Knock {
    hostname: String,
    /// The hash of the key that it brings.
    key: Option<String>,
    now: DateTime<Utc>,
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
}

impl Door {
    /// Opens the door of this database.
    #[must_use]
    pub fn open(db: Db) -> Self {
        Self(Together::open(&db.clone(), Porter(db)))
    }

    /// For which tenant a request to this hostname is, and which of its keys has this secret.
    ///
    /// # Errors
    /// [`Error::NotSetUp`] while there is no tenant, [`Error::NotFound`] when the hostname is nobody's.
    pub async fn admit(&self, hostname: &str, secret: Option<&str>, now: DateTime<Utc>) -> Result<Admitted, Error> {
        let key = secret.and_then(keys::hash_of);
        self.0.ask(Knock { hostname: hostname.to_ascii_lowercase(), key, now }).await?
    }
}

impl Answers for Porter {
    type Question = Knock;
    type Answer = Result<Admitted, Error>;

    async fn answer(&self, knocks: &[Knock]) -> Result<Vec<Self::Answer>, Error> {
        let hostnames: BTreeSet<String> = knocks.iter().map(|knock| knock.hostname.clone()).collect();
        let hosts = Hosts::find(self.0.read(), &hostnames).await?;
        let hashes: BTreeSet<String> = knocks.iter().filter_map(|knock| knock.key.clone()).collect();
        let known = keys::of_hashes(self.0.read(), &hashes).await?;
        let admit = |knock: &Knock| {
            let tenant = hosts.at(&knock.hostname)?.clone();
            let opens = |hash: &String| known.iter().find(|key| keys::opens(key, tenant.id, hash, knock.now));
            let key = knock.key.as_ref().and_then(opens).cloned();
            Ok(Admitted { tenant, key })
        };
        Ok(knocks.iter().map(admit).collect())
    }
}
