//! Refused entries: how they are found, newest first, by their ids, which sort by time.

use crate::clock::first_id;
use crate::db::tables::attempts::{Column, Entity, Model};
use crate::error::Error;
use crate::web::paging::{Cursor, Slice};
use chrono::{DateTime, Utc};
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
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
/// [`Error::BadRequest`] for a cursor that is none.
pub async fn page(
    connection: &impl ConnectionTrait,
    tenant: Uuid,
    wanted: &Wanted,
    cursor: &Cursor,
) -> Result<Slice<Model>, Error> {
    let find = Entity::find().filter(condition(tenant, wanted));
    let find = match cursor.ids()? {
        (_, Some(before)) => find.filter(Column::Id.gt(before)).order_by_asc(Column::Id),
        (Some(after), None) => find.filter(Column::Id.lt(after)).order_by_desc(Column::Id),
        (None, None) => find.order_by_desc(Column::Id),
    };
    let rows = find.limit(PAGE as u64 + 1).all(connection).await?;
    Ok(Slice::cut(cursor, PAGE, rows, |row| row.id.to_string()))
}

fn condition(tenant: Uuid, wanted: &Wanted) -> Condition {
    Condition::all()
        .add(Column::TenantId.eq(tenant))
        .add_option(wanted.users.as_ref().map(|ids| Column::UserId.is_in(ids.iter().copied())))
        .add_option(wanted.organizations.as_ref().map(|ids| Column::OrganizationId.is_in(ids.iter().copied())))
        .add_option(wanted.code.as_ref().map(of_code))
        .add_option(wanted.refusal.map(|refusal| Column::Refusal.eq(refusal)))
        .add_option(wanted.from.map(|from| Column::Id.gte(first_id(from))))
        .add_option(wanted.until.map(|until| Column::Id.lt(first_id(until))))
}

fn of_code(entered: &Entered) -> Condition {
    match entered {
        Entered::Key(key) => Condition::all().add(Column::CodeKey.eq(key.as_str())),
        // There is no index of what was entered; those that are no code have one of their own.
        Entered::Malformed(text) => {
            Condition::all().add(Column::Refusal.eq("malformed_code")).add(Column::Entered.eq(text.as_str()))
        }
    }
}
