//! The faces of an error: a page, a fragment, or a problem document (RFC 9457), all from one [`Fault`].

use crate::error::{Error, Fault};
use crate::web::notice::Notice;
use crate::web::{html, htmx, request_log};
use actix_session::storage::LoadError;
use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::error::InternalError;
use actix_web::http::{StatusCode, header};
use actix_web::middleware::Next;
use actix_web::{HttpRequest, HttpResponse, ResponseError};
use askama::Template;
use serde_json::json;

#[derive(Template)]
#[template(path = "errors/page.html")]
struct Page<'a> {
    status: u16,
    fault: &'a Fault,
    request_id: &'a str,
}

#[derive(Template)]
#[template(path = "errors/_fragment.html")]
struct Fragment<'a> {
    fault: &'a Fault,
    request_id: &'a str,
}

/// Gives every error its face, and clears a notice that was shown.
///
/// # Errors
/// None; an error of the request becomes its response here.
pub async fn middleware(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let asked = request.request().clone();
    let response = match next.call(request).await {
        Ok(response) => response.map_into_boxed_body(),
        Err(error) => ServiceResponse::new(asked.clone(), of_foreign(error)),
    };
    let fault = response.response().extensions().get::<Fault>().cloned();
    let mut response = match fault {
        Some(fault) => {
            let face = face(&asked, response.status(), &fault, response.headers());
            ServiceResponse::new(asked.clone(), face)
        }
        None => response,
    };
    Notice::forget(&asked, response.response_mut());
    Ok(response)
}

/// Errors of the framework: a session that could not be loaded means that the database is away.
fn of_foreign(error: actix_web::Error) -> HttpResponse {
    if error.as_error::<InternalError<LoadError>>().is_some() {
        return Error::Unavailable(anyhow::anyhow!("the session could not be loaded: {error}")).error_response();
    }
    error.error_response()
}

fn face(request: &HttpRequest, status: StatusCode, fault: &Fault, headers: &header::HeaderMap) -> HttpResponse {
    let request_id = request_log::id_of(request);
    let fragment = htmx::is_fragment(request);
    let mut response = if request.path().starts_with("/api/") {
        problem(status, fault, &request_id)
    } else if matches!(fault.code, "sign_in_required" | "not_set_up") {
        elsewhere(fragment, &if fault.code == "not_set_up" { "/first-run".to_owned() } else { sign_in(request) })
    } else {
        let page = Page { status: status.as_u16(), fault, request_id: &request_id };
        let part = Fragment { fault, request_id: &request_id };
        html::page_or_fragment(fragment, status, &page, &part).unwrap_or_else(|_| HttpResponse::new(status))
    };
    // A fragment of an error goes to the status line, wherever the request wanted its answer.
    if fragment && !response.headers().contains_key(htmx::REDIRECT) {
        response.headers_mut().insert(htmx::RETARGET, htmx::value("#status"));
        response.headers_mut().insert(htmx::RESWAP, htmx::value("innerHTML"));
    }
    if let Some(seconds) = fault.retry_after {
        response.headers_mut().insert(header::RETRY_AFTER, header::HeaderValue::from(seconds));
    }
    if let Some(allow) = headers.get(header::ALLOW) {
        response.headers_mut().insert(header::ALLOW, allow.clone());
    }
    response
}

fn problem(status: StatusCode, fault: &Fault, request_id: &str) -> HttpResponse {
    HttpResponse::build(status)
        .insert_header((header::CONTENT_TYPE, "application/problem+json"))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .body(
            json!({
                "type": format!("/api/docs/problems#{}", fault.code),
                "title": fault.title,
                "status": status.as_u16(),
                "code": fault.code,
                "detail": fault.detail,
                "request_id": request_id,
            })
            .to_string(),
        )
}

/// Signing in leads back to the page that asked for it; a write leads to the page it was sent from.
fn sign_in(request: &HttpRequest) -> String {
    let wanted = if request.method().is_safe() && !htmx::is_fragment(request) {
        request.uri().path_and_query().map_or("/", |path| path.as_str())
    } else {
        request
            .headers()
            .get("hx-current-url")
            .or_else(|| request.headers().get(header::REFERER))
            .and_then(|url| url.to_str().ok())
            .and_then(|url| url.split_once("://"))
            .and_then(|(_, rest)| rest.find('/').and_then(|at| rest.get(at..)))
            .unwrap_or("/")
    };
    format!("/sign-in{}", crate::web::paging::query(&[("next", wanted)]))
}

fn elsewhere(fragment: bool, path: &str) -> HttpResponse {
    if fragment {
        return HttpResponse::Unauthorized().insert_header((htmx::REDIRECT, htmx::value(path))).finish();
    }
    // HEAD and GET are simply led on; so is a form, whose page is then shown again.
    html::see_other(path)
}
