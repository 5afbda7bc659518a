//! Between the rows of the database and redemptions, set by set.

use crate::coupons::coupon::ProductKey;
use crate::db::bulk::padded;
use crate::db::tables::redemptions::is_held;
use crate::db::tables::{redemption_lines, redemptions};
use crate::error::Error;
use crate::redemptions::line::{Line, Reversed};
use crate::redemptions::redemption::{OrderRef, Redemption, State};
use anyhow::anyhow;
use chrono::{DateTime, Utc};
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};
use sea_orm::{QuerySelect, Select};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// Redemptions by id.
pub type ById = BTreeMap<Uuid, Redemption>;

/// The redemptions of this tenant among `ids`, with their lines.
///
/// # Errors
/// When the database does not answer, or a row holds what no redemption can be.
pub async fn by_ids(connection: &impl ConnectionTrait, tenant: Uuid, ids: &BTreeSet<Uuid>) -> Result<ById, Error> {
    if ids.is_empty() {
        return Ok(ById::new());
    }
    load(connection, tenant, of(tenant).filter(redemptions::Column::Id.is_in(padded(ids.iter().copied())))).await
}

/// A redemption of this tenant as it reads at this instant.
///
/// # Errors
/// As [`by_ids`].
pub async fn one(
    connection: &impl ConnectionTrait,
    tenant: Uuid,
    id: Uuid,
    now: DateTime<Utc>,
) -> Result<Option<Redemption>, Error> {
    let row = redemptions::Entity::find_by_id((tenant, id)).one(connection).await?;
    let rows = row.map(|row| as_of(row, now)).into_iter().collect();
    Ok(whole(connection, tenant, rows).await?.remove(&id))
}

/// The row as it reads at this instant: a hold whose time is over has expired then, although nobody may have retired it
/// yet.
#[must_use]
pub fn as_of(row: redemptions::Model, now: DateTime<Utc>) -> redemptions::Model {
    match row.held_until.filter(|until| *until <= now) {
        Some(over) => redemptions::Model {
            state: State::Expired.word().to_owned(),
            held_until: None,
            ended_at: Some(over),
            ..row
        },
        None => row,
    }
}

/// The redemptions that take these orders: held, confirmed or reversed.
///
/// # Errors
/// As [`by_ids`].
pub async fn of_orders(
    connection: &impl ConnectionTrait,
    tenant: Uuid,
    orders: &BTreeSet<OrderRef>,
) -> Result<ById, Error> {
    use redemptions::Column;
    let mut channels: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for order in orders {
        channels.entry(&order.channel).or_default().push(&order.reference);
    }
    if channels.is_empty() {
        return Ok(ById::new());
    }
    let mut any = Condition::any();
    for (channel, references) in channels {
        any = any.add(Column::Channel.eq(channel).and(Column::OrderRef.is_in(padded(references))));
    }
    load(connection, tenant, of(tenant).filter(takes_the_order()).filter(any)).await
}

/// The holds of these persons: of these coupons, or of any.
///
/// # Errors
/// As [`by_ids`].
pub async fn held_by(
    connection: &impl ConnectionTrait,
    tenant: Uuid,
    persons: &BTreeSet<Uuid>,
    coupons: Option<&BTreeSet<Uuid>>,
) -> Result<ById, Error> {
    use redemptions::Column;
    if persons.is_empty() || coupons.is_some_and(BTreeSet::is_empty) {
        return Ok(ById::new());
    }
    let mut find = held(tenant).filter(Column::PersonId.is_in(padded(persons.iter().copied())));
    if let Some(coupons) = coupons {
        find = find.filter(Column::CouponId.is_in(padded(coupons.iter().copied())));
    }
    load(connection, tenant, find).await
}

