//! From rows to coupons.

use crate::coupons::benefit::Benefit;
use crate::coupons::coupon::{
    BenefitEnds, Counters, Coupon, LeakThreshold, ProductKey, ProductScope, RestoreUses, UsesPer,
};
use crate::db::tables::{
    coupon_limits, coupon_people, coupon_product_types, coupon_products, coupon_tags, coupons, products,
};
use crate::error::Error;
use crate::money::BasisPoints;
use crate::organizations::limits::{Grant, LimitChange, LimitMode, LimitValue};
use anyhow::anyhow;
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, JoinType, QueryFilter, QueryOrder, QuerySelect, RelationTrait,
};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// What hangs on the coupons of one load, by coupon.
#[derive(Default)]
struct Links {
    limits: BTreeMap<Uuid, Vec<LimitChange>>,
    tags: BTreeMap<Uuid, Vec<String>>,
    scopes: BTreeMap<Uuid, ProductScope>,
    assigned: BTreeSet<Uuid>,
}

/// The coupons of this tenant among `ids`, deleted ones too, by id; an id of another tenant is simply not among them.
/// Six queries, whatever the number.
///
/// # Errors
/// When the database does not answer, or a row holds what the schema forbids.
pub async fn load(
    connection: &impl ConnectionTrait,
    tenant: Uuid,
    ids: &[Uuid],
) -> Result<BTreeMap<Uuid, Coupon>, Error> {
    if ids.is_empty() {
        return Ok(BTreeMap::new());
    }
    let rows = coupons::Entity::find()
        .filter(coupons::Column::TenantId.eq(tenant))
        .filter(coupons::Column::Id.is_in(ids.iter().copied()))
        .all(connection)
        .await?;
    if rows.is_empty() {
        return Ok(BTreeMap::new());
    }
    let found: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
    let mut links = links(connection, tenant, &found).await?;
    rows.into_iter().map(|row| Ok((row.id, coupon(row, &mut links)?))).collect()
}

async fn links(connection: &impl ConnectionTrait, tenant: Uuid, ids: &[Uuid]) -> Result<Links, Error> {
    let mut links = Links::default();
    let limits = coupon_limits::Entity::find()
        .filter(coupon_limits::Column::TenantId.eq(tenant))
        .filter(coupon_limits::Column::CouponId.is_in(ids.iter().copied()))
        .order_by_asc(coupon_limits::Column::LimitKey);
    for row in limits.all(connection).await? {
        links.limits.entry(row.coupon_id).or_default().push(limit_change(row)?);
    }
    let tags = coupon_tags::Entity::find()
        .filter(coupon_tags::Column::TenantId.eq(tenant))
        .filter(coupon_tags::Column::CouponId.is_in(ids.iter().copied()));
    for row in tags.all(connection).await? {
        links.tags.entry(row.coupon_id).or_default().push(row.tag);
    }
    // Sorted here: SQLite would rather read every tag of the tenant in that order.
    links.tags.values_mut().for_each(|tags| tags.sort_unstable());
    let types = coupon_product_types::Entity::find()
        .filter(coupon_product_types::Column::TenantId.eq(tenant))
        .filter(coupon_product_types::Column::CouponId.is_in(ids.iter().copied()));
    for row in types.all(connection).await? {
        links.scopes.entry(row.coupon_id).or_default().product_types.insert(row.product_type);
    }
    for (coupon, product, excluded, product_type) in listed_products(connection, tenant, ids).await? {
        let scope = links.scopes.entry(coupon).or_default();
        let key = ProductKey::Id(product);
        if excluded {
            scope.excluded.insert(key);
        } else {
            scope.products.insert(key, product_type);
        }
    }
    let assigned = coupon_people::Entity::find()
        .select_only()
        .column(coupon_people::Column::CouponId)
        .distinct()
        .filter(coupon_people::Column::TenantId.eq(tenant))
        .filter(coupon_people::Column::CouponId.is_in(ids.iter().copied()));
    links.assigned = assigned.into_tuple().all(connection).await?.into_iter().collect();
    Ok(links)
}

