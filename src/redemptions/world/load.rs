//! How a world is loaded: one query a table.

use super::counters::{Counter, Holder, Moved};
use super::subjects::Subjects;
use super::{Ask, World, holds};
use crate::clock::first_id;
use crate::coupons::code::{Code, CodeKey};
use crate::coupons::coupon::{Coupon, UseCounters};
use crate::coupons::rows;
use crate::db::bulk::{self, padded};
use crate::db::tables::{codes, coupon_people, organizations, redemptions, tenants, usage_counters};
use crate::error::Error;
use crate::organizations::credit;
use crate::organizations::queries::limits;
use crate::redemptions::redemption::State;
use crate::tenants::Tenant;
use chrono::{DateTime, Duration, Utc};
use sea_orm::sea_query::{Expr, ExprTrait, Query};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// The ids that are looked for.
struct Named {
    coupons: Vec<Uuid>,
    codes: Vec<Uuid>,
    people: Vec<Uuid>,
    organizations: Vec<Uuid>,
}

impl World {
    /// Loads what these entries and redemptions depend on. In a transaction that has locked them, nothing of it can
    /// move.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn load(
        connection: &impl ConnectionTrait,
        tenant: &Tenant,
        asks: &[Ask],
        subjects: Subjects,
        now: DateTime<Utc>,
    ) -> Result<Self, Error> {
        let named = Named {
            coupons: subjects.rows.coupons.iter().copied().collect(),
            codes: subjects.codes.values().map(|code| code.id).collect(),
            people: asks.iter().filter_map(|ask| ask.person).collect::<BTreeSet<_>>().into_iter().collect(),
            organizations: padded(subjects.rows.organizations.iter().copied()),
        };
        let usage = usage(connection, tenant.id, &subjects.counters(asks)).await?;
        let organization_held_until = holds::of_organizations(connection, tenant.id, &usage, now).await?;
        let coupons = rows::load(connection, tenant.id, &named.coupons).await?;
        let products = holds::waited_for(asks, &subjects, &coupons, &usage);
        let missing = missing(asks, &subjects.codes);
        let mut by_id: BTreeMap<Uuid, Code> = subjects.codes.values().map(|code| (code.id, code.clone())).collect();
        let others: Vec<Uuid> = subjects.rows.codes.iter().filter(|id| !by_id.contains_key(id)).copied().collect();
        by_id.extend(rows::codes(connection, tenant.id, &others).await?);
        let mut world = Self {
            tenant: tenant.clone(),
            elsewhere: elsewhere(connection, tenant.id, &missing).await?,
            assigned: assigned(connection, tenant.id, &named, &coupons).await?,
            usage,
            applied_at: applied(connection, tenant.id, &named).await?,
            coupon_held_until: holds::of_coupons(connection, tenant.id, &coupons, now).await?,
            code_held_until: holds::of_codes(connection, tenant.id, subjects.codes.values(), now).await?,
            organization_held_until,
            product_held_until: holds::of_products(connection, tenant.id, &products, now).await?,
            recent_uses: recent_uses(connection, tenant.id, &coupons, now).await?,
            limits: if named.organizations.is_empty() {
                BTreeMap::new()
            } else {
                limits(connection, tenant.id, &named.organizations).await?
            },
            balances: credit::balances(connection, tenant.id, &named.organizations).await?,
            organizations: names(connection, tenant.id, &named.organizations).await?,
            keys: subjects.codes.into_iter().map(|(key, code)| (key, code.id)).collect(),
            codes: by_id,
            coupons,
            redemptions: BTreeMap::new(),
            held_by: BTreeMap::new(),
            orders: BTreeMap::new(),
            ends: BTreeSet::new(),
            moved: Moved::default(),
        };
        for redemption in subjects.redemptions.into_values() {
            world.put(redemption);
        }
        Ok(world)
    }
}

fn missing<'a>(asks: &'a [Ask], codes: &BTreeMap<CodeKey, Code>) -> BTreeSet<&'a str> {
    let keys = asks.iter().filter_map(|ask| ask.key.as_ref().ok());
    keys.filter(|key| !codes.contains_key(*key)).map(CodeKey::as_str).collect()
}

/// Which keys only other tenants have. The tenants are named so that the index by tenant and key serves.
async fn elsewhere(
    connection: &impl ConnectionTrait,
    tenant: Uuid,
    keys: &BTreeSet<&str>,
) -> Result<BTreeSet<String>, Error> {
    if keys.is_empty() {
        return Ok(BTreeSet::new());
    }
    let others = Query::select()
        .column(tenants::Column::Id)
        .from(tenants::Entity)
        .and_where(tenants::Column::Id.ne(tenant))
        .to_owned();
    let found = codes::Entity::find()
        .select_only()
        .column(codes::Column::Key)
        .filter(codes::Column::TenantId.in_subquery(others))
        .filter(codes::Column::Key.is_in(padded(keys.iter().copied())))
        .into_tuple::<String>()
        .all(connection)
        .await?;
    Ok(found.into_iter().collect())
}

