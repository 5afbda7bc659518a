//! The filters of the refused attempts, as the URL says them.

use crate::accounts::memberships;
use crate::coupons::rule::trace::Check;
use crate::db::Db;
use crate::error::Error;
use crate::organizations;
use crate::redemptions::attempts::{Entered, Wanted};
use crate::redemptions::log::filter::{code_key, first_day, last_day, resolve, some};
use crate::tenants::Tenant;
use crate::web::paging::{self, Cursor};
use serde::Deserialize;

/// What the URL asks of the attempts. A name that is not here is refused.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Filter {
    /// A code as somebody types it.
    pub code: String,
    /// A part of the name or e-mail address of who entered it.
    pub person: String,
    /// A part of the organization's name, or its id.
    pub organization: String,
    /// The machine word of a refusal.
    pub reason: String,
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
        paging::filters_label(&self.pairs(), &["code"])
    }

    fn pairs(&self) -> [(&str, &str); 6] {
        [
            ("code", &self.code),
            ("person", &self.person),
            ("organization", &self.organization),
            ("reason", &self.reason),
            ("from", &self.from),
            ("until", &self.until),
        ]
    }

    /// The address of another page of the same list.
    pub fn link(&self, direction: &str, key: &str) -> String {
        let mut pairs = self.pairs().to_vec();
        pairs.push((direction, key));
        format!("/audit/attempts{}", paging::query(&pairs))
    }

    /// What the database is asked for; `None` when nothing can match.
    ///
    /// # Errors
    /// [`Error::BadQuery`] for a reason or a date that there is not.
    pub async fn wanted(&self, db: &Db, tenant: &Tenant) -> Result<Option<Wanted>, Error> {
        let people = some(&self.person).map(|typed| memberships::meant(db.search(), tenant.id, typed));
        let named = some(&self.organization);
        let named = named.map(|typed| organizations::queries::meant(db.search(), tenant.id, typed));
        let wanted = Wanted {
            users: resolve(people).await?,
            organizations: resolve(named).await?,
            code: match code_key(&self.code) {
                Ok(key) => key.map(Entered::Key),
                Err(_) => Some(Entered::Malformed(self.code.clone())),
            },
            refusal: some(&self.reason).map(reason).transpose()?,
            from: first_day(&self.from, tenant.zone)?,
            until: last_day(&self.until, tenant.zone)?,
        };
        let nobody = |ids: &Option<Vec<_>>| ids.as_ref().is_some_and(Vec::is_empty);
        Ok((!nobody(&wanted.users) && !nobody(&wanted.organizations)).then_some(wanted))
    }
}

fn reason(word: &str) -> Result<&'static str, Error> {
    let check = Check::from_word(word);
    check.map(Check::word).ok_or_else(|| Error::BadQuery("reason", format!("There is no reason called {word}.")))
}
