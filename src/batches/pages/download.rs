//! `GET /dashboard/batches/{id}/codes.csv`: the codes as a file, written while they are read.

use crate::accounts::guards::CouponAdmin;
use crate::batches::{codes, queries};
use crate::db::Db;
use crate::error::Error;
use crate::sheets::{Format, csv};
use actix_web::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE};
use actix_web::{HttpResponse, web};
use futures_util::stream;
use uuid::Uuid;

/// Rows that are in memory at once.
const AT_ONCE: u64 = 2_000;

/// `GET /dashboard/batches/{id}/codes.csv`.
///
/// # Errors
/// [`Error::NotFound`] for a batch that the tenant does not have.
pub async fn codes(who: CouponAdmin, db: web::Data<Db>, id: web::Path<Uuid>) -> Result<HttpResponse, Error> {
    let batch = queries::by_id(db.read(), who.tenant.id, *id).await?.ok_or(Error::NotFound)?;
    let (db, of, now) = (db.get_ref().clone(), (who.tenant.id, batch.id), who.now);
    let zone = who.tenant.zone;
    let rows = stream::try_unfold(Some(Uuid::nil()), move |after| {
        let db = db.clone();
        async move {
            let Some(after) = after else { return Ok::<_, Error>(None) };
            let found = queries::codes(db.read(), of, after, AT_ONCE, now).await?;
            let rows: Vec<_> = found.iter().map(codes::row).collect();
            let mut bytes = if after.is_nil() { csv::head(codes::COLUMNS)? } else { Vec::new() };
            bytes.extend(csv::lines(&rows, zone)?);
            Ok(Some((web::Bytes::from(bytes), found.last().map(|code| code.id))))
        }
    });
    let name = format!("attachment; filename=\"codes-{}.csv\"", batch.id);
    Ok(HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, Format::Csv.media_type()))
        .insert_header((CONTENT_DISPOSITION, name))
        .insert_header((CACHE_CONTROL, "no-store"))
        .streaming(Box::pin(rows)))
}
