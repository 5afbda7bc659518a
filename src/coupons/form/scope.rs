//! What a coupon applies to.

use super::{CouponForm, Known};
use crate::coupons::coupon::{ProductKey, ProductScope};
use crate::web::form::Errors;
use std::collections::BTreeSet;

/// The products of an offer; nothing where the benefit is for organizations. What the tenant does not have is said to
/// be unknown, whoever else may have it.
pub(super) fn read(form: &CouponForm, known: &Known<'_>, errors: &mut Errors) -> ProductScope {
    let mut scope = ProductScope::default();
    if form.is_for_organizations() {
        return scope;
    }
    for sku in form.excluded_skus() {
        match known.skus.get(&sku) {
            Some(id) => _ = scope.excluded.insert(ProductKey::Id(*id)),
            None => errors.add("excluded_products", format!("There is no product with the sku “{sku}”.")),
        }
    }
    for id in form.exact.iter().flat_map(|exact| &exact.excluded_products) {
        match known.products.get(id) {
            Some(_) => _ = scope.excluded.insert(ProductKey::Id(*id)),
            None => errors.add("excluded_products", "One of the excluded products does not exist."),
        }
    }
    if form.applies != "types" {
        return scope;
    }
    scope.product_types = form.product_types.iter().cloned().collect::<BTreeSet<_>>();
    if !scope.product_types.iter().all(|key| known.choices.types.iter().any(|row| row.key == *key)) {
        errors.add("product_types", "One of the chosen product types does not exist.");
    }
    for id in form.product_ids() {
        match known.products.get(&id) {
            Some(kind) if scope.allows_type(kind) => _ = scope.products.insert(ProductKey::Id(id), kind.clone()),
            Some(_) => errors.add("products", "One of the chosen products is not of a chosen type."),
            None => errors.add("products", "One of the chosen products does not exist."),
        }
    }
    if scope.product_types.is_empty() && form.products.is_empty() {
        errors.add("product_types", "Choose at least one product type, or all products.");
    }
    scope
}
