//! How a world is loaded: one query a table.

use super::{Ask, Holder, World};
use crate::coupons::code::CodeKey;
use crate::coupons::coupon::UseCounters;
use crate::coupons::rows;
use crate::db::tables::{codes, coupon_people, organizations, redemptions, tenants, usage_counters};
use crate::error::Error;
use crate::organizations::credit;
use crate::organizations::queries::limits;
use crate::tenants::Tenant;
use chrono::{DateTime, Utc};
use sea_orm::sea_query::Query;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// The ids that entries name, each once.
struct Named {
    coupons: Vec<Uuid>,
    codes: Vec<Uuid>,
    people: Vec<Uuid>,
    organizations: Vec<Uuid>,
}

impl World {
    /// Loads what these entries depend on. In a transaction that has locked it, nothing of it can move.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn load(connection: &impl ConnectionTrait, tenant: &Tenant, asks: &[Ask]) -> Result<Self, Error> {
        let keys: BTreeSet<CodeKey> = asks.iter().filter_map(|ask| ask.key.clone().ok()).collect();
        let keys: Vec<CodeKey> = keys.into_iter().collect();
        let codes = rows::codes_by_key(connection, tenant.id, &keys).await?;
        let missing: Vec<&str> = keys.iter().filter(|key| !codes.contains_key(*key)).map(CodeKey::as_str).collect();
        let named = Named {
            coupons: once(codes.values().map(|code| code.coupon_id)),
            codes: once(codes.values().map(|code| code.id)),
            people: once(asks.iter().filter_map(|ask| ask.person)),
            organizations: once(asks.iter().filter_map(|ask| ask.organization)),
        };
        let coupons = rows::load(connection, tenant.id, &named.coupons).await?;
        let held = coupons.values().filter(|coupon| coupon.counters.held > 0).map(|coupon| coupon.id);
        let (coupon_held_until, code_held_until) = holds(connection, tenant.id, &once(held)).await?;
        Ok(Self {
            tenant: tenant.clone(),
            elsewhere: elsewhere(connection, tenant.id, &missing).await?,
            assigned: assigned(connection, tenant.id, &named).await?,
            usage: usage(connection, tenant.id, &named).await?,
            applied_at: applied(connection, tenant.id, &named).await?,
            coupon_held_until,
            code_held_until,
            limits: limits(connection, tenant.id, &named.organizations).await?,
            balances: credit::balances(connection, tenant.id, &named.organizations).await?,
            organizations: names(connection, tenant.id, &named.organizations).await?,
            codes,
            coupons,
        })
    }
}

fn once(ids: impl Iterator<Item = Uuid>) -> Vec<Uuid> {
    ids.collect::<BTreeSet<_>>().into_iter().collect()
}

/// Which keys only other tenants have. The tenants are named so that the index by tenant and key serves.
async fn elsewhere(connection: &impl ConnectionTrait, tenant: Uuid, keys: &[&str]) -> Result<BTreeSet<String>, Error> {
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
        .filter(codes::Column::Key.is_in(keys.iter().copied()))
        .into_tuple::<String>()
        .all(connection)
        .await?;
    Ok(found.into_iter().collect())
}

async fn assigned(
    connection: &impl ConnectionTrait,
    tenant: Uuid,
    named: &Named,
) -> Result<BTreeSet<(Uuid, Uuid)>, Error> {
    use coupon_people::{Column, Entity};
    if named.coupons.is_empty() || named.people.is_empty() {
        return Ok(BTreeSet::new());
    }
    let found = Entity::find()
        .filter(Column::TenantId.eq(tenant))
        .filter(Column::CouponId.is_in(named.coupons.iter().copied()))
        .filter(Column::PersonId.is_in(named.people.iter().copied()));
    Ok(found.all(connection).await?.into_iter().map(|row| (row.coupon_id, row.person_id)).collect())
}

type Counted = BTreeMap<(Uuid, Holder), UseCounters>;

async fn usage(connection: &impl ConnectionTrait, tenant: Uuid, named: &Named) -> Result<Counted, Error> {
    use usage_counters::{Column, Entity};
    if named.coupons.is_empty() {
        return Ok(Counted::new());
    }
    let rows = Entity::find()
        .filter(Column::TenantId.eq(tenant))
        .filter(Column::Scope.is_in(["person", "organization"]))
        .filter(Column::OwnerId.is_in(named.coupons.iter().copied()))
        .filter(Column::SubjectId.is_in(named.people.iter().chain(&named.organizations).copied()))
        .all(connection)
        .await?;
    let counted = rows.into_iter().map(|row| {
        let person = row.scope == "person";
        let holder = if person { Holder::Person(row.subject_id) } else { Holder::Organization(row.subject_id) };
        ((row.owner_id, holder), UseCounters { uses: row.uses, held: row.held })
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
            .filter(column.is_in(ids.iter().copied()))
            .filter(Column::CodeId.is_in(named.codes.iter().copied()))
            .filter(Column::State.eq("confirmed"))
            .group_by(Column::CodeId)
            .group_by(column)
            .into_tuple()
            .all(connection)
            .await?;
        applied.extend(latest.into_iter().filter_map(|(code, id, at)| Some(((code, holder(id)), at?))));
    }
    Ok(applied)
}

type Untils = BTreeMap<Uuid, DateTime<Utc>>;

/// When the first hold of each coupon and of each code is over.
async fn holds(connection: &impl ConnectionTrait, tenant: Uuid, coupons: &[Uuid]) -> Result<(Untils, Untils), Error> {
    use redemptions::{Column, Entity};
    let (mut by_coupon, mut by_code) = (Untils::new(), Untils::new());
    if coupons.is_empty() {
        return Ok((by_coupon, by_code));
    }
    let first: Vec<(Uuid, Uuid, Option<DateTime<Utc>>)> = Entity::find()
        .select_only()
        .column(Column::CouponId)
        .column(Column::CodeId)
        .column_as(Column::HeldUntil.min(), "first")
        .filter(Column::TenantId.eq(tenant))
        .filter(Column::CouponId.is_in(coupons.iter().copied()))
        .filter(Column::State.eq("held"))
        .group_by(Column::CouponId)
        .group_by(Column::CodeId)
        .into_tuple()
        .all(connection)
        .await?;
    for (coupon, code, until) in first {
        let Some(until) = until else { continue };
        by_code.insert(code, until);
        by_coupon.entry(coupon).and_modify(|first| *first = until.min(*first)).or_insert(until);
    }
    Ok((by_coupon, by_code))
}

async fn names(connection: &impl ConnectionTrait, tenant: Uuid, ids: &[Uuid]) -> Result<BTreeMap<Uuid, String>, Error> {
    use organizations::{Column, Entity};
    let rows = Entity::find()
        .filter(Column::TenantId.eq(tenant))
        .filter(Column::Id.is_in(ids.iter().copied()))
        .all(connection)
        .await?;
    Ok(rows.into_iter().map(|row| (row.id, row.name)).collect())
}
