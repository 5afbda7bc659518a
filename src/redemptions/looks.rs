//! What codes would do, asked by many at once and looked up together. Nothing is consumed, and nothing is remembered: each
//! decision rests on rows that were read after it was asked for.

use crate::accounts::persons::{self, Alias};
use crate::coupons::rule::Decision;
use crate::db::Db;
use crate::db::together::{Answers, Together};
use crate::error::Error;
use crate::redemptions::world::{Ask, World};
use crate::tenants::Tenant;
use crate::web::throttle;
use chrono::{DateTime, Utc};
use sea_orm::DatabaseTransaction;
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// Where it is asked; clones share it.
#[derive(Clone)]
pub struct Looks(Together<Looker>);

/// One that asks.
#[derive(Clone, Debug)]
pub struct Look {
    /// The tenant whose code it would be.
    pub tenant: Tenant,
    /// What is asked; its person is found by the aliases.
    pub ask: Ask,
    /// The names of the person.
    pub aliases: BTreeSet<Alias>,
    /// Where guesses of whoever asks are counted.
    pub buckets: Vec<String>,
    /// When it was asked.
    pub now: DateTime<Utc>,
}

struct Looker(Db);

impl Looks {
    /// Looks into this database.
    #[must_use]
    pub fn open(db: Db) -> Self {
        Self(Together::open(&db.clone(), Looker(db)))
    }

    /// What the rule says.
    ///
    /// # Errors
    /// [`Error::TooMany`] for who guessed too often.
    pub async fn ask(&self, look: Look) -> Result<Decision, Error> {
        self.0.ask(look).await?
    }
}

impl Answers for Looker {
    type Question = Look;
    type Answer = Result<Decision, Error>;

    async fn answer(&self, looks: &[Look]) -> Result<Vec<Self::Answer>, Error> {
        let buckets: BTreeSet<String> = looks.iter().flat_map(|look| look.buckets.iter().cloned()).collect();
        let tx = self.0.glance().await?;
        let throttles = throttle::load(&tx, &buckets).await?;
        let mut of_tenants: BTreeMap<Uuid, Vec<(usize, &Look)>> = BTreeMap::new();
        let mut decisions: BTreeMap<usize, Result<Decision, Error>> = BTreeMap::new();
        for (place, look) in looks.iter().enumerate() {
            match throttle::wait(look.buckets.iter().filter_map(|bucket| throttles.get(bucket)), look.now) {
                Some(wait) => drop(decisions.insert(place, Err(Error::TooMany(wait)))),
                None => of_tenants.entry(look.tenant.id).or_default().push((place, look)),
            }
        }
        for group in of_tenants.values() {
            for ((place, _), decision) in group.iter().zip(of_tenant(&tx, group).await?) {
                decisions.insert(*place, Ok(decision));
            }
        }
        Ok(decisions.into_values().collect())
    }
}

async fn of_tenant(tx: &DatabaseTransaction, group: &[(usize, &Look)]) -> Result<Vec<Decision>, Error> {
    let Some((_, first)) = group.first() else { return Ok(Vec::new()) };
    let aliases: BTreeSet<Alias> = group.iter().flat_map(|(_, look)| look.aliases.iter().cloned()).collect();
    let known = persons::find_all(tx, first.tenant.id, &aliases).await?;
    let ask = |(_, look): &(usize, &Look)| {
        let person = look.aliases.iter().find_map(|alias| known.get(alias)).copied();
        // Somebody who was never seen is a person without a past.
        let person = (!look.aliases.is_empty()).then(|| person.unwrap_or_else(Uuid::now_v7));
        Ask { person, ..look.ask.clone() }
    };
    let asks: Vec<Ask> = group.iter().map(ask).collect();
    let now = group.iter().map(|(_, look)| look.now).max().unwrap_or(first.now);
    let world = World::look(tx, &first.tenant, &asks, now).await?;
    Ok(group.iter().zip(&asks).map(|((_, look), ask)| world.decide(ask, look.now)).collect())
}
