//! Every operation, by its tag. What a caller sends and gets are the handlers' own types.

use super::operation::{Header, Operation, list, of};
use crate::coupons::api as coupons;
use crate::organizations::api as organizations;
use crate::redemptions::api as redemptions;
use crate::redemptions::pages::audit::filter::Filter;
use crate::web::api::Page;

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
    answers: &[],
    faults: &[],
    headers: &[],
};

const COUPONS: Operation = Operation {
    tag: "Coupons",
    scope: "coupons:read",
    also: "Sessions of support and administrators may call it.",
    ..BASE
};
const COUPON_WRITES: Operation = Operation {
    method: "post",
    scope: "coupons:write",
    also: "Sessions of administrators may call it.",
    headers: &[Header::Prefer],
    ..COUPONS
};
const DISABLED: (u16, &[&str]) = (403, &["coupons_disabled"]);
const REDEMPTIONS: Operation = Operation {
    method: "post",
    tag: "Redemptions",
    scope: "redemptions:write",
    also: "Sessions of support and administrators may call it.",
    ..BASE
};
const ORGANIZATIONS: Operation = Operation {
    tag: "Organizations",
    scope: "organizations:write",
    also: "Sessions of members may call it for their own organizations, support and administrators for all.",
    ..BASE
};

/// All of them.
pub const OPERATIONS: &[Operation] = &[
    Operation {
        path: "/api/v1/coupons",
        id: "listCoupons",
        summary: "Coupons by filter and order, page by page.",
        query: Some(of::<coupons::coupons::Wanted>),
        answers: &[(200, "One page.", Some(list::<coupons::CouponView>))],
        faults: &[DISABLED],
        ..COUPONS
    },
    Operation {
        path: "/api/v1/coupons",
        id: "createCoupon",
        summary: "Makes a coupon with its first code.",
        body: Some((
            of::<coupons::CouponFields>,
            r#"{"code": "SPRING-15", "benefit": {"kind": "percentage", "basis_points": 1500}, "max_uses": 100, "valid_until": "2999-06-01T00:00:00Z"}"#,
        )),
        answers: &[(201, "The coupon; `Location` says where, `ETag` its version.", Some(of::<coupons::CouponView>))],
        faults: &[DISABLED, (409, &["code_taken"]), (422, &["invalid"])],
        headers: &[],
        ..COUPON_WRITES
    },
    Operation {
        path: "/api/v1/coupons/{id}",
        id: "getCoupon",
        summary: "A coupon, a deleted one too.",
        answers: &[(200, "The coupon; `ETag` is its version.", Some(of::<coupons::CouponView>))],
        faults: &[DISABLED],
        ..COUPONS
    },
    Operation {
        method: "patch",
        path: "/api/v1/coupons/{id}",
        id: "updateCoupon",
        summary: "Changes a coupon by a JSON merge patch: null clears, absent keeps. Its code never changes.",
        body: Some((of::<coupons::CouponFields>, r#"{"max_uses": 200, "valid_until": null}"#)),
        answers: &[
            (200, "The coupon as it is now.", Some(of::<coupons::CouponView>)),
            (204, "Changed; no body was asked for.", None),
        ],
        faults: &[DISABLED, (409, &["deleted"]), (412, &["version_mismatch"]), (422, &["invalid"])],
        headers: &[Header::IfMatch, Header::Prefer],
        ..COUPON_WRITES
    },
    Operation {
        method: "delete",
        path: "/api/v1/coupons/{id}",
        id: "deleteCoupon",
        summary: "Deletes a coupon softly: nobody can use it, its history stays, it can be restored.",
        answers: &[(204, "It is deleted.", None)],
        faults: &[DISABLED, (412, &["version_mismatch"])],
        headers: &[Header::IfMatch],
        ..COUPON_WRITES
    },
    Operation {
        path: "/api/v1/coupons/{id}/pause",
        id: "pauseCoupon",
        summary: "Nobody can use the coupon until it is resumed.",
        answers: &[
            (200, "The coupon as it is now.", Some(of::<coupons::CouponView>)),
            (204, "Done; no body was asked for.", None),
        ],
        faults: &[DISABLED, (409, &["deleted"])],
        ..COUPON_WRITES
    },
    Operation {
        path: "/api/v1/coupons/{id}/resume",
        id: "resumeCoupon",
        summary: "The coupon can be used again.",
        answers: &[
            (200, "The coupon as it is now.", Some(of::<coupons::CouponView>)),
            (204, "Done; no body was asked for.", None),
        ],
        faults: &[DISABLED, (409, &["deleted"])],
        ..COUPON_WRITES
    },
    Operation {
        path: "/api/v1/coupons/{id}/restore",
        id: "restoreCoupon",
        summary: "Takes the deletion of a coupon back.",
        answers: &[
            (200, "The coupon as it is now.", Some(of::<coupons::CouponView>)),
            (204, "Done; no body was asked for.", None),
        ],
        faults: &[DISABLED],
        ..COUPON_WRITES
    },
    Operation {
        path: "/api/v1/coupons/{id}/codes",
        id: "listCodes",
        summary: "The codes of a coupon, newest first.",
        query: Some(of::<Page>),
        answers: &[(200, "One page.", Some(list::<coupons::CodeView>))],
        faults: &[DISABLED],
        ..COUPONS
    },
    Operation {
        path: "/api/v1/coupons/{id}/codes",
        id: "createCode",
        summary: "Another code for a coupon.",
        body: Some((of::<coupons::codes::CodeFields>, r#"{"code": "SPRING-FRIENDS", "max_uses": 1}"#)),
        answers: &[(201, "The code; `Location` says where.", Some(of::<coupons::CodeView>))],
        faults: &[DISABLED, (409, &["code_taken", "deleted"]), (422, &["invalid"])],
        headers: &[],
        ..COUPON_WRITES
    },
    Operation {
        path: "/api/v1/codes/{id}",
        id: "getCode",
        summary: "A code with what was used of it.",
        answers: &[(200, "The code.", Some(of::<coupons::CodeView>))],
        faults: &[DISABLED],
        ..COUPONS
    },
    Operation {
        path: "/api/v1/validations",
        id: "createValidation",
        summary: "What a code would do to this order, or to this organization. Consumes nothing.",
        scope: "validations",
        also: "Sessions of members may call it for products of the catalogue.",
        body: Some((
            of::<redemptions::validations::ValidationSaid>,
            r#"{"code": "SPRING-15", "items": [{"sku": "almanac", "product_type": "issue", "unit_price": 3490, "quantity": 1}]}"#,
        )),
        answers: &[(200, "The quote, or why not.", Some(of::<redemptions::shapes::ValidationShown>))],
        faults: &[(404, &["not_found"]), (422, &["invalid"]), (429, &["rate_limited"])],
        ..REDEMPTIONS
    },
    Operation {
        path: "/api/v1/redemptions",
        id: "createRedemption",
        summary: "Holds a code for an order until it is paid, or redeems it at once where nothing is to be paid.",
        also: "Sessions may not: prices never come from a browser.",
        body: Some((
            of::<redemptions::redemptions::RedemptionSaid>,
            r#"{"code": "SPRING-15", "mode": "hold", "order_ref": "A-1001", "items": [{"sku": "almanac", "product_type": "issue", "unit_price": 3490, "quantity": 1}]}"#,
        )),
        answers: &[
            (200, "The same order again: its hold was extended.", Some(of::<redemptions::shapes::RedemptionShown>)),
            (201, "The redemption; `Location` says where.", Some(of::<redemptions::shapes::RedemptionShown>)),
        ],
        faults: RULE,
        ..REDEMPTIONS
    },
    Operation {
        method: "get",
        path: "/api/v1/redemptions/{id}",
        id: "getRedemption",
        summary: "A redemption with its lines.",
        answers: &[(200, "The redemption.", Some(of::<redemptions::shapes::RedemptionShown>))],
        ..REDEMPTIONS
    },
    Operation {
        path: "/api/v1/redemptions/{id}/confirm",
        id: "confirmRedemption",
        summary: "The order is paid: what was held is redeemed on its frozen terms.",
        also: "Sessions may not.",
        answers: &[(200, "The redemption as it is now.", Some(of::<redemptions::shapes::RedemptionShown>))],
        faults: &[(409, &["wrong_state", "too_late", "order_taken"])],
        ..REDEMPTIONS
    },
    Operation {
        path: "/api/v1/redemptions/{id}/release",
        id: "releaseRedemption",
        summary: "The order is not paid: what was held is free again.",
        body: Some((of::<redemptions::redemptions::ReleaseSaid>, r#"{"reason": "payment failed"}"#)),
        answers: &[(200, "The redemption as it is now.", Some(of::<redemptions::shapes::RedemptionShown>))],
        faults: &[(409, &["wrong_state"]), (422, &["invalid"])],
        ..REDEMPTIONS
    },
    Operation {
        path: "/api/v1/redemptions/{id}/reverse",
        id: "reverseRedemption",
        summary: "Takes a redemption back, by units of lines or as a whole.",
        body: Some((
            of::<redemptions::redemptions::ReversalSaid>,
            r#"{"reason": "returned", "lines": [{"line": 0, "quantity": 1}]}"#,
        )),
        answers: &[(200, "The redemption as it is now.", Some(of::<redemptions::shapes::RedemptionShown>))],
        faults: &[(409, &["wrong_state"]), (422, &["invalid"])],
        ..REDEMPTIONS
    },
    Operation {
        method: "get",
        path: "/api/v1/redemptions/{id}/renewal",
        id: "getRenewal",
        summary: "What a period of a subscription costs.",
        query: Some(of::<redemptions::redemptions::PeriodSaid>),
        answers: &[(200, "The price of the period.", Some(of::<serde_json::Value>))],
        faults: &[(409, &["wrong_state"]), (422, &["invalid"])],
        ..REDEMPTIONS
    },
    Operation {
        path: "/api/v1/organizations",
        id: "listOrganizations",
        summary: "Organizations with their limits and their credit.",
        query: Some(of::<organizations::organizations::Wanted>),
        answers: &[(200, "One page.", Some(list::<organizations::OrganizationView>))],
        ..ORGANIZATIONS
    },
    Operation {
        path: "/api/v1/organizations/{id}",
        id: "getOrganization",
        summary: "An organization with its limits and its credit.",
        answers: &[(200, "The organization.", Some(of::<organizations::OrganizationView>))],
        ..ORGANIZATIONS
    },
    Operation {
        method: "put",
        path: "/api/v1/organizations/{id}/limits",
        id: "setLimits",
        summary: "Sets bases and locks, and reports what is in use. Limits and fields that are absent stay as they are.",
        also: "Sessions of administrators may call it.",
        body: Some((
            of::<organizations::limits::LimitsSaid>,
            r#"{"limits": [{"key": "seats", "base": 25, "in_use": 7}]}"#,
        )),
        answers: &[
            (200, "The organization as it is now.", Some(of::<organizations::OrganizationView>)),
            (204, "Done; no body was asked for.", None),
        ],
        faults: &[(422, &["invalid"])],
        headers: &[Header::Prefer],
        ..ORGANIZATIONS
    },
    Operation {
        path: "/api/v1/organizations/{id}/credit",
        id: "getCredit",
        summary: "The balance of an organization and its ledger, newest first.",
        query: Some(of::<Page>),
        answers: &[(200, "The balance with a page of the ledger.", Some(of::<organizations::credit::CreditView>))],
        ..ORGANIZATIONS
    },
    Operation {
        method: "post",
        path: "/api/v1/organizations/{id}/redemptions",
        id: "applyCode",
        summary: "Applies a code to an organization.",
        body: Some((of::<redemptions::organizations::AppliedSaid>, r#"{"code": "WELCOME-10"}"#)),
        answers: &[(201, "The redemption, and what it did.", Some(of::<redemptions::shapes::RedemptionShown>))],
        faults: RULE,
        ..ORGANIZATIONS
    },
    Operation {
        path: "/api/v1/audit-entries",
        id: "listAuditEntries",
        summary: "The audit log by filter, newest first.",
        tag: "Audit log",
        scope: "audit:read",
        also: "Sessions of support and administrators may call it.",
        query: Some(of::<Filter>),
        answers: &[(200, "One page.", Some(list::<redemptions::audit_entries::AuditEntry>))],
        ..BASE
    },
];
