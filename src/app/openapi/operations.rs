//! Every operation, by its tag. What a caller sends and gets are the handlers' own types.

mod batches;
mod coupons;
mod exports;
mod faces;
mod organizations;
mod redemptions;

use super::operation::Operation;
use std::sync::LazyLock;

/// The refusals of the rule that an order can meet.
const RULE: &[(u16, &[&str])] = &[
    (400, &["malformed_code"]),
    (401, &["sign_in_required"]),
    (403, &["coupons_disabled", "not_assigned"]),
    (404, &["unknown_code"]),
    (
        409,
        &[
            "already_applied",
            "person_limit",
            "organization_limit",
            "held",
            "order_taken",
            "limit_unchanged",
            "limit_not_applicable",
        ],
    ),
    (410, &["paused", "expired", "exhausted", "budget_exhausted"]),
    (
        422,
        &[
            "invalid",
            "not_for_orders",
            "not_for_organizations",
            "not_started",
            "currency_mismatch",
            "product_type_not_eligible",
            "product_not_eligible",
            "retail_licensed",
            "full_discount_required",
            "product_limit",
            "below_minimum",
            "full_discount_single_item",
            "free_claims_limit",
            "payment_required",
            "no_effect",
        ],
    ),
    (429, &["rate_limited"]),
];

/// What is the same in most.
const BASE: Operation = Operation {
    method: "get",
    path: "",
    id: "",
    tag: "",
    summary: "",
    also: "",
    scope: "",
    query: None,
    body: None,
    bodiless: false,
    answers: &[],
    faults: &[],
    headers: &[],
    tells: &[],
    links: &[],
    deprecated: false,
};

/// Where coupons are switched off.
const DISABLED: (u16, &[&str]) = (403, &["coupons_disabled"]);

/// All of them.
pub static OPERATIONS: LazyLock<Vec<Operation>> = LazyLock::new(|| {
    let all = [
        coupons::OPERATIONS,
        batches::OPERATIONS,
        redemptions::OPERATIONS,
        organizations::OPERATIONS,
        exports::OPERATIONS,
        faces::OPERATIONS,
    ];
    all.concat()
});
