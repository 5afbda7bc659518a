//! The items of an order, as the rule and the prices see them.

use std::cmp::Reverse;

use thiserror::Error;

use super::coupon::ProductKey;
use crate::db::tables::products;
use crate::money::MOST;

/// One line of an order. Prices come from the catalogue or a trusted caller, never from a browser.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// What is sold.
    pub product: ProductKey,
    /// Its sku in the catalogue, if it is a product of that.
    pub sku: Option<String>,
    /// What people call it.
    pub name: Option<String>,
    /// The key of its product type.
    pub product_type: String,
    /// The price of one unit in minor units; `None` if it has no price, as some private products.
    pub unit_price: Option<i64>,
    /// How many, at least 1.
    pub quantity: i64,
    /// Sold under a retail licence, which allows no discount.
    pub retail_licensed: bool,
    /// Not for sale to everybody.
    pub private: bool,
}

impl Item {
    /// So many of a product, as the catalogue knows it.
    #[must_use]
    pub fn of_product(product: &products::Model, quantity: i64) -> Self {
        Self {
            product: ProductKey::Id(product.id),
            sku: Some(product.sku.clone()),
            name: Some(product.name.clone()),
            product_type: product.product_type.clone(),
            unit_price: product.price,
            quantity,
            retail_licensed: product.retail_licensed,
            private: product.private,
        }
    }

    /// The price of one unit, 0 if it has none.
    #[must_use]
    pub fn price(&self) -> i64 {
        self.unit_price.unwrap_or(0)
    }

    /// Private and without a price: to be had with a 100 % code only.
    #[must_use]
    pub fn has_no_price(&self) -> bool {
        self.private && self.price() == 0
    }

    /// What people call it, or else its sku or id.
    #[must_use]
    pub fn label(&self) -> String {
        self.name.clone().unwrap_or_else(|| self.product.to_string())
    }

    /// Sorts the dearest first, then by product: the order in which items come to their turn.
    #[must_use]
    pub fn turn(&self) -> (Reverse<i64>, &ProductKey) {
        (Reverse(self.price()), &self.product)
    }

    /// The price of all its units. Exact for the items of a [`Basket`].
    #[must_use]
    pub fn amount(&self) -> i64 {
        self.price().saturating_mul(self.quantity)
    }
}

/// Items whose sums are known to fit: nothing that is computed from them can overflow.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Basket {
    items: Vec<Item>,
}

/// Why items cannot be an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum BasketFault {
    /// A price below 0.
    #[error("A price cannot be negative.")]
    NegativePrice,
    /// A quantity below 1.
    #[error("A quantity is at least 1.")]
    NoQuantity,
    /// More than [`money::MOST`](MOST) in all, or more than [`MOST_UNITS`].
    #[error("This order is too large.")]
    TooLarge,
}

/// The most units of one order.
pub const MOST_UNITS: i64 = 1_000_000_000;

impl Basket {
    /// Items with prices from 0 and quantities from 1, whose sums stay within [`MOST`] and [`MOST_UNITS`].
    ///
    /// # Errors
    /// The first [`BasketFault`].
    pub fn new(items: Vec<Item>) -> Result<Self, BasketFault> {
        let (mut amount, mut units) = (0_i64, 0_i64);
        for item in &items {
            if item.price() < 0 {
                return Err(BasketFault::NegativePrice);
            }
            if item.quantity < 1 {
                return Err(BasketFault::NoQuantity);
            }
            let line = item.price().checked_mul(item.quantity).ok_or(BasketFault::TooLarge)?;
            amount = amount.checked_add(line).ok_or(BasketFault::TooLarge)?;
            units = units.checked_add(item.quantity).ok_or(BasketFault::TooLarge)?;
        }
        if amount > MOST || units > MOST_UNITS {
            return Err(BasketFault::TooLarge);
        }
        Ok(Self { items })
    }

    /// The items, in the order in which they were given.
    #[must_use]
    pub fn items(&self) -> &[Item] {
        &self.items
    }
}