/// The holds of these coupons whose time is over, the oldest first, at most so many.
///
/// # Errors
/// As [`by_ids`].
pub async fn overdue(
    connection: &impl ConnectionTrait,
    tenant: Uuid,
    coupons: &BTreeSet<Uuid>,
    most: u64,
    now: DateTime<Utc>,
) -> Result<ById, Error> {
    use redemptions::Column;
    if coupons.is_empty() {
        return Ok(ById::new());
    }
    let find = held(tenant)
        .filter(Column::CouponId.is_in(padded(coupons.iter().copied())))
        .filter(Column::HeldUntil.lte(now))
        .order_by_asc(Column::HeldUntil)
        .limit(most);
    load(connection, tenant, find).await
}

/// Holds whose time is over, of any tenant, with the end of that time, the longest over first: what a sweep retires. Those
/// after the one that ended then and has this id, at most so many.
///
/// # Errors
/// When the database does not answer.
pub async fn overdue_anywhere(
    connection: &impl ConnectionTrait,
    after: Option<(DateTime<Utc>, Uuid)>,
    most: u64,
    now: DateTime<Utc>,
) -> Result<Vec<(Uuid, Uuid, DateTime<Utc>)>, Error> {
    use redemptions::Column;
    let mut found = redemptions::Entity::find()
        .select_only()
        .columns([Column::TenantId, Column::Id, Column::HeldUntil])
        .filter(is_held())
        .filter(Column::HeldUntil.lte(now))
        .order_by_asc(Column::HeldUntil)
        .order_by_asc(Column::Id)
        .limit(most);
    if let Some((until, id)) = after {
        let beside = Condition::any().add(Column::HeldUntil.gt(until)).add(Column::Id.gt(id));
        found = found.filter(Column::HeldUntil.gte(until)).filter(beside);
    }
    Ok(found.into_tuple().all(connection).await?)
}

fn of(tenant: Uuid) -> Select<redemptions::Entity> {
    redemptions::Entity::find().filter(redemptions::Column::TenantId.eq(tenant))
}

fn held(tenant: Uuid) -> Select<redemptions::Entity> {
    of(tenant).filter(is_held())
}

/// The condition of the index of orders, written out as that of holds.
fn takes_the_order() -> Expr {
    Expr::cust("redemptions.state IN ('held', 'confirmed', 'reversed')")
}

async fn load(
    connection: &impl ConnectionTrait,
    tenant: Uuid,
    find: Select<redemptions::Entity>,
) -> Result<ById, Error> {
    whole(connection, tenant, find.all(connection).await?).await
}

/// The redemptions of these rows, with their lines.
///
/// # Errors
/// As [`by_ids`].
pub async fn whole(
    connection: &impl ConnectionTrait,
    tenant: Uuid,
    rows: Vec<redemptions::Model>,
) -> Result<ById, Error> {
    use redemption_lines::{Column, Entity};
    if rows.is_empty() {
        return Ok(ById::new());
    }
    let lines = Entity::find()
        .filter(Column::TenantId.eq(tenant))
        .filter(Column::RedemptionId.is_in(padded(rows.iter().map(|row| row.id))))
        .order_by_asc(Column::Line)
        .all(connection)
        .await?;
    let mut by_redemption: BTreeMap<Uuid, Vec<Line>> = BTreeMap::new();
    for row in lines {
        by_redemption.entry(row.redemption_id).or_default().push(line(row)?);
    }
    rows.into_iter()
        .map(|row| {
            let lines = by_redemption.remove(&row.id).unwrap_or_default();
            Ok((row.id, redemption(row, lines)?))
        })
        .collect()
}

fn redemption(row: redemptions::Model, lines: Vec<Line>) -> Result<Redemption, Error> {
    Ok(Redemption {
        id: row.id,
        coupon_id: row.coupon_id,
        code_id: row.code_id,
        state: State::from_word(&row.state).ok_or_else(|| anyhow!("unknown state {}", row.state))?,
        person: row.person_id,
        user: row.user_id,
        organization: row.organization_id,
        channel: row.channel,
        order_ref: row.order_ref,
        content: row.content,
        uses: row.uses,
        amount_before: row.amount_before,
        discount: row.discount,
        terms: read(row.terms)?,
        held_until: row.held_until,
        confirmed_at: row.confirmed_at,
        ended_at: row.ended_at,
        benefit_ends_at: row.benefit_ends_at,
        needs_attention: row.needs_attention,
        reason: row.reason,
        created_at: row.created_at,
        lines,
    })
}

