//! From rows to coupons.

use crate::coupons::benefit::Benefit;
use crate::coupons::coupon::{
    BenefitEnds, Counters, Coupon, LeakThreshold, ProductKey, ProductScope, RestoreUses, UsesPer,
};
use crate::db::bulk::padded;
use crate::db::is_postgres;
use crate::db::tables::{
    coupon_limits, coupon_people, coupon_product_types, coupon_products, coupon_tags, coupons, products,
};
use crate::error::Error;
use crate::money::BasisPoints;
use crate::organizations::limits::{Grant, LimitChange, LimitMode, LimitValue};
use anyhow::anyhow;
use sea_orm::sea_query::{DynIden, Expr, ExprTrait, IntoIden, JoinType, Query, SelectStatement, UnionType};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, RelationTrait};
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
/// Two queries, whatever the number.
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
        .filter(coupons::Column::Id.is_in(padded(ids.iter().copied())))
        .all(connection)
        .await?;
    if rows.is_empty() {
        return Ok(BTreeMap::new());
    }
    let found = rows.iter().map(|row| row.id);
    let mut links = links(connection, tenant, &padded(found)).await?;
    rows.into_iter().map(|row| Ok((row.id, coupon(row, &mut links)?))).collect()
}

/// All of it in one statement: coupon, what it is, up to two texts, and a number.
async fn links(connection: &impl ConnectionTrait, tenant: Uuid, ids: &[Uuid]) -> Result<Links, Error> {
    let mut links = Links::default();
    for row in connection.query_all(&statement(is_postgres(connection), tenant, &padded(ids.iter().copied()))).await? {
        let (coupon, kind): (Uuid, String) = (row.try_get_by_index(0)?, row.try_get_by_index(1)?);
        let (text, other): (String, String) = (row.try_get_by_index(2)?, row.try_get_by_index(3)?);
        let product = || ProductKey::Id(other.parse().unwrap_or_default());
        match kind.as_str() {
            "limit" => {
                let change = limit_change(text, &other, row.try_get_by_index(4)?)?;
                links.limits.entry(coupon).or_default().push(change);
            }
            "tag" => links.tags.entry(coupon).or_default().push(text),
            "type" => _ = links.scopes.entry(coupon).or_default().product_types.insert(text),
            "product" => _ = links.scopes.entry(coupon).or_default().products.insert(product(), text),
            "excluded" => _ = links.scopes.entry(coupon).or_default().excluded.insert(product()),
            _ => _ = links.assigned.insert(coupon),
        }
    }
    // Sorted here: SQLite would rather read every row of the tenant in that order.
    links.tags.values_mut().for_each(|tags| tags.sort_unstable());
    links.limits.values_mut().for_each(|changes| changes.sort_unstable_by(|a, b| a.key.cmp(&b.key)));
    Ok(links)
}

fn statement(postgres: bool, tenant: Uuid, ids: &[Uuid]) -> SelectStatement {
    let part = |table: DynIden, kind: Expr, texts: [Expr; 2], number: Expr| {
        let of = |column: &'static str| Expr::col((table.clone(), column));
        let mut part = Query::select();
        part.expr(of("coupon_id")).expr(kind);
        part.exprs(texts).expr(number).from(table.clone());
        part.and_where(of("tenant_id").eq(tenant)).and_where(of("coupon_id").is_in(ids.iter().copied()));
        part
    };
    let (none, zero) = (|| Expr::val(""), || Expr::val(0_i64));
    let tags = (coupon_tags::Entity.into_iden(), Expr::val("tag"), [col(coupon_tags::Column::Tag), none()]);
    let types = coupon_product_types::Column::ProductType;
    let types = (coupon_product_types::Entity.into_iden(), Expr::val("type"), [col(types), none()]);
    let id = if postgres { "CAST(products.id AS text)" } else { "hex(products.id)" };
    let excluded = Expr::case(col(coupon_products::Column::Excluded), "excluded").finally("product");
    let mut listed = part(
        coupon_products::Entity.into_iden(),
        excluded.into(),
        [col(products::Column::ProductType), Expr::cust(id)],
        zero(),
    );
    listed.join(JoinType::InnerJoin, products::Entity, coupon_products::Relation::Product.def());
    let mut people = part(coupon_people::Entity.into_iden(), Expr::val("person"), [none(), none()], zero());
    people.distinct();
    let limits = [col(coupon_limits::Column::LimitKey), col(coupon_limits::Column::Mode)];
    let mut all =
        part(coupon_limits::Entity.into_iden(), Expr::val("limit"), limits, col(coupon_limits::Column::Value));
    for (table, kind, texts) in [tags, types] {
        all.union(UnionType::All, part(table, kind, texts, zero()));
    }
    all.union(UnionType::All, listed).union(UnionType::All, people).to_owned()
}

fn col<C: ColumnTrait>(column: C) -> Expr {
    column.into_expr()
}

pub(super) fn limit_change(key: String, mode: &str, value: Option<i64>) -> Result<LimitChange, Error> {
    let mode = LimitMode::from_word(mode).ok_or_else(|| anyhow!("unknown limit mode {mode}"))?;
    Ok(LimitChange { key, grant: Grant { mode, value: LimitValue::from_column(value) } })
}

/// A coupon without its tags and products.
pub(super) fn bare(row: coupons::Model, limits: Vec<LimitChange>, assigned: bool) -> Result<Coupon, Error> {
    let id = row.id;
    let mut links = Links { limits: BTreeMap::from([(id, limits)]), ..Links::default() };
    if assigned {
        links.assigned.insert(id);
    }
    coupon(row, &mut links)
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
        resumed_at: row.resumed_at,
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
