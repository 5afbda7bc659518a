//! Credit: money an organization can spend. The ledger is only ever added to; the balance is its sum, kept beside it so
//! that the database can refuse a negative one.

use crate::audit::{self, Actor, Change};
use crate::clock;
use crate::db::newest;
use crate::db::tables::{credit_balances, credit_entries};
use crate::error::Error;
use crate::organizations::organization::{Organization, about, lock};
use crate::tenants::Tenant;
use crate::web::paging::{Cursor, Slice};
use chrono::{DateTime, Utc};
use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter};
use std::collections::BTreeMap;
use uuid::Uuid;

/// Entries a page.
pub const PAGE: usize = 20;

/// What became of an adjustment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Adjustment {
    /// It was made.
    Made {
        /// The ledger entry.
        entry: Uuid,
        /// What can be spent now.
        balance: i64,
    },
    /// More would be taken away than there is.
    BelowZero {
        /// What there is.
        balance: i64,
    },
    /// More than fits into the balance.
    TooLarge,
    /// The tenant has no such organization.
    NotFound,
}

/// The balances of organizations, in minor units; one that never had credit is not in the map.
///
/// # Errors
/// When the database does not answer.
pub async fn balances(
    connection: &impl ConnectionTrait,
    tenant: Uuid,
    organizations: &[Uuid],
) -> Result<BTreeMap<Uuid, i64>, Error> {
    if organizations.is_empty() {
        return Ok(BTreeMap::new());
    }
    let rows = credit_balances::Entity::find()
        .filter(credit_balances::Column::TenantId.eq(tenant))
        .filter(credit_balances::Column::OrganizationId.is_in(organizations.iter().copied()))
        .all(connection)
        .await?;
    Ok(rows.into_iter().map(|row| (row.organization_id, row.balance)).collect())
}

/// The balance of one organization, in minor units; 0 for one that never had credit.
///
/// # Errors
/// When the database does not answer.
pub async fn balance(connection: &impl ConnectionTrait, tenant: Uuid, organization: Uuid) -> Result<i64, Error> {
    let row = credit_balances::Entity::find_by_id((tenant, organization)).one(connection).await?;
    Ok(row.map_or(0, |row| row.balance))
}

/// The ledger of an organization, newest first.
///
/// # Errors
/// [`Error::BadQuery`] for a cursor that is none.
pub async fn ledger(
    connection: &impl ConnectionTrait,
    tenant: Uuid,
    organization: Uuid,
    cursor: &Cursor,
) -> Result<Slice<credit_entries::Model>, Error> {
    ledger_of(connection, tenant, organization, (cursor, PAGE)).await
}

/// The same, so many a page.
///
/// # Errors
/// As [`ledger`].
pub async fn ledger_of(
    connection: &impl ConnectionTrait,
    tenant: Uuid,
    organization: Uuid,
    (cursor, size): (&Cursor, usize),
) -> Result<Slice<credit_entries::Model>, Error> {
    use credit_entries::Column;
    let find = credit_entries::Entity::find()
        .filter(Column::TenantId.eq(tenant))
        .filter(Column::OrganizationId.eq(organization));
    newest::of_entity(connection, find, (Column::Id, |row| row.id), (cursor, size)).await
}

/// Adds an amount of minor units (negative to take away) by hand, with the reason in the ledger and the audit log.
///
/// # Errors
/// When the database refuses it.
pub async fn adjust(
    tx: &DatabaseTransaction,
    actor: &Actor,
    (tenant, organization): (&Tenant, Uuid),
    amount: i64,
    memo: &str,
    now: DateTime<Utc>,
) -> Result<Adjustment, Error> {
    let Some(organization) = lock(tx, tenant.id, organization).await? else { return Ok(Adjustment::NotFound) };
    let before = balance(tx, tenant.id, organization.id).await?;
    let Some(after) = before.checked_add(amount) else { return Ok(Adjustment::TooLarge) };
    if after < 0 {
        return Ok(Adjustment::BelowZero { balance: before });
    }
    let new = NewEntry { amount, kind: "adjustment", redemption: None, external_ref: None, memo: memo.to_owned() };
    let id = book(tx, &organization, after, new, now).await?;
    let money = |amount| tenant.currency.money(amount).to_string();
    let mut entry = about(&organization, "credit.adjusted", vec![Change::new("balance", money(before), money(after))]);
    entry.reason = Some(memo.to_owned());
    audit::record(tx, actor, tenant.id, entry, now).await?;
    Ok(Adjustment::Made { entry: id, balance: after })
}

/// A line of the ledger to be written.
#[derive(Clone, Debug)]
pub(super) struct NewEntry {
    /// What comes, or below 0 what goes.
    pub amount: i64,
    /// `adjustment`, `spend`, `return` or `reversal`.
    pub kind: &'static str,
    /// The redemption that is reversed.
    pub redemption: Option<Uuid>,
    /// What the caller calls it.
    pub external_ref: Option<String>,
    /// What people read.
    pub memo: String,
}

/// Writes a line of the ledger and the balance after it. The organization is locked. The id of the line.
pub(super) async fn book(
    tx: &DatabaseTransaction,
    organization: &Organization,
    after: i64,
    new: NewEntry,
    now: DateTime<Utc>,
) -> Result<Uuid, Error> {
    let row = credit_balances::ActiveModel {
        tenant_id: Set(organization.tenant_id),
        organization_id: Set(organization.id),
        balance: Set(after),
        updated_at: Set(now),
    };
    let same = OnConflict::columns([credit_balances::Column::TenantId, credit_balances::Column::OrganizationId])
        .update_columns([credit_balances::Column::Balance, credit_balances::Column::UpdatedAt])
        .to_owned();
    credit_balances::Entity::insert(row).on_conflict(same).exec_without_returning(tx).await?;
    let entry = credit_entries::Model {
        tenant_id: organization.tenant_id,
        id: clock::id_at(now),
        organization_id: organization.id,
        amount: new.amount,
        balance_after: after,
        kind: new.kind.to_owned(),
        redemption_id: new.redemption,
        external_ref: new.external_ref,
        memo: new.memo,
        created_at: now,
    };
    let id = entry.id;
    credit_entries::Entity::insert(credit_entries::ActiveModel::from(entry)).exec_without_returning(tx).await?;
    Ok(id)
}
