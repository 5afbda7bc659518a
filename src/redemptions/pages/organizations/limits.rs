//! The base values, locks and use of an organization's limits, saved as one table.

use super::show::{Typed, answer};
use crate::accounts::guards::Admin;
use crate::db::{self, Db};
use crate::error::Error;
use crate::money::parse_count;
use crate::organizations::bases::{self, Base};
use crate::organizations::limits::{LimitValue, OrganizationLimit};
use crate::organizations::{lock, queries};
use crate::web::form::Form;
use crate::web::html;
use crate::web::notice::Notice;
use actix_web::{HttpResponse, web};
use serde::Deserialize;
use uuid::Uuid;

/// The table as it is sent: a row's fields stand at the same place in each list; `locked` names the keys that are ticked.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Table {
    #[serde(rename = "key[]")]
    key: Vec<String>,
    #[serde(rename = "base[]")]
    base: Vec<String>,
    #[serde(rename = "in_use[]")]
    in_use: Vec<String>,
    #[serde(rename = "locked[]")]
    locked: Vec<String>,
    #[serde(rename = "was[]")]
    was: Vec<String>,
}

/// A row of the table, as typed or as it stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Row {
    /// The limit.
    pub key: String,
    /// The base value: empty for the default, a number, or “unlimited”.
    pub base: String,
    /// How many are in use; empty when nobody said.
    pub in_use: String,
    /// Whether it is locked.
    pub locked: bool,
    /// What stood in the row when it was shown. A field that still says so is left as it is now: the host system may
    /// have told another use meanwhile, and another administrator may have locked it.
    pub was: String,
    /// What is wrong with the base value.
    pub base_error: Option<String>,
    /// What is wrong with the use.
    pub in_use_error: Option<String>,
}

impl Row {
    /// A limit as it stands.
    #[must_use]
    pub fn of(limit: &OrganizationLimit) -> Self {
        let base = limit.base.map(|base| base.to_string()).unwrap_or_default();
        let in_use = limit.in_use.map(|count| count.to_string()).unwrap_or_default();
        let was = [&*base, &*in_use, word(limit.locked)].join("/");
        Self { key: limit.key.clone(), base, in_use, locked: limit.locked, was, ..Self::default() }
    }

    /// Whether something is wrong with it.
    #[must_use]
    pub fn is_bad(&self) -> bool {
        self.base_error.is_some() || self.in_use_error.is_some()
    }

    /// What the limit is to become, or nothing and the sentences noted.
    fn read(&mut self, limit: &OrganizationLimit) -> Option<Base> {
        let mut was = self.was.splitn(3, '/');
        let mut is_untouched = |typed: &str| was.next() == Some(typed);
        let value = if is_untouched(&self.base) { Ok(limit.base) } else { read_base(&self.base, limit) };
        let in_use = if is_untouched(&self.in_use) { Ok(limit.in_use) } else { read_use(&self.in_use) };
        let locked = if is_untouched(word(self.locked)) { limit.locked } else { self.locked };
        let value = value.map_err(|sentence| self.base_error = Some(sentence)).ok();
        let in_use = in_use.map_err(|sentence| self.in_use_error = Some(sentence)).ok();
        Some(Base { value: value?, locked, in_use: in_use? })
    }
}

impl Table {
    /// The rows.
    ///
    /// # Errors
    /// [`Error::BadRequest`] when the lists are not of one length.
    fn rows(self) -> Result<Vec<Row>, Error> {
        if [&self.base, &self.in_use, &self.was].iter().any(|list| list.len() != self.key.len()) {
            return Err(Error::BadRequest("The table did not arrive whole.".to_owned()));
        }
        let rows = self.key.into_iter().zip(self.base).zip(self.in_use.into_iter().zip(self.was));
        let row = |((key, base), (in_use, was))| Row {
            locked: self.locked.contains(&key),
            key,
            base,
            in_use,
            was,
            ..Row::default()
        };
        Ok(rows.map(row).collect())
    }
}

const fn word(locked: bool) -> &'static str {
    if locked { "locked" } else { "" }
}

