//! Many codes at once.

use super::{BASE, DISABLED};
use crate::app::openapi::operation::{Link, Operation, list, of};
use crate::batches::api::{BatchFields, BatchView, Wanted};

const BATCHES: Operation = Operation {
    tag: "Coupons",
    scope: "coupons:read",
    also: "Sessions of support and administrators may call it.",
    ..BASE
};
const BATCH_WRITES: Operation =
    Operation { method: "post", scope: "coupons:write", also: "Sessions of administrators may call it.", ..BATCHES };

/// All of them.
pub(super) const OPERATIONS: &[Operation] = &[
    Operation {
        path: "/api/v1/batches",
        id: "listBatches",
        summary: "Batches of codes, newest first.",
        query: Some(of::<Wanted>),
        answers: &[(200, "One page.", Some(list::<BatchView>))],
        faults: &[DISABLED, (410, &["page_gone"])],
        ..BATCHES
    },
    Operation {
        path: "/api/v1/batches",
        id: "createBatch",
        summary: "Many codes for a coupon, made by a job: `state` and `made` say how far it is.",
        body: Some((
            of::<BatchFields>,
            r#"{"coupon_id": "01998a00-0000-7000-8000-000000000001", "count": 5000, "prefix": "SUMMER", "length": 12, "group": 4}"#,
        )),
        answers: &[(201, "The batch; `Location` says where.", Some(of::<BatchView>))],
        links: &[Link { status: 201, to: "getBatch", parameter: "id", from: "$response.body#/id" }],
        faults: &[DISABLED, (409, &["deleted"]), (422, &["invalid"])],
        ..BATCH_WRITES
    },
    Operation {
        path: "/api/v1/batches/{id}",
        id: "getBatch",
        summary: "A batch, with how many of its codes there are.",
        answers: &[(200, "The batch.", Some(of::<BatchView>))],
        faults: &[DISABLED],
        ..BATCHES
    },
    Operation {
        path: "/api/v1/batches/{id}/void",
        id: "voidBatch",
        summary: "Nobody can use the unused codes of the batch any more. What was used or is held stays.",
        answers: &[(200, "The batch; a job makes its codes void.", Some(of::<BatchView>))],
        faults: &[DISABLED, (409, &["conflict"])],
        ..BATCH_WRITES
    },
];
