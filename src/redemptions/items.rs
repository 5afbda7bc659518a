//! One line of an order as a caller says it, and the item that the catalogue makes of it.

use crate::coupons::basket::Item;
use crate::coupons::coupon::ProductKey;
use crate::db::tables::products;
use schemars::JsonSchema;
use serde::Deserialize;
use uuid::Uuid;

/// The longest sku, in characters.
const LONGEST_SKU: usize = 100;

/// One line of an order, as a caller says it. A product of the catalogue needs no more than its id or sku and how many; what
/// the catalogue does not know must be said, and only a key may say a price.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ItemSaid {
    /// A product of the catalogue.
    pub product_id: Option<Uuid>,
    /// What programs call it, in the catalogue or only at the caller's.
    #[schemars(length(min = 1, max = 100))]
    pub sku: Option<String>,
    /// The key of its type.
    pub product_type: Option<String>,
    /// The price of one unit in minor units.
    #[schemars(range(min = 0))]
    pub unit_price: Option<i64>,
    /// How many.
    #[serde(default = "one")]
    #[schemars(range(min = 1))]
    pub quantity: i64,
    /// Sold under a licence that allows no discount.
    pub retail_licensed: Option<bool>,
    /// Not for sale to everybody.
    pub private: Option<bool>,
}

const fn one() -> i64 {
    1
}

/// A field, and what is wrong with it.
pub type Wrong = (&'static str, &'static str);

/// The item that is said, with what the catalogue knows of it; only who is trusted says prices.
///
/// # Errors
/// The field that cannot be, and why.
pub fn item(said: &ItemSaid, product: Option<&products::Model>, trusted: bool) -> Result<Item, Wrong> {
    if said.quantity < 1 {
        return Err(("quantity", "A quantity is at least 1."));
    }
    if said.unit_price.is_some_and(|price| price < 0) {
        return Err(("unit_price", "A price cannot be negative."));
    }
    if !trusted && (said.unit_price.is_some() || said.retail_licensed.is_some() || said.private.is_some()) {
        return Err(("unit_price", "Prices come from the catalogue: name the product only."));
    }
    if said.product_id.is_some() && said.sku.is_some() {
        return Err(("sku", "Name the product by its id or by its sku, not by both."));
    }
    let Some(product) = product else { return unknown(said, trusted) };
    let known = Item::of_product(product, said.quantity);
    Ok(Item {
        product_type: said.product_type.clone().unwrap_or(known.product_type),
        unit_price: said.unit_price.or(known.unit_price),
        // A caller may say more than the catalogue does, never less.
        retail_licensed: known.retail_licensed || said.retail_licensed == Some(true),
        private: known.private || said.private == Some(true),
        ..known
    })
}

/// A product that only the caller knows.
fn unknown(said: &ItemSaid, trusted: bool) -> Result<Item, Wrong> {
    if said.product_id.is_some() {
        return Err(("product_id", "The catalogue has no product with this id."));
    }
    let sku = said.sku.as_deref().ok_or(("sku", "Say which product: its product_id or its sku."))?;
    if !trusted {
        return Err(("sku", "The catalogue has no product with this sku."));
    }
    if sku.trim().is_empty() || sku.chars().count() > LONGEST_SKU {
        return Err(("sku", "A sku has 1 to 100 characters."));
    }
    let private = said.private.unwrap_or(false);
    if said.unit_price.is_none() && !private {
        return Err(("unit_price", "The catalogue does not know this product: say its price."));
    }
    let product_type = said.product_type.clone().filter(|it| !it.trim().is_empty());
    let product_type =
        product_type.ok_or(("product_type", "The catalogue does not know this product: say its type."))?;
    Ok(Item {
        product: ProductKey::Sku(sku.to_owned()),
        sku: None,
        name: None,
        product_type,
        unit_price: said.unit_price,
        quantity: said.quantity,
        retail_licensed: said.retail_licensed.unwrap_or(false),
        private,
    })
}
