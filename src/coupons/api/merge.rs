//! A body over what is there: a JSON merge patch (RFC 7396) that knows that another kind of benefit has other fields.

use super::fields::{BenefitFields, CouponFields, Kind, names};
use crate::coupons::coupon::UsesPer;
use crate::error::Error;
use crate::web::api;
use crate::web::form::Errors;
use serde_json::{Map, Value, json};

/// Fields that only a benefit for orders has.
const FOR_ORDERS: [&str; 6] =
    ["product_types", "products", "excluded_products", "minimum_amount", "max_uses_per_product", "discounted_periods"];

/// The coupon that a body makes: what it does not say is as in a new coupon with this benefit.
///
/// # Errors
/// 400 for a field that there is not, 422 for one that the benefit does not have.
pub fn fresh(body: &Value) -> Result<CouponFields, Error> {
    let given: CouponFields = api::read(body)?;
    let kind = given.benefit.as_ref().and_then(|benefit| benefit.kind);
    let mut merged = Map::new();
    merged.insert("max_uses_per_organization".to_owned(), organization_uses(kind));
    let mut merged = Value::Object(merged);
    api::merge(&mut merged, body);
    belongs(&given, kind, body)?;
    api::read(&merged)
}

/// What a patch makes of these fields: absent keeps, null clears.
///
/// # Errors
/// As [`fresh`]; 422 for a field that cannot be empty.
pub fn patched(before: &CouponFields, patch: &Value) -> Result<CouponFields, Error> {
    let given: CouponFields = api::read(patch)?;
    never_empty(patch)?;
    let said = given.benefit.clone().unwrap_or_default();
    let was = before.benefit.as_ref().and_then(|benefit| benefit.kind);
    let kind = said.kind.or(was);
    let mut merged = match json!(before) {
        Value::Object(fields) => fields,
        _ => Map::new(),
    };
    if kind != was {
        merged.insert("benefit".to_owned(), json!({}));
        merged.remove("uses_per");
        if kind.is_some_and(Kind::for_organizations) != was.is_some_and(Kind::for_organizations) {
            merged.insert("max_uses_per_organization".to_owned(), organization_uses(kind));
        }
        if kind.is_some_and(Kind::for_organizations) {
            merged.retain(|field, _| !FOR_ORDERS.contains(&field.as_str()));
        }
    } else if said.percentage.is_some() && said.basis_points.is_none() {
        let benefit = merged.get_mut("benefit").and_then(Value::as_object_mut);
        benefit.map(|benefit| benefit.remove("basis_points"));
    }
    let mut merged = Value::Object(merged);
    api::merge(&mut merged, patch);
    belongs(&given, kind, patch)?;
    api::read(&merged)
}

/// Refuses to clear what every coupon has, and what no new one would have of itself.
fn never_empty(patch: &Value) -> Result<(), Error> {
    let is_empty = |value: &Value| value.is_null() || value.as_str().is_some_and(|text| text.trim().is_empty());
    let mut errors = Errors::default();
    for field in ["code", "name"] {
        if patch.get(field).is_some_and(is_empty) {
            errors.add(field, "This cannot be empty: leave it out to keep it.");
        }
    }
    if errors.is_empty() { Ok(()) } else { Err(api::refuse(&errors, str::to_owned)) }
}

/// What a new coupon starts with.
fn organization_uses(kind: Option<Kind>) -> Value {
    if kind.is_some_and(Kind::for_organizations) { json!(1) } else { Value::Null }
}

