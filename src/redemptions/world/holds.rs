//! When the first hold that stands in the way is over, for whoever has to wait for it.

use super::Ask;
use super::counters::{Counter, product_id};
use super::load::Counted;
use super::subjects::Subjects;
use crate::coupons::code::Code;
use crate::coupons::coupon::{Coupon, ProductKey};
use crate::db::bulk::{self, padded};
use crate::db::tables::redemptions::is_held;
use crate::db::tables::{coupons, redemptions};
use crate::error::Error;
use chrono::{DateTime, Utc};
use sea_orm::sea_query::{Expr, ExprTrait, Query};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// An instant for each coupon, or each code.
type Untils = BTreeMap<Uuid, DateTime<Utc>>;

/// When the first hold of each coupon is over, of those that are not over yet: one seek in the index of holds for each of
/// which something is held, where a grouped minimum would read all of them.
pub(super) async fn of_coupons(
    connection: &impl ConnectionTrait,
    tenant: Uuid,
    loaded: &BTreeMap<Uuid, Coupon>,
    now: DateTime<Utc>,
) -> Result<Untils, Error> {
    use redemptions::{Column, Entity};
    let held: Vec<Uuid> = loaded.values().filter(|it| it.counters.held > 0).map(|it| it.id).collect();
    if held.is_empty() {
        return Ok(Untils::new());
    }
    let of_coupon = Expr::col((coupons::Entity, coupons::Column::Id));
    let first = Query::select()
        .expr(Expr::col((Entity, Column::HeldUntil)).min())
        .from(Entity)
        .and_where(Expr::col((Entity, Column::TenantId)).eq(tenant))
        .and_where(Expr::col((Entity, Column::CouponId)).eq(of_coupon))
        .and_where(Expr::col((Entity, Column::HeldUntil)).gt(now))
        .and_where(is_held())
        .to_owned();
    let found: Vec<(Uuid, Option<DateTime<Utc>>)> = coupons::Entity::find()
        .select_only()
        .column(coupons::Column::Id)
        .column_as(Expr::SubQuery(None, Box::new(first.into())), "first")
        .filter(coupons::Column::TenantId.eq(tenant))
        .filter(coupons::Column::Id.is_in(padded(held)))
        .into_tuple()
        .all(connection)
        .await?;
    Ok(found.into_iter().filter_map(|(coupon, until)| Some((coupon, until?))).collect())
}

/// The same for codes that have a maximum of their own.
pub(super) async fn of_codes(
    connection: &impl ConnectionTrait,
    tenant: Uuid,
    codes: impl Iterator<Item = &Code>,
    now: DateTime<Utc>,
) -> Result<Untils, Error> {
    use redemptions::{Column, Entity};
    let limited: Vec<&Code> = codes.filter(|code| code.max_uses.is_some() && code.counters.held > 0).collect();
    if limited.is_empty() {
        return Ok(Untils::new());
    }
    let found: Vec<(Uuid, Option<DateTime<Utc>>)> = Entity::find()
        .select_only()
        .column(Column::CodeId)
        .column_as(Column::HeldUntil.min(), "first")
        .filter(Column::TenantId.eq(tenant))
        .filter(Column::CouponId.is_in(padded(limited.iter().map(|code| code.coupon_id))))
        .filter(Column::CodeId.is_in(padded(limited.iter().map(|code| code.id))))
        .filter(Column::HeldUntil.gt(now))
        .filter(is_held())
        .group_by(Column::CodeId)
        .into_tuple()
        .all(connection)
        .await?;
    Ok(found.into_iter().filter_map(|(code, until)| Some((code, until?))).collect())
}

