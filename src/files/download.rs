//! A file as the answer of a request.

use super::{File, content};
use crate::db::Db;
use crate::web::htmx;
use actix_web::body::SizedStream;
use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_ENCODING, CONTENT_TYPE, ETAG, IF_NONE_MATCH,
};
use actix_web::{HttpRequest, HttpResponse};

/// The file as a download, streamed out of the database. It is for who asked alone: no cache shares it.
#[must_use]
pub fn download(db: &Db, file: &File, request: &HttpRequest) -> HttpResponse {
    let etag = format!("\"{}\"", file.hash);
    let known = request.headers().get_all(IF_NONE_MATCH).filter_map(|value| value.to_str().ok());
    let mut response =
        if known.flat_map(|value| value.split(',')).any(|tag| tag.trim().trim_start_matches("W/") == etag) {
            return HttpResponse::NotModified().insert_header((ETAG, htmx::value(&etag))).finish();
        } else {
            HttpResponse::Ok()
        };
    response
        .insert_header((CONTENT_TYPE, htmx::value(&file.media_type)))
        .insert_header((CONTENT_DISPOSITION, htmx::value(&disposition(&file.name))))
        .insert_header((ETAG, htmx::value(&etag)))
        .insert_header((CACHE_CONTROL, "private, no-cache"))
        // Not compressed on the way, so that its length can be said and a browser shows how far it is.
        .insert_header((CONTENT_ENCODING, "identity"))
        .body(SizedStream::new(file.size.unsigned_abs(), Box::pin(content(db, file))))
}

/// The name for old programs, in ASCII, and for all others as it is (RFC 6266).
#[must_use]
fn disposition(name: &str) -> String {
    let plain = |letter: char| if letter.is_ascii_alphanumeric() || "-_. ".contains(letter) { letter } else { '_' };
    let ascii: String = name.chars().map(plain).collect();
    if ascii == name {
        return format!("attachment; filename=\"{ascii}\"");
    }
    let escaped: String = name
        .bytes()
        .map(|byte| match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' => char::from(byte).to_string(),
            _ => format!("%{byte:02X}"),
        })
        .collect();
    format!("attachment; filename=\"{ascii}\"; filename*=UTF-8''{escaped}")
}

#[cfg(test)]
mod tests {
    use super::disposition;

    #[test]
    fn a_name_is_said_so_that_every_program_has_one() {
        assert_eq!(disposition("codes 1.csv"), "attachment; filename=\"codes 1.csv\"");
        let said = disposition("Bücher\r\n\".csv");
        assert_eq!(said, "attachment; filename=\"B_cher___.csv\"; filename*=UTF-8''B%C3%BCcher%0D%0A%22.csv");
    }
}
