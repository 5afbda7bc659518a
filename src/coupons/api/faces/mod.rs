//! Coupons in the shapes that callers of older systems know: `/promo-codes` for bookings, `/billing/vouchers` for credit.
//! The words of those systems stop here; what they ask is done by the functions that everything else calls.

pub mod promo_codes;
pub mod vouchers;

use crate::web::api::Limit;
use crate::web::htmx;
use actix_web::HttpResponse;
use actix_web::http::header;
use schemars::JsonSchema;
use serde::Deserialize;

/// The query of a list of a face.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Wanted {
    /// The id at the end of the page before, as the header `Link` has it.
    pub after: Option<uuid::Uuid>,
    /// So many at once.
    pub limit: Option<Limit>,
    /// Deleted ones as well.
    pub include_deleted: bool,
}

/// Says where a list goes on, in the header that RFC 8288 has for it: the body is a bare list.
fn go_on(response: &mut HttpResponse, path: &str, wanted: &Wanted, next: Option<&str>) {
    let Some(next) = next else { return };
    let deleted = if wanted.include_deleted { "&include_deleted=true" } else { "" };
    let limit = wanted.limit.unwrap_or_default().get();
    let link = format!("<{path}?after={next}&limit={limit}{deleted}>; rel=\"next\"");
    response.headers_mut().insert(header::LINK, htmx::value(&link));
}
