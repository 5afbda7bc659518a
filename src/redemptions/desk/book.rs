//! What a batch writes, collected while it decides and written in as few statements as the database takes.

use super::command::Enter;
use crate::audit::{Actor, Change, Entry, record_with};
use crate::db::bulk::{self, Writes};
use crate::db::tables::{
    attempts, audit_entries, codes as code_rows, coupons as coupon_rows, credit_balances, credit_entries, limit_grants,
    redemption_lines, redemptions, throttles, usage_counters,
};
use crate::error::Error;
use crate::organizations::limits::Grant;
use crate::redemptions::attempts::{About, row};
use crate::redemptions::guesses::{Guess, count_all};
use crate::redemptions::redemption::Redemption;
use crate::redemptions::rows;
use crate::redemptions::world::{Ask, Counter, World};
use crate::web::throttle;
use chrono::{DateTime, Duration, Utc};
use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter, Value};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

use coupon_rows::Column as Offers;

/// A row that a batch wrote: its commit arrived if, and only if, the row is there.
#[derive(Clone, Copy, Debug)]
pub(super) enum Proof {
    /// An audit entry, by tenant and id.
    Entry(Uuid, Uuid),
    /// A refused entry, by tenant and id.
    Attempt(Uuid, Uuid),
}

impl Proof {
    /// Whether the row is there.
    pub async fn is_there(self, connection: &impl ConnectionTrait) -> Result<bool, Error> {
        Ok(match self {
            Self::Entry(tenant, id) => audit_entries::Entity::find_by_id((tenant, id)).one(connection).await?.is_some(),
            Self::Attempt(tenant, id) => attempts::Entity::find_by_id((tenant, id)).one(connection).await?.is_some(),
        })
    }
}

/// Rows to write, and what moved.
#[derive(Debug, Default)]
pub(super) struct Book {
    /// Grants that came to be.
    pub grants: Vec<limit_grants::ActiveModel>,
    /// Ledger entries that came to be.
    pub entries: Vec<credit_entries::ActiveModel>,
    /// Organizations whose balance moved.
    pub balances: BTreeSet<Uuid>,
    /// Redemptions whose grants are withdrawn.
    pub withdrawn: Vec<Uuid>,
    /// Coupons whose maxima were raised for what was paid too late.
    pub raised_coupons: BTreeSet<Uuid>,
    /// Codes likewise.
    pub raised_codes: BTreeSet<Uuid>,
    /// Coupons that paused by themselves.
    pub paused: BTreeSet<Uuid>,
    made: BTreeSet<Uuid>,
    changed: BTreeSet<Uuid>,
    attempts: Vec<attempts::ActiveModel>,
    audit: Vec<(Actor, Entry)>,
    throttles: BTreeMap<String, throttles::Model>,
    guesses: Vec<Guess>,
    /// How many entries were guesses.
    guessed: i64,
}

impl Book {
    /// An empty book that knows these throttles.
    pub fn open(throttles: BTreeMap<String, throttles::Model>) -> Self {
        Self { throttles, ..Self::default() }
    }

    /// A redemption came to be; its row is written as the world has it in the end.
    pub fn made(&mut self, id: Uuid) {
        self.made.insert(id);
    }

    /// A redemption changed; likewise.
    pub fn changed(&mut self, id: Uuid) {
        self.changed.insert(id);
    }

    /// How long the first of these buckets is still blocked.
    pub fn blocked(&self, guesses: &[Guess], now: DateTime<Utc>) -> Option<Duration> {
        throttle::wait(guesses.iter().filter_map(|guess| self.throttles.get(&guess.bucket)), now)
    }

    /// Counts a guess.
    pub fn guessed(&mut self, guesses: &[Guess], now: DateTime<Utc>) {
        self.guessed += 1;
        for guess in guesses {
            let known = self.throttles.get(&guess.bucket);
            let row = throttle::after_failure(known, &guess.bucket, &guess.patience, now);
            self.throttles.insert(guess.bucket.clone(), row);
            self.guesses.push(guess.clone());
        }
    }

    /// Notes who did what.
    pub fn audit(&mut self, actor: &Actor, entry: Entry) {
        self.audit.push((actor.clone(), entry));
    }

    /// Notes who did what to a redemption.
    pub fn note(
        &mut self,
        world: &World,
        actor: &Actor,
        action: &'static str,
        it: &Redemption,
        changes: Vec<Change>,
        reason: Option<&str>,
    ) {
        let code = world.codes.get(&it.code_id);
        let entry = Entry {
            action,
            subject_kind: "redemption",
            subject_id: it.id.to_string(),
            subject_label: code.map(|code| code.text.to_string()).unwrap_or_default(),
            person_id: it.person,
            organization: it.organization.and_then(|id| Some((id, world.organizations.get(&id)?.clone()))),
            coupon_id: Some(it.coupon_id),
            code: code.map(|code| (code.text.key().to_string(), code.text.to_string())),
            redemption_id: Some(it.id),
            changes,
            reason: reason.map(str::to_owned),
        };
        self.audit(actor, entry);
    }

