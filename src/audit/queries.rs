//! How entries are found: newest first, by their ids, which sort by time.

use crate::clock::first_id;
use crate::db::like;
use crate::db::tables::audit_entries::{Column, Entity, Model};
use crate::db::tables::users;
use crate::error::Error;
use crate::web::paging::{Cursor, Slice};
use chrono::{DateTime, Utc};
use sea_orm::sea_query::{Expr, ExprTrait, Func};
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use std::collections::HashMap;
use uuid::Uuid;

/// Entries a page.
pub const PAGE: usize = 50;
/// As many people or organizations a word in a filter may mean.
const MEANT: u64 = 20;

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

impl Code {
    fn condition(&self) -> Condition {
        let whole = |coupon| Condition::all().add(Column::CouponId.eq(coupon)).add(Column::SubjectKind.eq("coupon"));
        Condition::any().add(Column::CodeKey.eq(self.key.as_str())).add_option(self.coupon.map(whole))
    }
}

/// One page of entries.
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
        .add_option(wanted.actors.as_ref().map(|ids| Column::ActorId.is_in(ids.iter().copied())))
        .add_option(wanted.organizations.as_ref().map(|ids| Column::OrganizationId.is_in(ids.iter().copied())))
        .add_option(wanted.code.as_ref().map(Code::condition))
        .add_option(wanted.id.map(|id| Column::Id.eq(id)))
        .add_option(wanted.action.as_ref().map(|action| Column::Action.eq(action.as_str())))
        .add_option(wanted.from.map(|from| Column::Id.gte(first_id(from))))
        .add_option(wanted.until.map(|until| Column::Id.lt(first_id(until))))
}

/// The users whom a name, or a part of it or of an e-mail address, may mean.
///
/// # Errors
/// When the database does not answer.
pub async fn people_like(connection: &impl ConnectionTrait, typed: &str) -> Result<Vec<Uuid>, Error> {
    let pattern = like::contains(&typed.trim().to_lowercase());
    let like =
        |column: users::Column| Expr::expr(Func::lower(Expr::col((users::Entity, column)))).like(pattern.clone());
    let any = Condition::any().add(like(users::Column::Email)).add(like(users::Column::DisplayName));
    let find = users::Entity::find().select_only().column(users::Column::Id).filter(any).limit(MEANT);
    Ok(find.into_tuple().all(connection).await?)
}

/// The names of these users.
///
/// # Errors
/// When the database does not answer.
pub async fn names(
    connection: &impl ConnectionTrait,
    ids: impl Iterator<Item = Uuid>,
) -> Result<HashMap<Uuid, String>, Error> {
    let find = users::Entity::find().select_only().column(users::Column::Id).column(users::Column::DisplayName);
    let rows: Vec<(Uuid, String)> = find.filter(users::Column::Id.is_in(ids)).into_tuple().all(connection).await?;
    Ok(rows.into_iter().collect())
}
