//! The form of a product: what people typed, and what it says.

use crate::money::{self, Currency};
use crate::organizations::read_name;
use crate::shop::products::{Product, ProductData};
use crate::shop::types::ProductType;
use crate::web::form::Errors;
use serde::Deserialize;

/// The longest key and sku, in characters.
const LONGEST_KEY: usize = 60;

/// The fields as typed.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fields {
    /// What people read.
    pub name: String,
    /// What programs call it.
    pub sku: String,
    /// The key of its kind.
    pub product_type: String,
    /// In the tenant's currency; may be empty for a private product.
    pub price: String,
    /// Ticked or not.
    #[serde(default)]
    pub private: Option<String>,
    /// Ticked or not.
    #[serde(default)]
    pub retail_licensed: Option<String>,
}

impl Fields {
    /// A product as the form shows it.
    #[must_use]
    pub fn of(product: &Product, currency: Currency) -> Self {
        let tick = |on: bool| on.then(|| "yes".to_owned());
        Self {
            name: product.name.clone(),
            sku: product.sku.clone(),
            product_type: product.product_type.clone(),
            price: product.price.map(|price| currency.format(price)).unwrap_or_default(),
            private: tick(product.private),
            retail_licensed: tick(product.retail_licensed),
        }
    }

    /// What it says, or nothing and the sentences noted.
    pub fn read(&self, types: &[ProductType], currency: Currency, errors: &mut Errors) -> Option<ProductData> {
        let private = self.private.is_some();
        let name = errors.keep("name", read_name(&self.name));
        let sku = errors.keep("sku", sku(&self.sku));
        if !types.iter().any(|kind| kind.key == self.product_type) {
            errors.add("product_type", "Choose a type.");
        }
        let price = errors.keep("price", price(&self.price, private, currency));
        let data = ProductData {
            name: name?,
            sku: sku?,
            product_type: self.product_type.clone(),
            price: price?,
            private,
            retail_licensed: self.retail_licensed.is_some(),
        };
        errors.is_empty().then_some(data)
    }
}

fn sku(typed: &str) -> Result<String, String> {
    let sku = typed.trim();
    let fits = !sku.is_empty() && sku.len() <= LONGEST_KEY && sku.bytes().all(|byte| byte.is_ascii_graphic());
    if fits {
        Ok(sku.to_owned())
    } else {
        Err(format!("Enter 1 to {LONGEST_KEY} characters without spaces: like PLAN-10."))
    }
}

fn price(typed: &str, private: bool, currency: Currency) -> Result<Option<i64>, String> {
    if typed.trim().is_empty() {
        let needed = "Enter a price. Only a private product may have none.".to_owned();
        return if private { Ok(None) } else { Err(needed) };
    }
    money::parse(typed, currency).map(Some).map_err(|fault| fault.to_string())
}

/// The key of a kind of products.
///
/// # Errors
/// The sentence for the field.
pub fn read_key(typed: &str) -> Result<String, String> {
    let key = typed.trim();
    let fits = key.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
    if fits && !key.is_empty() && key.len() <= LONGEST_KEY {
        return Ok(key.to_owned());
    }
    Err(format!("Enter 1 to {LONGEST_KEY} of a–z, 0–9 and _: like meeting_room."))
}

#[cfg(test)]
mod tests {
    use super::{price, read_key, sku};
    use crate::money::Currency;

    #[test]
    fn only_a_private_product_may_lack_a_price() {
        let chf = Currency::from_code("CHF").unwrap();
        assert_eq!(price(" ", true, chf), Ok(None));
        assert!(price("", false, chf).is_err() && price("-1", true, chf).is_err());
        assert_eq!(price("12.50", false, chf), Ok(Some(1250)));
    }

    #[test]
    fn keys_and_skus_have_no_spaces() {
        assert!(sku("PLAN 10").is_err() && sku("").is_err() && sku("é").is_err());
        assert_eq!(sku(" PLAN-10 ").as_deref(), Ok("PLAN-10"));
        assert!(read_key("Plan").is_err() && read_key("meeting_room").is_ok());
    }
}
