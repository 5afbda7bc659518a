//! The cart of a user: products of the catalogue, how many of each, and at most one code. It promises nothing: prices and
//! the code are looked at anew whenever it is shown, and uses are held only when an order is placed.

use crate::coupons::basket::{Basket, BasketFault, Item};
use crate::db::bulk;
use crate::db::tables::{cart_items, carts, products};
use crate::error::Error;
use crate::shop::products::Product;
use chrono::{DateTime, Utc};
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter,
    QueryOrder, QuerySelect,
};
use std::collections::{BTreeMap, HashMap};
use uuid::Uuid;

/// The most units of a line.
pub const MOST_UNITS: i64 = 999;
/// The most lines.
pub const MOST_LINES: usize = 100;
/// The most characters kept of a code.
const LONGEST_CODE: usize = 200;

/// Whose cart it is: tenant and user.
pub type Owner = (Uuid, Uuid);

/// What somebody wants to buy.
#[derive(Clone, Debug, Default)]
pub struct Cart {
    /// In the order in which they were put in.
    pub lines: Vec<Line>,
    /// What was typed as its code.
    pub code: Option<String>,
}

/// A product, and how many.
#[derive(Clone, Debug)]
pub struct Line {
    /// What.
    pub product: Product,
    /// From 1 to [`MOST_UNITS`].
    pub quantity: i64,
}

impl Cart {
    /// One line, for a page of a product.
    #[must_use]
    pub fn of_one(product: Product, quantity: i64) -> Self {
        Self { lines: vec![Line { product, quantity }], code: None }
    }

    /// As it would be with so many more units of a product.
    pub fn put(&mut self, product: Product, quantity: i64) {
        match self.lines.iter_mut().find(|line| line.product.id == product.id) {
            Some(line) => line.quantity = line.quantity.saturating_add(quantity).min(MOST_UNITS),
            None => self.lines.push(Line { product, quantity }),
        }
    }

    /// Whether nothing is in it.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// The lines that are not sold any more.
    pub fn gone(&self) -> impl Iterator<Item = &Line> {
        self.lines.iter().filter(|line| line.product.archived_at.is_some())
    }

    /// The lines without a price: only a code for all of it gives them.
    pub fn without_price(&self) -> impl Iterator<Item = &Line> {
        self.lines.iter().filter(|line| line.product.private && line.product.price.unwrap_or(0) == 0)
    }

    /// The items as an order, as the rule sees them.
    ///
    /// # Errors
    /// When they are more than an order can be.
    pub fn basket(&self) -> Result<Basket, BasketFault> {
        Basket::new(self.items())
    }

    /// The items, however much they are.
    #[must_use]
    pub fn items(&self) -> Vec<Item> {
        self.lines.iter().map(|line| Item::of_product(&line.product, line.quantity)).collect()
    }

    fn units(&self) -> BTreeMap<Uuid, i64> {
        self.lines.iter().map(|line| (line.product.id, line.quantity)).collect()
    }
}

/// The cart of this user; an empty one if there is none.
///
/// # Errors
/// When the database does not answer.
pub async fn load(connection: &impl ConnectionTrait, (tenant, user): Owner) -> Result<Cart, Error> {
    let Some(cart) = carts::Entity::find_by_id((tenant, user)).one(connection).await? else {
        return Ok(Cart::default());
    };
    let items = items(connection, (tenant, user)).await?;
    let wanted = items.iter().map(|item| item.product_id);
    let found = products::Entity::find()
        .filter(products::Column::TenantId.eq(tenant))
        .filter(products::Column::Id.is_in(wanted))
        .all(connection)
        .await?;
    let mut products: HashMap<Uuid, Product> = found.into_iter().map(|product| (product.id, product)).collect();
    let line =
        |item: &cart_items::Model| Some(Line { product: products.remove(&item.product_id)?, quantity: item.quantity });
    Ok(Cart { lines: items.iter().filter_map(line).collect(), code: cart.code })
}

/// Puts so many units more in; what is more than [`MOST_UNITS`] stays out. `false` when it has as many lines as it can.
///
/// # Errors
/// When the database does not answer.
pub async fn add(
    tx: &DatabaseTransaction,
    (tenant, user): Owner,
    (product, quantity): (Uuid, i64),
    now: DateTime<Utc>,
) -> Result<bool, Error> {
    lock(tx, (tenant, user), now).await?;
    let items = items(tx, (tenant, user)).await?;
    let before = items.iter().find(|item| item.product_id == product);
    if before.is_none() && items.len() >= MOST_LINES {
        return Ok(false);
    }
    let quantity = before.map_or(0, |item| item.quantity).saturating_add(quantity);
    put(tx, (tenant, user), &[(product, quantity)], now).await?;
    Ok(true)
}

