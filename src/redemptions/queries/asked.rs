//! What somebody remembers of redemptions, in words, and what the database is asked for: one for people and for callers.

use super::Wanted;
use crate::accounts::memberships;
use crate::accounts::persons::{self, Alias};
use crate::coupons::code::{Code, CodeKey};
use crate::coupons::rows;
use crate::db::Db;
use crate::error::Error;
use crate::organizations;
use crate::redemptions::log::filter::{first_day, last_day, resolve, some};
use crate::redemptions::redemption::State;
use crate::tenants::Tenant;
use std::collections::BTreeSet;
use uuid::Uuid;

/// Words as they were typed or sent; what is empty is not asked.
#[derive(Clone, Copy, Debug, Default)]
pub struct Asked<'a> {
    /// A code as somebody types it.
    pub code: &'a str,
    /// The whole reference of an order.
    pub order: &'a str,
    /// The id of a person, an e-mail address, a caller's own id, or a part of the name or address of somebody with an account.
    pub person: &'a str,
    /// A part of the organization's name, or its id.
    pub organization: &'a str,
    /// The id of a coupon.
    pub coupon: &'a str,
    /// In this state.
    pub state: Option<State>,
    /// Only those that somebody has to look at.
    pub needs_attention: bool,
    /// The first day, in the tenant's zone, or an instant.
    pub from: &'a str,
    /// The last day, which counts whole, or an instant.
    pub until: &'a str,
}

impl Asked<'_> {
    /// What the database is asked for; `None` when nothing can match.
    ///
    /// # Errors
    /// [`Error::BadQuery`] for a date that there is not.
    pub async fn wanted(&self, db: &Db, tenant: &Tenant) -> Result<Option<Wanted>, Error> {
        // What cannot be read is told before what cannot match.
        let (from, until) = (first_day(self.from, tenant.zone)?, last_day(self.until, tenant.zone)?);
        let Ok(mut coupon) = some(self.coupon).map(str::parse).transpose() else { return Ok(None) };
        let mut code = None;
        if let Some(typed) = some(self.code) {
            let Ok(key) = CodeKey::fold(typed) else { return Ok(None) };
            let found = rows::codes_by_key(db.read(), tenant.id, std::slice::from_ref(&key)).await?;
            let fits = |one: &&Code| coupon.is_none_or(|id: Uuid| id == one.coupon_id);
            let Some(one) = found.get(&key).filter(fits) else { return Ok(None) };
            (code, coupon) = (Some(one.id), Some(one.coupon_id));
        }
        let people = some(self.person).map(|typed| persons_like(db, tenant.id, typed));
        let named = some(self.organization).map(|typed| organizations::queries::meant(db.search(), tenant.id, typed));
        let (persons, organizations) = (resolve(people).await?, resolve(named).await?);
        let nobody = |ids: &Option<Vec<_>>| ids.as_ref().is_some_and(Vec::is_empty);
        if nobody(&persons) || nobody(&organizations) {
            return Ok(None);
        }
        let order = Some(self.order.to_owned()).filter(|order| !order.is_empty());
        let (state, needs_attention) = (self.state, self.needs_attention);
        Ok(Some(Wanted { order, persons, organizations, state, needs_attention, code, coupon, from, until }))
    }
}

/// The persons whom somebody may mean: the one with this id, those with this address or a caller's id, and those of the
/// accounts the audit log would find.
async fn persons_like(db: &Db, tenant: Uuid, typed: &str) -> Result<Vec<Uuid>, Error> {
    let users = memberships::meant(db.search(), tenant, typed).await?;
    let mut names: BTreeSet<Alias> = users.into_iter().map(Alias::User).collect();
    names.extend(Alias::email(typed));
    names.insert(Alias::External(typed.to_owned()));
    let known = persons::find_all(db.read(), tenant, &names).await?.into_values();
    // A caller may name its customers as we name persons.
    let meant: BTreeSet<Uuid> = known.chain(typed.parse().ok()).collect();
    Ok(meant.into_iter().collect())
}
