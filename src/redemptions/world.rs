//! What decisions depend on: everything the rule must know for a set of entries of one tenant, loaded in a handful of
//! queries whatever their number, and moved along in memory as commands are decided.

mod counters;
mod holds;
mod load;
mod subjects;

pub use counters::{Counter, Holder, Moved, Pot, product_id};
pub use subjects::{Rows, Subjects};

use crate::coupons::code::{Code, CodeKey, Malformed};
use crate::coupons::coupon::{Coupon, ProductKey, UseCounters};
use crate::coupons::rule::facts::{Facts, OrganizationFacts, OwnHold, PersonFacts, ProductFacts, Usage};
use crate::coupons::rule::quote::Takes;
use crate::coupons::rule::{Decision, Entry, Found, decide};
use crate::coupons::tenant::rules;
use crate::error::Error;
use crate::organizations::limits::OrganizationLimit;
use crate::redemptions::redemption::{OrderRef, Redemption, State};
use crate::tenants::Tenant;
use chrono::{DateTime, Utc};
use sea_orm::ConnectionTrait;
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
    /// The order it is for.
    pub order: Option<OrderRef>,
}

impl Ask {
    /// What a stranger asks of a code: no person, no place, no items.
    #[must_use]
    pub fn preview(typed: &str) -> Self {
        Self { key: CodeKey::fold(typed), entry: Entry::Preview, person: None, organization: None, order: None }
    }

    /// The products of its items.
    pub fn products(&self) -> impl Iterator<Item = &ProductKey> {
        let items = match &self.entry {
            Entry::Order { basket, .. } => basket.items(),
            Entry::Preview | Entry::Organization => &[],
        };
        items.iter().map(|item| &item.product)
    }
}

/// The facts of one tenant.
#[derive(Debug)]
pub struct World {
    /// The tenant.
    pub tenant: Tenant,
    /// The codes that were asked for and exist.
    pub keys: BTreeMap<CodeKey, Uuid>,
    /// Codes by id: those that were asked for, and those of the redemptions.
    pub codes: BTreeMap<Uuid, Code>,
    /// Keys that exist in another tenant only.
    pub elsewhere: BTreeSet<String>,
    /// The coupons of those codes.
    pub coupons: BTreeMap<Uuid, Coupon>,
    /// The people coupons are assigned to.
    pub assigned: BTreeSet<(Uuid, Uuid)>,
    /// The counters beside those of coupons and codes.
    pub usage: BTreeMap<Counter, UseCounters>,
    /// When a holder's latest confirmed redemption of a code was confirmed.
    pub applied_at: BTreeMap<(Uuid, Holder), DateTime<Utc>>,
    /// When the first hold of a coupon is over.
    pub coupon_held_until: BTreeMap<Uuid, DateTime<Utc>>,
    /// As [`World::coupon_held_until`], of a code that has a maximum of its own.
    pub code_held_until: BTreeMap<Uuid, DateTime<Utc>>,
    /// As [`World::coupon_held_until`], of an organization's holds of a coupon.
    pub organization_held_until: BTreeMap<(Uuid, Uuid), DateTime<Utc>>,
    /// As [`World::coupon_held_until`], of a coupon's holds of a product of which it has no more.
    pub product_held_until: BTreeMap<(Uuid, Uuid), DateTime<Utc>>,
    /// Uses of a coupon with a leak threshold, within its minutes.
    pub recent_uses: BTreeMap<Uuid, i64>,
    /// The limits of the organizations.
    pub limits: BTreeMap<Uuid, Vec<OrganizationLimit>>,
    /// The credit of the organizations, in minor units.
    pub balances: BTreeMap<Uuid, i64>,
    /// The names of the organizations; one that is missing does not exist here.
    pub organizations: BTreeMap<Uuid, String>,
    /// Redemptions that are named, held by somebody who asks, or overdue; and those that come to be.
    redemptions: BTreeMap<Uuid, Redemption>,
    /// The holds among them, by person.
    held_by: BTreeMap<Uuid, BTreeSet<Uuid>>,
    /// Those among them that take an order.
    orders: BTreeMap<OrderRef, Uuid>,
    /// The holds among them by their end.
    ends: BTreeSet<(DateTime<Utc>, Uuid)>,
    moved: Moved,
}

