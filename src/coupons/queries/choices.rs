//! What filters and forms offer: the tenant's product types, limits, tags and products.

use crate::db::like;
use crate::db::tables::products;
use crate::error::Error;
use sea_orm::sea_query::{Expr, ExprTrait, Func};
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Statement};
use std::collections::BTreeMap;
use uuid::Uuid;

/// Products a search offers at most.
const PRODUCTS: u64 = 30;
/// The tags are found one after another, each by a step in their index, however many coupons have them; a filter offers
/// 200 at most.
const TEXT: &str = "\
    WITH RECURSIVE found(tag, number) AS ( \
        SELECT min(tag), CAST(1 AS bigint) FROM coupon_tags WHERE tenant_id = $1 \
        UNION ALL \
        SELECT (SELECT min(t.tag) FROM coupon_tags AS t WHERE t.tenant_id = $1 AND t.tag > f.tag), f.number + 1 \
        FROM found AS f WHERE f.tag IS NOT NULL AND f.number < 200) \
    SELECT CAST(1 AS bigint) AS kind, key, label, CAST(NULL AS bigint) AS default_value, CAST(NULL AS bigint) AS minimum, \
        CAST(NULL AS bigint) AS maximum FROM product_types WHERE tenant_id = $1 \
    UNION ALL SELECT 2, key, label, default_value, minimum, maximum FROM limits WHERE tenant_id = $1 \
    UNION ALL SELECT 3, tag, '', NULL, NULL, NULL FROM found WHERE tag IS NOT NULL \
    UNION ALL SELECT 4, CASE WHEN gift THEN 'gift' ELSE '' END, '', coupons - deleted, deleted, NULL FROM coupon_totals \
        WHERE tenant_id = $1";

/// The tenant's own words.
#[derive(Clone, Debug, Default)]
pub struct Choices {
    /// Kinds of products, by label.
    pub types: Vec<TypeChoice>,
    /// Limits of organizations, by label.
    pub limits: Vec<LimitChoice>,
    /// Tags that coupons have.
    pub tags: Vec<String>,
    /// Coupons that are no gifts.
    pub others: Kept,
    /// Coupons that are.
    pub gifts: Kept,
}

/// How many coupons a tab has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Kept {
    /// Without deleted ones.
    pub living: u64,
    /// The deleted ones.
    pub deleted: u64,
}

/// A kind of products.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TypeChoice {
    /// Its key.
    pub key: String,
    /// What people call it.
    pub label: String,
}

/// A limit of organizations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LimitChoice {
    /// Its key.
    pub key: String,
    /// What people call it.
    pub label: String,
    /// What organizations have by themselves; `None` is unlimited.
    pub default_value: Option<i64>,
    /// The least it may be set to.
    pub minimum: Option<i64>,
    /// The most it may be set to.
    pub maximum: Option<i64>,
}

/// A product of a selector.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProductChoice {
    /// Its id.
    pub id: Uuid,
    /// What people call it.
    pub name: String,
    /// The key of its type.
    pub product_type: String,
}

impl Choices {
    /// All of them, in one statement.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn load(connection: &impl ConnectionTrait, tenant: Uuid) -> Result<Self, Error> {
        let statement = Statement::from_sql_and_values(connection.get_database_backend(), TEXT, [tenant.into()]);
        let mut choices = Self::default();
        for row in connection.query_all_raw(statement).await? {
            let (kind, key, label): (i64, String, String) =
                (row.try_get_by_index(0)?, row.try_get_by_index(1)?, row.try_get_by_index(2)?);
            let number = |at| row.try_get_by_index::<Option<i64>>(at);
            match kind {
                1 => choices.types.push(TypeChoice { key, label }),
                2 => {
                    let (default_value, minimum, maximum) = (number(3)?, number(4)?, number(5)?);
                    choices.limits.push(LimitChoice { key, label, default_value, minimum, maximum });
                }
                3 => choices.tags.push(key),
                _ => {
                    let count = |at| number(at).map(|count| count.unwrap_or_default().unsigned_abs());
                    let kept = Kept { living: count(3)?, deleted: count(4)? };
                    *(if key == "gift" { &mut choices.gifts } else { &mut choices.others }) = kept;
                }
            }
        }
        choices.types.sort_by(|one, other| one.label.cmp(&other.label));
        choices.limits.sort_by(|one, other| one.label.cmp(&other.label));
        Ok(choices)
    }

    /// How many gifts there are, or other coupons.
    #[must_use]
    pub const fn kept(&self, gifts: bool) -> Kept {
        if gifts { self.gifts } else { self.others }
    }

    /// What people call a product type.
    #[must_use]
    pub fn type_label<'a>(&'a self, key: &'a str) -> &'a str {
        self.types.iter().find(|row| row.key == key).map_or(key, |row| row.label.as_str())
    }

    /// What people call a limit, if there is one with this key.
    #[must_use]
    pub fn limit_label(&self, key: &str) -> Option<&str> {
        self.limits.iter().find(|row| row.key == key).map(|row| row.label.as_str())
    }
}

/// The products with these ids, and then those whose name or sku contains what was typed, by name.
///
/// # Errors
/// When the database does not answer.
pub async fn product_choices(
    connection: &impl ConnectionTrait,
    tenant: Uuid,
    ids: &[Uuid],
    typed: &str,
) -> Result<Vec<ProductChoice>, Error> {
    let of_tenant = || products::Entity::find().filter(products::Column::TenantId.eq(tenant));
    let chosen = of_tenant().filter(products::Column::Id.is_in(ids.to_vec())).order_by_asc(products::Column::Name);
    let mut rows = if ids.is_empty() { Vec::new() } else { chosen.all(connection).await? };
    let found = of_tenant()
        .filter(products::Column::ArchivedAt.is_null())
        .filter(products_named(typed))
        .order_by_asc(products::Column::Name)
        .limit(PRODUCTS);
    rows.extend(found.all(connection).await?.into_iter().filter(|row| !ids.contains(&row.id)));
    let choice = |row: products::Model| ProductChoice { id: row.id, name: row.name, product_type: row.product_type };
    Ok(rows.into_iter().map(choice).collect())
}

/// The condition for products whose name or sku contains what was typed.
#[must_use]
pub fn products_named(typed: &str) -> Condition {
    let pattern = like::contains(&like::folded(typed));
    // A sku is ASCII.
    let sku = Expr::expr(Func::lower(Expr::col((products::Entity, products::Column::Sku)))).like(pattern.clone());
    let name = Expr::col((products::Entity, products::Column::NameFolded)).like(pattern);
    Condition::any().add(name).add(sku)
}

/// The type of each of these products that the tenant has.
///
/// # Errors
/// When the database does not answer.
pub async fn product_kinds(
    connection: &impl ConnectionTrait,
    tenant: Uuid,
    ids: &[Uuid],
) -> Result<BTreeMap<Uuid, String>, Error> {
    if ids.is_empty() {
        return Ok(BTreeMap::new());
    }
    let rows: Vec<(Uuid, String)> = products::Entity::find()
        .select_only()
        .column(products::Column::Id)
        .column(products::Column::ProductType)
        .filter(products::Column::TenantId.eq(tenant))
        .filter(products::Column::Id.is_in(ids.to_vec()))
        .into_tuple()
        .all(connection)
        .await?;
    Ok(rows.into_iter().collect())
}
