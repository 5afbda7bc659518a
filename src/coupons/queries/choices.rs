//! What filters and forms offer: the tenant's product types, limits, tags and products.

use crate::db::tables::{coupon_tags, limits, product_types, products};
use crate::error::Error;
use sea_orm::sea_query::{Expr, ExprTrait, Func, LikeExpr};
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use std::collections::BTreeMap;
use uuid::Uuid;

/// Products a search offers at most.
const PRODUCTS: u64 = 30;
/// Tags a filter offers at most.
const TAGS: u64 = 200;

/// The tenant's own words.
#[derive(Clone, Debug, Default)]
pub struct Choices {
    /// Kinds of products.
    pub types: Vec<product_types::Model>,
    /// Limits of organizations.
    pub limits: Vec<limits::Model>,
    /// Tags that coupons have.
    pub tags: Vec<String>,
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
    /// All of them.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn load(connection: &impl ConnectionTrait, tenant: Uuid) -> Result<Self, Error> {
        let types = product_types::Entity::find().filter(product_types::Column::TenantId.eq(tenant));
        let limits = limits::Entity::find().filter(limits::Column::TenantId.eq(tenant));
        let tags = coupon_tags::Entity::find()
            .select_only()
            .column(coupon_tags::Column::Tag)
            .distinct()
            .filter(coupon_tags::Column::TenantId.eq(tenant))
            .order_by_asc(coupon_tags::Column::Tag)
            .limit(TAGS);
        Ok(Self {
            types: types.order_by_asc(product_types::Column::Label).all(connection).await?,
            limits: limits.order_by_asc(limits::Column::Label).all(connection).await?,
            tags: tags.into_tuple().all(connection).await?,
        })
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
    let escaped = typed.trim().replace('\\', r"\\").replace('%', r"\%").replace('_', r"\_");
    let contains = |column| {
        let pattern = LikeExpr::new(format!("%{}%", escaped.to_lowercase())).escape('\\');
        Expr::expr(Func::lower(Expr::col(column))).like(pattern)
    };
    let found = of_tenant()
        .filter(products::Column::ArchivedAt.is_null())
        .filter(Condition::any().add(contains(products::Column::Name)).add(contains(products::Column::Sku)))
        .order_by_asc(products::Column::Name)
        .limit(PRODUCTS);
    rows.extend(found.all(connection).await?.into_iter().filter(|row| !ids.contains(&row.id)));
    let choice = |row: products::Model| ProductChoice { id: row.id, name: row.name, product_type: row.product_type };
    Ok(rows.into_iter().map(choice).collect())
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
