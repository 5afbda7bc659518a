//! What a code does to an organization beside being counted: grants to its limits, credit in its ledger; and how both are
//! undone.

use super::book::Book;
use crate::audit::Change;
use crate::clock;
use crate::coupons::code::Code;
use crate::coupons::rule::quote::{Effect, LimitEffect};
use crate::db::tables::{credit_entries, limit_grants};
use crate::error::Error;
use crate::organizations::limits::{Grant, LimitValue};
use crate::redemptions::redemption::Redemption;
use crate::redemptions::shortfall;
use crate::redemptions::world::World;
use chrono::{DateTime, Utc};
use sea_orm::{ActiveValue::Set, ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder};
use uuid::Uuid;

/// Applies what the quote says; the fields that changed, and a sentence.
pub(super) fn give(
    world: &mut World,
    book: &mut Book,
    it: &Redemption,
    code: &Code,
    effect: &Effect,
) -> (Vec<Change>, String) {
    match (effect, it.organization) {
        (Effect::Limits(effects), Some(organization)) => grant_limits(world, book, it, organization, effects),
        (Effect::Credit { amount }, Some(organization)) => {
            let memo = format!("Code {}", code.text.as_str());
            let currency = world.tenant.currency;
            let (before, after) = move_credit(world, book, it, organization, (*amount, "grant", memo), it.created_at);
            let change = Change::new("credit", currency.money(before).to_string(), currency.money(after).to_string());
            let amount = currency.money(*amount);
            let did = format!("{amount} of credit was added; the balance is now {}.", currency.money(after));
            (vec![change], did)
        }
        _ => (Vec::new(), String::new()),
    }
}

fn grant_limits(
    world: &mut World,
    book: &mut Book,
    it: &Redemption,
    organization: Uuid,
    effects: &[LimitEffect],
) -> (Vec<Change>, String) {
    let tenant = world.tenant.id;
    let limits = world.limits.entry(organization).or_default();
    let mut changes = Vec::with_capacity(effects.len());
    let mut did = Vec::with_capacity(effects.len());
    for effect in effects {
        if let Some(limit) = limits.iter_mut().find(|limit| limit.key == effect.key) {
            limit.grants.push(effect.grant);
        }
        book.grants.push(limit_grants::ActiveModel {
            tenant_id: Set(tenant),
            id: Set(clock::id_at(it.created_at)),
            organization_id: Set(organization),
            limit_key: Set(effect.key.clone()),
            mode: Set(effect.grant.mode.word().to_owned()),
            value: Set(effect.grant.value.column()),
            redemption_id: Set(it.id),
            live: Set(true),
            created_at: Set(it.created_at),
            withdrawn_at: Set(None),
        });
        changes.push(limit_change(&effect.key, effect.before, effect.after));
        did.push(format!("{} is now {} (was {}).", effect.label, effect.after, effect.before));
    }
    (changes, did.join(" "))
}

fn limit_change(key: &str, before: LimitValue, after: LimitValue) -> Change {
    Change::new(&format!("limit {key}"), before.to_string(), after.to_string())
}

/// Adds to the ledger and to the balance; what the balance was and is.
fn move_credit(
    world: &mut World,
    book: &mut Book,
    it: &Redemption,
    organization: Uuid,
    (amount, kind, memo): (i64, &str, String),
    now: DateTime<Utc>,
) -> (i64, i64) {
    let tenant = world.tenant.id;
    let balance = world.balances.entry(organization).or_default();
    let before = *balance;
    *balance = before.saturating_add(amount);
    book.entries.push(credit_entries::ActiveModel {
        tenant_id: Set(tenant),
        id: Set(clock::id_at(now)),
        organization_id: Set(organization),
        amount: Set(amount),
        balance_after: Set(*balance),
        kind: Set(kind.to_owned()),
        redemption_id: Set(Some(it.id)),
        external_ref: Set(None),
        memo: Set(memo),
        created_at: Set(now),
    });
    book.balances.insert(organization);
    (before, *balance)
}

/// Undoes what it did to its organization: grants withdrawn, credit taken back as far as it is still there. The fields that
/// changed, and what is missing of the credit, in minor units.
pub(super) async fn take_back(
    tx: &DatabaseTransaction,
    world: &mut World,
    book: &mut Book,
    it: &Redemption,
    reason: &str,
    now: DateTime<Utc>,
) -> Result<(Vec<Change>, i64), Error> {
    let Some(organization) = it.organization else { return Ok((Vec::new(), 0)) };
    let mut changes = Vec::new();
    let granted = shortfall::still_granted(tx, world.tenant.id, it.id).await?;
    let taken = granted.min(world.balances.get(&organization).copied().unwrap_or_default()).max(0);
    if taken > 0 {
        let currency = world.tenant.currency;
        let (before, after) = move_credit(world, book, it, organization, (-taken, "reversal", reason.to_owned()), now);
        changes.push(Change::new("credit", currency.money(before).to_string(), currency.money(after).to_string()));
    }
    changes.extend(withdraw_grants(tx, world, book, it, organization).await?);
    book.withdrawn.push(it.id);
    Ok((changes, (granted - taken).max(0)))
}

/// Computes the organization's limits again from its base and the grants that remain: those in the database that this
/// batch has not withdrawn, and those that it made.
async fn withdraw_grants(
    tx: &DatabaseTransaction,
    world: &mut World,
    book: &Book,
    it: &Redemption,
    organization: Uuid,
) -> Result<Vec<Change>, Error> {
    use limit_grants::{Column, Entity};
    let Some(limits) = world.limits.get_mut(&organization) else { return Ok(Vec::new()) };
    let live = Entity::find()
        .filter(Column::TenantId.eq(world.tenant.id))
        .filter(Column::OrganizationId.eq(organization))
        .filter(Column::Live.eq(true))
        .order_by_asc(Column::Id)
        .all(tx)
        .await?;
    let keys: Vec<&str> =
        live.iter().filter(|row| row.redemption_id == it.id).map(|row| row.limit_key.as_str()).collect();
    let mut changes = Vec::with_capacity(keys.len());
    for limit in limits.iter_mut().filter(|limit| keys.contains(&limit.key.as_str())) {
        let before = limit.effective();
        let stays = |row: &&limit_grants::Model| {
            row.limit_key == limit.key && row.redemption_id != it.id && !book.withdrawn.contains(&row.redemption_id)
        };
        let kept = live.iter().filter(stays).map(|row| Grant::of_row(&row.mode, row.value));
        limit.grants = kept.chain(book.grants_of(organization, &limit.key)).collect::<Result<_, _>>()?;
        changes.push(limit_change(&limit.key, before, limit.effective()));
    }
    Ok(changes)
}
