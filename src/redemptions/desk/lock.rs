//! The rows a batch may change, locked in one order everywhere: organizations, persons, coupons, codes, each by id.
//!
//! Whoever holds a coupon's row also holds the counters of its holders. SQLite's one writer holds everything already.

use crate::db::is_postgres;
use crate::db::tables::{codes, coupons, organizations, persons};
use crate::error::Error;
use sea_orm::{ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use std::collections::BTreeSet;
use uuid::Uuid;

/// What a batch may touch in one tenant.
#[derive(Debug, Default)]
pub(super) struct Touched {
    pub organizations: BTreeSet<Uuid>,
    pub persons: BTreeSet<Uuid>,
    pub coupons: BTreeSet<Uuid>,
    pub codes: BTreeSet<Uuid>,
}

/// Locks one table's rows in the order of their ids.
macro_rules! lock {
    ($tx:expr, $tenant:expr, $table:ident, $ids:expr) => {
        if !$ids.is_empty() {
            $table::Entity::find()
                .select_only()
                .column($table::Column::Id)
                .filter($table::Column::TenantId.eq($tenant))
                .filter($table::Column::Id.is_in($ids.iter().copied()))
                .order_by_asc($table::Column::Id)
                .lock_exclusive()
                .into_tuple::<Uuid>()
                .all($tx)
                .await?;
        }
    };
}

impl Touched {
    /// Holds these rows until the transaction ends.
    pub async fn lock(&self, tx: &DatabaseTransaction, tenant: Uuid) -> Result<(), Error> {
        if is_postgres(tx) && !cfg!(feature = "planted-no-lock") {
            lock!(tx, tenant, organizations, self.organizations);
            lock!(tx, tenant, persons, self.persons);
            lock!(tx, tenant, coupons, self.coupons);
            lock!(tx, tenant, codes, self.codes);
        }
        Ok(())
    }
}
