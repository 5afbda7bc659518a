//! Rows as files.

use super::BASE;
use crate::app::openapi::operation::{Link, Operation, list, of};
use crate::exports::api::{ExportFields, ExportView, Wanted};

const EXPORTS: Operation = Operation {
    tag: "Exports",
    scope: "exports",
    also: "Sessions of administrators may call it, those of support for the audit log. Everybody sees the own exports alone.",
    ..BASE
};

/// All of them.
pub(super) const OPERATIONS: &[Operation] = &[
    Operation {
        path: "/api/v1/exports",
        id: "listExports",
        summary: "The own exports, newest first.",
        query: Some(of::<Wanted>),
        answers: &[(200, "One page.", Some(list::<ExportView>))],
        ..EXPORTS
    },
    Operation {
        method: "post",
        path: "/api/v1/exports",
        id: "createExport",
        summary: "Rows as a file for a spreadsheet, made by a job: everything that is there now.",
        body: Some((
            of::<ExportFields>,
            r#"{"subject": "usage", "format": "csv", "filter": {"from": "2026-01-01", "until": "2026-12-31"}}"#,
        )),
        answers: &[(201, "The export; `Location` says where.", Some(of::<ExportView>))],
        links: &[Link { status: 201, to: "getExport", parameter: "id", from: "$response.body#/id" }],
        faults: &[(422, &["invalid"])],
        ..EXPORTS
    },
    Operation {
        path: "/api/v1/exports/{id}",
        id: "getExport",
        summary: "An export, with how far it is.",
        answers: &[(200, "The export.", Some(of::<ExportView>))],
        ..EXPORTS
    },
    Operation {
        method: "delete",
        path: "/api/v1/exports/{id}",
        id: "deleteExport",
        summary: "Deletes an export with its file; one that is being made is given up.",
        answers: &[(204, "It is deleted.", None)],
        ..EXPORTS
    },
    Operation {
        path: "/api/v1/exports/{id}/file",
        id: "downloadExport",
        summary: "The file of an export, for 24 hours after it is done.",
        answers: &[(200, "The file, as `text/csv` or as a workbook.", None)],
        faults: &[(409, &["not_ready"]), (410, &["expired"])],
        tells: &["ETag"],
        ..EXPORTS
    },
];
