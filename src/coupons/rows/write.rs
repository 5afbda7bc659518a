//! From coupons to rows. Counters are never written here: they belong to the desk.

use crate::coupons::benefit::Benefit;
use crate::coupons::coupon::{Coupon, ProductKey};
use crate::db::bulk;
use crate::db::tables::{coupon_limits, coupon_people, coupon_product_types, coupon_products, coupon_tags, coupons};
use crate::error::Error;
use chrono::{DateTime, Utc};
use sea_orm::sea_query::Expr;
use sea_orm::sea_query::ExprTrait;
use sea_orm::{ActiveModelTrait, ActiveValue::Set, ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter};
use uuid::Uuid;

/// Inserts a coupon with its links; `people` are the persons it is assigned to.
///
/// # Errors
/// When the database refuses it: a product, type, limit or person that the tenant does not have.
pub async fn insert(tx: &DatabaseTransaction, coupon: &Coupon, people: &[Uuid]) -> Result<(), Error> {
    coupons::Entity::insert(new_row(coupon)).exec_without_returning(tx).await?;
    insert_links(tx, &[(coupon, people)]).await
}

/// Inserts many coupons with their links, in a few statements.
///
/// # Errors
/// As [`insert`].
pub async fn insert_all(tx: &DatabaseTransaction, all: &[(&Coupon, &[Uuid])]) -> Result<(), Error> {
    bulk::insert::<coupons::Entity>(tx, all.iter().map(|(coupon, _)| new_row(coupon)).collect()).await?;
    insert_links(tx, all).await
}

fn new_row(coupon: &Coupon) -> coupons::ActiveModel {
    let mut row = columns(coupon, coupon.created_at);
    row.tenant_id = Set(coupon.tenant_id);
    row.id = Set(coupon.id);
    row.created_by = Set(coupon.created_by);
    row.created_at = Set(coupon.created_at);
    row.paused_at = Set(coupon.paused_at);
    row.deleted_at = Set(coupon.deleted_at);
    row.uses = Set(0);
    row.held = Set(0);
    row.spent = Set(0);
    row.spent_held = Set(0);
    row.version = Set(1);
    row
}

/// Writes an edited coupon over the version it was read at; `false` when somebody was faster, and then nothing is
/// written.
///
/// # Errors
/// As [`insert`]; also when a maximum has meanwhile fallen below what is used, which the schema refuses.
pub async fn update(
    tx: &DatabaseTransaction,
    coupon: &Coupon,
    people: &[Uuid],
    now: DateTime<Utc>,
) -> Result<bool, Error> {
    let written = coupons::Entity::update_many()
        .set(columns(coupon, now))
        .col_expr(coupons::Column::Version, Expr::col(coupons::Column::Version).add(1))
        .filter(coupons::Column::TenantId.eq(coupon.tenant_id))
        .filter(coupons::Column::Id.eq(coupon.id))
        .filter(coupons::Column::Version.eq(coupon.version))
        .exec(tx)
        .await?;
    if written.rows_affected == 0 {
        return Ok(false);
    }
    delete_links(tx, coupon).await?;
    insert_links(tx, &[(coupon, people)]).await?;
    Ok(true)
}

/// The columns an edit may write.
fn columns(coupon: &Coupon, now: DateTime<Utc>) -> coupons::ActiveModel {
    let (percentage_bp, maximum_discount) = match &coupon.benefit {
        Benefit::Percentage { basis_points, max_discount } => (Some(basis_points.get()), *max_discount),
        _ => (None, None),
    };
    let amount = match &coupon.benefit {
        Benefit::FixedAmount { amount } | Benefit::Credit { amount } => Some(*amount),
        _ => None,
    };
    coupons::ActiveModel {
        name: Set(coupon.name.clone()),
        name_folded: Set(coupon.name.to_lowercase()),
        description: Set(coupon.description.clone()),
        note: Set(coupon.note.clone()),
        benefit: Set(coupon.benefit.kind().to_owned()),
        percentage_bp: Set(percentage_bp),
        amount: Set(amount),
        maximum_discount: Set(maximum_discount),
        minimum_amount: Set(coupon.minimum_amount),
        valid_from: Set(coupon.valid_from),
        valid_until: Set(coupon.valid_until),
        uses_per: Set(coupon.uses_per.word().to_owned()),
        max_uses: Set(coupon.max_uses),
        max_uses_per_person: Set(coupon.max_uses_per_person),
        max_uses_per_organization: Set(coupon.max_uses_per_organization),
        max_uses_per_product: Set(coupon.max_uses_per_product),
        budget: Set(coupon.budget),
        discounted_periods: Set(coupon.discounted_periods),
        benefit_ends: Set(coupon.benefit_ends.word().to_owned()),
        restore_uses: Set(coupon.restore_uses.word().to_owned()),
        gift: Set(coupon.gift),
        leak_uses: Set(coupon.leak_threshold.map(|leak| leak.uses)),
        leak_minutes: Set(coupon.leak_threshold.map(|leak| leak.within_minutes)),
        updated_at: Set(now),
        ..Default::default()
    }
}

