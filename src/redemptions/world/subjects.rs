//! Whom and what a set of entries and commands touches: found by plain reads, locked, and then found once more, because
//! what was read before a lock may have moved.

use super::Ask;
use super::counters::{Counter, product_id};
use crate::coupons::code::{Code, CodeKey};
use crate::coupons::rows as coupon_rows;
use crate::error::Error;
use crate::redemptions::redemption::OrderRef;
use crate::redemptions::rows::{self, ById};
use crate::tenants::Tenant;
use chrono::{DateTime, Utc};
use sea_orm::ConnectionTrait;
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// The most overdue holds that one batch retires beside its own work; the sweep takes the rest.
const OVERDUE_AT_ONCE: u64 = 500;

/// What a batch may touch in one tenant.
#[derive(Debug, Default)]
pub struct Subjects {
    /// The codes that were asked for and exist.
    pub codes: BTreeMap<CodeKey, Code>,
    /// Redemptions that are named, take an order that is asked for, are held by somebody who asks, or are overdue.
    pub redemptions: ById,
    /// Organizations, persons, coupons and codes: what is locked.
    pub rows: Rows,
}

/// The ids of rows, table by table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rows {
    /// Organizations.
    pub organizations: BTreeSet<Uuid>,
    /// Persons.
    pub persons: BTreeSet<Uuid>,
    /// Coupons.
    pub coupons: BTreeSet<Uuid>,
    /// Codes.
    pub codes: BTreeSet<Uuid>,
}

impl Rows {
    /// Whether all of the others are among these.
    #[must_use]
    pub fn cover(&self, others: &Self) -> bool {
        others.organizations.is_subset(&self.organizations)
            && others.persons.is_subset(&self.persons)
            && others.coupons.is_subset(&self.coupons)
            && others.codes.is_subset(&self.codes)
    }

    /// These and the others.
    pub fn join(&mut self, others: &Self) {
        self.organizations.extend(&others.organizations);
        self.persons.extend(&others.persons);
        self.coupons.extend(&others.coupons);
        self.codes.extend(&others.codes);
    }
}

impl Subjects {
    /// Finds what these entries touch, and the redemptions that are named by id.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn find(
        connection: &impl ConnectionTrait,
        tenant: &Tenant,
        asks: &[Ask],
        named: &BTreeSet<Uuid>,
        now: DateTime<Utc>,
    ) -> Result<Self, Error> {
        let keys: BTreeSet<CodeKey> = asks.iter().filter_map(|ask| ask.key.clone().ok()).collect();
        let keys: Vec<CodeKey> = keys.into_iter().collect();
        let codes = coupon_rows::codes_by_key(connection, tenant.id, &keys).await?;
        let mut redemptions = rows::by_ids(connection, tenant.id, named).await?;
        let orders: BTreeSet<OrderRef> = asks
            .iter()
            .filter_map(|ask| ask.order.clone())
            .chain(redemptions.values().filter_map(|it| it.order()))
            .collect();
        redemptions.extend(rows::of_orders(connection, tenant.id, &orders).await?);
        let asked: BTreeSet<Uuid> = codes.values().map(|code| code.coupon_id).collect();
        let coupons: BTreeSet<Uuid> =
            asked.iter().copied().chain(redemptions.values().map(|it| it.coupon_id)).collect();
        let persons: BTreeSet<Uuid> =
            asks.iter().filter_map(|ask| ask.person).chain(redemptions.values().filter_map(|it| it.person)).collect();
        // Free claims are counted over all coupons, so any hold of the person may be in the way.
        let only = tenant.row.free_claims_per_person.is_none().then_some(&coupons);
        redemptions.extend(rows::held_by(connection, tenant.id, &persons, only).await?);
        redemptions.extend(rows::overdue(connection, tenant.id, &coupons, OVERDUE_AT_ONCE, now).await?);
        let all = redemptions.values();
        let touched = Rows {
            organizations: asks
                .iter()
                .filter_map(|ask| ask.organization)
                .chain(all.clone().filter_map(|it| it.organization))
                .collect(),
            persons: persons.into_iter().chain(all.clone().filter_map(|it| it.person)).collect(),
            coupons: coupons.into_iter().chain(all.clone().map(|it| it.coupon_id)).collect(),
            codes: codes.values().map(|code| code.id).chain(all.map(|it| it.code_id)).collect(),
        };
        Ok(Self { codes, redemptions, rows: touched })
    }

    /// The counters that these entries and redemptions count in.
    pub(super) fn counters(&self, asks: &[Ask]) -> BTreeSet<Counter> {
        let mut counters = BTreeSet::new();
        for ask in asks {
            let code = ask.key.as_ref().ok().and_then(|key| self.codes.get(key));
            let Some(code) = code else { continue };
            let products = ask.products().map(product_id).collect();
            counters.extend(Counter::of(code.coupon_id, ask.person, ask.organization, &products));
        }
        for it in self.redemptions.values() {
            let products = it.lines.iter().map(|line| product_id(&line.product)).collect();
            counters.extend(Counter::of(it.coupon_id, it.person, it.organization, &products));
        }
        counters
    }
}
