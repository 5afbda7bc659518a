//! What decisions depend on: everything the rule must know for a set of entries of one tenant, loaded in a handful of
//! queries whatever their number, and moved along in memory as entries are granted.

mod load;

use crate::coupons::code::{Code, CodeKey, Malformed};
use crate::coupons::coupon::{Coupon, UseCounters};
use crate::coupons::rule::facts::{Facts, OrganizationFacts, PersonFacts, Usage};
use crate::coupons::rule::{Decision, Entry, Found, decide};
use crate::coupons::tenant::rules;
use crate::organizations::limits::OrganizationLimit;
use crate::tenants::Tenant;
use chrono::{DateTime, Utc};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// One entry, as far as it decides what must be loaded.
#[derive(Clone, Debug)]
pub struct Ask {
    /// The key of what was typed.
    pub key: Result<CodeKey, Malformed>,
    /// What is to happen.
    pub entry: Entry,
    /// Whose limits it counts against.
    pub person: Option<Uuid>,
    /// The organization it is for.
    pub organization: Option<Uuid>,
}

/// Whose uses of a coupon a counter counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Holder {
    /// A person's.
    Person(Uuid),
    /// An organization's.
    Organization(Uuid),
}

impl Holder {
    /// The scope in the table of counters, and whom it counts.
    #[must_use]
    pub const fn columns(self) -> (&'static str, Uuid) {
        match self {
            Self::Person(id) => ("person", id),
            Self::Organization(id) => ("organization", id),
        }
    }
}

/// The facts of one tenant.
#[derive(Debug)]
pub struct World {
    /// The tenant.
    pub tenant: Tenant,
    /// The codes that were asked for and exist, by key.
    pub codes: BTreeMap<CodeKey, Code>,
    /// Keys that exist in another tenant only.
    pub elsewhere: BTreeSet<String>,
    /// The coupons of those codes.
    pub coupons: BTreeMap<Uuid, Coupon>,
    /// The people coupons are assigned to.
    pub assigned: BTreeSet<(Uuid, Uuid)>,
    /// Uses of a coupon by a holder.
    pub usage: BTreeMap<(Uuid, Holder), UseCounters>,
    /// When a holder's latest confirmed redemption of a code was confirmed.
    pub applied_at: BTreeMap<(Uuid, Holder), DateTime<Utc>>,
    /// When the first hold of a coupon and of a code is over.
    pub coupon_held_until: BTreeMap<Uuid, DateTime<Utc>>,
    /// As [`World::coupon_held_until`], of a code.
    pub code_held_until: BTreeMap<Uuid, DateTime<Utc>>,
    /// The limits of the organizations.
    pub limits: BTreeMap<Uuid, Vec<OrganizationLimit>>,
    /// The credit of the organizations, in minor units.
    pub balances: BTreeMap<Uuid, i64>,
    /// The names of the organizations; one that is missing does not exist here.
    pub organizations: BTreeMap<Uuid, String>,
}

impl World {
    /// What the rule says to an entry now.
    #[must_use]
    pub fn decide(&self, ask: &Ask, now: DateTime<Utc>) -> Decision {
        let found = self.find(ask);
        decide(found, &ask.entry, &self.facts(found, ask), now)
    }

    /// What the key leads to.
    #[must_use]
    pub fn find(&self, ask: &Ask) -> Found<'_> {
        let key = match &ask.key {
            Ok(key) => key,
            Err(fault) => return Found::Malformed(*fault),
        };
        let code = self.codes.get(key);
        match code.and_then(|code| Some((self.coupons.get(&code.coupon_id)?, code))) {
            Some((coupon, code)) => Found::Code { coupon, code },
            None => Found::Nothing { elsewhere: self.elsewhere.contains(key.as_str()) },
        }
    }

    fn facts(&self, found: Found<'_>, ask: &Ask) -> Facts {
        let (coupon, code) = match found {
            Found::Code { coupon, code } => (Some(coupon.id), Some(code.id)),
            _ => (None, None),
        };
        let usage = |holder| Usage {
            counters: coupon.and_then(|id| self.usage.get(&(id, holder))).copied().unwrap_or_default(),
            held_until: coupon.and_then(|id| self.coupon_held_until.get(&id)).copied(),
        };
        let applied_at = |holder| code.and_then(|id| self.applied_at.get(&(id, holder))).copied();
        Facts {
            tenant: rules(&self.tenant),
            person: ask.person.map(|person| PersonFacts {
                usage: usage(Holder::Person(person)),
                assigned: coupon.is_some_and(|id| self.assigned.contains(&(id, person))),
                applied_at: applied_at(Holder::Person(person)),
            }),
            organization: ask.organization.map(|organization| OrganizationFacts {
                usage: usage(Holder::Organization(organization)),
                applied_at: applied_at(Holder::Organization(organization)),
                limits: self.limits.get(&organization).cloned().unwrap_or_default(),
            }),
            products: BTreeMap::new(),
            coupon_held_until: coupon.and_then(|id| self.coupon_held_until.get(&id)).copied(),
            code_held_until: code.and_then(|id| self.code_held_until.get(&id)).copied(),
            own_holds: Vec::new(),
        }
    }
}
