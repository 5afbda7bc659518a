//! How orders are found.

use super::{Order, State};
use crate::db::newest::{self, Branch, Newest};
use crate::db::tables::orders::Entity;
use crate::error::Error;
use crate::web::paging::{Cursor, Slice};
use sea_orm::{ConnectionTrait, EntityTrait};
use uuid::Uuid;

/// Orders a page.
pub const PAGE: usize = 30;

/// What to look for; everything that is set must match.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// This order alone.
    pub id: Option<Uuid>,
    /// In this state.
    pub state: Option<State>,
    /// What somebody has to look at.
    pub needs_attention: bool,
    /// By this user, or for one of these organizations.
    pub of: Option<(Uuid, Vec<Uuid>)>,
}

/// One page of orders, newest first.
///
/// # Errors
/// [`Error::BadQuery`] for a cursor that is none.
pub async fn page(
    connection: &impl ConnectionTrait,
    tenant: Uuid,
    filter: &Filter,
    cursor: &Cursor,
) -> Result<Slice<Order>, Error> {
    let statement = find(tenant, filter).at(connection, newest::place(cursor)?, PAGE + 1);
    let rows = Entity::find().from_raw_sql(statement).all(connection).await?;
    Ok(Slice::cut(cursor, PAGE, rows, |row| row.id.to_string()))
}

/// Whether an order is the user's own, or of one of these organizations.
#[must_use]
pub fn visible_to(order: &Order, user: Uuid, organizations: &[Uuid]) -> bool {
    order.user_id == Some(user) || order.organization_id.is_some_and(|id| organizations.contains(&id))
}

fn find(tenant: Uuid, filter: &Filter) -> Newest {
    let mut find = Newest::of("orders", tenant);
    if let Some(id) = filter.id {
        let id = find.put(id);
        find.only(format!("t.id = {id}"));
    }
    if let Some((user, organizations)) = &filter.of {
        let user = find.put(*user);
        let mut branches = vec![Branch::by("orders_by_user", format!("t.user_id = {user}"))];
        for organization in organizations {
            let organization = find.put(*organization);
            branches.push(Branch::by("orders_by_organization", format!("t.organization_id = {organization}")));
        }
        find.any_by(branches);
    }
    if let Some(state) = filter.state {
        let state = find.put(state.word());
        find.only(format!("t.state = {state}"));
    }
    if filter.needs_attention {
        find.only("t.needs_attention IS NOT NULL".to_owned());
    }
    find
}
