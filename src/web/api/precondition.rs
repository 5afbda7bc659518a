//! Whether what is written over is what was read.

use crate::error::{Error, Fault};
use crate::web::gate;
use actix_web::dev::Payload;
use actix_web::http::StatusCode;
use actix_web::http::header::IF_MATCH;
use actix_web::{FromRequest, HttpRequest};
use futures_util::future::LocalBoxFuture;

/// The entity tag of a version.
#[must_use]
pub fn etag(version: i64) -> String {
    format!("\"{version}\"")
}

/// The header `If-Match`: the tags that may be written over; any where it is absent or `*`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IfMatch(Option<Vec<String>>);

impl IfMatch {
    /// Whether this version may be written over.
    ///
    /// # Errors
    /// 412 `version_mismatch`.
    pub fn check(&self, version: i64) -> Result<(), Error> {
        match &self.0 {
            Some(tags) if !tags.contains(&etag(version)) => {
                let detail = "It was changed meanwhile. Read it again, and decide anew.";
                let fault = Fault::new("version_mismatch", "Changed meanwhile", detail);
                Err(fault.with_status(StatusCode::PRECONDITION_FAILED))
            }
            _ => Ok(()),
        }
    }
}

impl FromRequest for IfMatch {
    type Error = Error;
    type Future = LocalBoxFuture<'static, Result<Self, Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            let tags = async {
                let values =
                    request.headers().get_all(IF_MATCH).map(|value| value.to_str()).collect::<Result<Vec<_>, _>>();
                read(&values.map_err(|_| malformed())?)
            };
            gate::after(&request, tags).await
        })
    }
}

fn read(values: &[&str]) -> Result<IfMatch, Error> {
    let mut tags = Vec::new();
    for tag in values.iter().flat_map(|value| value.split(',')).map(str::trim).filter(|tag| !tag.is_empty()) {
        let quoted = tag.strip_prefix("W/").unwrap_or(tag);
        let is_tag = quoted.len() >= 2 && quoted.starts_with('"') && quoted.ends_with('"');
        match tag {
            "*" => return Ok(IfMatch(None)),
            // A weak tag never matches: this comparison is the strong one.
            _ if is_tag => tags.push(tag.to_owned()),
            _ => return Err(malformed()),
        }
    }
    Ok(IfMatch((!values.is_empty()).then_some(tags)))
}

fn malformed() -> Error {
    let detail = "If-Match holds entity tags as ETag gave them, in their quotation marks.";
    // What is no tag is the tag of no version.
    Fault::new("version_mismatch", "Changed meanwhile", detail)
        .on("If-Match", "invalid_value", detail)
        .with_status(StatusCode::PRECONDITION_FAILED)
}

#[cfg(test)]
mod tests {
    use super::{IfMatch, read};

    #[test]
    fn only_the_tag_that_was_read_matches() {
        assert!(IfMatch::default().check(3).is_ok());
        assert!(read(&["*"]).unwrap().check(3).is_ok());
        assert!(read(&["\"2\", \"3\""]).unwrap().check(3).is_ok());
        assert!(read(&["\"2\""]).unwrap().check(3).is_err());
        assert!(read(&["W/\"3\""]).unwrap().check(3).is_err());
        assert!(read(&[""]).unwrap().check(3).is_err());
        assert!(read(&["3"]).is_err());
    }
}
