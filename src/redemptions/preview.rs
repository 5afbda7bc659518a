//! What a stranger is told of a code. Looking uses nothing up, and says nothing of counts and maxima.
//!
//! Unknown, deleted and foreign codes are one answer after one statement, so that neither its words nor its time tell them
//! apart. What is answered with 400 or 404 counts as a guess of the address.

use crate::audit::Actor;
use crate::coupons::benefit::Benefit;
use crate::coupons::code::{Code, CodeKey};
use crate::coupons::coupon::Coupon;
use crate::coupons::refusal::{Refusal, StrangerAnswer};
use crate::coupons::rows;
use crate::coupons::rule::facts::Facts;
use crate::coupons::rule::{Entry, Found, decide};
use crate::coupons::tenant::rules;
use crate::db::Db;
use crate::db::kept::Kept;
use crate::db::standing::Standing;
use crate::db::together::{Answers, Together};
use crate::error::Error;
use crate::money::Currency;
use crate::organizations::definitions;
use crate::redemptions::guesses::{self, Guess, Watch};
use crate::redemptions::world::{Ask, World};
use crate::tenants::Tenant;
use crate::web::quota::Quota;
use crate::web::throttle;
use crate::web::turns::Turns;
use chrono::{DateTime, Duration, Utc};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::net::IpAddr;
use uuid::Uuid;

/// What there is to be told.
#[derive(Clone, Debug)]
pub enum Preview {
    /// It can be used.
    Valid(Box<Offer>),
    /// It could be used once, or could be if others did not.
    Ended(Box<Offer>),
    /// There is no such code for strangers.
    Unknown,
    /// It is none; the rule's words say why.
    Malformed(Refusal),
    /// Too many guesses; this long.
    Wait(Duration),
}

/// What a stranger may know of.
#[derive(Clone, Debug)]
pub struct Offer {
    /// What it gives, and until when.
    pub coupon: Coupon,
    /// As it is written.
    pub code: Code,
    /// What people call the limits that it changes, by their keys.
    labels: HashMap<String, String>,
}

impl Offer {
    /// What it gives, in words.
    #[must_use]
    pub fn words(&self, currency: Currency) -> String {
        self.coupon.benefit.words(currency, |key| self.labels.get(key).map(String::as_str))
    }
}

/// Somebody of whom nothing is known but the address.
#[derive(Clone, Debug)]
pub struct Stranger {
    /// Where the request came from.
    pub address: IpAddr,
    /// Its name in the log.
    pub request_id: String,
    /// Where the database stood when it came.
    pub standing: Option<Standing>,
}

/// Where strangers ask; clones share it. Those who come in together are looked up together, and what was looked up is kept
/// until the database changes.
#[derive(Clone)]
pub struct Previews {
    db: Db,
    turns: Turns,
    looks: Together<Looker>,
    seen: Kept<(BTreeSet<String>, Option<CodeKey>), Looked>,
    labels: Kept<Uuid, HashMap<String, String>>,
}

/// What was typed, and by whom.
struct Look {
    tenant: Uuid,
    guesses: Vec<Guess>,
    key: Option<CodeKey>,
    now: DateTime<Utc>,
}

/// What is known of it.
#[derive(Clone)]
struct Looked {
    watch: Watch,
    offer: Option<(Coupon, Code)>,
}

struct Looker(Db);

impl Previews {
    /// Looks into this database.
    #[must_use]
    pub fn open(db: Db) -> Self {
        let looks = Together::open(&db, Looker(db.clone()));
        Self { db, turns: Turns::default(), looks, seen: Kept::default(), labels: Kept::default() }
    }

