//! The filters of the redemptions, as the URL says them.

use crate::accounts::memberships;
use crate::accounts::persons::{self, Alias};
use crate::coupons::code::{Code, CodeKey};
use crate::coupons::rows;
use crate::db::Db;
use crate::error::Error;
use crate::organizations;
use crate::redemptions::log::filter::{first_day, last_day, resolve, some};
use crate::redemptions::queries::{Standing, Wanted};
use crate::redemptions::redemption::State;
use crate::tenants::Tenant;
use crate::web::paging::{self, Cursor};
use serde::Deserialize;
use std::collections::BTreeSet;
use uuid::Uuid;

/// The word of what somebody has to look at, among those of the states.
pub(super) const ATTENTION: &str = "attention";

/// What the URL asks of the redemptions. A name that is not here is refused.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Filter {
    /// A code as somebody types it.
    pub code: String,
    /// The whole reference of an order.
    pub order: String,
    /// An e-mail address, a caller's own id, or a part of the name or address of somebody with an account.
    pub person: String,
    /// A part of the organization's name, or its id.
    pub organization: String,
    /// The word of a state, or [`ATTENTION`].
    pub state: String,
    /// The id of a coupon.
    pub coupon: String,
    /// The first day, in the tenant's zone.
    pub from: String,
    /// The last day, which counts whole.
    pub until: String,
    after: Option<String>,
    before: Option<String>,
}

impl Filter {
    /// Where in the list to stand.
    pub fn cursor(&self) -> Cursor {
        Cursor { after: self.after.clone(), before: self.before.clone() }
    }

    /// Whether anything is filtered.
    pub fn is_set(&self) -> bool {
        self.pairs().iter().any(|(_, value)| !value.is_empty())
    }

    /// What unfolds the filters that are folded on phones.
    pub fn label(&self) -> String {
        paging::filters_label(&self.pairs(), &["order"])
    }

    fn pairs(&self) -> [(&str, &str); 8] {
        [
            ("code", &self.code),
            ("order", &self.order),
            ("person", &self.person),
            ("organization", &self.organization),
            ("state", &self.state),
            ("coupon", &self.coupon),
            ("from", &self.from),
            ("until", &self.until),
        ]
    }

    /// The address of another page of the same list.
    pub fn link(&self, direction: &str, key: &str) -> String {
        let mut pairs = self.pairs().to_vec();
        pairs.push((direction, key));
        format!("/dashboard/redemptions{}", paging::query(&pairs))
    }

    /// What the database is asked for; `None` when nothing can match.
    ///
    /// # Errors
    /// [`Error::BadQuery`] for a state or a date that there is not.
    pub async fn wanted(&self, db: &Db, tenant: &Tenant) -> Result<Option<Wanted>, Error> {
        // What cannot be read is told before what cannot match.
        let standing = some(&self.state).map(standing).transpose()?;
        let (from, until) = (first_day(&self.from, tenant.zone)?, last_day(&self.until, tenant.zone)?);
        let Ok(mut coupon) = some(&self.coupon).map(str::parse).transpose() else { return Ok(None) };
        let mut code = None;
        if let Some(typed) = some(&self.code) {
            let Ok(key) = CodeKey::fold(typed) else { return Ok(None) };
            let found = rows::codes_by_key(db.read(), tenant.id, std::slice::from_ref(&key)).await?;
            let fits = |one: &&Code| coupon.is_none_or(|id: Uuid| id == one.coupon_id);
            let Some(one) = found.get(&key).filter(fits) else { return Ok(None) };
            (code, coupon) = (Some(one.id), Some(one.coupon_id));
        }
        let people = some(&self.person).map(|typed| persons_like(db, tenant.id, typed));
        let named = some(&self.organization).map(|typed| organizations::queries::meant(db.search(), tenant.id, typed));
        let (persons, organizations) = (resolve(people).await?, resolve(named).await?);
        let nobody = |ids: &Option<Vec<_>>| ids.as_ref().is_some_and(Vec::is_empty);
        if nobody(&persons) || nobody(&organizations) {
            return Ok(None);
        }
        let order = some(&self.order).map(str::to_owned);
        Ok(Some(Wanted { order, persons, organizations, standing, code, coupon, from, until }))
    }
}

/// The persons whom somebody may mean: those with this address or a caller's id, and those of the accounts the audit log
/// would find.
async fn persons_like(db: &Db, tenant: Uuid, typed: &str) -> Result<Vec<Uuid>, Error> {
    let users = memberships::meant(db.search(), tenant, typed).await?;
    let mut names: BTreeSet<Alias> = users.into_iter().map(Alias::User).collect();
    names.extend(Alias::email(typed));
    names.insert(Alias::External(typed.to_owned()));
    let known: BTreeSet<Uuid> = persons::find_all(db.read(), tenant, &names).await?.into_values().collect();
    Ok(known.into_iter().collect())
}

fn standing(word: &str) -> Result<Standing, Error> {
    if word == ATTENTION {
        return Ok(Standing::NeedsAttention);
    }
    let state = State::from_word(word).map(Standing::In);
    state.ok_or_else(|| Error::BadQuery("state", format!("There is no state called {word}.")))
}
