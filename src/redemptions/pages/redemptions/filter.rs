//! The filters of the redemptions, as the URL says them.

use crate::db::Db;
use crate::error::Error;
use crate::redemptions::log::filter::some;
use crate::redemptions::queries::{Asked, Wanted};
use crate::redemptions::redemption::State;
use crate::tenants::Tenant;
use crate::web::paging::{self, Cursor};
use serde::Deserialize;

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
    /// The id of a person, an e-mail address, a caller's own id, or a part of the name or address of somebody with an account.
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
        let needs_attention = self.state == ATTENTION;
        let asked = Asked {
            code: &self.code,
            order: self.order.trim(),
            person: &self.person,
            organization: &self.organization,
            coupon: &self.coupon,
            state: some(&self.state).filter(|_| !needs_attention).map(state).transpose()?,
            needs_attention,
            from: &self.from,
            until: &self.until,
        };
        asked.wanted(db, tenant).await
    }
}

fn state(word: &str) -> Result<State, Error> {
    State::from_word(word).ok_or_else(|| Error::BadQuery("state", format!("There is no state called {word}.")))
}
