//! Credit that is spent, and what comes back of it when an order does not happen. The balance is never negative; nothing
//! in the ledger is changed, what comes back is a line of its own.

use crate::audit::{self, Actor, Change};
use crate::db::tables::credit_entries;
use crate::error::Error;
use crate::organizations::Organization;
use crate::organizations::credit::{NewEntry, balance, book};
use crate::organizations::organization::{about, lock};
use crate::tenants::Tenant;
use chrono::{DateTime, Utc};
use sea_orm::{DatabaseTransaction, EntityTrait};
use uuid::Uuid;

/// What is spent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spend {
    /// Minor units, at least 1.
    pub amount: i64,
    /// What the caller calls what it is for.
    pub external_ref: Option<String>,
    /// What people read in the ledger.
    pub memo: String,
}

/// What became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Spent {
    /// It was spent; this is the line of the ledger.
    Done(Box<credit_entries::Model>),
    /// There is less.
    TooLittle {
        /// As much as this.
        balance: i64,
    },
    /// The tenant has no such organization.
    NotFound,
}

/// Spends all of an amount, or nothing.
///
/// # Errors
/// When the database does not answer.
pub async fn spend(
    tx: &DatabaseTransaction,
    actor: &Actor,
    (tenant, organization): (&Tenant, Uuid),
    spend: Spend,
    now: DateTime<Utc>,
) -> Result<Spent, Error> {
    let Some(organization) = lock(tx, tenant.id, organization).await? else { return Ok(Spent::NotFound) };
    let before = balance(tx, tenant.id, organization.id).await?;
    if spend.amount > before {
        return Ok(Spent::TooLittle { balance: before });
    }
    let entry = move_by(tx, actor, (tenant, &organization), (before, Move::Spend), spend, now).await?;
    let row = credit_entries::Entity::find_by_id((tenant.id, entry)).one(tx).await?;
    Ok(row.map_or(Spent::NotFound, |row| Spent::Done(Box::new(row))))
}

/// What was drawn for an order, and what is left.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Drawn {
    /// Minor units, from 0.
    pub amount: i64,
    /// What can be spent now.
    pub balance: i64,
}

/// Draws as much of an amount as there is; `None` when the tenant has no such organization.
///
/// # Errors
/// When the database does not answer.
pub async fn draw(
    tx: &DatabaseTransaction,
    actor: &Actor,
    (tenant, organization): (&Tenant, Uuid),
    most: Spend,
    now: DateTime<Utc>,
) -> Result<Option<Drawn>, Error> {
    let Some(organization) = lock(tx, tenant.id, organization).await? else { return Ok(None) };
    let before = balance(tx, tenant.id, organization.id).await?;
    let amount = most.amount.min(before).max(0);
    if amount > 0 {
        move_by(tx, actor, (tenant, &organization), (before, Move::Spend), Spend { amount, ..most }, now).await?;
    }
    Ok(Some(Drawn { amount, balance: before - amount }))
}

/// Gives back what an order drew, by a line of its own.
///
/// # Errors
/// When the database does not answer.
pub async fn give_back(
    tx: &DatabaseTransaction,
    actor: &Actor,
    (tenant, organization): (&Tenant, Uuid),
    back: Spend,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let organization = lock(tx, tenant.id, organization).await?.ok_or(Error::NotFound)?;
    let before = balance(tx, tenant.id, organization.id).await?;
    move_by(tx, actor, (tenant, &organization), (before, Move::Return), back, now).await?;
    Ok(())
}

/// Takes what a reversed redemption had granted, as far as it is there. How much that was.
///
/// # Errors
/// When the database does not answer.
pub async fn take_back(
    tx: &DatabaseTransaction,
    actor: &Actor,
    (tenant, organization): (&Tenant, Uuid),
    (redemption, most): (Uuid, Spend),
    now: DateTime<Utc>,
) -> Result<i64, Error> {
    let organization = lock(tx, tenant.id, organization).await?.ok_or(Error::NotFound)?;
    let before = balance(tx, tenant.id, organization.id).await?;
    let amount = most.amount.min(before);
    if amount > 0 {
        let taken = Spend { amount, ..most };
        move_by(tx, actor, (tenant, &organization), (before, Move::TakeBack(redemption)), taken, now).await?;
    }
    Ok(amount)
}

/// Why a balance moves.
#[derive(Clone, Copy)]
enum Move {
    Spend,
    Return,
    /// This redemption was reversed.
    TakeBack(Uuid),
}

async fn move_by(
    tx: &DatabaseTransaction,
    actor: &Actor,
    (tenant, organization): (&Tenant, &Organization),
    (before, why): (i64, Move),
    of: Spend,
    now: DateTime<Utc>,
) -> Result<Uuid, Error> {
    let (amount, kind, redemption, action) = match why {
        Move::Spend => (-of.amount, "spend", None, "credit.spent"),
        Move::Return => (of.amount, "return", None, "credit.returned"),
        Move::TakeBack(redemption) => (-of.amount, "reversal", Some(redemption), "credit.reversed"),
    };
    let after = before.checked_add(amount).ok_or_else(|| anyhow::anyhow!("more credit than fits"))?;
    let reason = of.memo.clone();
    let new = NewEntry { amount, kind, redemption, external_ref: of.external_ref, memo: of.memo };
    let id = book(tx, organization, after, new, now).await?;
    let money = |amount| tenant.currency.money(amount).to_string();
    let mut entry = about(organization, action, vec![Change::new("balance", money(before), money(after))]);
    entry.reason = Some(reason).filter(|reason| !reason.is_empty());
    entry.redemption_id = redemption;
    audit::record(tx, actor, tenant.id, entry, now).await?;
    Ok(id)
}