    /// Adds fields to what was noted last.
    pub fn add_changes(&mut self, changes: Vec<Change>) {
        if let Some((_, entry)) = self.audit.last_mut() {
            entry.changes.extend(changes);
        }
    }

    /// The grants to a limit that this batch made and did not withdraw, in their order.
    pub fn grants_of(&self, organization: Uuid, key: &str) -> impl Iterator<Item = anyhow::Result<Grant>> {
        let of = move |row: &&limit_grants::ActiveModel| {
            row.organization_id.as_ref() == &organization
                && row.limit_key.as_ref() == key
                && !self.withdrawn.contains(row.redemption_id.as_ref())
        };
        self.grants.iter().filter(of).map(|row| Grant::of_row(row.mode.as_ref(), *row.value.as_ref()))
    }

    /// Notes an entry that was refused.
    pub fn refused(&mut self, command: &Enter, ask: &Ask, about: About<'_>) {
        self.attempts.push(row(command, ask, about));
    }

    /// Writes everything. What frees an order's reference goes before what takes it, raised maxima go before the counters
    /// that need them, and grants before they are withdrawn; the rest in one go.
    /// Answers with a row that proves it.
    pub async fn write(
        self,
        tx: &DatabaseTransaction,
        world: &World,
        now: DateTime<Utc>,
    ) -> Result<Option<Proof>, Error> {
        let tenant = world.tenant.id;
        let attempt = self.attempts.first().and_then(|row| row.id.try_as_ref().copied());
        changed(tx, world, self.changed.difference(&self.made), now).await?;
        offers(tx, world, (&self.raised_coupons, &self.raised_codes, &self.paused), now).await?;
        let mut writes = Writes::together(tx);
        made(&mut writes, world, &self.made, now)?;
        writes.insert::<limit_grants::Entity>(self.grants);
        writes.insert::<credit_entries::Entity>(self.entries);
        counters(&mut writes, world);
        writes.insert::<attempts::Entity>(self.attempts);
        let entries = self.audit.into_iter().map(|(actor, entry)| (actor, tenant, entry));
        let entry = record_with(&mut writes, entries, now);
        writes.run(tx).await?;
        withdraw(tx, tenant, &self.withdrawn, now).await?;
        balances(tx, world, &self.balances, now).await?;
        let mut guesses = self.guesses;
        guesses.sort_by(|a, b| a.bucket.cmp(&b.bucket));
        for guess in &guesses {
            throttle::fail(tx, &guess.bucket, &guess.patience, now).await?;
        }
        if self.guessed > 0 {
            count_all(tx, tenant, self.guessed, now).await?;
        }
        let attempt = attempt.map(|id| Proof::Attempt(tenant, id));
        Ok(entry.map(|id| Proof::Entry(tenant, id)).or(attempt))
    }
}

fn made(writes: &mut Writes, world: &World, ids: &BTreeSet<Uuid>, now: DateTime<Utc>) -> Result<(), Error> {
    let tenant = world.tenant.id;
    let made: Vec<&Redemption> = ids.iter().filter_map(|id| world.redemption(*id)).collect();
    let rows: Vec<_> = made.iter().map(|it| rows::row(tenant, it, now)).collect::<Result<_, _>>()?;
    writes.insert::<redemptions::Entity>(rows);
    let mut lines = Vec::new();
    for it in made {
        lines.extend(rows::lines(tenant, it)?);
    }
    writes.insert::<redemption_lines::Entity>(lines);
    Ok(())
}

async fn changed(
    tx: &DatabaseTransaction,
    world: &World,
    ids: impl Iterator<Item = &Uuid>,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let tenant = world.tenant.id;
    let changed: Vec<&Redemption> = ids.filter_map(|id| world.redemption(*id)).collect();
    use redemptions::Column as C;
    let columns = [C::State, C::HeldUntil, C::ConfirmedAt, C::EndedAt, C::NeedsAttention, C::Reason, C::UpdatedAt];
    let row = |it: &&Redemption| {
        let values: Vec<Value> = vec![
            it.state.word().into(),
            it.held_until.into(),
            it.confirmed_at.into(),
            it.ended_at.into(),
            it.needs_attention.clone().into(),
            it.reason.clone().into(),
            now.into(),
        ];
        (it.id, values)
    };
    bulk::set::<redemptions::Entity>(tx, &columns, tenant, changed.iter().map(row)).await?;
    for it in changed.iter().filter(|it| it.lines.iter().any(|line| line.reversed.quantity > 0)) {
        for line in rows::lines(tenant, it)? {
            redemption_lines::Entity::update(line).exec(tx).await?;
        }
    }
    Ok(())
}

