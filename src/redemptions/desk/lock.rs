//! The rows a batch may change, locked in one order everywhere: organizations, persons, coupons, codes, each by id.
//!
//! Whoever holds a coupon's row also holds the counters that it owns, and its redemptions; whoever holds a person's row
//! the free units of that person. SQLite's one writer holds everything already.

use crate::db::bulk::padded;
use crate::db::is_postgres;
use crate::db::tables::{codes, coupons, organizations, persons};
use crate::error::Error;
use crate::redemptions::world::Rows;
use sea_orm::{ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

/// Locks one table's rows in the order of their ids.
macro_rules! lock {
    ($tx:expr, $tenant:expr, $table:ident, $ids:expr) => {
        if !$ids.is_empty() {
            $table::Entity::find()
                .select_only()
                .column($table::Column::Id)
                .filter($table::Column::TenantId.eq($tenant))
                .filter($table::Column::Id.is_in(padded($ids.iter().copied())))
                .order_by_asc($table::Column::Id)
                .lock_exclusive()
                .into_tuple::<Uuid>()
                .all($tx)
                .await?;
        }
    };
}

/// Whether other writers can move rows between a read and a lock.
pub(in crate::redemptions) fn is_needed(tx: &DatabaseTransaction) -> bool {
    is_postgres(tx) && !cfg!(feature = "planted-no-lock")
}

/// Holds these rows until the transaction ends.
pub(in crate::redemptions) async fn lock(tx: &DatabaseTransaction, tenant: Uuid, rows: &Rows) -> Result<(), Error> {
    lock!(tx, tenant, organizations, rows.organizations);
    lock!(tx, tenant, persons, rows.persons);
    lock!(tx, tenant, coupons, rows.coupons);
    lock!(tx, tenant, codes, rows.codes);
    Ok(())
}
