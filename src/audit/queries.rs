//! How entries are found: newest first, by their ids, which sort by time.

use crate::clock::first_id;
use crate::db::newest::{self, Branch, Newest};
use crate::db::tables::audit_entries::{Column, Entity, Model};
use crate::db::tables::users;
use crate::error::Error;
use crate::web::paging::{Cursor, Slice};
use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use std::collections::{BTreeSet, HashMap};
use uuid::Uuid;

/// Entries a page.
pub const PAGE: usize = 50;

/// What to look for; everything that is set must match.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Made by one of these users.
    pub actors: Option<Vec<Uuid>>,
    /// About one of these organizations.
    pub organizations: Option<Vec<Uuid>>,
    /// About the code with this key, or about the coupon that has it.
    pub code: Option<Code>,
    /// The one entry with this id.
    pub id: Option<Uuid>,
    /// With this action.
    pub action: Option<String>,
    /// At this instant or later.
    pub from: Option<DateTime<Utc>>,
    /// Before this instant.
    pub until: Option<DateTime<Utc>>,
}

/// A code, and the coupon that has it. An entry about a coupon as a whole names its first code only.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Code {
    /// The key.
    pub key: String,
    /// Its coupon, if there is such a code.
    pub coupon: Option<Uuid>,
}

/// One page of entries.
///
/// # Errors
/// [`Error::BadQuery`] for a cursor that is none.
pub async fn page(
    connection: &impl ConnectionTrait,
    tenant: Uuid,
    wanted: &Wanted,
    (cursor, size): (&Cursor, usize),
) -> Result<Slice<Model>, Error> {
    let statement = find(tenant, wanted).at(connection, newest::place(cursor)?, size + 1);
    let rows = Entity::find().from_raw_sql(statement).all(connection).await?;
    Ok(Slice::cut(cursor, size, rows, |row| row.id.to_string()))
}

/// The first entries after `after`, in the order in which they were made, at most so many.
///
/// # Errors
/// When the database does not answer.
pub async fn oldest_first(
    connection: &impl ConnectionTrait,
    tenant: Uuid,
    wanted: &Wanted,
    after: Option<Uuid>,
    most: usize,
) -> Result<Vec<Model>, Error> {
    let statement = find(tenant, wanted).at(connection, (after, true), most);
    Ok(Entity::find().from_raw_sql(statement).all(connection).await?)
}

/// What leaves the fewest goes first: it is what the database looks up, and the rest is what it then looks at.
fn find(tenant: Uuid, wanted: &Wanted) -> Newest {
    let mut find = Newest::of("audit_entries", tenant);
    if let Some(Code { key, coupon }) = &wanted.code {
        let named = format!("t.code_key = {}", find.put(key.as_str()));
        match coupon {
            // The words of the index of those entries.
            Some(coupon) => {
                let whole = format!("t.subject_kind = 'coupon' AND t.coupon_id = {}", find.put(*coupon));
                let named = Branch { condition: named, index: None };
                find.any_by(vec![named, Branch::by("audit_by_coupon_alone", whole)]);
            }
            None => find.only(named),
        }
    }
    if let Some(organizations) = &wanted.organizations {
        find.any_of("organization_id", organizations);
    }
    if let Some(actors) = &wanted.actors {
        find.any_of("actor_id", actors);
    }
    if let Some(action) = &wanted.action {
        let action = find.put(action.as_str());
        find.only(format!("t.action = {action}"));
    }
    if let Some(id) = wanted.id {
        let id = find.put(id);
        find.only(format!("t.id = {id}"));
    }
    find.between(wanted.from, wanted.until);
    find
}

/// The first entry about a redemption of this coupon that was made at this instant.
///
/// # Errors
/// When the database does not answer.
pub async fn first_of_redemption(
    connection: &impl ConnectionTrait,
    tenant: Uuid,
    (redemption, coupon): (Uuid, Uuid),
    made_at: DateTime<Utc>,
) -> Result<Option<Model>, Error> {
    // Entries have no index by redemption; at one instant a coupon has few.
    let moment = TimeDelta::milliseconds(1);
    let find = Entity::find()
        .filter(Column::TenantId.eq(tenant))
        .filter(Column::CouponId.eq(coupon))
        .filter(Column::Id.gte(first_id(made_at)))
        .filter(Column::Id.lt(first_id(made_at + moment)))
        .filter(Column::RedemptionId.eq(redemption));
    Ok(find.order_by_asc(Column::Id).one(connection).await?)
}

/// The names of these users.
///
/// # Errors
/// When the database does not answer.
pub async fn names(
    connection: &impl ConnectionTrait,
    ids: impl Iterator<Item = Uuid>,
) -> Result<HashMap<Uuid, String>, Error> {
    let ids: BTreeSet<Uuid> = ids.collect();
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let find = users::Entity::find().select_only().column(users::Column::Id).column(users::Column::DisplayName);
    let rows: Vec<(Uuid, String)> = find.filter(users::Column::Id.is_in(ids)).into_tuple().all(connection).await?;
    Ok(rows.into_iter().collect())
}