/// Coupon, product, whether it is excluded, and the product's type.
async fn listed_products(
    connection: &impl ConnectionTrait,
    tenant: Uuid,
    ids: &[Uuid],
) -> Result<Vec<(Uuid, Uuid, bool, String)>, Error> {
    let rows = coupon_products::Entity::find()
        .select_only()
        .column(coupon_products::Column::CouponId)
        .column(coupon_products::Column::ProductId)
        .column(coupon_products::Column::Excluded)
        .column(products::Column::ProductType)
        .join(JoinType::InnerJoin, coupon_products::Relation::Product.def())
        .filter(coupon_products::Column::TenantId.eq(tenant))
        .filter(coupon_products::Column::CouponId.is_in(ids.iter().copied()));
    Ok(rows.into_tuple().all(connection).await?)
}

fn limit_change(row: coupon_limits::Model) -> Result<LimitChange, Error> {
    let mode = LimitMode::from_word(&row.mode).ok_or_else(|| anyhow!("unknown limit mode {}", row.mode))?;
    Ok(LimitChange { key: row.limit_key, grant: Grant { mode, value: LimitValue::from_column(row.value) } })
}

fn coupon(row: coupons::Model, links: &mut Links) -> Result<Coupon, Error> {
    Ok(Coupon {
        benefit: benefit(&row, links.limits.remove(&row.id).unwrap_or_default())?,
        tags: links.tags.remove(&row.id).unwrap_or_default(),
        scope: links.scopes.remove(&row.id).unwrap_or_default(),
        assigned_people_only: links.assigned.contains(&row.id),
        uses_per: known(UsesPer::from_word(&row.uses_per), &row.uses_per)?,
        benefit_ends: known(BenefitEnds::from_word(&row.benefit_ends), &row.benefit_ends)?,
        restore_uses: known(RestoreUses::from_word(&row.restore_uses), &row.restore_uses)?,
        leak_threshold: row
            .leak_uses
            .zip(row.leak_minutes)
            .map(|(uses, within_minutes)| LeakThreshold { uses, within_minutes }),
        counters: Counters { uses: row.uses, held: row.held, spent: row.spent, spent_held: row.spent_held },
        id: row.id,
        tenant_id: row.tenant_id,
        name: row.name,
        description: row.description,
        note: row.note,
        minimum_amount: row.minimum_amount,
        valid_from: row.valid_from,
        valid_until: row.valid_until,
        max_uses: row.max_uses,
        max_uses_per_person: row.max_uses_per_person,
        max_uses_per_organization: row.max_uses_per_organization,
        max_uses_per_product: row.max_uses_per_product,
        budget: row.budget,
        discounted_periods: row.discounted_periods,
        gift: row.gift,
        created_by: row.created_by,
        created_at: row.created_at,
        paused_at: row.paused_at,
        deleted_at: row.deleted_at,
        version: row.version,
    })
}

fn benefit(row: &coupons::Model, changes: Vec<LimitChange>) -> Result<Benefit, Error> {
    let benefit = match (row.benefit.as_str(), row.percentage_bp.and_then(BasisPoints::new), row.amount) {
        ("percentage", Some(basis_points), _) => {
            Benefit::Percentage { basis_points, max_discount: row.maximum_discount }
        }
        ("fixed_amount", _, Some(amount)) => Benefit::FixedAmount { amount },
        ("credit", _, Some(amount)) => Benefit::Credit { amount },
        ("limits", ..) => Benefit::Limits { changes },
        _ => return Err(anyhow!("coupon {} has no readable benefit", row.id).into()),
    };
    Ok(benefit)
}

fn known<T>(value: Option<T>, word: &str) -> Result<T, Error> {
    Ok(value.ok_or_else(|| anyhow!("a coupon holds the unknown word {word}"))?)
}
