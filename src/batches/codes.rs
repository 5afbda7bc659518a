//! A code of a batch as a row of a sheet.

use crate::db::tables::codes::Model;
use crate::sheets::{Cell, Column, Row};

/// Its columns.
pub const COLUMNS: &[Column] = &[
    Column { name: "code", width: 26 },
    Column { name: "max_uses", width: 10 },
    Column { name: "uses", width: 10 },
    Column { name: "held", width: 10 },
    Column { name: "voided_at", width: 20 },
];

/// Its row; no maximum is unlimited.
#[must_use]
pub fn row(code: &Model) -> Row {
    vec![
        Cell::text(code.text.as_str()),
        Cell::whole(code.max_uses),
        Cell::Whole(code.uses),
        Cell::Whole(code.held),
        Cell::time(code.deleted_at),
    ]
}