    /// What this stranger is told of what was typed, and what is left of the tries.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn ask(
        &self,
        tenant: &Tenant,
        (stranger, typed): (&Stranger, &str),
        now: DateTime<Utc>,
    ) -> Result<(Preview, Option<Quota>), Error> {
        let guess = guesses::of_stranger(tenant.id, stranger.address);
        let _turn = self.turns.take(&guess.bucket).await?;
        let key = CodeKey::fold(typed);
        let look = Look { tenant: tenant.id, guesses: vec![guess], key: key.as_ref().ok().cloned(), now };
        let asked = (Watch::buckets(look.tenant, &look.guesses, now), look.key.clone());
        let Looked { mut watch, offer } = self.seen.or_read(stranger.standing, asked, self.looks.ask(look)).await?;
        if let Some(wait) = watch.wait(now) {
            return Ok((Preview::Wait(wait), watch.quota(now)));
        }
        let canary = offer.as_ref().map(|(_, code)| code).filter(|code| code.canary).cloned();
        let preview = match (key, offer) {
            (Err(fault), _) => Preview::Malformed(Refusal::MalformedCode { fault }),
            (Ok(_), None) => Preview::Unknown,
            (Ok(_), Some(offer)) => self.judge(tenant, offer, (stranger, typed), now).await?,
        };
        if matches!(preview, Preview::Unknown | Preview::Malformed(_)) {
            let actor = Actor { request_id: stranger.request_id.clone(), ..Actor::system("a stranger") };
            let seen = canary.map(|code| (actor, guesses::canary_tried(&code, &stranger.address.to_string())));
            if let Some(wait) = watch.guessed(&self.db, seen, now).await? {
                return Ok((Preview::Wait(wait), watch.quota(now)));
            }
        }
        Ok((preview, watch.quota(now)))
    }

    /// What the rule says to somebody who only looks.
    async fn judge(
        &self,
        tenant: &Tenant,
        (coupon, code): (Coupon, Code),
        (stranger, typed): (&Stranger, &str),
        now: DateTime<Utc>,
    ) -> Result<Preview, Error> {
        let found = Found::Code { coupon: &coupon, code: &code };
        let mut refusal = decide(found, &Entry::Preview, &facts(tenant), now).outcome.err();
        if matches!(refusal, Some(Refusal::Held { .. })) {
            // What is held may be over by now: only the whole world knows.
            let ask = Ask::preview(typed);
            let world = World::look(self.db.read(), tenant, std::slice::from_ref(&ask), now).await?;
            refusal = world.decide(&ask, now).outcome.err();
        }
        let Some(refusal) = refusal else { return Ok(Preview::Valid(self.offer(coupon, code, stranger).await?)) };
        Ok(match refusal.for_strangers() {
            Some(StrangerAnswer::Ended) => Preview::Ended(self.offer(coupon, code, stranger).await?),
            Some(StrangerAnswer::Malformed) => Preview::Malformed(refusal),
            Some(StrangerAnswer::Unknown) | None => Preview::Unknown,
        })
    }

    async fn offer(&self, coupon: Coupon, code: Code, stranger: &Stranger) -> Result<Box<Offer>, Error> {
        let tenant = coupon.tenant_id;
        let labels = match coupon.benefit {
            Benefit::Limits { .. } => {
                let read = definitions::labels(self.db.read(), tenant);
                self.labels.or_read(stranger.standing, tenant, read).await?
            }
            _ => HashMap::new(),
        };
        Ok(Box::new(Offer { coupon, code, labels }))
    }
}

impl Answers for Looker {
    type Question = Look;
    type Answer = Looked;

    async fn answer(&self, looks: &[Look]) -> Result<Vec<Self::Answer>, Error> {
        let buckets = looks.iter().flat_map(|look| Watch::buckets(look.tenant, &look.guesses, look.now)).collect();
        let throttles = throttle::load(self.0.read(), &buckets).await?;
        let mut keys: BTreeMap<Uuid, BTreeSet<CodeKey>> = BTreeMap::new();
        for look in looks {
            keys.entry(look.tenant).or_default().extend(look.key.clone());
        }
        let mut offers = BTreeMap::new();
        for (tenant, keys) in &keys {
            offers.insert(*tenant, rows::offers(self.0.read(), *tenant, keys).await?);
        }
        let looked = |look: &Look| Looked {
            watch: Watch::of(look.tenant, &look.guesses, &throttles, look.now),
            offer: look.key.as_ref().and_then(|key| offers.get(&look.tenant)?.get(key)).cloned(),
        };
        Ok(looks.iter().map(looked).collect())
    }
}

/// A preview has no person, organization, place or items.
fn facts(tenant: &Tenant) -> Facts {
    Facts {
        tenant: rules(tenant),
        person: None,
        organization: None,
        products: BTreeMap::new(),
        coupon_held_until: None,
        code_held_until: None,
        own_holds: Vec::new(),
    }
}
