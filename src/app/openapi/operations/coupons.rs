//! Coupons and codes.

use super::{BASE, DISABLED};
use crate::app::openapi::operation::{Header, Link, Operation, list, of};
use crate::coupons::api as coupons;
use crate::web::api::Page;

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

/// All of them.
pub(super) const OPERATIONS: &[Operation] = &[
    Operation {
        path: "/api/v1/coupons",
        id: "listCoupons",
        summary: "Coupons by filter and order, page by page.",
        query: Some(of::<coupons::coupons::Wanted>),
        answers: &[(200, "One page.", Some(list::<coupons::CouponView>))],
        faults: &[DISABLED, (410, &["page_gone"]), (422, &["invalid"])],
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
        links: &[
            Link { status: 201, to: "getCoupon", parameter: "id", from: "$response.body#/id" },
            Link { status: 201, to: "updateCoupon", parameter: "id", from: "$response.body#/id" },
            Link { status: 201, to: "pauseCoupon", parameter: "id", from: "$response.body#/id" },
            Link { status: 201, to: "resumeCoupon", parameter: "id", from: "$response.body#/id" },
            Link { status: 201, to: "listCodes", parameter: "id", from: "$response.body#/id" },
            Link { status: 201, to: "createCode", parameter: "id", from: "$response.body#/id" },
        ],
        tells: &["ETag", "Location"],
        ..COUPON_WRITES
    },
    Operation {
        path: "/api/v1/coupons/{id}",
        id: "getCoupon",
        summary: "A coupon, a deleted one too.",
        answers: &[(200, "The coupon; `ETag` is its version.", Some(of::<coupons::CouponView>))],
        faults: &[DISABLED],
        tells: &["ETag"],
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
        tells: &["ETag", "Preference-Applied"],
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
        tells: &["ETag", "Preference-Applied"],
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
        tells: &["ETag", "Preference-Applied"],
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
        tells: &["ETag", "Preference-Applied"],
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
        links: &[
            Link { status: 201, to: "getCode", parameter: "id", from: "$response.body#/id" },
            Link { status: 201, to: "deleteCode", parameter: "id", from: "$response.body#/id" },
            Link { status: 201, to: "restoreCode", parameter: "id", from: "$response.body#/id" },
        ],
        tells: &["Location"],
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
        method: "delete",
        path: "/api/v1/codes/{id}",
        id: "deleteCode",
        summary: "Deletes one code softly: nobody can use it, its history and its text stay.",
        answers: &[(204, "Deleted, now or before.", None)],
        faults: &[DISABLED],
        headers: &[],
        ..COUPON_WRITES
    },
    Operation {
        path: "/api/v1/codes/{id}/restore",
        id: "restoreCode",
        summary: "Takes the deletion of one code back.",
        answers: &[(200, "The code as it is now.", Some(of::<coupons::CodeView>))],
        faults: &[DISABLED, (409, &["deleted", "conflict"])],
        ..COUPON_WRITES
    },
];
