//! Counters: what is used and held of every limit, moved by one function whatever happens to a redemption.

use super::World;
use crate::coupons::coupon::{Counters, ProductKey, UseCounters};
use crate::coupons::rule::quote::Takes;
use crate::redemptions::redemption::Redemption;
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// Products that only a caller knows have an id here too, made from their sku.
const SKUS: Uuid = Uuid::from_u128(0x7d3c_5a1e_0b52_4c67_9a4f_51b7_33e0_8d11);

/// Whose uses of a coupon a counter counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Holder {
    /// A person's.
    Person(Uuid),
    /// An organization's.
    Organization(Uuid),
}

impl Holder {
    /// The counter of a coupon's uses by this holder.
    #[must_use]
    pub const fn counter(self, coupon: Uuid) -> Counter {
        match self {
            Self::Person(person) => Counter::Person { coupon, person },
            Self::Organization(organization) => Counter::Organization { coupon, organization },
        }
    }
}

/// A counter beside those of coupons and codes. Kept for every redemption, limit or not, so that a limit added later
/// counts what was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Counter {
    /// Uses of a coupon by a person.
    Person {
        /// The coupon.
        coupon: Uuid,
        /// The person.
        person: Uuid,
    },
    /// Uses of a coupon by an organization.
    Organization {
        /// The coupon.
        coupon: Uuid,
        /// The organization.
        organization: Uuid,
    },
    /// Uses of a coupon for a product.
    Product {
        /// The coupon.
        coupon: Uuid,
        /// The product, as [`product_id`] says.
        product: Uuid,
    },
    /// Units of a product that any coupon made free for a person.
    Free {
        /// The person.
        person: Uuid,
        /// The product, as [`product_id`] says.
        product: Uuid,
    },
}

impl Counter {
    /// The scope, the owner and the subject in the table of counters.
    #[must_use]
    pub const fn columns(self) -> (&'static str, Uuid, Uuid) {
        match self {
            Self::Person { coupon, person } => ("person", coupon, person),
            Self::Organization { coupon, organization } => ("organization", coupon, organization),
            Self::Product { coupon, product } => ("product", coupon, product),
            Self::Free { person, product } => ("free", person, product),
        }
    }

    /// The counter with these columns; `None` for a scope that does not exist.
    #[must_use]
    pub fn from_columns(scope: &str, owner: Uuid, subject: Uuid) -> Option<Self> {
        match scope {
            "person" => Some(Self::Person { coupon: owner, person: subject }),
            "organization" => Some(Self::Organization { coupon: owner, organization: subject }),
            "product" => Some(Self::Product { coupon: owner, product: subject }),
            "free" => Some(Self::Free { person: owner, product: subject }),
            _ => None,
        }
    }

    /// The counters a redemption like this counts in.
    pub fn of(
        coupon: Uuid,
        person: Option<Uuid>,
        organization: Option<Uuid>,
        products: &BTreeSet<Uuid>,
    ) -> impl Iterator<Item = Self> {
        let holders = [person.map(Holder::Person), organization.map(Holder::Organization)];
        let by_holder = holders.into_iter().flatten().map(move |holder| holder.counter(coupon));
        let by_product = products.iter().map(move |product| Self::Product { coupon, product: *product });
        let free = products.iter().filter_map(move |product| Some(Self::Free { person: person?, product: *product }));
        by_holder.chain(by_product).chain(free)
    }
}

/// The id under which a product is counted.
#[must_use]
pub fn product_id(key: &ProductKey) -> Uuid {
    match key {
        ProductKey::Id(id) => *id,
        ProductKey::Sku(sku) => Uuid::new_v5(&SKUS, sku.as_bytes()),
    }
}

/// Where uses are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pot {
    /// In unpaid orders.
    Held,
    /// For good.
    Used,
}

/// What was moved in a world since it was loaded.
#[derive(Clone, Debug, Default)]
pub struct Moved {
    /// By coupon, what is to be added to its counters.
    pub coupons: BTreeMap<Uuid, Counters>,
    /// By code, likewise.
    pub codes: BTreeMap<Uuid, UseCounters>,
    /// The other counters that have another value now.
    pub usage: BTreeSet<Counter>,
}

impl World {
    /// Adds what a redemption takes to every counter it counts in (`sign` 1), or takes it off (`sign` -1).
    pub fn count(&mut self, redemption: &Redemption, pot: Pot, takes: &Takes, sign: i64) {
        let (uses, spent) = (sign * takes.uses, sign * takes.spent);
        if let Some(coupon) = self.coupons.get_mut(&redemption.coupon_id) {
            add_to_coupon(&mut coupon.counters, pot, uses, spent);
        }
        add_to_coupon(self.moved.coupons.entry(redemption.coupon_id).or_default(), pot, uses, spent);
        if let Some(code) = self.codes.get_mut(&redemption.code_id) {
            add(&mut code.counters, pot, uses);
        }
        add(self.moved.codes.entry(redemption.code_id).or_default(), pot, uses);
        let coupon = redemption.coupon_id;
        let holders = [redemption.person.map(Holder::Person), redemption.organization.map(Holder::Organization)];
        for holder in holders.into_iter().flatten() {
            self.add(holder.counter(coupon), pot, uses);
        }
        for (key, units) in &takes.product_uses {
            self.add(Counter::Product { coupon, product: product_id(key) }, pot, sign * units);
        }
        for (key, units) in &takes.free_units {
            if let Some(person) = redemption.person {
                self.add(Counter::Free { person, product: product_id(key) }, pot, sign * units);
            }
        }
    }

    fn add(&mut self, counter: Counter, pot: Pot, amount: i64) {
        add(self.usage.entry(counter).or_default(), pot, amount);
        self.moved.usage.insert(counter);
    }
}

const fn add(counters: &mut UseCounters, pot: Pot, amount: i64) {
    match pot {
        Pot::Held => counters.held += amount,
        Pot::Used => counters.uses += amount,
    }
}

const fn add_to_coupon(counters: &mut Counters, pot: Pot, uses: i64, spent: i64) {
    match pot {
        Pot::Held => (counters.held, counters.spent_held) = (counters.held + uses, counters.spent_held + spent),
        Pot::Used => (counters.uses, counters.spent) = (counters.uses + uses, counters.spent + spent),
    }
}