fn line(row: redemption_lines::Model) -> Result<Line, Error> {
    let product = row.product_id.map_or_else(|| ProductKey::Sku(row.sku.clone()), ProductKey::Id);
    // A line of a product without one keeps its id there.
    let sku = row.product_id.filter(|id| id.to_string() != row.sku).map(|_| row.sku);
    let mut line = Line {
        product,
        sku,
        name: row.name,
        product_type: row.product_type,
        unit_price: row.unit_price,
        quantity: row.quantity,
        units: read(row.units)?,
        refusal: row.refusal,
        uses: row.uses,
        free_units: row.free_units,
        discount: row.discount,
        price_after: row.price_after,
        reversed: Reversed::default(),
    };
    line.reverse(row.reversed_quantity);
    Ok(line)
}

fn read<T: serde::de::DeserializeOwned>(value: Value) -> Result<T, Error> {
    serde_json::from_value(value).map_err(|error| Error::Internal(error.into()))
}

/// The row of a redemption.
///
/// # Errors
/// When its terms cannot be written.
pub fn row(tenant: Uuid, it: &Redemption, now: DateTime<Utc>) -> Result<redemptions::ActiveModel, Error> {
    Ok(redemptions::ActiveModel {
        tenant_id: Set(tenant),
        id: Set(it.id),
        coupon_id: Set(it.coupon_id),
        code_id: Set(it.code_id),
        state: Set(it.state.word().to_owned()),
        person_id: Set(it.person),
        user_id: Set(it.user),
        organization_id: Set(it.organization),
        channel: Set(it.channel.clone()),
        order_ref: Set(it.order_ref.clone()),
        content: Set(it.content.clone()),
        uses: Set(it.uses),
        amount_before: Set(it.amount_before),
        discount: Set(it.discount),
        terms: Set(write(&it.terms)?),
        held_until: Set(it.held_until),
        confirmed_at: Set(it.confirmed_at),
        ended_at: Set(it.ended_at),
        benefit_ends_at: Set(it.benefit_ends_at),
        needs_attention: Set(it.needs_attention.clone()),
        reason: Set(it.reason.clone()),
        created_at: Set(it.created_at),
        updated_at: Set(now),
    })
}

/// The rows of its lines.
///
/// # Errors
/// As [`row`].
pub fn lines(tenant: Uuid, it: &Redemption) -> Result<Vec<redemption_lines::ActiveModel>, Error> {
    let row = |(number, line): (i64, &Line)| {
        let product_id = match &line.product {
            ProductKey::Id(id) => Some(*id),
            ProductKey::Sku(_) => None,
        };
        Ok(redemption_lines::ActiveModel {
            tenant_id: Set(tenant),
            redemption_id: Set(it.id),
            line: Set(number),
            product_id: Set(product_id),
            sku: Set(line.sku.clone().unwrap_or_else(|| line.product.to_string())),
            name: Set(line.name.clone()),
            product_type: Set(line.product_type.clone()),
            unit_price: Set(line.unit_price),
            quantity: Set(line.quantity),
            units: Set(write(&line.units)?),
            refusal: Set(line.refusal.clone()),
            uses: Set(line.uses),
            free_units: Set(line.free_units),
            discount: Set(line.discount),
            price_after: Set(line.price_after),
            reversed_quantity: Set(line.reversed.quantity),
            reversed_uses: Set(line.reversed.uses),
            reversed_free: Set(line.reversed.free_units),
            reversed_discount: Set(line.reversed.discount),
        })
    };
    (0..).zip(&it.lines).map(row).collect()
}

fn write(value: &impl serde::Serialize) -> Result<Value, Error> {
    serde_json::to_value(value).map_err(|error| Error::Internal(error.into()))
}
