//! `GET /dashboard/imports/{id}/rejected.csv`: the rows that were left out, with why, ready to be mended and imported again.

use crate::accounts::guards::CouponAdmin;
use crate::db::Db;
use crate::db::tables::import_rows;
use crate::error::Error;
use crate::imports::queries;
use crate::imports::row::Problem;
use crate::imports::state::Outcome;
use crate::sheets::{Cell, Row, csv};
use actix_web::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE};
use actix_web::{HttpResponse, web};
use futures_util::stream;
use uuid::Uuid;

/// Rows that are in memory at once.
const AT_ONCE: u64 = 1_000;
/// The column that says why; the guess leaves it out when the file comes back.
const WHY: &str = "why_not_imported";

/// `GET /dashboard/imports/{id}/rejected.csv`.
///
/// # Errors
/// [`Error::NotFound`] for an import that the tenant does not have.
pub async fn index(who: CouponAdmin, db: web::Data<Db>, id: web::Path<Uuid>) -> Result<HttpResponse, Error> {
    let import = queries::by_id(db.read(), who.tenant.id, *id).await?.ok_or(Error::NotFound)?;
    let names = queries::looked(&import).map(|looked| looked.columns).unwrap_or_default();
    let old = names.iter().position(|name| name == WHY);
    let name = format!("attachment; filename=\"rejected-{}.csv\"", import.id);
    let (db, zone) = (db.get_ref().clone(), who.tenant.zone);
    let rows = stream::try_unfold(Some(0_i64), move |after| {
        let (db, import, names) = (db.clone(), import.clone(), names.clone());
        async move {
            let Some(after) = after else { return Ok::<_, Error>(None) };
            let wanted = [Outcome::Duplicate, Outcome::Rejected];
            let found = queries::next(db.read(), &import, &wanted, (after, AT_ONCE)).await?;
            let mut lines = Vec::new();
            let mut bytes = Vec::new();
            if after == 0 {
                // Excel reads UTF-8 only with its mark.
                bytes.extend("\u{feff}".bytes());
                lines.push(line(names.clone(), WHY.to_owned(), old));
            }
            lines.extend(found.iter().map(|row| line(cells(row, names.len()), why(row), old)));
            bytes.extend(csv::lines(&lines, zone)?);
            Ok(Some((web::Bytes::from(bytes), found.last().map(|row| row.number))))
        }
    });
    Ok(HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "text/csv; charset=utf-8; header=present"))
        .insert_header((CONTENT_DISPOSITION, name))
        .insert_header((CACHE_CONTROL, "no-store"))
        .streaming(Box::pin(rows)))
}

fn cells(row: &import_rows::Model, columns: usize) -> Vec<String> {
    let mut cells: Vec<String> = serde_json::from_str(&row.cells).unwrap_or_default();
    cells.resize(columns.max(cells.len()), String::new());
    cells
}

fn why(row: &import_rows::Model) -> String {
    let problems: Vec<Problem> = serde_json::from_str(&row.problems).unwrap_or_default();
    let said = |problem: &Problem| match problem.column.as_str() {
        "" => problem.sentence.clone(),
        column => format!("{column}: {}", problem.sentence),
    };
    problems.iter().map(said).collect::<Vec<_>>().join(" ")
}

/// The cells and the reason, in place of the reason of an earlier time.
fn line(mut cells: Vec<String>, why: String, old: Option<usize>) -> Row {
    if let Some(old) = old.filter(|old| *old < cells.len()) {
        cells.remove(old);
    }
    cells.push(why);
    cells.into_iter().map(Cell::text).collect()
}
