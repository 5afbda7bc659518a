//! The items of a call: what is said of them, completed from the catalogue.

use crate::accounts::caller::Caller;
use crate::coupons::basket::{Basket, BasketFault};
use crate::error::{Error, Fault};
use crate::redemptions::catalogue::Catalogue;
use crate::redemptions::items::{ItemSaid, item};
use actix_web::http::StatusCode;

/// The most lines of an order.
pub const MOST_ITEMS: usize = 500;

/// The basket of these items.
///
/// # Errors
/// 422 with every field that cannot be.
pub async fn basket(catalogue: &Catalogue, caller: &Caller, said: &[ItemSaid]) -> Result<Basket, Error> {
    if said.len() > MOST_ITEMS {
        return Err(invalid()
            .on("items", "too_many", format!("An order has at most {MOST_ITEMS} lines."))
            .with_status(UNFIT));
    }
    let known = catalogue.find(caller.tenant.id, said).await?;
    let mut fault = invalid();
    let mut items = Vec::with_capacity(said.len());
    for (number, said) in said.iter().enumerate() {
        let product =
            known.iter().find(|row| said.product_id.map_or(Some(&row.sku) == said.sku.as_ref(), |id| id == row.id));
        match item(said, product, caller.as_key().is_some()) {
            Ok(item) => items.push(item),
            Err((field, message)) => fault = fault.on(format!("items[{number}].{field}"), "invalid", message),
        }
    }
    if !fault.errors.is_empty() {
        return Err(fault.with_status(UNFIT));
    }
    Basket::new(items).map_err(|reason| {
        let field = match reason {
            BasketFault::NegativePrice => "items.unit_price",
            BasketFault::NoQuantity => "items.quantity",
            BasketFault::TooLarge => "items",
        };
        invalid().on(field, "invalid", reason.to_string()).with_status(UNFIT)
    })
}

const UNFIT: StatusCode = StatusCode::UNPROCESSABLE_ENTITY;

fn invalid() -> Fault {
    Fault::new("invalid", "Not acceptable", "Some items cannot be ordered like this.")
}
