//! A confirmed redemption undone: grants withdrawn, credit taken back as far as it is still there, and the uses given
//! back where the terms say so. Nothing is deleted.

use super::book::{Book, Undone};
use super::command::{Reply, Reverse};
use super::grant::key_and_text;
use crate::audit::{Change, Entry};
use crate::clock;
use crate::coupons::code::{Code, CodeKey};
use crate::coupons::coupon::{RestoreUses, Terms};
use crate::coupons::rule;
use crate::db::tables::{codes, credit_entries, limit_grants, redemptions};
use crate::error::Error;
use crate::organizations::limits::{Grant, LimitMode, LimitValue};
use crate::redemptions::redemption::State;
use crate::redemptions::world::{Ask, Holder, World};
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter};

/// What must be loaded to undo a redemption: the same as for making it.
pub(super) async fn ask(connection: &impl ConnectionTrait, row: &redemptions::Model) -> Result<Option<Ask>, Error> {
    let code = codes::Entity::find_by_id((row.tenant_id, row.code_id)).one(connection).await?;
    Ok(code.map(|code| Ask {
        key: CodeKey::fold(&code.text),
        entry: rule::Entry::Organization,
        person: row.person_id,
        organization: row.organization_id,
    }))
}

/// Undoes it, if it stands.
pub(super) async fn reverse(
    tx: &DatabaseTransaction,
    world: &mut World,
    book: &mut Book,
    command: &Reverse,
    row: &redemptions::Model,
    ask: &Ask,
) -> Result<Reply, Error> {
    let twice = book.undone.iter().any(|undone| undone.id == row.id);
    match State::from_word(&row.state) {
        Some(State::Confirmed) if !twice => {}
        Some(State::Confirmed | State::Reversed) => return Ok(Reply::Reversed { missing: 0 }),
        _ => return Ok(Reply::NotReversible { state: row.state.clone() }),
    }
    let rule::Found::Code { code, .. } = world.find(ask) else { return Ok(Reply::NotFound) };
    let code = code.clone();
    let mut changes = vec![Change::new("state", "confirmed", "reversed")];
    let missing = take_back_credit(tx, world, book, command, row, &mut changes).await?;
    withdraw_grants(tx, world, row, &mut changes).await?;
    give_back_uses(world, book, row, &code);
    let currency = world.tenant.currency;
    let needs_attention =
        (missing > 0).then(|| format!("{} of the credit was spent before the reversal.", currency.money(missing)));
    book.undone.push(Undone { id: row.id, reason: command.reason.clone(), needs_attention });
    let organization = row.organization_id.and_then(|id| Some((id, world.organizations.get(&id)?.clone())));
    book.audit(
        &command.actor,
        Entry {
            action: "redemption.reversed",
            subject_kind: "redemption",
            subject_id: row.id.to_string(),
            subject_label: code.text.as_str().to_owned(),
            person_id: row.person_id,
            organization,
            coupon_id: Some(row.coupon_id),
            code: Some(key_and_text(&code)),
            redemption_id: Some(row.id),
            changes,
            reason: Some(command.reason.clone()),
        },
    );
    Ok(Reply::Reversed { missing })
}

/// A contra entry for what is still there; the rest is what is missing, in minor units.
async fn take_back_credit(
    tx: &DatabaseTransaction,
    world: &mut World,
    book: &mut Book,
    command: &Reverse,
    row: &redemptions::Model,
    changes: &mut Vec<Change>,
) -> Result<i64, Error> {
    use credit_entries::{ActiveModel, Column, Entity};
    let Some(organization) = row.organization_id else { return Ok(0) };
    let granted: i64 = Entity::find()
        .filter(Column::TenantId.eq(row.tenant_id))
        .filter(Column::RedemptionId.eq(row.id))
        .all(tx)
        .await?
        .iter()
        .map(|entry| entry.amount)
        .sum();
    let balance = world.balances.entry(organization).or_default();
    let taken = granted.min(*balance).max(0);
    if taken > 0 {
        let before = *balance;
        *balance = before - taken;
        book.balances.insert(organization);
        book.entries.push(ActiveModel {
            tenant_id: Set(row.tenant_id),
            id: Set(clock::id_at(command.now)),
            organization_id: Set(organization),
            amount: Set(-taken),
            balance_after: Set(*balance),
            kind: Set("reversal".to_owned()),
            redemption_id: Set(Some(row.id)),
            external_ref: Set(None),
            memo: Set(command.reason.clone()),
            created_at: Set(command.now),
        });
        let currency = world.tenant.currency;
        let (before, after) = (currency.money(before).to_string(), currency.money(*balance).to_string());
        changes.push(Change::new("credit", before, after));
    }
    Ok((granted - taken).max(0))
}

/// Takes the grants out of the world; the book withdraws their rows. What remains is computed again from the base.
async fn withdraw_grants(
    tx: &DatabaseTransaction,
    world: &mut World,
    row: &redemptions::Model,
    changes: &mut Vec<Change>,
) -> Result<(), Error> {
    use limit_grants::{Column, Entity};
    let Some(limits) = row.organization_id.and_then(|id| world.limits.get_mut(&id)) else { return Ok(()) };
    let rows = Entity::find()
        .filter(Column::TenantId.eq(row.tenant_id))
        .filter(Column::RedemptionId.eq(row.id))
        .filter(Column::Live.eq(true))
        .all(tx)
        .await?;
    for row in rows {
        let Some(limit) = limits.iter_mut().find(|limit| limit.key == row.limit_key) else { continue };
        let mode = if row.mode == "set" { LimitMode::Set } else { LimitMode::RaiseTo };
        let grant = Grant { mode, value: row.value.map_or(LimitValue::Unlimited, LimitValue::Finite) };
        let before = limit.effective();
        if let Some(at) = limit.grants.iter().rposition(|live| *live == grant) {
            limit.grants.remove(at);
        }
        let field = format!("limit {}", limit.key);
        changes.push(Change::new(&field, before.to_string(), limit.effective().to_string()));
    }
    Ok(())
}

fn give_back_uses(world: &mut World, book: &mut Book, row: &redemptions::Model, code: &Code) {
    let terms: Option<Terms> = serde_json::from_value(row.terms.clone()).ok();
    if terms.is_some_and(|terms| terms.restore_uses == RestoreUses::Never) {
        return;
    }
    let (uses, spent) = (row.uses, row.discount);
    if let Some(coupon) = world.coupons.get_mut(&row.coupon_id) {
        coupon.counters.uses -= uses;
        coupon.counters.spent -= spent;
    }
    if let Some(code) = world.codes.values_mut().find(|known| known.id == code.id) {
        code.counters.uses -= uses;
    }
    book.count(row.coupon_id, row.code_id, -uses, -spent);
    let holders = [row.person_id.map(Holder::Person), row.organization_id.map(Holder::Organization)];
    for holder in holders.into_iter().flatten() {
        world.usage.entry((row.coupon_id, holder)).or_default().uses -= uses;
        book.counters.insert((row.coupon_id, holder));
    }
}
