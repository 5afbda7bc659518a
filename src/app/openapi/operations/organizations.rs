//! Organizations, their credit, and their orders.

use super::{BASE, RULE};
use crate::app::openapi::operation::{Header, Link, Operation, list, of};
use crate::organizations::api as organizations;
use crate::redemptions::api as redemptions;
use crate::redemptions::api::asking::ReasonSaid;
use crate::shop::api::orders;
use crate::web::api::Page;

const ORGANIZATIONS: Operation = Operation {
    tag: "Organizations",
    scope: "organizations:write",
    also: "Sessions of members may call it for their own organizations, support and administrators for all.",
    ..BASE
};
const SETTLES: Operation = Operation {
    method: "post",
    tag: "Orders",
    also: "Sessions of administrators may call it.",
    answers: &[(200, "The order as it is now.", Some(of::<orders::OrderView>))],
    ..ORGANIZATIONS
};

/// All of them.
pub(super) const OPERATIONS: &[Operation] = &[
    Operation {
        path: "/api/v1/organizations",
        id: "listOrganizations",
        summary: "Organizations with their limits and their credit.",
        query: Some(of::<organizations::organizations::Wanted>),
        answers: &[(200, "One page.", Some(list::<organizations::OrganizationView>))],
        links: &[
            Link { status: 200, to: "getOrganization", parameter: "id", from: "$response.body#/items/0/id" },
            Link { status: 200, to: "getCredit", parameter: "id", from: "$response.body#/items/0/id" },
            Link { status: 200, to: "setLimits", parameter: "id", from: "$response.body#/items/0/id" },
            Link { status: 200, to: "applyCode", parameter: "id", from: "$response.body#/items/0/id" },
            Link { status: 200, to: "spendCredit", parameter: "id", from: "$response.body#/items/0/id" },
        ],
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
        tells: &["Preference-Applied"],
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
        links: &[
            Link { status: 201, to: "reverseRedemption", parameter: "id", from: "$response.body#/id" },
            Link { status: 201, to: "getRedemption", parameter: "id", from: "$response.body#/id" },
        ],
        tells: &["Location"],
        ..ORGANIZATIONS
    },
    Operation {
        method: "post",
        path: "/api/v1/organizations/{id}/credit/spend",
        id: "spendCredit",
        summary: "Spends credit of an organization: all of the amount, or nothing.",
        also: "Sessions of administrators may call it.",
        body: Some((
            of::<organizations::credit::SpendSaid>,
            r#"{"amount": 250, "external_ref": "usage-2031-04", "memo": "Usage in April"}"#,
        )),
        answers: &[(201, "The line of the ledger.", Some(of::<organizations::credit::CreditEntryView>))],
        faults: &[(409, &["insufficient_credit"]), (422, &["invalid"])],
        ..ORGANIZATIONS
    },
    Operation {
        path: "/api/v1/orders/{id}",
        id: "getOrder",
        summary: "An order of the shop or of a checkout.",
        tag: "Orders",
        answers: &[(200, "The order.", Some(of::<orders::OrderView>))],
        ..ORGANIZATIONS
    },
    Operation {
        path: "/api/v1/orders/{id}/confirm",
        id: "confirmOrder",
        summary: "The order is paid. One that had ended takes its credit and the uses of its code again, if they are still there.",
        faults: &[(409, &["wrong_state", "too_late"])],
        links: &[Link { status: 200, to: "refundOrder", parameter: "id", from: "$response.body#/id" }],
        ..SETTLES
    },
    Operation {
        path: "/api/v1/orders/{id}/release",
        id: "releaseOrder",
        summary: "The order is not paid: the credit it drew and the uses that it held come back.",
        body: Some((of::<ReasonSaid>, r#"{"reason": "payment failed"}"#)),
        bodiless: true,
        also: "Sessions of support and administrators may call it.",
        faults: &[(409, &["wrong_state"]), (422, &["invalid"])],
        ..SETTLES
    },
    Operation {
        path: "/api/v1/orders/{id}/refund",
        id: "refundOrder",
        summary: "The order is paid back: the credit it drew comes back, and its redemption is reversed.",
        body: Some((of::<ReasonSaid>, r#"{"reason": "returned"}"#)),
        bodiless: true,
        also: "Sessions of support and administrators may call it.",
        faults: &[(409, &["wrong_state"]), (422, &["invalid"])],
        ..SETTLES
    },
    Operation {
        path: "/api/v1/orders/{id}/honour",
        id: "honourOrder",
        summary: "The order was paid too late and is kept all the same: maxima are raised by what its code takes.",
        scope: "coupons:write",
        body: Some((of::<redemptions::redemptions::HonourSaid>, r#"{"reason": "paid on the last day"}"#)),
        also: "Sessions of support and administrators may call it.",
        faults: &[(409, &["wrong_state"]), (422, &["invalid"])],
        ..SETTLES
    },
];