async fn assigned(
    connection: &impl ConnectionTrait,
    tenant: Uuid,
    named: &Named,
    coupons: &BTreeMap<Uuid, Coupon>,
) -> Result<BTreeSet<(Uuid, Uuid)>, Error> {
    use coupon_people::{Column, Entity};
    let picky: Vec<Uuid> = coupons.values().filter(|it| it.assigned_people_only).map(|it| it.id).collect();
    if picky.is_empty() || named.people.is_empty() {
        return Ok(BTreeSet::new());
    }
    let found = Entity::find()
        .filter(Column::TenantId.eq(tenant))
        .filter(Column::CouponId.is_in(padded(picky)))
        .filter(Column::PersonId.is_in(padded(named.people.iter().copied())));
    Ok(found.all(connection).await?.into_iter().map(|row| (row.coupon_id, row.person_id)).collect())
}

/// What is counted in each counter.
pub(super) type Counted = BTreeMap<Counter, UseCounters>;

async fn usage(
    connection: &impl ConnectionTrait,
    tenant: Uuid,
    counters: &BTreeSet<Counter>,
) -> Result<Counted, Error> {
    use usage_counters::{Column, Entity};
    let columns = [Column::Scope, Column::OwnerId, Column::SubjectId];
    let wanted = counters.iter().map(|counter| {
        let (scope, owner, subject) = counter.columns();
        vec![scope.into(), owner.into(), subject.into()]
    });
    let rows = bulk::matching::<Entity>(connection, &columns, tenant, wanted).await?;
    let counted = rows.into_iter().filter_map(|row| {
        let counter = Counter::from_columns(&row.scope, row.owner_id, row.subject_id)?;
        Some((counter, UseCounters { uses: row.uses, held: row.held }))
    });
    Ok(counted.collect())
}

type Applied = BTreeMap<(Uuid, Holder), DateTime<Utc>>;

/// When each holder's latest confirmed redemption of each code was confirmed.
async fn applied(connection: &impl ConnectionTrait, tenant: Uuid, named: &Named) -> Result<Applied, Error> {
    use redemptions::{Column, Entity};
    let mut applied = Applied::new();
    if named.codes.is_empty() {
        return Ok(applied);
    }
    let sides: [(Column, &[Uuid], fn(Uuid) -> Holder); 2] = [
        (Column::PersonId, &named.people, Holder::Person),
        (Column::OrganizationId, &named.organizations, Holder::Organization),
    ];
    for (column, ids, holder) in sides.into_iter().filter(|(_, ids, _)| !ids.is_empty()) {
        let latest: Vec<(Uuid, Uuid, Option<DateTime<Utc>>)> = Entity::find()
            .select_only()
            .column(Column::CodeId)
            .column(column)
            .column_as(Column::ConfirmedAt.max(), "latest")
            .filter(Column::TenantId.eq(tenant))
            .filter(column.is_in(padded(ids.iter().copied())))
            .filter(Column::CodeId.is_in(padded(named.codes.iter().copied())))
            .filter(Column::State.eq(State::Confirmed.word()))
            .group_by(Column::CodeId)
            .group_by(column)
            .into_tuple()
            .all(connection)
            .await?;
        applied.extend(latest.into_iter().filter_map(|(code, id, at)| Some(((code, holder(id)), at?))));
    }
    Ok(applied)
}

/// Uses of the coupons that watch for leaks, within the minutes that they watch, since they were last resumed.
async fn recent_uses(
    connection: &impl ConnectionTrait,
    tenant: Uuid,
    coupons: &BTreeMap<Uuid, Coupon>,
    now: DateTime<Utc>,
) -> Result<BTreeMap<Uuid, i64>, Error> {
    use redemptions::{Column, Entity};
    let mut recent = BTreeMap::new();
    for coupon in coupons.values() {
        let Some(threshold) = coupon.leak_threshold else { continue };
        let within = Duration::try_minutes(threshold.within_minutes);
        let since = within.and_then(|within| now.checked_sub_signed(within)).unwrap_or(DateTime::UNIX_EPOCH);
        let since = coupon.resumed_at.map_or(since, |resumed| Ord::max(resumed, since));
        let uses: Option<Option<i64>> = Entity::find()
            .select_only()
            // PostgreSQL sums whole numbers as decimals.
            .column_as(Expr::col(Column::Uses).sum().cast_as("bigint"), "uses")
            .filter(Column::TenantId.eq(tenant))
            .filter(Column::CouponId.eq(coupon.id))
            .filter(Column::Id.gte(first_id(since)))
            .filter(Column::State.is_in([State::Held.word(), State::Confirmed.word()]))
            .into_tuple()
            .one(connection)
            .await?;
        recent.insert(coupon.id, uses.flatten().unwrap_or_default());
    }
    Ok(recent)
}

async fn names(connection: &impl ConnectionTrait, tenant: Uuid, ids: &[Uuid]) -> Result<BTreeMap<Uuid, String>, Error> {
    use organizations::{Column, Entity};
    if ids.is_empty() {
        return Ok(BTreeMap::new());
    }
    let rows = Entity::find()
        .filter(Column::TenantId.eq(tenant))
        .filter(Column::Id.is_in(ids.iter().copied()))
        .all(connection)
        .await?;
    Ok(rows.into_iter().map(|row| (row.id, row.name)).collect())
}