/// The same for organizations of whose uses some are held, by coupon and organization.
pub(super) async fn of_organizations(
    connection: &impl ConnectionTrait,
    tenant: Uuid,
    usage: &Counted,
    now: DateTime<Utc>,
) -> Result<BTreeMap<(Uuid, Uuid), DateTime<Utc>>, Error> {
    use redemptions::{Column, Entity};
    let held = usage.iter().filter_map(|(counter, counted)| match counter {
        Counter::Organization { coupon, organization } if counted.held > 0 => Some((*coupon, *organization)),
        _ => None,
    });
    let (coupons, organizations): (Vec<Uuid>, Vec<Uuid>) = held.unzip();
    if coupons.is_empty() {
        return Ok(BTreeMap::new());
    }
    let found: Vec<(Uuid, Uuid, Option<DateTime<Utc>>)> = Entity::find()
        .select_only()
        .columns([Column::CouponId, Column::OrganizationId])
        .column_as(Column::HeldUntil.min(), "first")
        .filter(Column::TenantId.eq(tenant))
        .filter(Column::CouponId.is_in(padded(coupons)))
        .filter(Column::OrganizationId.is_in(padded(organizations)))
        .filter(Column::HeldUntil.gt(now))
        .filter(is_held())
        .group_by(Column::CouponId)
        .group_by(Column::OrganizationId)
        .into_tuple()
        .all(connection)
        .await?;
    Ok(found.into_iter().filter_map(|(coupon, organization, until)| Some(((coupon, organization), until?))).collect())
}

/// The products of these entries and redemptions of which a coupon has no more because some are held.
pub(super) fn waited_for(
    asks: &[Ask],
    subjects: &Subjects,
    coupons: &BTreeMap<Uuid, Coupon>,
    usage: &Counted,
) -> BTreeSet<(Uuid, ProductKey)> {
    let code = |ask: &Ask| ask.key.as_ref().ok().and_then(|key| subjects.codes.get(key));
    let asked = asks.iter().filter_map(|ask| Some((code(ask)?.coupon_id, ask)));
    let asked = asked.flat_map(|(coupon, ask)| ask.products().map(move |product| (coupon, product)));
    let redeemed = subjects.redemptions.values();
    let redeemed = redeemed.flat_map(|it| it.lines.iter().map(|line| (it.coupon_id, &line.product)));
    let is_waited_for = |(coupon, product): &(Uuid, &ProductKey)| {
        let max = coupons.get(coupon).and_then(|coupon| coupon.max_uses_per_product);
        let counted = usage.get(&Counter::Product { coupon: *coupon, product: product_id(product) });
        counted.is_some_and(|counted| counted.held > 0 && counted.remaining(max).is_some_and(|left| left <= 0))
    };
    let waited_for = asked.chain(redeemed).filter(is_waited_for);
    waited_for.map(|(coupon, product)| (coupon, product.clone())).collect()
}

/// When the first hold of each of these products is over, by coupon and product: the holds of the coupon are read in their
/// order up to the first with a use for that product.
pub(super) async fn of_products(
    connection: &impl ConnectionTrait,
    tenant: Uuid,
    products: &BTreeSet<(Uuid, ProductKey)>,
    now: DateTime<Utc>,
) -> Result<BTreeMap<(Uuid, Uuid), DateTime<Utc>>, Error> {
    const FIRST: &str = "(SELECT r.held_until FROM redemptions AS r WHERE r.tenant_id = v.tenant_id \
        AND r.coupon_id = v.column1 AND r.state = 'held' AND r.held_until > v.column5 \
        AND EXISTS (SELECT 1 FROM redemption_lines AS l WHERE l.tenant_id = v.tenant_id AND l.redemption_id = r.id \
            AND l.uses > 0 AND (l.product_id = v.column3 OR (l.product_id IS NULL AND l.sku = v.column4))) \
        ORDER BY r.held_until LIMIT 1)";
    let wanted = products.iter().map(|(coupon, product)| {
        let (id, sku) = match product {
            ProductKey::Id(id) => (Some(*id), None),
            ProductKey::Sku(sku) => (None, Some(sku.clone())),
        };
        vec![(*coupon).into(), product_id(product).into(), id.into(), sku.into(), now.into()]
    });
    let columns = format!("v.column1 AS coupon, v.column2 AS product, {FIRST} AS first");
    let found = bulk::for_each(connection, tenant, wanted, (&columns, "")).await?;
    let mut first = BTreeMap::new();
    for row in found {
        let until: Option<DateTime<Utc>> = row.try_get("", "first")?;
        let of = (row.try_get("", "coupon")?, row.try_get("", "product")?);
        first.extend(until.map(|until| (of, until)));
    }
    Ok(first)
}
