//! Refused entries: the row of each, and how they are found, newest first, by their ids, which sort by time.

use crate::clock::{first_id, id_at};
use crate::coupons::refusal::Refusal;
use crate::coupons::rule::trace::Trace;
use crate::db::newest::{self, Newest};
use crate::db::tables::attempts::{ActiveModel, Column, Entity, Model};
use crate::error::Error;
use crate::redemptions::desk::Enter;
use crate::redemptions::world::Ask;
use crate::web::paging::{Cursor, Slice};
use chrono::{DateTime, Utc};
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QuerySelect};
use uuid::Uuid;

/// Attempts a page.
pub const PAGE: usize = 50;
/// The most characters kept of an entry.
const KEPT_OF_ENTRY: usize = 200;

/// What to look for; everything that is set must match.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// By one of these users.
    pub users: Option<Vec<Uuid>>,
    /// For one of these organizations.
    pub organizations: Option<Vec<Uuid>>,
    /// Of this code.
    pub code: Option<Entered>,
    /// For this reason.
    pub refusal: Option<&'static str>,
    /// At this instant or later.
    pub from: Option<DateTime<Utc>>,
    /// Before this instant.
    pub until: Option<DateTime<Utc>>,
}

/// What was entered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entered {
    /// Something with this key.
    Key(String),
    /// Something that is no code, exactly so.
    Malformed(String),
}

/// What is on record of a refused entry, beside the entry itself.
#[derive(Debug)]
pub struct About<'a> {
    /// The code that was meant and its coupon, where there is one.
    pub code: Option<(Uuid, Uuid)>,
    /// Why it was refused.
    pub refusal: &'a Refusal,
    /// What the person was told.
    pub sentence: String,
    /// Every check.
    pub trace: &'a Trace,
}

/// The row of a refused entry.
#[must_use]
pub fn row(entry: &Enter, ask: &Ask, about: About<'_>) -> ActiveModel {
    ActiveModel {
        tenant_id: Set(entry.tenant.id),
        id: Set(id_at(entry.now)),
        entered: Set(entry.entered.chars().filter(|c| *c != '\0').take(KEPT_OF_ENTRY).collect()),
        code_key: Set(ask.key.as_ref().ok().map(|key| key.as_str().to_owned())),
        code_id: Set(about.code.map(|(code, _)| code)),
        coupon_id: Set(about.code.map(|(_, coupon)| coupon)),
        refusal: Set(about.refusal.code().to_owned()),
        sentence: Set(about.sentence),
        trace: Set(serde_json::to_value(about.trace).unwrap_or_default()),
        channel: Set(entry.channel.clone()),
        user_id: Set(entry.asker.user),
        person_id: Set(ask.person),
        organization_id: Set(ask.organization),
        api_key_id: Set(entry.asker.api_key),
        address: Set(entry.asker.address.clone()),
        request_id: Set(entry.actor.request_id.clone()),
        created_at: Set(entry.now),
    }
}

/// One page of attempts.
///
/// # Errors
/// [`Error::BadQuery`] for a cursor that is none.
pub async fn page(
    connection: &impl ConnectionTrait,
    tenant: Uuid,
    wanted: &Wanted,
    cursor: &Cursor,
) -> Result<Slice<Model>, Error> {
    let statement = find(tenant, wanted).at(connection, newest::place(cursor)?, PAGE + 1);
    let rows = Entity::find().from_raw_sql(statement).all(connection).await?;
    Ok(Slice::cut(cursor, PAGE, rows, |row| row.id.to_string()))
}

/// How many attempts there were with codes of a coupon since then; at most `most`.
///
/// # Errors
/// When the database does not answer.
pub async fn count_of_coupon(
    connection: &impl ConnectionTrait,
    (tenant, coupon): (Uuid, Uuid),
    since: DateTime<Utc>,
    most: u64,
) -> Result<u64, Error> {
    let some = Entity::find()
        .select_only()
        .column(Column::Id)
        .filter(Column::TenantId.eq(tenant))
        .filter(Column::CouponId.eq(coupon))
        .filter(Column::Id.gte(first_id(since)))
        .limit(most);
    Ok(some.count(connection).await?)
}

/// What leaves the fewest goes first: it is what the database looks up, and the rest is what it then looks at.
fn find(tenant: Uuid, wanted: &Wanted) -> Newest {
    let mut find = Newest::of("attempts", tenant);
    match &wanted.code {
        Some(Entered::Key(key)) => {
            let key = find.put(key.as_str());
            find.only(format!("t.code_key = {key}"));
        }
        // There is no index of what was entered; those that are no code have one of their own.
        Some(Entered::Malformed(text)) => {
            let text = find.put(text.as_str());
            find.only(format!("t.refusal = 'malformed_code' AND t.entered = {text}"));
        }
        None => {}
    }
    if let Some(organizations) = &wanted.organizations {
        find.any_of("organization_id", organizations);
    }
    if let Some(users) = &wanted.users {
        find.any_of("user_id", users);
    }
    if let Some(refusal) = wanted.refusal {
        let refusal = find.put(refusal);
        find.only(format!("t.refusal = {refusal}"));
    }
    find.between(wanted.from, wanted.until);
    find
}
