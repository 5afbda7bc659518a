//! The filters of the log and of the refused attempts, as the URL says them.

use super::words;
use crate::accounts::memberships;
use crate::audit::queries::{self, Wanted};
use crate::calendar::{self, DateFault};
use crate::coupons::code::CodeKey;
use crate::coupons::rows;
use crate::db::Db;
use crate::error::Error;
use crate::organizations;
use crate::tenants::Tenant;
use crate::web::api::Limit;
use crate::web::paging::{self, Cursor};
use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use schemars::JsonSchema;
use serde::Deserialize;

/// A day that there is, or an instant on one (RFC 3339), for the documentation.
pub const DAY: &str = "^(((19[7-9][0-9]|2[0-9]{3})-((0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])\
    |(0[469]|11)-(0[1-9]|[12][0-9]|30)|02-(0[1-9]|1[0-9]|2[0-8]))\
    |(19(72|76|8[048]|9[26])|2[0-9](0[48]|[2468][048]|[13579][26])|2[048]00)-02-29)\
    (T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]([.][0-9]{1,9})?(Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9]))?)?$";

/// What the URL asks of the log. A name that is not here is refused.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Filter {
    /// A part of the name or e-mail address of who did it.
    pub person: String,
    /// A part of the organization's name, or its id.
    pub organization: String,
    /// A code as somebody types it.
    pub code: String,
    /// The word of an action.
    #[schemars(schema_with = "words::schema")]
    pub action: String,
    /// The first day, in the tenant's zone, or an instant.
    #[schemars(regex(pattern = DAY))]
    pub from: String,
    /// The last day, which counts whole, or an instant.
    #[schemars(regex(pattern = DAY))]
    pub until: String,
    /// The id of one entry.
    pub entry: String,
    #[schemars(with = "Option<uuid::Uuid>")]
    after: Option<String>,
    #[schemars(with = "Option<uuid::Uuid>")]
    before: Option<String>,
    /// So many at once, for calls.
    pub limit: Option<Limit>,
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
        paging::filters_label(&self.pairs(), &["code", "entry"])
    }

    fn pairs(&self) -> [(&str, &str); 7] {
        [
            ("person", &self.person),
            ("organization", &self.organization),
            ("code", &self.code),
            ("action", &self.action),
            ("from", &self.from),
            ("until", &self.until),
            ("entry", &self.entry),
        ]
    }

    /// The fields that narrow an export to what the list shows, on all its pages.
    #[must_use]
    pub fn export_fields(&self) -> Vec<(&str, &str)> {
        self.pairs().into_iter().filter(|(name, value)| *name != "entry" && !value.is_empty()).collect()
    }

    /// The address of another page of the same list.
    pub fn link(&self, direction: &str, key: &str) -> String {
        let mut pairs = self.pairs().to_vec();
        pairs.push((direction, key));
        format!("/audit{}", paging::query(&pairs))
    }

    /// What the database is asked for; `None` when nothing can match.
    ///
    /// # Errors
    /// [`Error::BadQuery`] for an action or a date that there is not.
    pub async fn wanted(&self, db: &Db, tenant: &Tenant) -> Result<Option<Wanted>, Error> {
        if !self.action.is_empty() && !words::is_known(&self.action) {
            return Err(Error::BadQuery("action", format!("There is no action called {}.", self.action)));
        }
        // What cannot be read is told before what cannot match.
        let (from, until) = (first_day(&self.from, tenant.zone)?, last_day(&self.until, tenant.zone)?);
        let Ok(key) = some(&self.code).map(CodeKey::fold).transpose() else { return Ok(None) };
        let Ok(id) = some(&self.entry).map(str::parse).transpose() else { return Ok(None) };
        let people = some(&self.person).map(|typed| memberships::meant(db.search(), tenant.id, typed));
        let named = some(&self.organization).map(|typed| organizations::queries::meant(db.search(), tenant.id, typed));
        let wanted = Wanted {
            actors: resolve(people).await?,
            organizations: resolve(named).await?,
            code: resolve(key.map(|key| code(db, tenant, key))).await?,
            id,
            action: some(&self.action).map(str::to_owned),
            from,
            until,
        };
        let nobody = |ids: &Option<Vec<_>>| ids.as_ref().is_some_and(Vec::is_empty);
        Ok((!nobody(&wanted.actors) && !nobody(&wanted.organizations)).then_some(wanted))
    }
}

/// Waits for what a filter means, where there is one.
pub async fn resolve<T>(asked: Option<impl Future<Output = Result<T, Error>>>) -> Result<Option<T>, Error> {
    match asked {
        Some(answer) => answer.await.map(Some),
        None => Ok(None),
    }
}

/// The code with this key, and its coupon.
async fn code(db: &Db, tenant: &Tenant, key: CodeKey) -> Result<queries::Code, Error> {
    let found = rows::codes_by_key(db.read(), tenant.id, std::slice::from_ref(&key)).await?;
    Ok(queries::Code { coupon: found.get(&key).map(|code| code.coupon_id), key: key.to_string() })
}

/// What was typed, if anything was.
pub fn some(typed: &str) -> Option<&str> {
    Some(typed.trim()).filter(|typed| !typed.is_empty())
}

/// The key of a typed code; an error when no code can read so.
pub fn code_key(typed: &str) -> Result<Option<String>, crate::coupons::code::Malformed> {
    some(typed).map(|typed| CodeKey::fold(typed).map(|key| key.to_string())).transpose()
}

/// The first instant of a typed day, or the instant that was sent.
pub fn first_day(typed: &str, zone: Tz) -> Result<Option<DateTime<Utc>>, Error> {
    edge("from", typed, |day| calendar::start(day, None, zone))
}

/// The first instant after a typed day, or the instant that was sent.
pub fn last_day(typed: &str, zone: Tz) -> Result<Option<DateTime<Utc>>, Error> {
    edge("until", typed, |day| calendar::end(day, None, zone))
}

/// The instant that a day or an instant (RFC 3339) means; nothing means none, but spaces are no day.
fn edge(
    name: &'static str,
    typed: &str,
    of_day: impl FnOnce(NaiveDate) -> Result<DateTime<Utc>, DateFault>,
) -> Result<Option<DateTime<Utc>>, Error> {
    if typed.is_empty() {
        return Ok(None);
    }
    if let Ok(instant) = DateTime::parse_from_rfc3339(typed) {
        return Ok(Some(instant.with_timezone(&Utc)));
    }
    let day = if typed.trim() == typed { calendar::parse_date(typed) } else { Err(DateFault::NotADate) };
    day.and_then(of_day).map(Some).map_err(|fault| Error::BadQuery(name, fault.to_string()))
}

/// What is said of days of which the last comes before the first: nothing can lie between them.
///
/// # Errors
/// [`Error::BadRequest`] for a date that there is not.
pub fn backwards((from, until): (&str, &str), zone: Tz) -> Result<Option<&'static str>, Error> {
    let days = first_day(from, zone)?.zip(last_day(until, zone)?);
    Ok(days.filter(|(from, until)| until <= from).map(|_| "Until is before From."))
}
