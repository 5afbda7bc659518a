//! `GET /dashboard/batches/{id}/codes.csv`: the codes as a file, written while they are read.

use crate::accounts::guards::CouponAdmin;
use crate::batches::queries;
use crate::db::Db;
use crate::db::tables::codes;
use crate::error::Error;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE};
use actix_web::{HttpResponse, web};
use futures_util::stream;
use std::fmt::Write;
use uuid::Uuid;

/// Rows that are in memory at once.
const AT_ONCE: u64 = 2_000;
/// The first line; its names never change.
const HEAD: &str = "code,max_uses,uses,held,voided_at\r\n";

/// `GET /dashboard/batches/{id}/codes.csv`.
///
/// # Errors
/// [`Error::NotFound`] for a batch that the tenant does not have.
pub async fn codes(who: CouponAdmin, db: web::Data<Db>, id: web::Path<Uuid>) -> Result<HttpResponse, Error> {
    let batch = queries::by_id(db.read(), who.tenant.id, *id).await?.ok_or(Error::NotFound)?;
    let (db, of) = (db.get_ref().clone(), (who.tenant.id, batch.id));
    let rows = stream::try_unfold(Some(Uuid::nil()), move |after| {
        let db = db.clone();
        async move {
            let Some(after) = after else { return Ok::<_, Error>(None) };
            let found = queries::codes(db.read(), of, after, AT_ONCE).await?;
            let mut text = if after.is_nil() { HEAD.to_owned() } else { String::new() };
            found.iter().for_each(|code| line(&mut text, code));
            let next = found.last().map(|code| code.id);
            Ok(Some((web::Bytes::from(text), next)))
        }
    });
    let name = format!("attachment; filename=\"codes-{}.csv\"", batch.id);
    Ok(HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "text/csv; charset=utf-8; header=present"))
        .insert_header((CONTENT_DISPOSITION, name))
        .insert_header((CACHE_CONTROL, "no-store"))
        .streaming(Box::pin(rows)))
}

/// A code has nothing that must be quoted, and none begins like a formula (RFC 4180).
fn line(text: &mut String, code: &codes::Model) {
    let max = code.max_uses.map(|max| max.to_string()).unwrap_or_default();
    let voided = code.deleted_at.map(|at| at.to_rfc3339()).unwrap_or_default();
    // Writing to a text cannot fail.
    _ = write!(text, "{},{max},{},{},{voided}\r\n", code.text, code.uses, code.held);
}
