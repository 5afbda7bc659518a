//! What a batch writes, collected while it decides and written table by table.

use super::command::Redeem;
use crate::audit::{Actor, Entry, record_all};
use crate::clock;
use crate::coupons::code::Code;
use crate::coupons::coupon::Coupon;
use crate::coupons::refusal::Refusal;
use crate::coupons::rule::trace::Trace;
use crate::db::bulk;
use crate::db::tables::{
    attempts, credit_balances, credit_entries, limit_grants, redemptions, throttles, usage_counters,
};
use crate::error::Error;
use crate::redemptions::world::{Ask, Holder, World};
use crate::web::throttle::{self, Patience};
use chrono::{DateTime, Duration, Utc};
use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveValue::Set, ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// The most characters of what was typed that an attempt keeps.
const KEPT_OF_ENTRY: usize = 200;

/// A redemption that was undone.
#[derive(Debug)]
pub(super) struct Undone {
    pub id: Uuid,
    pub reason: String,
    pub needs_attention: Option<String>,
}

/// Rows to write, and counters that moved.
#[derive(Debug, Default)]
pub(super) struct Book {
    pub redemptions: Vec<redemptions::ActiveModel>,
    pub grants: Vec<limit_grants::ActiveModel>,
    pub entries: Vec<credit_entries::ActiveModel>,
    pub balances: BTreeSet<Uuid>,
    pub counters: BTreeSet<(Uuid, Holder)>,
    pub undone: Vec<Undone>,
    coupons: BTreeMap<Uuid, (i64, i64)>,
    codes: BTreeMap<Uuid, i64>,
    attempts: Vec<attempts::ActiveModel>,
    audit: Vec<(Actor, Entry)>,
    throttles: BTreeMap<String, throttles::Model>,
    guesses: Vec<(String, Patience)>,
}

impl Book {
    /// An empty book that knows these throttles.
    pub fn open(throttles: BTreeMap<String, throttles::Model>) -> Self {
        Self { throttles, ..Self::default() }
    }

    /// The redemptions that come to be.
    pub fn made(&self) -> Vec<Uuid> {
        self.redemptions.iter().filter_map(|row| row.id.try_as_ref().copied()).collect()
    }

    /// How long the first of these buckets is still blocked.
    pub fn blocked(&self, buckets: &[String], now: DateTime<Utc>) -> Option<Duration> {
        let until =
            buckets.iter().filter_map(|bucket| self.throttles.get(bucket)).map(|row| row.blocked_until).max()?;
        (until > now).then(|| until - now)
    }

    /// Counts a guess.
    pub fn guessed(&mut self, bucket: String, patience: Patience, now: DateTime<Utc>) {
        let row = throttle::after_failure(self.throttles.get(&bucket), &bucket, &patience, now);
        self.throttles.insert(bucket.clone(), row);
        self.guesses.push((bucket, patience));
    }

    /// Moves the counters of a coupon and its code.
    pub fn count(&mut self, coupon: Uuid, code: Uuid, uses: i64, spent: i64) {
        let moved = self.coupons.entry(coupon).or_default();
        (moved.0, moved.1) = (moved.0 + uses, moved.1 + spent);
        *self.codes.entry(code).or_default() += uses;
    }

    /// Notes who did what.
    pub fn audit(&mut self, actor: &Actor, entry: Entry) {
        self.audit.push((actor.clone(), entry));
    }

    /// Notes an entry that was refused.
    pub fn refused(
        &mut self,
        command: &Redeem,
        ask: &Ask,
        found: Option<&(Coupon, Code)>,
        refusal: &Refusal,
        sentence: String,
        trace: &Trace,
    ) {
        self.attempts.push(attempts::ActiveModel {
            tenant_id: Set(command.tenant.id),
            id: Set(clock::id_at(command.now)),
            entered: Set(command.entered.chars().filter(|c| *c != '\0').take(KEPT_OF_ENTRY).collect()),
            code_key: Set(ask.key.as_ref().ok().map(|key| key.as_str().to_owned())),
            code_id: Set(found.map(|(_, code)| code.id)),
            coupon_id: Set(found.map(|(coupon, _)| coupon.id)),
            refusal: Set(refusal.code().to_owned()),
            sentence: Set(sentence),
            trace: Set(serde_json::to_value(trace).unwrap_or_default()),
            channel: Set(command.channel.clone()),
            user_id: Set(Some(command.user)),
            person_id: Set(ask.person),
            organization_id: Set(ask.organization),
            api_key_id: Set(None),
            address: Set(command.address.clone()),
            request_id: Set(command.actor.request_id.clone()),
            created_at: Set(command.now),
        });
    }

