//! Answers for browsers. Whether a page or a fragment goes out is decided here alone.

use crate::error::Error;
use crate::web::again::Once;
use crate::web::htmx;
use actix_web::HttpResponse;
use actix_web::http::{StatusCode, header};
use askama::Template;

/// What a form has that is to be sent once.
const KEY_OF_A_FORM: &str = "name=\"request_key\"";

/// A whole page, 200.
///
/// # Errors
/// When the template cannot be rendered.
pub fn page(template: &impl Template) -> Result<HttpResponse, Error> {
    with_status(StatusCode::OK, template)
}

/// A page or fragment with a status of its own; 422 for a form that was refused.
///
/// # Errors
/// As [`page`].
pub fn with_status(status: StatusCode, template: &impl Template) -> Result<HttpResponse, Error> {
    Ok(response(status, template.render()?))
}

/// The fragment for htmx, the page for everybody else.
///
/// # Errors
/// As [`page`].
pub fn page_or_fragment(
    wants_fragment: bool,
    status: StatusCode,
    page: &impl Template,
    fragment: &impl Template,
) -> Result<HttpResponse, Error> {
    if wants_fragment { with_status(status, fragment) } else { with_status(status, page) }
}

/// Markup as an answer that no cache keeps.
#[must_use]
pub fn response(status: StatusCode, body: String) -> HttpResponse {
    let is_for_one = body.contains(KEY_OF_A_FORM);
    let mut response = HttpResponse::build(status)
        .insert_header((header::CONTENT_TYPE, "text/html; charset=utf-8"))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .insert_header((header::VARY, "HX-Request"))
        .body(body);
    if is_for_one {
        response.extensions_mut().insert(Once);
    }
    response
}

/// Sends the browser to `path` after a successful write (303).
#[must_use]
pub fn see_other(path: &str) -> HttpResponse {
    HttpResponse::SeeOther()
        .insert_header((header::LOCATION, htmx::value(path)))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .finish()
}

/// The same for a form that htmx sent from where the target is another page.
#[must_use]
pub fn redirect(wants_fragment: bool, path: &str) -> HttpResponse {
    if wants_fragment {
        HttpResponse::NoContent()
            .insert_header((htmx::REDIRECT, htmx::value(path)))
            .insert_header((header::CACHE_CONTROL, "no-store"))
            .finish()
    } else {
        see_other(path)
    }
}