/// `POST /dashboard/organizations/{id}/limits`.
///
/// # Errors
/// [`Error::NotFound`] for an organization of another tenant, [`Error::BadRequest`] for a limit that there is not.
pub async fn update(
    who: Admin,
    id: web::Path<Uuid>,
    form: Form<Table>,
    db: web::Data<Db>,
) -> Result<HttpResponse, Error> {
    let mut rows = form.0.rows()?;
    let tx = db.begin().await?;
    lock(&tx, who.tenant.id, *id).await?.ok_or(Error::NotFound)?;
    let limits = queries::limits(&tx, who.tenant.id, &[*id]).await?.remove(&id).unwrap_or_default();
    let mut saved = Vec::new();
    for row in &mut rows {
        let limit = limits.iter().find(|limit| limit.key == row.key);
        let limit = limit.ok_or_else(|| Error::BadRequest(format!("There is no limit called {}.", row.key)))?;
        saved.push(row.read(limit).map(|base| (limit, base)));
    }
    let Some(saved) = saved.into_iter().collect::<Option<Vec<_>>>() else {
        drop(tx);
        return answer(who, &db, *id, Typed { limits: rows, ..Typed::default() }).await;
    };
    for (limit, base) in &saved {
        bases::set(&tx, &who.actor(), (who.tenant.id, *id), &limit.key, *base, who.now).await?;
    }
    db::commit(tx).await?;
    let path = format!("/dashboard/organizations/{id}");
    let notice = Notice::new("The limits were saved.").with_undo(format!("{path}/limits"), undo(&saved));
    Ok(notice.on(html::see_other(&path)))
}

/// The form that brings back what was saved over.
fn undo(saved: &[(&OrganizationLimit, Base)]) -> Vec<(String, String)> {
    let mut fields = Vec::new();
    for (limit, base) in saved {
        let (before, limit) = (Row::of(limit), (*limit).clone());
        let Base { value, locked, in_use } = *base;
        let after = Row::of(&OrganizationLimit { base: value, locked, in_use, ..limit });
        if before.locked {
            fields.push(("locked[]".to_owned(), before.key.clone()));
        }
        fields.push(("key[]".to_owned(), before.key));
        fields.push(("base[]".to_owned(), before.base));
        fields.push(("in_use[]".to_owned(), before.in_use));
        fields.push(("was[]".to_owned(), after.was));
    }
    fields
}

fn read_base(typed: &str, limit: &OrganizationLimit) -> Result<Option<LimitValue>, String> {
    let typed = typed.trim();
    if typed.is_empty() {
        return Ok(None);
    }
    let value = if typed.eq_ignore_ascii_case("unlimited") {
        LimitValue::Unlimited
    } else {
        let count =
            parse_count(typed).map_err(|fault| format!("{fault} Or “unlimited”, or nothing for the default."))?;
        LimitValue::Finite(count)
    };
    bases::allowed(value, limit).map(Some)
}

fn read_use(typed: &str) -> Result<Option<i64>, String> {
    let typed = typed.trim();
    if typed.is_empty() { Ok(None) } else { parse_count(typed).map(Some).map_err(|fault| fault.to_string()) }
}

#[cfg(test)]
mod tests {
    use super::{read_base, read_use};
    use crate::organizations::limits::{LimitValue, OrganizationLimit};

    fn limit(minimum: Option<i64>, maximum: Option<i64>) -> OrganizationLimit {
        OrganizationLimit {
            key: "seats".to_owned(),
            label: "Seats".to_owned(),
            default: LimitValue::Finite(5),
            minimum,
            maximum,
            base: None,
            locked: false,
            in_use: None,
            grants: Vec::new(),
        }
    }

    #[test]
    fn a_base_is_empty_a_number_or_unlimited() {
        let free = limit(None, None);
        assert_eq!(read_base("  ", &free), Ok(None));
        assert_eq!(read_base("0", &free), Ok(Some(LimitValue::Finite(0))));
        assert_eq!(read_base(" Unlimited", &free), Ok(Some(LimitValue::Unlimited)));
        for typed in ["-1", "1e3", "5.5", "9223372036854775808", "NaN"] {
            assert!(read_base(typed, &free).is_err() && read_use(typed).is_err(), "{typed}");
        }
    }

    #[test]
    fn a_base_stays_within_the_bounds_of_the_definition() {
        let bound = limit(Some(2), Some(10));
        assert!(read_base("2", &bound).is_ok() && read_base("10", &bound).is_ok());
        assert!(read_base("1", &bound).is_err() && read_base("11", &bound).is_err());
        assert!(read_base("unlimited", &bound).is_err());
    }
}
