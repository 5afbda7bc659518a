//! Redemptions by what somebody remembers of them, newest first, by their ids, which sort by time.

use super::{Listed, shown};
use crate::db::newest::{self, Newest};
use crate::db::tables::redemptions::Entity;
use crate::error::Error;
use crate::money::Currency;
use crate::redemptions::redemption::State;
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
    /// That stand so.
    pub standing: Option<Standing>,
    /// Of this code.
    pub code: Option<Uuid>,
    /// Of this coupon.
    pub coupon: Option<Uuid>,
    /// At this instant or later.
    pub from: Option<DateTime<Utc>>,
    /// Before this instant.
    pub until: Option<DateTime<Utc>>,
}

/// How a redemption stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// In this state.
    In(State),
    /// Somebody has to look at it, whatever its state.
    NeedsAttention,
}

/// One page of redemptions.
///
/// # Errors
/// [`Error::BadRequest`] for a cursor that is none.
pub async fn page(
    connection: &impl ConnectionTrait,
    (tenant, currency): (Uuid, Currency),
    wanted: &Wanted,
    cursor: &Cursor,
) -> Result<Slice<Listed>, Error> {
    let statement = find(tenant, wanted).at(connection, newest::place(cursor)?, PAGE + 1);
    let rows = Entity::find().from_raw_sql(statement).all(connection).await?;
    let found = Slice::cut(cursor, PAGE, rows, |row| row.id.to_string());
    let rows = shown(connection, (tenant, currency), found.rows).await?;
    Ok(Slice { rows, next: found.next, previous: found.previous })
}

/// What leaves the fewest goes first: it is what the database looks up, and the rest is what it then looks at.
fn find(tenant: Uuid, wanted: &Wanted) -> Newest {
    let mut find = Newest::of("redemptions", tenant);
    if let Some(order) = &wanted.order {
        let order = find.put(order.as_str());
        find.any_by("redemptions_by_order", vec![format!("t.order_ref = {order}")]);
    }
    any_of(&mut find, "redemptions_by_person", "person_id", wanted.persons.as_deref());
    any_of(&mut find, "redemptions_by_organization", "organization_id", wanted.organizations.as_deref());
    match wanted.standing {
        None => {}
        Some(Standing::NeedsAttention) => {
            find.any_by("redemptions_needing_attention", vec!["t.needs_attention IS NOT NULL".to_owned()]);
        }
        Some(Standing::In(State::Held)) => find.any_by("redemptions_held", vec!["t.state = 'held'".to_owned()]),
        // Most are, so that the newest are soon found on any way.
        Some(Standing::In(State::Confirmed)) => find.only("t.state = 'confirmed'".to_owned()),
        Some(Standing::In(ended)) => {
            let index = if wanted.coupon.is_some() { "redemptions_ended_by_coupon" } else { "redemptions_ended" };
            find.any_by(index, vec![format!("{ENDED} AND t.state = '{}'", ended.word())]);
        }
    }
    any_of(&mut find, "redemptions_by_code", "code_id", wanted.code.as_ref().map(std::slice::from_ref));
    any_of(&mut find, "redemptions_by_coupon", "coupon_id", wanted.coupon.as_ref().map(std::slice::from_ref));
    find.between(wanted.from, wanted.until);
    find
}

fn any_of(find: &mut Newest, index: &'static str, column: &str, ids: Option<&[Uuid]>) {
    if let Some(ids) = ids {
        let conditions = ids.iter().map(|id| format!("t.{column} = {}", find.put(*id))).collect();
        find.any_by(index, conditions);
    }
}
