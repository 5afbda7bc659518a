//! What codes would do, asked by many at once and looked up together. Nothing is consumed, and nothing is remembered: each
//! decision rests on rows that were read after it was asked for.

use crate::accounts::persons::{self, Alias};
use crate::coupons::code::Code;
use crate::coupons::rule::{Decision, Found};
use crate::db::Db;
use crate::db::together::{Answers, Together};
use crate::error::Error;
use crate::redemptions::guesses::{Guess, Watch};
use crate::redemptions::world::{Ask, World};
use crate::tenants::Tenant;
use crate::web::throttle;
use chrono::{DateTime, Duration, Utc};
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
    pub guesses: Vec<Guess>,
    /// When it was asked.
    pub now: DateTime<Utc>,
}

/// What there is to tell one that asks.
#[derive(Clone, Debug)]
pub struct Looked {
    /// How many guesses are left.
    pub watch: Watch,
    /// What the rule says, or how long to wait for who guessed too often.
    pub decision: Result<Decided, Duration>,
}

/// What the rule says.
#[derive(Clone, Debug)]
pub struct Decided {
    /// The decision.
    pub decision: Decision,
    /// The code, where there is one.
    pub code: Option<Code>,
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
    /// When the database does not answer.
    pub async fn ask(&self, look: Look) -> Result<Looked, Error> {
        self.0.ask(look).await
    }
}

impl Answers for Looker {
    type Question = Look;
    type Answer = Looked;

    async fn answer(&self, looks: &[Look]) -> Result<Vec<Self::Answer>, Error> {
        let buckets = |look: &Look| Watch::buckets(look.tenant.id, &look.guesses, look.now);
        let buckets: BTreeSet<String> = looks.iter().flat_map(buckets).collect();
        let tx = self.0.glance().await?;
        let throttles = throttle::load(&tx, &buckets).await?;
        let mut of_tenants: BTreeMap<Uuid, Vec<(usize, &Look)>> = BTreeMap::new();
        let mut told: BTreeMap<usize, Looked> = BTreeMap::new();
        for (place, look) in looks.iter().enumerate() {
            let watch = Watch::of(look.tenant.id, &look.guesses, &throttles, look.now);
            match watch.wait(look.now) {
                Some(wait) => drop(told.insert(place, Looked { watch, decision: Err(wait) })),
                None => of_tenants.entry(look.tenant.id).or_default().push((place, look)),
            }
        }
        for group in of_tenants.values() {
            for ((place, look), decided) in group.iter().zip(of_tenant(&tx, group).await?) {
                let watch = Watch::of(look.tenant.id, &look.guesses, &throttles, look.now);
                told.insert(*place, Looked { watch, decision: Ok(decided) });
            }
        }
        Ok(told.into_values().collect())
    }
}

async fn of_tenant(tx: &DatabaseTransaction, group: &[(usize, &Look)]) -> Result<Vec<Decided>, Error> {
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
    let decided = |((_, look), ask): (&(usize, &Look), &Ask)| {
        let code = match world.find(ask) {
            Found::Code { code, .. } => Some(code.clone()),
            _ => None,
        };
        Decided { decision: world.decide(ask, look.now), code }
    };
    Ok(group.iter().zip(&asks).map(decided).collect())
}