async fn withdraw(tx: &DatabaseTransaction, tenant: Uuid, ids: &[Uuid], now: DateTime<Utc>) -> Result<(), Error> {
    use limit_grants::{ActiveModel, Column, Entity};
    if ids.is_empty() {
        return Ok(());
    }
    let withdrawn = ActiveModel { live: Set(false), withdrawn_at: Set(Some(now)), ..Default::default() };
    Entity::update_many()
        .set(withdrawn)
        .filter(Column::TenantId.eq(tenant))
        .filter(Column::RedemptionId.is_in(ids.iter().copied()))
        .filter(Column::Live.eq(true))
        .exec(tx)
        .await?;
    Ok(())
}

async fn balances(
    tx: &DatabaseTransaction,
    world: &World,
    moved: &BTreeSet<Uuid>,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    use credit_balances::{ActiveModel, Column, Entity};
    let row = |organization: &Uuid| ActiveModel {
        tenant_id: Set(world.tenant.id),
        organization_id: Set(*organization),
        balance: Set(world.balances.get(organization).copied().unwrap_or_default()),
        updated_at: Set(now),
    };
    if moved.is_empty() {
        return Ok(());
    }
    let replace = OnConflict::columns([Column::TenantId, Column::OrganizationId])
        .update_columns([Column::Balance, Column::UpdatedAt])
        .to_owned();
    Entity::insert_many(moved.iter().map(row)).on_conflict(replace).exec_without_returning(tx).await?;
    Ok(())
}

/// Maxima that were raised, and coupons that paused by themselves.
async fn offers(
    tx: &DatabaseTransaction,
    world: &World,
    (coupons, codes, paused): (&BTreeSet<Uuid>, &BTreeSet<Uuid>, &BTreeSet<Uuid>),
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let tenant = world.tenant.id;
    let raised = coupons.iter().filter_map(|id| world.coupons.get(id));
    let rows = raised.map(|it| (it.id, vec![it.max_uses.into(), it.budget.into(), it.version.into(), now.into()]));
    let columns = [Offers::MaxUses, Offers::Budget, Offers::Version, Offers::UpdatedAt];
    bulk::set::<coupon_rows::Entity>(tx, &columns, tenant, rows).await?;
    let raised = codes.iter().filter_map(|id| world.codes.get(id));
    let rows = raised.map(|it| (it.id, vec![it.max_uses.into()]));
    bulk::set::<code_rows::Entity>(tx, &[code_rows::Column::MaxUses], tenant, rows).await?;
    let rows = paused.iter().filter_map(|id| world.coupons.get(id));
    let rows = rows.map(|it| (it.id, vec![it.paused_at.into(), now.into()]));
    bulk::set::<coupon_rows::Entity>(tx, &[Offers::PausedAt, Offers::UpdatedAt], tenant, rows).await?;
    Ok(())
}

fn counters(writes: &mut Writes, world: &World) {
    use code_rows::Column as Texts;
    use usage_counters::{ActiveModel, Entity};
    let (tenant, moved) = (world.tenant.id, world.moved());
    let rows = moved.coupons.iter().map(|(id, by)| (*id, vec![by.uses, by.held, by.spent, by.spent_held]));
    let columns = [Offers::Uses, Offers::Held, Offers::Spent, Offers::SpentHeld];
    writes.add::<coupon_rows::Entity>(&columns, tenant, rows);
    let rows = moved.codes.iter().map(|(id, by)| (*id, vec![by.uses, by.held]));
    writes.add::<code_rows::Entity>(&[Texts::Uses, Texts::Held], tenant, rows);
    let row = |counter: &Counter| {
        let (scope, owner, subject) = counter.columns();
        let counted = world.usage.get(counter).copied().unwrap_or_default();
        ActiveModel {
            tenant_id: Set(tenant),
            scope: Set(scope.to_owned()),
            owner_id: Set(owner),
            subject_id: Set(subject),
            uses: Set(counted.uses),
            held: Set(counted.held),
        }
    };
    let replace =
        "ON CONFLICT (tenant_id, scope, owner_id, subject_id) DO UPDATE SET uses = excluded.uses, held = excluded.held";
    writes.insert_or::<Entity>(moved.usage.iter().map(row).collect(), replace);
}