async fn delete_links(tx: &DatabaseTransaction, coupon: &Coupon) -> Result<(), Error> {
    /// Deletes the rows of one table that hang on the coupon.
    macro_rules! clear {
        ($($table:ident),+) => {
            $($table::Entity::delete_many()
                .filter($table::Column::TenantId.eq(coupon.tenant_id))
                .filter($table::Column::CouponId.eq(coupon.id))
                .exec(tx)
                .await?;)+
        };
    }
    clear!(coupon_limits, coupon_tags, coupon_product_types, coupon_products, coupon_people);
    Ok(())
}

async fn insert_links(tx: &DatabaseTransaction, all: &[(&Coupon, &[Uuid])]) -> Result<(), Error> {
    let mut links = Links::default();
    for (coupon, people) in all {
        links.add(coupon, people);
    }
    put(tx, links.limits).await?;
    put(tx, links.tags).await?;
    put(tx, links.types).await?;
    put(tx, links.products).await?;
    put(tx, links.people).await
}

/// The rows that hang on coupons.
#[derive(Default)]
struct Links {
    limits: Vec<coupon_limits::ActiveModel>,
    tags: Vec<coupon_tags::ActiveModel>,
    types: Vec<coupon_product_types::ActiveModel>,
    products: Vec<coupon_products::ActiveModel>,
    people: Vec<coupon_people::ActiveModel>,
}

impl Links {
    fn add(&mut self, coupon: &Coupon, people: &[Uuid]) {
        let (tenant_id, coupon_id) = (coupon.tenant_id, coupon.id);
        if let Benefit::Limits { changes } = &coupon.benefit {
            self.limits.extend(changes.iter().map(|change| coupon_limits::ActiveModel {
                tenant_id: Set(tenant_id),
                coupon_id: Set(coupon_id),
                limit_key: Set(change.key.clone()),
                mode: Set(change.grant.mode.word().to_owned()),
                value: Set(change.grant.value.column()),
            }));
        }
        self.tags.extend(coupon.tags.iter().map(|tag| coupon_tags::ActiveModel {
            tenant_id: Set(tenant_id),
            coupon_id: Set(coupon_id),
            tag: Set(tag.clone()),
        }));
        self.types.extend(coupon.scope.product_types.iter().map(|key| coupon_product_types::ActiveModel {
            tenant_id: Set(tenant_id),
            coupon_id: Set(coupon_id),
            product_type: Set(key.clone()),
        }));
        let listed = coupon.scope.products.keys().map(|key| (key, false));
        let excluded = coupon.scope.excluded.iter().map(|key| (key, true));
        self.products.extend(listed.chain(excluded).filter_map(|(key, excluded)| match key {
            ProductKey::Id(id) => Some(coupon_products::ActiveModel {
                tenant_id: Set(tenant_id),
                coupon_id: Set(coupon_id),
                product_id: Set(*id),
                excluded: Set(excluded),
            }),
            // Only products of the catalogue can be listed.
            ProductKey::Sku(_) => None,
        }));
        self.people.extend(people.iter().map(|person| coupon_people::ActiveModel {
            tenant_id: Set(tenant_id),
            coupon_id: Set(coupon_id),
            person_id: Set(*person),
        }));
    }
}

/// Inserts rows, far below the number of parameters a statement may have.
async fn put<A>(tx: &DatabaseTransaction, rows: Vec<A>) -> Result<(), Error>
where
    A: ActiveModelTrait + Send,
{
    let mut rows = rows.into_iter().peekable();
    while rows.peek().is_some() {
        let chunk: Vec<A> = rows.by_ref().take(500).collect();
        <A::Entity as EntityTrait>::insert_many(chunk).exec_without_returning(tx).await?;
    }
    Ok(())
}
