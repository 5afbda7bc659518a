//! The faces of an error: a page, a fragment, or a problem document (RFC 9457), all from one [`Fault`].

use crate::error::{Error, Fault};
use crate::web::notice::Notice;
use crate::web::shell::Shell;
use crate::web::{headers, html, htmx, request_log, unsent};
use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::error::InternalError;
use actix_web::http::{StatusCode, header};
use actix_web::middleware::Next;
use actix_web::{HttpRequest, HttpResponse, ResponseError};
use askama::Template;
use serde_json::{Value, json};

#[derive(Template)]
#[template(path = "errors/page.html")]
struct Page<'a> {
    status: u16,
    fault: &'a Fault,
    request_id: &'a str,
}

/// The same in the frame of whoever is here.
#[derive(Template)]
#[template(path = "errors/framed.html")]
struct Framed<'a> {
    shell: Shell,
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

/// A form that arrived after its session had ended.
#[derive(Template)]
#[template(path = "errors/unsent.html")]
struct UnsentPage<'a> {
    path: &'a str,
    fields: &'a [(String, String)],
}

#[derive(Template)]
#[template(path = "errors/_unsent.html")]
struct UnsentFragment;

/// What a face needs to know of the request. Taken before it goes on, because a request that is held while it is routed
/// cannot be routed.
struct Asked {
    path: String,
    fragment: bool,
    request_id: String,
    /// Where signing in should lead back to.
    back: String,
}

impl Asked {
    fn of(request: &HttpRequest) -> Self {
        Self {
            path: request.path().to_owned(),
            fragment: htmx::is_fragment(request),
            request_id: request_log::id_of(request),
            back: back(request),
        }
    }
}

/// What the way through the handlers left with the request.
#[derive(Default)]
struct Here<'a> {
    /// The frame of whoever is here, as far as anybody asked.
    shell: Option<Shell>,
    /// A form that arrived after its session had ended.
    unsent: Option<&'a [(String, String)]>,
}

/// Gives every error its face, and clears a notice that was shown.
///
/// # Errors
/// What failed around the handler, as the session did; its face is inside.
pub async fn middleware(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let asked = Asked::of(request.request());
    let mut response = match next.call(request).await {
        Ok(response) => response.map_into_boxed_body(),
        Err(error) => return Err(of_foreign(&asked, error)),
    };
    let fault = response.response().extensions().get::<Fault>().cloned();
    if let Some(fault) = fault {
        let unsent = unsent::fields(response.request());
        let here = Here { shell: Shell::take(response.request()), unsent: unsent.as_deref() };
        let face = face(&asked, response.status(), &fault, response.headers(), here);
        response = ServiceResponse::new(response.request().clone(), face);
    }
    let request = response.request().clone();
    Notice::forget(&request, response.response_mut());
    Ok(response)
}

/// Errors around the handlers: one that says itself, or a session that could not be loaded or kept, which means that the
/// database is away. No middleware outside this one adds its headers to them, so they come complete.
fn of_foreign(asked: &Asked, error: actix_web::Error) -> actix_web::Error {
    let away = || Error::Unavailable(anyhow::anyhow!("the session is out of reach: {error}"));
    let (plain, fault) = match error.as_error::<Error>() {
        Some(ours) => (ours.error_response(), ours.fault()),
        None => (away().error_response(), away().fault()),
    };
    let mut response = face(asked, plain.status(), &fault, plain.headers(), Here::default());
    headers::complete(response.headers_mut(), &asked.request_id);
    InternalError::from_response(error, response).into()
}

/// The code of [`Error::SignInRequired`].
const SIGN_IN: &str = "sign_in_required";