/// Sets how many there are of products that are in it; 0 takes them out.
///
/// # Errors
/// When the database does not answer.
pub async fn set(
    tx: &DatabaseTransaction,
    (tenant, user): Owner,
    quantities: &BTreeMap<Uuid, i64>,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    lock(tx, (tenant, user), now).await?;
    let there = items(tx, (tenant, user)).await?.into_iter();
    let wanted: Vec<(Uuid, i64)> =
        there.filter_map(|item| Some((item.product_id, *quantities.get(&item.product_id)?))).collect();
    let (gone, kept): (Vec<_>, Vec<_>) = wanted.into_iter().partition(|(_, quantity)| *quantity == 0);
    put(tx, (tenant, user), &kept, now).await?;
    take(tx, (tenant, user), gone.into_iter().map(|(product, _)| product)).await
}

/// Keeps what was typed as the code of the cart, or forgets it.
///
/// # Errors
/// When the database does not answer.
pub async fn keep_code(
    tx: &DatabaseTransaction,
    (tenant, user): Owner,
    code: Option<&str>,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    lock(tx, (tenant, user), now).await?;
    let code: Option<String> = code.map(|code| code.trim().chars().take(LONGEST_CODE).collect());
    carts::Entity::update_many()
        .col_expr(carts::Column::Code, Expr::value(code))
        .filter(of(tenant, user))
        .exec(tx)
        .await?;
    Ok(())
}

/// Empties it for an order; `false` when something else is in it by now, and then the transaction must not go on.
///
/// # Errors
/// When the database does not answer.
pub async fn check_out(
    tx: &DatabaseTransaction,
    (tenant, user): Owner,
    ordered: &Cart,
    now: DateTime<Utc>,
) -> Result<bool, Error> {
    lock(tx, (tenant, user), now).await?;
    let there: BTreeMap<Uuid, i64> =
        items(tx, (tenant, user)).await?.into_iter().map(|item| (item.product_id, item.quantity)).collect();
    if there.is_empty() || there != ordered.units() {
        return Ok(false);
    }
    carts::Entity::delete_many().filter(of(tenant, user)).exec(tx).await?;
    Ok(true)
}

/// Makes the cart where there is none, and keeps others from it until the commit.
async fn lock(tx: &DatabaseTransaction, (tenant, user): Owner, now: DateTime<Utc>) -> Result<(), Error> {
    let row = carts::ActiveModel { tenant_id: Set(tenant), user_id: Set(user), code: Set(None), updated_at: Set(now) };
    let mut there = OnConflict::columns([carts::Column::TenantId, carts::Column::UserId]);
    there.update_column(carts::Column::UpdatedAt);
    carts::Entity::insert(row).on_conflict(there).exec_without_returning(tx).await?;
    Ok(())
}

async fn items(connection: &impl ConnectionTrait, (tenant, user): Owner) -> Result<Vec<cart_items::Model>, Error> {
    use cart_items::{Column, Entity};
    let mine = Entity::find().filter(Column::TenantId.eq(tenant)).filter(Column::UserId.eq(user));
    let ordered = mine.order_by_asc(Column::AddedAt).order_by_asc(Column::ProductId);
    Ok(ordered.limit(MOST_LINES as u64).all(connection).await?)
}

/// Sets how many there are of products, whether they are in it or not.
async fn put(
    tx: &DatabaseTransaction,
    (tenant, user): Owner,
    products: &[(Uuid, i64)],
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let row = |(product, quantity): &(Uuid, i64)| cart_items::ActiveModel {
        tenant_id: Set(tenant),
        user_id: Set(user),
        product_id: Set(*product),
        quantity: Set((*quantity).clamp(1, MOST_UNITS)),
        added_at: Set(now),
    };
    let there = "ON CONFLICT (tenant_id, user_id, product_id) DO UPDATE SET quantity = excluded.quantity";
    bulk::insert_or::<cart_items::Entity>(tx, products.iter().map(row).collect(), there).await?;
    Ok(())
}

async fn take(
    tx: &DatabaseTransaction,
    (tenant, user): Owner,
    products: impl Iterator<Item = Uuid>,
) -> Result<(), Error> {
    use cart_items::{Column, Entity};
    let mine = Entity::delete_many().filter(Column::TenantId.eq(tenant)).filter(Column::UserId.eq(user));
    mine.filter(Column::ProductId.is_in(products)).exec(tx).await?;
    Ok(())
}

fn of(tenant: Uuid, user: Uuid) -> Condition {
    Condition::all().add(carts::Column::TenantId.eq(tenant)).add(carts::Column::UserId.eq(user))
}
