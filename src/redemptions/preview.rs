//! What a stranger is told of a code. Looking uses nothing up, and says nothing of counts and maxima.
//!
//! Unknown, deleted and foreign codes are one answer after one statement, so that neither its words nor its time tell them
//! apart. What is answered with 400 or 404 counts as a guess of the address.

use crate::audit::Actor;
use crate::coupons::code::{Code, CodeKey};
use crate::coupons::coupon::Coupon;
use crate::coupons::refusal::{Refusal, StrangerAnswer};
use crate::coupons::rows;
use crate::coupons::rule::facts::Facts;
use crate::coupons::rule::{Entry, Found, decide};
use crate::coupons::tenant::rules;
use crate::db::Db;
use crate::error::Error;
use crate::redemptions::guesses::{self, Watch};
use crate::redemptions::world::{Ask, World};
use crate::tenants::Tenant;
use crate::web::quota::Quota;
use crate::web::turns::Turns;
use chrono::{DateTime, Duration, Utc};
use std::collections::BTreeMap;
use std::net::IpAddr;

/// What there is to be told.
#[derive(Clone, Debug)]
pub enum Preview {
    /// It can be used.
    Valid(Box<(Coupon, Code)>),
    /// It could be used once, or could be if others did not.
    Ended(Box<(Coupon, Code)>),
    /// There is no such code for strangers.
    Unknown,
    /// It is none; the rule's words say why.
    Malformed(Refusal),
    /// Too many guesses; this long.
    Wait(Duration),
}

/// Somebody of whom nothing is known but the address.
#[derive(Clone, Debug)]
pub struct Stranger {
    /// Where the request came from.
    pub address: IpAddr,
    /// Its name in the log.
    pub request_id: String,
}

/// What this stranger is told of what was typed, and what is left of the tries.
///
/// # Errors
/// When the database does not answer.
pub async fn ask(
    db: &Db,
    turns: &Turns,
    tenant: &Tenant,
    (stranger, typed): (&Stranger, &str),
    now: DateTime<Utc>,
) -> Result<(Preview, Option<Quota>), Error> {
    let guesses = guesses::of_stranger(tenant.id, stranger.address);
    let _turn = match guesses.first() {
        Some(guess) => Some(turns.take(&guess.bucket).await?),
        None => None,
    };
    let mut watch = Watch::look(db.read(), tenant.id, &guesses, now).await?;
    if let Some(wait) = watch.wait(now) {
        return Ok((Preview::Wait(wait), watch.quota(now)));
    }
    let (preview, canary) = look(db, tenant, typed, now).await?;
    if matches!(preview, Preview::Unknown | Preview::Malformed(_)) {
        let actor = Actor { request_id: stranger.request_id.clone(), ..Actor::system("a stranger") };
        let seen = canary.map(|code| (actor, guesses::canary_tried(&code, &stranger.address.to_string())));
        if let Some(wait) = watch.guessed(db, seen, now).await? {
            return Ok((Preview::Wait(wait), watch.quota(now)));
        }
    }
    Ok((preview, watch.quota(now)))
}

/// What the rule says to somebody who only looks, and the code if it is a trap.
async fn look(db: &Db, tenant: &Tenant, typed: &str, now: DateTime<Utc>) -> Result<(Preview, Option<Code>), Error> {
    let key = match CodeKey::fold(typed) {
        Ok(key) => key,
        Err(fault) => return Ok((Preview::Malformed(Refusal::MalformedCode { fault }), None)),
    };
    let Some((coupon, code)) = rows::offer(db.read(), tenant.id, &key).await? else {
        return Ok((Preview::Unknown, None));
    };
    let found = Found::Code { coupon: &coupon, code: &code };
    let mut refusal = decide(found, &Entry::Preview, &facts(tenant), now).outcome.err();
    if matches!(refusal, Some(Refusal::Held { .. })) {
        // What is held may be over by now: only the whole world knows.
        let ask = Ask::preview(typed);
        refusal =
            World::look(db.read(), tenant, std::slice::from_ref(&ask), now).await?.decide(&ask, now).outcome.err();
    }
    let canary = code.canary.then(|| code.clone());
    let both = Box::new((coupon, code));
    let preview = match refusal {
        None => Preview::Valid(both),
        Some(refusal) => match refusal.for_strangers() {
            Some(StrangerAnswer::Ended) => Preview::Ended(both),
            Some(StrangerAnswer::Malformed) => Preview::Malformed(refusal),
            Some(StrangerAnswer::Unknown) | None => Preview::Unknown,
        },
    };
    Ok((preview, canary))
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
