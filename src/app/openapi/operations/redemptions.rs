//! Redemptions, what a code would do, and what strangers may know of it; and the log that tells of everything.

use super::{BASE, RULE};
use crate::app::openapi::operation::{Link, Operation, list, of};
use crate::coupons::pricing::Renewal;
use crate::redemptions::api as redemptions;
use crate::redemptions::log::filter::Filter;

const REDEMPTIONS: Operation = Operation {
    method: "post",
    tag: "Redemptions",
    scope: "redemptions:write",
    also: "Sessions of support and administrators may call it.",
    ..BASE
};

/// All of them.
pub(super) const OPERATIONS: &[Operation] = &[
    Operation {
        path: "/api/v1/previews",
        id: "createPreview",
        summary: "What anybody may know of a code: its benefit and its description, never how often it was used.",
        scope: "",
        also: "Anybody may call it; who guesses waits, longer each time.",
        body: Some((of::<redemptions::previews::PreviewSaid>, r#"{"code": "SPRING-15"}"#)),
        answers: &[(200, "It can be used.", Some(of::<redemptions::previews::PreviewShown>))],
        faults: &[(400, &["malformed_code"]), (404, &["unknown_code"]), (410, &["ended"]), (429, &["rate_limited"])],
        tells: &["RateLimit", "RateLimit-Policy"],
        ..REDEMPTIONS
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
        faults: &[(422, &["invalid"]), (429, &["rate_limited"])],
        tells: &["RateLimit", "RateLimit-Policy"],
        ..REDEMPTIONS
    },
    Operation {
        method: "get",
        path: "/api/v1/redemptions",
        id: "listRedemptions",
        summary: "Redemptions by order, code, person, organization, coupon and state, newest first.",
        query: Some(of::<redemptions::list::RedemptionsWanted>),
        answers: &[(200, "One page.", Some(list::<redemptions::shapes::RedemptionShown>))],
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
        links: &[
            Link { status: 201, to: "confirmRedemption", parameter: "id", from: "$response.body#/id" },
            Link { status: 201, to: "releaseRedemption", parameter: "id", from: "$response.body#/id" },
            Link { status: 201, to: "getRedemption", parameter: "id", from: "$response.body#/id" },
        ],
        tells: &["Location"],
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
        faults: &[(409, &["wrong_state", "too_late", "order_taken", "of_order"])],
        links: &[
            Link { status: 200, to: "getRenewal", parameter: "id", from: "$response.body#/id" },
            Link { status: 200, to: "reverseRedemption", parameter: "id", from: "$response.body#/id" },
        ],
        tells: &["Location"],
        ..REDEMPTIONS
    },
    Operation {
        path: "/api/v1/redemptions/{id}/release",
        id: "releaseRedemption",
        summary: "The order is not paid: what was held is free again.",
        body: Some((of::<redemptions::asking::ReasonSaid>, r#"{"reason": "payment failed"}"#)),
        bodiless: true,
        answers: &[(200, "The redemption as it is now.", Some(of::<redemptions::shapes::RedemptionShown>))],
        faults: &[(409, &["wrong_state", "of_order"]), (422, &["invalid"])],
        links: &[Link { status: 200, to: "honourRedemption", parameter: "id", from: "$response.body#/id" }],
        tells: &["Location"],
        ..REDEMPTIONS
    },
    Operation {
        path: "/api/v1/redemptions/{id}/honour",
        id: "honourRedemption",
        summary: "Keeps what was paid after its hold was gone. Where its uses are taken, the maxima are raised by what it takes.",
        scope: "coupons:write",
        body: Some((of::<redemptions::redemptions::HonourSaid>, r#"{"reason": "paid an hour late"}"#)),
        answers: &[(200, "The redemption as it is now.", Some(of::<redemptions::shapes::RedemptionShown>))],
        faults: &[(409, &["wrong_state", "order_taken", "of_order"]), (422, &["invalid"])],
        tells: &["Location"],
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
        bodiless: true,
        answers: &[(200, "The redemption as it is now.", Some(of::<redemptions::shapes::RedemptionShown>))],
        faults: &[(409, &["wrong_state"]), (422, &["invalid"])],
        tells: &["Location"],
        ..REDEMPTIONS
    },
    Operation {
        method: "get",
        path: "/api/v1/redemptions/{id}/renewal",
        id: "getRenewal",
        summary: "What a period of a subscription costs.",
        query: Some(of::<redemptions::redemptions::PeriodSaid>),
        answers: &[(200, "The price of the period.", Some(of::<Renewal>))],
        faults: &[(409, &["wrong_state"]), (422, &["invalid"])],
        ..REDEMPTIONS
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