    /// Writes everything, one statement a table.
    pub async fn write(self, tx: &DatabaseTransaction, world: &World, now: DateTime<Utc>) -> Result<(), Error> {
        let tenant = world.tenant.id;
        if !self.redemptions.is_empty() {
            redemptions::Entity::insert_many(self.redemptions).exec_without_returning(tx).await?;
        }
        if !self.grants.is_empty() {
            limit_grants::Entity::insert_many(self.grants).exec_without_returning(tx).await?;
        }
        if !self.entries.is_empty() {
            credit_entries::Entity::insert_many(self.entries).exec_without_returning(tx).await?;
        }
        for undone in &self.undone {
            undo(tx, tenant, undone, now).await?;
        }
        balances(tx, world, &self.balances, now).await?;
        counters(tx, world, &self.counters).await?;
        let moved: Vec<_> = self.coupons.into_iter().map(|(id, (uses, spent))| (id, vec![uses, spent])).collect();
        bulk::add(tx, "coupons", &["uses", "spent"], tenant, &moved).await?;
        let moved: Vec<_> = self.codes.into_iter().map(|(id, uses)| (id, vec![uses])).collect();
        bulk::add(tx, "codes", &["uses"], tenant, &moved).await?;
        if !self.attempts.is_empty() {
            attempts::Entity::insert_many(self.attempts).exec_without_returning(tx).await?;
        }
        record_all(tx, self.audit.into_iter().map(|(actor, entry)| (actor, tenant, entry)).collect(), now).await?;
        let mut guesses = self.guesses;
        guesses.sort_by(|a, b| a.0.cmp(&b.0));
        for (bucket, patience) in &guesses {
            throttle::fail(tx, bucket, patience, now).await?;
        }
        Ok(())
    }
}

async fn undo(tx: &DatabaseTransaction, tenant: Uuid, undone: &Undone, now: DateTime<Utc>) -> Result<(), Error> {
    let row = redemptions::ActiveModel {
        state: Set("reversed".to_owned()),
        ended_at: Set(Some(now)),
        updated_at: Set(now),
        reason: Set(Some(undone.reason.clone())),
        needs_attention: Set(undone.needs_attention.clone()),
        ..Default::default()
    };
    redemptions::Entity::update_many()
        .set(row)
        .filter(redemptions::Column::TenantId.eq(tenant))
        .filter(redemptions::Column::Id.eq(undone.id))
        .exec(tx)
        .await?;
    let withdrawn = limit_grants::ActiveModel { live: Set(false), withdrawn_at: Set(Some(now)), ..Default::default() };
    limit_grants::Entity::update_many()
        .set(withdrawn)
        .filter(limit_grants::Column::TenantId.eq(tenant))
        .filter(limit_grants::Column::RedemptionId.eq(undone.id))
        .filter(limit_grants::Column::Live.eq(true))
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
    let rows: Vec<_> = moved
        .iter()
        .map(|organization| ActiveModel {
            tenant_id: Set(world.tenant.id),
            organization_id: Set(*organization),
            balance: Set(world.balances.get(organization).copied().unwrap_or_default()),
            updated_at: Set(now),
        })
        .collect();
    if rows.is_empty() {
        return Ok(());
    }
    let replace = OnConflict::columns([Column::TenantId, Column::OrganizationId])
        .update_columns([Column::Balance, Column::UpdatedAt])
        .to_owned();
    Entity::insert_many(rows).on_conflict(replace).exec_without_returning(tx).await?;
    Ok(())
}

async fn counters(tx: &DatabaseTransaction, world: &World, moved: &BTreeSet<(Uuid, Holder)>) -> Result<(), Error> {
    use usage_counters::{ActiveModel, Column, Entity};
    let row = |(coupon, holder): &(Uuid, Holder)| {
        let (scope, subject) = holder.columns();
        let counted = world.usage.get(&(*coupon, *holder)).copied().unwrap_or_default();
        ActiveModel {
            tenant_id: Set(world.tenant.id),
            scope: Set(scope.to_owned()),
            owner_id: Set(*coupon),
            subject_id: Set(subject),
            uses: Set(counted.uses),
            held: Set(counted.held),
        }
    };
    if moved.is_empty() {
        return Ok(());
    }
    let key = [Column::TenantId, Column::Scope, Column::OwnerId, Column::SubjectId];
    let replace = OnConflict::columns(key).update_columns([Column::Uses, Column::Held]).to_owned();
    Entity::insert_many(moved.iter().map(row)).on_conflict(replace).exec_without_returning(tx).await?;
    Ok(())
}
