//! The products a coupon is for.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// How an order names a product: by the catalogue's id, or by the caller's own sku if the catalogue does not
/// know it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProductKey {
    /// A product of the catalogue.
    Id(Uuid),
    /// A product only the caller knows.
    Sku(String),
}

impl fmt::Display for ProductKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Id(id) => id.fmt(f),
            Self::Sku(sku) => f.write_str(sku),
        }
    }
}

/// The products a coupon is for. Empty is everything.
///
/// Listed products narrow their own type: with the types `issue` and `plan` and one issue listed, that issue
/// and every plan are in. With no type chosen, the listed products are all there is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ProductScope {
    /// Keys of product types; empty is every type.
    pub product_types: BTreeSet<String>,
    /// Products it is narrowed to, each with the key of its type.
    pub products: BTreeMap<ProductKey, String>,
    /// Products it is never for.
    pub excluded: BTreeSet<ProductKey>,
}

impl ProductScope {
    /// Whether products of this type can be in at all.
    #[must_use]
    pub fn allows_type(&self, product_type: &str) -> bool {
        self.product_types.is_empty() || self.product_types.contains(product_type)
    }

    /// Whether this product of an allowed type is in.
    #[must_use]
    pub fn allows_product(&self, product: &ProductKey, product_type: &str) -> bool {
        if self.excluded.contains(product) {
            return false;
        }
        let narrowed = if self.product_types.is_empty() {
            !self.products.is_empty()
        } else {
            self.products.values().any(|listed| listed == product_type)
        };
        !narrowed || self.products.contains_key(product)
    }
}
