//! Redemptions by what somebody remembers of them, newest first, by their ids, which sort by time.

use super::{Listed, shown};
use crate::db::newest::{self, Branch, Newest};
use crate::db::tables::redemptions::{Entity, Model};
use crate::error::Error;
use crate::money::Currency;
use crate::redemptions::redemption::State;
use crate::redemptions::rows::as_of;
use crate::web::paging::{Cursor, Slice};
use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, EntityTrait};
use uuid::Uuid;

/// Redemptions a page.
pub const PAGE: usize = 50;
/// The words of the indexes of what ended.
const ENDED: &str = "t.state IN ('released', 'expired', 'reversed')";

/// What to look for; everything that is set must match.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Of the order with exactly this reference, in any channel.
    pub order: Option<String>,
    /// Counted against one of these persons.
    pub persons: Option<Vec<Uuid>>,
    /// For one of these organizations.
    pub organizations: Option<Vec<Uuid>>,
    /// In this state.
    pub state: Option<State>,
    /// That somebody has to look at, whatever their state.
    pub needs_attention: bool,
    /// Of this code.
    pub code: Option<Uuid>,
    /// Of this coupon.
    pub coupon: Option<Uuid>,
    /// At this instant or later.
    pub from: Option<DateTime<Utc>>,
    /// Before this instant.
    pub until: Option<DateTime<Utc>>,
}

/// One page of redemptions, as lists show them.
///
/// # Errors
/// As [`rows`].
pub async fn page(
    connection: &impl ConnectionTrait,
    (tenant, currency): (Uuid, Currency),
    wanted: &Wanted,
    cursor: &Cursor,
    now: DateTime<Utc>,
) -> Result<Slice<Listed>, Error> {
    let found = rows(connection, tenant, wanted, (cursor, PAGE), now).await?;
    let rows = shown(connection, (tenant, currency), found.rows).await?;
    Ok(Slice { rows, next: found.next, previous: found.previous })
}

/// The rows of one page, as they read at this instant.
///
/// # Errors
/// [`Error::BadQuery`] for a cursor that is none.
pub async fn rows(
    connection: &impl ConnectionTrait,
    tenant: Uuid,
    wanted: &Wanted,
    (cursor, size): (&Cursor, usize),
    now: DateTime<Utc>,
) -> Result<Slice<Model>, Error> {
    let statement = find(tenant, wanted, now).at(connection, newest::place(cursor)?, size + 1);
    let found = Entity::find().from_raw_sql(statement).all(connection).await?;
    Ok(Slice::cut(cursor, size, found, |row| row.id.to_string()).map(|row| as_of(row, now)))
}

/// What leaves the fewest goes first: it is what the database looks up, and the rest is what it then looks at.
fn find(tenant: Uuid, wanted: &Wanted, now: DateTime<Utc>) -> Newest {
    let mut find = Newest::of("redemptions", tenant);
    if let Some(order) = &wanted.order {
        let order = find.put(order.as_str());
        find.any_by(vec![Branch::by("redemptions_by_order", format!("t.order_ref = {order}"))]);
    }
    any_of(&mut find, "redemptions_by_person", "person_id", wanted.persons.as_deref());
    any_of(&mut find, "redemptions_by_organization", "organization_id", wanted.organizations.as_deref());
    if wanted.needs_attention {
        let flagged = "t.needs_attention IS NOT NULL".to_owned();
        find.any_by(vec![Branch::by("redemptions_needing_attention", flagged)]);
    }
    if let Some(state) = wanted.state {
        in_state(&mut find, state, wanted.coupon.is_some(), now);
    }
    any_of(&mut find, "redemptions_by_code", "code_id", wanted.code.as_ref().map(std::slice::from_ref));
    any_of(&mut find, "redemptions_by_coupon", "coupon_id", wanted.coupon.as_ref().map(std::slice::from_ref));
    find.between(wanted.from, wanted.until);
    find
}

/// Only those that read as in this state now: whether a hold is over is for the clock to say.
fn in_state(find: &mut Newest, state: State, of_coupon: bool, now: DateTime<Utc>) {
    let by_end = if of_coupon { "redemptions_ended_by_coupon" } else { "redemptions_ended" };
    let ended = Branch::by(by_end, format!("{ENDED} AND t.state = '{}'", state.word()));
    match state {
        // Most are, so that the newest are soon found on any way.
        State::Confirmed => find.only("t.state = 'confirmed'".to_owned()),
        State::Held => {
            let now = find.put(now);
            find.any_by(vec![Branch::by("redemptions_held", format!("t.state = 'held' AND t.held_until > {now}"))]);
        }
        State::Expired => {
            let now = find.put(now);
            let overdue = format!("t.state = 'held' AND t.held_until <= {now}");
            find.any_by(vec![ended, Branch::by("redemptions_overdue", overdue)]);
        }
        State::Released | State::Reversed => find.any_by(vec![ended]),
    }
}

fn any_of(find: &mut Newest, index: &'static str, column: &str, ids: Option<&[Uuid]>) {
    if let Some(ids) = ids {
        let branches = ids.iter().map(|id| Branch::by(index, format!("t.{column} = {}", find.put(*id))));
        let branches = branches.collect();
        find.any_by(branches);
    }
}