impl World {
    /// What is known to somebody who only looks: holds whose time is over count for nothing.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn look(
        connection: &impl ConnectionTrait,
        tenant: &Tenant,
        asks: &[Ask],
        now: DateTime<Utc>,
    ) -> Result<Self, Error> {
        let subjects = Subjects::find(connection, tenant, asks, &BTreeSet::new(), now).await?;
        let mut world = Self::load(connection, tenant, asks, subjects, now).await?;
        while let Some(id) = world.next_overdue(now) {
            world.end(id, State::Expired, now);
        }
        Ok(world)
    }

    /// What the rule says to an entry now.
    #[must_use]
    pub fn decide(&self, ask: &Ask, now: DateTime<Utc>) -> Decision {
        let found = self.find(ask);
        decide(found, &ask.entry, &self.facts(found, ask, now), now)
    }

    /// What the key leads to.
    #[must_use]
    pub fn find(&self, ask: &Ask) -> Found<'_> {
        let key = match &ask.key {
            Ok(key) => key,
            Err(fault) => return Found::Malformed(*fault),
        };
        let code = self.keys.get(key).and_then(|id| self.codes.get(id));
        match code.and_then(|code| Some((self.coupons.get(&code.coupon_id)?, code))) {
            Some((coupon, code)) => Found::Code { coupon, code },
            None => Found::Nothing { elsewhere: self.elsewhere.contains(key.as_str()) },
        }
    }

    /// A redemption that is known here.
    #[must_use]
    pub fn redemption(&self, id: Uuid) -> Option<&Redemption> {
        self.redemptions.get(&id)
    }

    /// All redemptions that are known here.
    pub fn redemptions(&self) -> impl Iterator<Item = &Redemption> {
        self.redemptions.values()
    }

    /// The redemption that takes this order.
    #[must_use]
    pub fn of_order(&self, order: &OrderRef) -> Option<&Redemption> {
        self.redemptions.get(self.orders.get(order)?)
    }

    /// The hold that ended first, if its time is over.
    #[must_use]
    pub fn next_overdue(&self, now: DateTime<Utc>) -> Option<Uuid> {
        self.ends.first().filter(|(until, _)| *until <= now).map(|(_, id)| *id)
    }

    /// What was moved since it was loaded.
    #[must_use]
    pub const fn moved(&self) -> &Moved {
        &self.moved
    }

    /// Puts a redemption, new or changed, in the place of what was known of it. Counters stay as they are.
    pub fn put(&mut self, redemption: Redemption) {
        self.forget(redemption.id);
        if redemption.state == State::Held {
            if let Some(person) = redemption.person {
                self.held_by.entry(person).or_default().insert(redemption.id);
            }
            if let Some(until) = redemption.held_until {
                self.ends.insert((until, redemption.id));
            }
        }
        if redemption.state.takes_the_order()
            && let Some(order) = redemption.order()
        {
            self.orders.insert(order, redemption.id);
        }
        self.redemptions.insert(redemption.id, redemption);
    }

    fn forget(&mut self, id: Uuid) {
        let Some(known) = self.redemptions.remove(&id) else { return };
        if let Some(held) = known.person.and_then(|person| self.held_by.get_mut(&person)) {
            held.remove(&id);
        }
        if let Some(until) = known.held_until {
            self.ends.remove(&(until, id));
        }
        if let Some(order) = known.order().filter(|order| self.orders.get(order) == Some(&id)) {
            self.orders.remove(&order);
        }
    }

    /// Lets a hold end without a use: what it held goes back. What it was before; `None` for what is not held.
    pub fn end(&mut self, id: Uuid, state: State, now: DateTime<Utc>) -> Option<Redemption> {
        let before = self.redemptions.get(&id).filter(|known| known.state == State::Held)?.clone();
        let mut after = before.clone();
        // When its time was over, not when somebody noticed: it reads the same before and after.
        let ended_at = if state == State::Expired { before.held_until } else { Some(now) };
        (after.state, after.held_until, after.ended_at) = (state, None, ended_at);
        self.count(&before, Pot::Held, &before.takes(), -1);
        self.put(after);
        Some(before)
    }

    fn usage(&self, counter: Counter, held_until: Option<DateTime<Utc>>) -> Usage {
        let counters = self.usage.get(&counter).copied().unwrap_or_default();
        Usage { counters, held_until }
    }

    fn facts(&self, found: Found<'_>, ask: &Ask, now: DateTime<Utc>) -> Facts {
        let (coupon, code) = match found {
            Found::Code { coupon, code } => (Some(coupon.id), Some(code.id)),
            _ => (None, None),
        };
        let coupon_held_until = coupon.and_then(|id| self.coupon_held_until.get(&id)).copied();
        let code_held_until = code.and_then(|id| self.code_held_until.get(&id)).copied().or(coupon_held_until);
        let used_by = |holder: Holder, until| coupon.map(|id| self.usage(holder.counter(id), until));
        let applied_at = |holder| code.and_then(|id| self.applied_at.get(&(id, holder))).copied();
        let own_until = ask.person.and_then(|person| self.first_hold_of(person, |it| coupon == Some(it.coupon_id)));
        let until_of = |organization| self.organization_held_until.get(&(coupon?, organization)).copied();
        Facts {
            tenant: rules(&self.tenant),
            person: ask.person.map(|person| PersonFacts {
                usage: used_by(Holder::Person(person), own_until.or(coupon_held_until)).unwrap_or_default(),
                assigned: coupon.is_some_and(|id| self.assigned.contains(&(id, person))),
                applied_at: applied_at(Holder::Person(person)),
            }),
            organization: ask.organization.map(|organization| OrganizationFacts {
                usage: used_by(Holder::Organization(organization), until_of(organization)).unwrap_or_default(),
                applied_at: applied_at(Holder::Organization(organization)),
                limits: self.limits.get(&organization).cloned().unwrap_or_default(),
            }),
            products: self.product_facts(coupon, ask),
            coupon_held_until,
            code_held_until,
            own_holds: self.own_holds(coupon, code, ask, now),
        }
    }

    fn product_facts(&self, coupon: Option<Uuid>, ask: &Ask) -> BTreeMap<ProductKey, ProductFacts> {
        let of = |key: &ProductKey| {
            let usage = coupon.map(|coupon| self.product_usage(coupon, key));
            let free = ask.person.map(|person| self.free_usage(person, key));
            (key.clone(), ProductFacts { usage: usage.unwrap_or_default(), free: free.unwrap_or_default() })
        };
        ask.products().map(of).collect()
    }

    fn product_usage(&self, coupon: Uuid, key: &ProductKey) -> Usage {
        let product = counters::product_id(key);
        let until = self.product_held_until.get(&(coupon, product)).or_else(|| self.coupon_held_until.get(&coupon));
        self.usage(Counter::Product { coupon, product }, until.copied())
    }

    fn free_usage(&self, person: Uuid, key: &ProductKey) -> Usage {
        let until = self.first_hold_of(person, |it| it.takes().free_units.contains_key(key));
        self.usage(Counter::Free { person, product: counters::product_id(key) }, until)
    }

    /// When the first such hold of a person ends.
    fn first_hold_of(&self, person: Uuid, is_such: impl Fn(&Redemption) -> bool) -> Option<DateTime<Utc>> {
        let held = self.held_by.get(&person)?.iter().filter_map(|id| self.redemptions.get(id));
        held.filter(|it| is_such(it)).filter_map(|it| it.held_until).min()
    }

    /// This person's holds and the one of the entry's own order, with what each takes from the limits looked at.
    fn own_holds(&self, coupon: Option<Uuid>, code: Option<Uuid>, ask: &Ask, now: DateTime<Utc>) -> Vec<OwnHold> {
        let of_order = ask.order.as_ref().and_then(|order| self.orders.get(order)).copied();
        let of_person = ask.person.and_then(|person| self.held_by.get(&person));
        let ids: BTreeSet<Uuid> = of_person.into_iter().flatten().copied().chain(of_order).collect();
        let held = ids.iter().filter_map(|id| self.redemptions.get(id)).filter(|it| it.is_held_at(now));
        held.map(|it| {
            let takes = it.takes();
            let here = coupon == Some(it.coupon_id);
            let of = |counts: bool, amount: i64| if counts { amount } else { 0 };
            let same_person = it.person.is_some() && it.person == ask.person;
            OwnHold {
                redemption_id: it.id,
                swapped_out: of_order == Some(it.id),
                coupon_uses: of(here, takes.uses),
                code_uses: of(code == Some(it.code_id), takes.uses),
                spent: of(here, takes.spent),
                person_uses: of(here && same_person, takes.uses),
                organization_uses: of(
                    here && it.organization.is_some() && it.organization == ask.organization,
                    takes.uses,
                ),
                product_uses: if here { takes.product_uses } else { BTreeMap::new() },
                free_units: if same_person { takes.free_units } else { BTreeMap::new() },
            }
        })
        .collect()
    }

    /// The facts by which a redemption whose hold is gone may take again what it took.
    #[must_use]
    pub fn facts_of(&self, it: &Redemption, now: DateTime<Utc>) -> Facts {
        let Some((coupon, code)) = self.coupons.get(&it.coupon_id).zip(self.codes.get(&it.code_id)) else {
            return self.facts(Found::Nothing { elsewhere: false }, &Ask::preview(""), now);
        };
        let ask = Ask {
            key: Ok(code.text.key().clone()),
            entry: Entry::Organization,
            person: it.person,
            organization: it.organization,
            order: None,
        };
        let mut facts = self.facts(Found::Code { coupon, code }, &ask, now);
        let Takes { product_uses, free_units, .. } = it.takes();
        for key in product_uses.keys().chain(free_units.keys()) {
            let usage = self.product_usage(coupon.id, key);
            let free = it.person.map(|person| self.free_usage(person, key));
            facts.products.insert(key.clone(), ProductFacts { usage, free: free.unwrap_or_default() });
        }
        facts
    }
}