/// Refuses what was given and the benefit does not have: to drop it silently would promise it.
fn belongs(given: &CouponFields, kind: Option<Kind>, body: &Value) -> Result<(), Error> {
    let Some(kind) = kind else { return Ok(()) };
    let BenefitFields { basis_points, percentage, maximum_discount, amount, limits, .. } =
        given.benefit.clone().unwrap_or_default();
    let of_percentage = kind == Kind::Percentage;
    let of_amount = matches!(kind, Kind::FixedAmount | Kind::Credit);
    let orders = !kind.for_organizations();
    let listed = |list: Option<usize>| list.is_some_and(|count| count > 0);
    let checks = [
        ("percent", of_percentage || basis_points.is_none() && percentage.is_none()),
        ("maximum_discount", of_percentage || maximum_discount.is_none()),
        ("amount", of_amount || amount.is_none()),
        ("limits", kind == Kind::Limits || limits.is_none()),
        ("product_types", orders || !listed(given.product_types.as_ref().map(Vec::len))),
        ("products", orders || !listed(given.products.as_ref().map(Vec::len))),
        ("excluded_products", orders || !listed(given.excluded_products.as_ref().map(Vec::len))),
        ("minimum_amount", orders || given.minimum_amount.is_none_or(|amount| amount == 0)),
        ("uses_per", orders || given.uses_per.is_none_or(|per| per == UsesPer::Order)),
        ("max_uses_per_product", orders || given.max_uses_per_product.is_none()),
        ("discounted_periods", orders || given.discounted_periods.is_none()),
    ];
    let mut errors = Errors::default();
    for (field, _) in checks.into_iter().filter(|(_, fits)| !fits) {
        errors.add(field, format!("A coupon with the benefit {} does not have this.", kind.word()));
    }
    if errors.is_empty() { Ok(()) } else { Err(api::refuse(&errors, names(body))) }
}

#[cfg(test)]
mod tests {
    use super::{CouponFields, fresh, patched};
    use serde_json::json;

    fn percentage() -> CouponFields {
        let body = json!({ "code": "A-10", "benefit": { "kind": "percentage", "basis_points": 1000 }, "max_uses": 5 });
        CouponFields { code: None, ..fresh(&body).unwrap() }
    }

    #[test]
    fn null_clears_and_absent_keeps() {
        let before = percentage();
        let after = patched(&before, &json!({ "max_uses": null, "name": "Spring" })).unwrap();
        assert_eq!((after.max_uses, after.name.as_deref()), (None, Some("Spring")));
        assert_eq!(after.benefit, before.benefit);
        assert_eq!(patched(&before, &json!({})).unwrap().max_uses, Some(5));
    }

    #[test]
    fn what_every_coupon_has_is_not_cleared() {
        for empty in [json!(null), json!(" ")] {
            let fault = patched(&percentage(), &json!({ "name": empty, "code": empty })).unwrap_err().fault();
            let fields: Vec<_> = fault.errors.iter().map(|error| error.field.as_str()).collect();
            assert_eq!(fields, ["code", "name"]);
        }
    }

    #[test]
    fn another_kind_of_benefit_starts_anew() {
        let credit = patched(&percentage(), &json!({ "benefit": { "kind": "credit", "amount": 500 } })).unwrap();
        let benefit = credit.benefit.unwrap();
        assert_eq!((benefit.amount, benefit.basis_points), (Some(500), None));
        assert_eq!((credit.max_uses_per_organization, credit.max_uses), (Some(1), Some(5)));
    }

    #[test]
    fn a_percentage_can_be_said_in_words_of_people() {
        let after = patched(&percentage(), &json!({ "benefit": { "percentage": "12.5" } })).unwrap().benefit.unwrap();
        assert_eq!((after.basis_points, after.percentage.as_deref()), (None, Some("12.5")));
    }

    #[test]
    fn what_the_benefit_does_not_have_is_refused() {
        let body = json!({ "code": "A", "benefit": { "kind": "credit", "amount": 1 }, "minimum_amount": 5 });
        assert_eq!(fresh(&body).unwrap_err().fault().errors[0].field, "minimum_amount");
        let typed = json!({ "code": "A", "benefit": { "kind": "credit", "amount": 1, "percentage": "5" } });
        assert_eq!(fresh(&typed).unwrap_err().fault().errors[0].field, "benefit.percentage");
        let patch = json!({ "benefit": { "amount": 5 } });
        assert_eq!(patched(&percentage(), &patch).unwrap_err().fault().errors[0].field, "benefit.amount");
        let unknown = patched(&percentage(), &json!({ "colour": null })).unwrap_err().fault();
        assert_eq!((&*unknown.code, unknown.errors[0].field.as_str()), ("invalid_body", "colour"));
    }
}
