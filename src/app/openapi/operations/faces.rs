//! The shapes of older callers.

use super::{BASE, DISABLED, RULE};
use crate::app::openapi::operation::{Header, Link, Operation, array, of};
use crate::coupons::api::faces::{Wanted, promo_codes, vouchers};
use crate::redemptions::api::faces as asked;
use crate::redemptions::api::previews::PreviewSaid;
use crate::shop::api::faces::checkout;

const READS: Operation = Operation {
    scope: "coupons:read",
    also: "Sessions of administrators may call it.",
    query: Some(of::<Wanted>),
    tells: &["Link"],
    faults: &[DISABLED],
    ..BASE
};
const WRITES: Operation =
    Operation { method: "post", scope: "coupons:write", also: "Sessions of administrators may call it.", ..BASE };
const ISSUES: Operation = Operation {
    tag: "Vouchers",
    body: Some((
        of::<vouchers::NewVoucher>,
        r#"{"code": "HELLO-OMAN", "credit": 5000, "description": "A start", "max_redemptions": 50}"#,
    )),
    answers: &[(201, "The voucher.", Some(of::<vouchers::Voucher>))],
    faults: &[DISABLED, (409, &["code_taken"]), (422, &["invalid"])],
    ..WRITES
};
const REVOKES: Operation = Operation {
    method: "delete",
    tag: "Vouchers",
    answers: &[(204, "It is deleted.", None)],
    faults: &[DISABLED],
    ..WRITES
};
const LISTS: Operation = Operation {
    tag: "Vouchers",
    answers: &[(200, "A bare list; `Link` says where it goes on.", Some(array::<vouchers::Voucher>))],
    ..READS
};

/// All of them.
pub(super) const OPERATIONS: &[Operation] = &[
    Operation {
        path: "/promo-codes",
        id: "listPromoCodes",
        tag: "Promo codes",
        summary: "Discounts of bookings, newest first.",
        answers: &[(200, "A bare list; `Link` says where it goes on.", Some(array::<promo_codes::PromoCode>))],
        ..READS
    },
    Operation {
        path: "/promo-codes",
        id: "createPromoCode",
        tag: "Promo codes",
        summary: "Makes a discount of bookings. Each person may use it once.",
        body: Some((
            of::<promo_codes::NewPromoCode>,
            r#"{"code": "summer", "discountType": "percentage", "discountValue": 15, "maxUses": 100, "minBookingAmount": 1000}"#,
        )),
        answers: &[(201, "The promo code.", Some(of::<promo_codes::PromoCode>))],
        faults: &[DISABLED, (409, &["code_taken"]), (422, &["invalid"])],
        tells: &["ETag"],
        links: &[Link { status: 201, to: "updatePromoCode", parameter: "id", from: "$response.body#/id" }],
        ..WRITES
    },
    Operation {
        method: "patch",
        path: "/promo-codes/{id}",
        id: "updatePromoCode",
        tag: "Promo codes",
        summary: "Changes a discount of bookings: null clears, absent keeps. Its code never changes.",
        body: Some((of::<promo_codes::PromoCodeChanges>, r#"{"maxUses": null, "isActive": false}"#)),
        answers: &[
            (200, "The promo code as it is now.", Some(of::<promo_codes::PromoCode>)),
            (204, "Changed; no body was asked for.", None),
        ],
        faults: &[DISABLED, (409, &["deleted"]), (412, &["version_mismatch"]), (422, &["invalid"])],
        headers: &[Header::IfMatch, Header::Prefer],
        tells: &["ETag", "Preference-Applied"],
        ..WRITES
    },
    Operation {
        method: "delete",
        path: "/promo-codes/{id}",
        id: "deletePromoCode",
        tag: "Promo codes",
        summary: "Deletes it softly.",
        answers: &[(204, "It is deleted.", None)],
        faults: &[DISABLED, (412, &["version_mismatch"])],
        headers: &[Header::IfMatch],
        ..WRITES
    },
    Operation {
        path: "/promo-codes/validate",
        id: "validatePromoCode",
        tag: "Promo codes",
        summary: "What a code would do to a booking. Consumes nothing.",
        scope: "validations",
        also: "Sessions of members may call it.",
        body: Some((
            of::<asked::promo_codes::Booking>,
            r#"{"code": "SUMMER", "workspaceId": "ROOM-LIGHT", "bookingAmount": 3490}"#,
        )),
        answers: &[(200, "The decision.", Some(of::<asked::promo_codes::Validated>))],
        faults: &[(422, &["invalid"]), (429, &["rate_limited"])],
        tells: &["RateLimit", "RateLimit-Policy"],
        ..WRITES
    },
    Operation {
        path: "/billing/vouchers/issue",
        id: "issueVoucher",
        summary: "Issues credit for organizations, which each may take once.",
        ..ISSUES
    },
    Operation {
        path: "/billing/vouchers/list",
        id: "listVouchers",
        summary: "Credit for organizations, newest first.",
        ..LISTS
    },
    Operation {
        path: "/billing/vouchers/revoke/{code}",
        id: "revokeVoucher",
        summary: "Deletes a voucher softly.",
        ..REVOKES
    },
    Operation {
        path: "/billing/vouchers/redeem-preview",
        id: "previewVoucher",
        tag: "Vouchers",
        summary: "What anybody may know of a code, as `/api/v1/previews`.",
        scope: "",
        also: "Anybody may call it; who guesses waits, longer each time.",
        body: Some((of::<PreviewSaid>, r#"{"code": "HELLO-OMAN"}"#)),
        answers: &[(200, "It can be redeemed.", Some(of::<asked::vouchers::VoucherPreview>))],
        faults: &[(400, &["malformed_code"]), (404, &["unknown_code"]), (410, &["ended"]), (429, &["rate_limited"])],
        tells: &["RateLimit", "RateLimit-Policy"],
        ..WRITES
    },
    Operation {
        path: "/billing/admin/promos",
        id: "listPromos",
        summary: "The older address of `/billing/vouchers/list`.",
        deprecated: true,
        ..LISTS
    },
    Operation {
        path: "/billing/admin/promos",
        id: "createPromo",
        summary: "The older address of `/billing/vouchers/issue`.",
        deprecated: true,
        ..ISSUES
    },
    Operation {
        path: "/billing/admin/promos/{code}",
        id: "deletePromo",
        summary: "The older address of `/billing/vouchers/revoke/{code}`.",
        deprecated: true,
        ..REVOKES
    },
    Operation {
        path: "/billing/checkout",
        id: "checkout",
        tag: "Orders",
        summary: "Orders for an organization: in one transaction its code is redeemed, and credit is drawn.",
        scope: "organizations:write",
        also: "Sessions of members may call it for their own organizations, with products of the catalogue.",
        body: Some((
            of::<checkout::CheckoutSaid>,
            r#"{"organization_id": "01998a00-0000-7000-8000-000000000001", "amount": 3000, "promo_code": "HELLO-OMAN"}"#,
        )),
        answers: &[(201, "The order; `Location` says where.", Some(of::<checkout::CheckoutDone>))],
        faults: RULE,
        tells: &["Location"],
        links: &[
            Link { status: 201, to: "getOrder", parameter: "id", from: "$response.body#/order_id" },
            Link { status: 201, to: "confirmOrder", parameter: "id", from: "$response.body#/order_id" },
            Link { status: 201, to: "releaseOrder", parameter: "id", from: "$response.body#/order_id" },
        ],
        ..WRITES
    },
];
