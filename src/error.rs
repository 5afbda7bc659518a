//! What can go wrong with a request, and what the outside is told of it.
//!
//! A handler returns [`Error`]; its response carries a [`Fault`], which `web::faces` turns into a page, a fragment or a
//! problem document, whichever the caller reads. The inner cause is logged beside the request id and never sent.

mod fault;

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, ResponseError};
use chrono::Duration;
use sea_orm::{DbErr, RuntimeErr, SqlErr};

pub use fault::{Fault, FieldFault};

/// A request that cannot be answered as asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is nothing at this address for this caller.
    #[error("not found")]
    NotFound,
    /// The caller is known and may not do this; the sentence says what would be needed.
    #[error("forbidden: {0}")]
    Forbidden(&'static str),
    /// Nobody is signed in.
    #[error("sign-in required")]
    SignInRequired,
    /// The installation has no tenant yet.
    #[error("not set up yet")]
    NotSetUp,
    /// The request cannot be understood; the sentence says why.
    #[error("bad request: {0}")]
    BadRequest(String),
    /// The query names something that there is not: the parameter, and the sentence that says what.
    #[error("bad query: {0}: {1}")]
    BadQuery(&'static str, String),
    /// The method is not among those the address knows.
    #[error("method not allowed")]
    MethodNotAllowed,
    /// The body is larger than the limit.
    #[error("too large")]
    TooLarge,
    /// The state of things stands in the way; the sentence says what.
    #[error("conflict: {0}")]
    Conflict(String),
    /// Well-formed, and still not acceptable; the sentence says why.
    #[error("unprocessable: {0}")]
    Unprocessable(String),
    /// A refusal with words and a status of its own.
    #[error("{0}: {code}", code = .1.code)]
    Told(StatusCode, Box<Fault>),
    /// Too many tries; the wait says when the next is welcome.
    #[error("too many tries, wait {0}")]
    TooMany(Duration),
    /// The database or another part is away for now.
    #[error("unavailable: {0:#}")]
    Unavailable(#[source] anyhow::Error),
    /// Nobody can say whether it was done: the database was told to keep it, and did not answer.
    #[error("unknown: {0:#}")]
    Unknown(#[source] anyhow::Error),
    /// A fault of ours.
    #[error("internal: {0:#}")]
    Internal(#[source] anyhow::Error),
}

impl Error {
    /// What the outside is told.
    #[must_use]
    pub fn fault(&self) -> Fault {
        let (code, title, detail) = match self {
            Self::Told(_, fault) => return (**fault).clone(),
            Self::BadQuery(parameter, why) => {
                let fault = Fault::new("invalid_query", "The query cannot be read", why);
                return fault.on(*parameter, "invalid_value", why);
            }
            Self::NotFound => ("not_found", "Not found", "There is nothing at this address.".to_owned()),
            Self::Forbidden(needed) => ("forbidden", "Not allowed", (*needed).to_owned()),
            Self::SignInRequired => ("sign_in_required", "Please sign in", "Sign in to go on.".to_owned()),
            Self::NotSetUp => {
                ("not_set_up", "Not set up yet", "This installation has no administrator yet.".to_owned())
            }
            Self::BadRequest(why) => ("bad_request", "Not understood", why.clone()),
            Self::MethodNotAllowed => {
                ("method_not_allowed", "Not possible here", "This address does not take that method.".to_owned())
            }
            Self::TooLarge => ("too_large", "Too large", "What was sent is larger than allowed here.".to_owned()),
            Self::Conflict(why) => ("conflict", "Not possible now", why.clone()),
            Self::Unprocessable(why) => ("unprocessable", "Not acceptable", why.clone()),
            Self::TooMany(wait) => (
                "rate_limited",
                "Too many tries",
                format!(
                    "Please try again in {}.",
                    crate::calendar::wait(chrono::DateTime::UNIX_EPOCH, chrono::DateTime::UNIX_EPOCH + *wait)
                ),
            ),
            Self::Unavailable(_) => (
                "unavailable",
                "Out of reach for a moment",
                "The database does not answer. Nothing was changed; please try again in a few seconds.".to_owned(),
            ),
            Self::Unknown(_) => (
                "unavailable",
                "Out of reach for a moment",
                "The database did not answer in time, so nobody can say whether this was done. Look before you try again."
                    .to_owned(),
            ),
            Self::Internal(_) => {
                ("internal", "Something went wrong", "The fault is ours and was noted. Nothing was changed.".to_owned())
            }
        };
        let retry_after = match self {
            // As the sentence says it.
            Self::TooMany(wait) => Some(((wait.num_milliseconds() + 999) / 1000).max(1)),
            Self::Unavailable(_) | Self::Unknown(_) => Some(2),
            _ => None,
        };
        Fault { retry_after, ..Fault::new(code, title, detail) }
    }

    /// Whether the same request would get the same refusal again, so that it may be kept for its idempotency key. What
    /// passes by itself says when to come again, and is not final.
    #[must_use]
    pub fn is_final(&self) -> bool {
        let status = self.status_code();
        status.is_client_error() && status != StatusCode::UNAUTHORIZED && self.fault().retry_after.is_none()
    }
}

impl ResponseError for Error {
    fn status_code(&self) -> StatusCode {
        match self {
            Self::Told(status, _) => *status,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::Forbidden(_) => StatusCode::FORBIDDEN,
            Self::SignInRequired => StatusCode::UNAUTHORIZED,
            Self::NotSetUp | Self::Unavailable(_) | Self::Unknown(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::BadRequest(_) | Self::BadQuery(..) => StatusCode::BAD_REQUEST,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Conflict(_) => StatusCode::CONFLICT,
            Self::Unprocessable(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::TooMany(_) => StatusCode::TOO_MANY_REQUESTS,
            Self::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    fn error_response(&self) -> HttpResponse {
        match self {
            Self::Unavailable(_) | Self::Unknown(_) => tracing::warn!(error = %self, "the database is out of reach"),
            Self::Internal(_) => tracing::error!(error = %self, "a request failed"),
            _ => {}
        }
        let mut response = HttpResponse::new(self.status_code());
        response.extensions_mut().insert(self.fault());
        response
    }
}

/// A connection that is gone, a pool that is exhausted, a lock that is not to be had, a disk that is full or failing:
/// all of them pass, so the caller is asked to come again.
fn is_passing(error: &DbErr) -> bool {
    use sea_orm::sqlx::Error as Sqlx;
    match error {
        DbErr::ConnectionAcquire(_) | DbErr::Conn(_) => true,
        DbErr::Exec(RuntimeErr::SqlxError(source)) | DbErr::Query(RuntimeErr::SqlxError(source)) => match &**source {
            Sqlx::Io(_) | Sqlx::PoolTimedOut | Sqlx::PoolClosed | Sqlx::WorkerCrashed | Sqlx::Tls(_) => true,
            Sqlx::Database(reason) => reason.code().is_some_and(|code| is_passing_code(&code)),
            _ => false,
        },
        _ => false,
    }
}

/// SQLSTATE classes 08 (connection), 25006 (read-only), 40 (rollback), 53 (resources), 55P03 (lock), 57 (operator), 58
/// (system), and SQLite's primary results BUSY, LOCKED, READONLY, IOERR, FULL, CANTOPEN.
fn is_passing_code(code: &str) -> bool {
    match code.parse::<u32>() {
        Ok(number) if code.len() < 5 => matches!(number & 0xff, 5 | 6 | 8 | 10 | 13 | 14),
        _ => ["08", "25006", "40", "53", "55P03", "57", "58"].iter().any(|class| code.starts_with(class)),
    }
}

/// Whether the database itself says that it did nothing. After a connection that broke (SQLSTATE classes 08, 57), or a
/// system or a disk that failed while something was being kept (58; SQLite's IOERR), nobody can say.
#[must_use]
pub fn is_refused(error: &DbErr) -> bool {
    code(error).is_some_and(|code| match code.parse::<u32>() {
        Ok(number) if code.len() < 5 => number & 0xff != 10,
        _ => !["08", "57", "58"].iter().any(|class| code.starts_with(class)),
    })
}

/// What the database calls the error: a SQLSTATE of five letters, or SQLite's shorter extended result.
fn code(error: &DbErr) -> Option<String> {
    let (DbErr::Exec(RuntimeErr::SqlxError(source)) | DbErr::Query(RuntimeErr::SqlxError(source))) = error else {
        return None;
    };
    source.as_database_error().and_then(|reason| reason.code()).map(Into::into)
}

impl From<DbErr> for Error {
    fn from(error: DbErr) -> Self {
        if is_passing(&error) { Self::Unavailable(error.into()) } else { Self::Internal(error.into()) }
    }
}

impl From<anyhow::Error> for Error {
    fn from(error: anyhow::Error) -> Self {
        Self::Internal(error)
    }
}

impl From<askama::Error> for Error {
    fn from(error: askama::Error) -> Self {
        Self::Internal(error.into())
    }
}

impl Error {
    /// Whether the same transaction may succeed at once: it was undone for another one's sake, or met a row that
    /// another one had just made.
    #[must_use]
    pub fn is_worth_another_try(&self) -> bool {
        let (Self::Unavailable(cause) | Self::Internal(cause)) = self else { return false };
        let Some(error) = cause.downcast_ref::<DbErr>() else { return false };
        code(error).is_some_and(|code| code.len() == 5 && code.starts_with("40")) || is_taken(error)
    }
}

/// Whether the database refused a row because another has its key.
#[must_use]
pub fn is_taken(error: &DbErr) -> bool {
    matches!(error.sql_err(), Some(SqlErr::UniqueConstraintViolation(_)))
}