fn face(asked: &Asked, status: StatusCode, fault: &Fault, headers: &header::HeaderMap, here: Here<'_>) -> HttpResponse {
    let (fragment, request_id) = (asked.fragment, asked.request_id.as_str());
    let mut response = if speaks_json(&asked.path) {
        problem(status, fault, request_id)
    } else if let (SIGN_IN, Some(fields)) = (&*fault.code, here.unsent) {
        let page = UnsentPage { path: &asked.path, fields };
        html::page_or_fragment(fragment, status, &page, &UnsentFragment).unwrap_or_else(|_| HttpResponse::new(status))
    } else if matches!(&*fault.code, SIGN_IN | "not_set_up") {
        let sign_in = || format!("/sign-in{}", crate::web::paging::query(&[("next", &asked.back)]));
        elsewhere(fragment, &if fault.code == "not_set_up" { "/first-run".to_owned() } else { sign_in() })
    } else {
        let number = status.as_u16();
        let page = match here.shell {
            _ if fragment => html::with_status(status, &Fragment { fault, request_id }),
            Some(shell) => html::with_status(status, &Framed { shell, status: number, fault, request_id }),
            None => html::with_status(status, &Page { status: number, fault, request_id }),
        };
        page.unwrap_or_else(|_| HttpResponse::new(status))
    };
    // A fragment of an error goes to the status line, wherever the request wanted its answer.
    if fragment && !response.headers().contains_key(htmx::REDIRECT) {
        response.headers_mut().insert(htmx::RETARGET, htmx::value("#status"));
        response.headers_mut().insert(htmx::RESWAP, htmx::value("innerHTML"));
    }
    if let Some(seconds) = fault.retry_after {
        response.headers_mut().insert(header::RETRY_AFTER, header::HeaderValue::from(seconds));
    }
    // What the error itself said beside its fault, as the methods that are taken.
    for (name, value) in headers {
        response.headers_mut().insert(name.clone(), value.clone());
    }
    response
}

/// The paths below which machines ask: every error there is a problem document.
const MACHINES: [&str; 4] = ["/api", "/promo-codes", "/billing", "/webhooks"];

fn speaks_json(path: &str) -> bool {
    let below = |root: &str| path.strip_prefix(root).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    MACHINES.iter().any(|root| below(root))
}

fn problem(status: StatusCode, fault: &Fault, request_id: &str) -> HttpResponse {
    let mut document = fault.members.clone();
    document.insert("type".to_owned(), format!("/api/docs/problems#{}", fault.code).into());
    document.insert("title".to_owned(), fault.title.as_ref().into());
    document.insert("status".to_owned(), status.as_u16().into());
    document.insert("code".to_owned(), fault.code.as_ref().into());
    document.insert("detail".to_owned(), fault.detail.as_str().into());
    if !fault.nameless {
        document.insert("request_id".to_owned(), request_id.into());
    }
    if !fault.errors.is_empty() {
        document.insert("errors".to_owned(), json!(fault.errors));
    }
    let mut response = HttpResponse::build(status)
        .insert_header((header::CONTENT_TYPE, "application/problem+json"))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .body(Value::Object(document).to_string());
    if let Some(challenge) = challenge(status, fault) {
        response.headers_mut().insert(header::WWW_AUTHENTICATE, htmx::value(&challenge));
    }
    response
}

/// How to be let in (RFC 6750, section 3).
fn challenge(status: StatusCode, fault: &Fault) -> Option<String> {
    let scope = fault.members.get("scope").and_then(Value::as_str);
    match (&*fault.code, scope) {
        ("missing_scope", Some(scope)) => Some(format!("Bearer error=\"insufficient_scope\", scope=\"{scope}\"")),
        ("invalid_key", _) => Some("Bearer error=\"invalid_token\"".to_owned()),
        _ => (status == StatusCode::UNAUTHORIZED).then(|| "Bearer".to_owned()),
    }
}

/// The page that asked; a write leads to the page it was sent from.
fn back(request: &HttpRequest) -> String {
    if request.method().is_safe() && !htmx::is_fragment(request) {
        return request.uri().path_and_query().map_or("/", |path| path.as_str()).to_owned();
    }
    let url = request.headers().get("hx-current-url").or_else(|| request.headers().get(header::REFERER));
    url.and_then(|url| url.to_str().ok())
        .and_then(|url| url.split_once("://"))
        .and_then(|(_, rest)| rest.find('/').and_then(|at| rest.get(at..)))
        .unwrap_or("/")
        .to_owned()
}

fn elsewhere(fragment: bool, path: &str) -> HttpResponse {
    if fragment {
        return HttpResponse::Unauthorized().insert_header((htmx::REDIRECT, htmx::value(path))).finish();
    }
    // HEAD and GET are simply led on; so is a form, whose page is then shown again.
    html::see_other(path)
}
