//! Refused entries: how they are found, newest first, by their ids, which sort by time.

use crate::clock::first_id;
use crate::db::newest::{self, Newest};
use crate::db::tables::attempts::{Column, Entity, Model};
use crate::error::Error;
use crate::web::paging::{Cursor, Slice};
use chrono::{DateTime, Utc};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QuerySelect};
use uuid::Uuid;

/// Attempts a page.
pub const PAGE: usize = 50;

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
