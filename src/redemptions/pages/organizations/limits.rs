//! The base values, locks and use of an organization's limits, saved as one table.

use super::show::{Typed, answer};
use crate::accounts::guards::Admin;
use crate::db::Db;
use crate::error::Error;
use crate::money::parse_count;
use crate::organizations::bases::{self, Base};
use crate::organizations::limits::{LimitValue, OrganizationLimit};
use crate::organizations::queries;
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
    /// What is wrong with the base value.
    pub base_error: Option<String>,
    /// What is wrong with the use.
    pub in_use_error: Option<String>,
}

impl Row {
    /// A limit as it stands.
    #[must_use]
    pub fn of(limit: &OrganizationLimit) -> Self {
        Self {
            key: limit.key.clone(),
            base: limit.base.map(|base| base.to_string()).unwrap_or_default(),
            in_use: limit.in_use.map(|count| count.to_string()).unwrap_or_default(),
            locked: limit.locked,
            ..Self::default()
        }
    }

    /// Whether something is wrong with it.
    #[must_use]
    pub fn is_bad(&self) -> bool {
        self.base_error.is_some() || self.in_use_error.is_some()
    }

    /// What it says, or nothing and the sentences noted.
    fn read(&mut self, limit: &OrganizationLimit) -> Option<Base> {
        let value = read_base(&self.base, limit).map_err(|sentence| self.base_error = Some(sentence)).ok();
        let in_use = read_use(&self.in_use).map_err(|sentence| self.in_use_error = Some(sentence)).ok();
        Some(Base { value: value?, locked: self.locked, in_use: in_use? })
    }
}

impl Table {
    /// The rows.
    ///
    /// # Errors
    /// [`Error::BadRequest`] when the lists are not of one length.
    fn rows(self) -> Result<Vec<Row>, Error> {
        if self.key.len() != self.base.len() || self.key.len() != self.in_use.len() {
            return Err(Error::BadRequest("The table did not arrive whole.".to_owned()));
        }
        let row = |((key, base), in_use): ((String, String), String)| Row {
            locked: self.locked.contains(&key),
            key,
            base,
            in_use,
            ..Row::default()
        };
        Ok(self.key.into_iter().zip(self.base).zip(self.in_use).map(row).collect())
    }
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
    queries::by_id(db.read(), who.tenant.id, *id).await?.ok_or(Error::NotFound)?;
    let limits = queries::limits(db.read(), who.tenant.id, &[*id]).await?.remove(&id).unwrap_or_default();
    let mut rows = form.0.rows()?;
    let mut read = Vec::new();
    for row in &mut rows {
        let limit = limits.iter().find(|limit| limit.key == row.key);
        let limit = limit.ok_or_else(|| Error::BadRequest(format!("There is no limit called {}.", row.key)))?;
        read.push(row.read(limit).map(|base| (row.key.clone(), base)));
    }
    let Some(read) = read.into_iter().collect::<Option<Vec<_>>>() else {
        return answer(who, &db, *id, Typed { limits: rows, ..Typed::default() }).await;
    };
    let tx = db.begin().await?;
    for (key, base) in read {
        bases::set(&tx, &who.actor(), (who.tenant.id, *id), &key, base, who.now).await?;
    }
    tx.commit().await?;
    let path = format!("/dashboard/organizations/{id}");
    let notice = Notice::new("The limits were saved.").with_undo(format!("{path}/limits"), undo(&limits));
    Ok(notice.on(html::see_other(&path)))
}

/// The table as it stood, for the undo.
fn undo(limits: &[OrganizationLimit]) -> Vec<(String, String)> {
    let mut fields = Vec::new();
    for row in limits.iter().map(Row::of) {
        if row.locked {
            fields.push(("locked[]".to_owned(), row.key.clone()));
        }
        fields.push(("key[]".to_owned(), row.key));
        fields.push(("base[]".to_owned(), row.base));
        fields.push(("in_use[]".to_owned(), row.in_use));
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
