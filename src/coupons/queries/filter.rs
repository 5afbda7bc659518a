//! What a list of coupons is asked for.

use super::search;
use super::status::has_status;
use crate::coupons::coupon::Status;
use crate::db::tables::{coupon_product_types, coupon_products, coupon_tags, coupons, products};
use chrono::{DateTime, Utc};
use sea_orm::sea_query::{Expr, ExprTrait, Query, SelectStatement};
use sea_orm::{ColumnTrait, Condition};
use uuid::Uuid;

/// Which coupons, and in which order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// A part of a code or of a name; empty is all.
    pub typed: String,
    /// Of this status.
    pub status: Option<Status>,
    /// With this kind of benefit.
    pub benefit: Option<String>,
    /// Made for this product type, or for a product of it.
    pub product_type: Option<String>,
    /// With this tag.
    pub tag: Option<String>,
    /// Gifts, or all others.
    pub gift: bool,
    /// Without deleted ones.
    pub living: bool,
    /// In this order.
    pub sort: Sort,
}

/// An order of the list. The id follows, so that it is always the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sort {
    /// By what.
    pub key: SortKey,
    /// The largest first.
    pub descending: bool,
}

/// What a list can be sorted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SortKey {
    /// When it was made.
    Created,
    /// Its name.
    Name,
    /// Its confirmed uses.
    Uses,
    /// Its end; those without one come last when ends go up.
    ValidUntil,
}

impl Default for Sort {
    /// Newest first.
    fn default() -> Self {
        Self { key: SortKey::Created, descending: true }
    }
}

impl Sort {
    /// The order with this word: `uses` goes up, `-uses` goes down; nothing is newest first.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        let (descending, word) = word.strip_prefix('-').map_or((false, word), |word| (true, word));
        let key = match word {
            "" if !descending => return Some(Self::default()),
            "created" => SortKey::Created,
            "name" => SortKey::Name,
            "uses" => SortKey::Uses,
            "valid_until" => SortKey::ValidUntil,
            _ => return None,
        };
        Some(Self { key, descending })
    }

    /// Its word; empty for the default.
    #[must_use]
    pub fn word(self) -> String {
        let key = match self.key {
            SortKey::Created if self.descending => return String::new(),
            SortKey::Created => "created",
            SortKey::Name => "name",
            SortKey::Uses => "uses",
            SortKey::ValidUntil => "valid_until",
        };
        format!("{}{key}", if self.descending { "-" } else { "" })
    }
}

impl Filter {
    /// Whether it leaves something out beside the other tab.
    #[must_use]
    pub fn narrows(&self) -> bool {
        let everything = Self { gift: self.gift, sort: self.sort, ..Self::default() };
        *self != everything
    }

    /// As a condition on coupons of this tenant.
    #[must_use]
    pub fn condition(&self, tenant: Uuid, is_postgres: bool, now: DateTime<Utc>) -> Condition {
        let id = || Expr::col((coupons::Entity, coupons::Column::Id));
        let mut all =
            Condition::all().add(coupons::Column::TenantId.eq(tenant)).add(coupons::Column::Gift.eq(self.gift));
        if !self.typed.trim().is_empty() {
            all = all.add(search::matches(tenant, &self.typed, is_postgres));
        }
        if let Some(status) = self.status {
            all = all.add(has_status(status, now));
        }
        if self.living {
            all = all.add(coupons::Column::DeletedAt.is_null());
        }
        if let Some(kind) = &self.benefit {
            all = all.add(coupons::Column::Benefit.eq(kind));
        }
        if let Some(key) = &self.product_type {
            let listed = Condition::any()
                .add(id().in_subquery(of_type(tenant, key)))
                .add(id().in_subquery(of_products(tenant, key)));
            all = all.add(listed);
        }
        if let Some(tag) = &self.tag {
            all = all.add(id().in_subquery(tagged(tenant, tag)));
        }
        all
    }
}

fn of_type(tenant: Uuid, key: &str) -> SelectStatement {
    use coupon_product_types::{Column, Entity};
    Query::select()
        .column(Column::CouponId)
        .from(Entity)
        .and_where(Expr::col((Entity, Column::TenantId)).eq(tenant))
        .and_where(Column::ProductType.eq(key))
        .take()
}

fn of_products(tenant: Uuid, key: &str) -> SelectStatement {
    use coupon_products::{Column, Entity};
    let products = Query::select()
        .column(products::Column::Id)
        .from(products::Entity)
        .and_where(Expr::col((products::Entity, products::Column::TenantId)).eq(tenant))
        .and_where(products::Column::ProductType.eq(key))
        .take();
    Query::select()
        .column(Column::CouponId)
        .from(Entity)
        .and_where(Expr::col((Entity, Column::TenantId)).eq(tenant))
        .and_where(Column::Excluded.eq(false))
        .and_where(Column::ProductId.in_subquery(products))
        .take()
}

fn tagged(tenant: Uuid, tag: &str) -> SelectStatement {
    use coupon_tags::{Column, Entity};
    Query::select()
        .column(Column::CouponId)
        .from(Entity)
        .and_where(Expr::col((Entity, Column::TenantId)).eq(tenant))
        .and_where(Column::Tag.eq(tag))
        .take()
}
