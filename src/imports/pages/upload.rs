//! A file on its way in: streamed to this machine's disk, never into memory, and no further than the limit.

use crate::error::{Error, Fault};
use actix_multipart::{Field, Multipart};
use actix_web::http::StatusCode;
use actix_web::http::header::CONTENT_LENGTH;
use actix_web::{HttpRequest, web};
use anyhow::anyhow;
use futures_util::TryStreamExt;
use std::fs::File;
use std::io::Write;

/// The longest text beside the file.
const LONGEST_TEXT: usize = 1_000;
/// How much of a file that is too large is read on, so that the browser is there to hear why: a gigabyte and some.
const LISTENED_TO: u64 = 2 << 30;

/// What a form with a file held.
#[derive(Debug, Default)]
pub(super) struct Received {
    /// The name and the copy of the file, and its bytes; nothing where none was chosen.
    pub file: Option<(String, File, u64)>,
    /// The other fields.
    pub texts: Vec<(String, String)>,
}

impl Received {
    pub(super) fn text(&self, name: &str) -> &str {
        self.texts.iter().find(|(field, _)| field == name).map_or("", |(_, text)| text)
    }
}

/// Reads the form to its end.
///
/// # Errors
/// 413 for a file of more than `largest` bytes, of which nothing is kept; [`Error::BadRequest`] for what is no such form.
pub(super) async fn receive(request: &HttpRequest, body: web::Payload, largest: u64) -> Result<Received, Error> {
    let announced = request.headers().get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    if announced.is_some_and(|length| length > LISTENED_TO) {
        return Err(too_large(largest));
    }
    let mut form = Multipart::new(request.headers(), body);
    let mut received = Received::default();
    let mut total = 0;
    while let Some(mut field) = form.try_next().await.map_err(|_| broken())? {
        let name = field.name().unwrap_or_default().to_owned();
        let file_name = field.content_disposition().and_then(|said| said.get_filename().map(str::to_owned));
        match file_name {
            Some(file_name) if received.file.is_none() && name == "file" => {
                let (copy, size) = store(&mut field, largest, &mut total).await?;
                if size > largest {
                    return Err(too_large(largest));
                }
                if size > 0 || !file_name.is_empty() {
                    received.file = Some((plain(&file_name), copy, size));
                }
            }
            Some(_) => return Err(broken()),
            None if received.texts.len() < 10 => received.texts.push((name, text(&mut field).await?)),
            None => return Err(broken()),
        }
    }
    Ok(received)
}

/// The field on the disk, as far as the limit; how much came in all.
async fn store(field: &mut Field, largest: u64, total: &mut u64) -> Result<(File, u64), Error> {
    let failed = |error: std::io::Error| Error::Internal(anyhow!(error));
    let mut copy = tempfile::tempfile().map_err(failed)?;
    let mut size = 0_u64;
    while let Some(chunk) = field.try_next().await.map_err(|_| broken())? {
        size += chunk.len() as u64;
        *total += chunk.len() as u64;
        if size <= largest {
            copy.write_all(&chunk).map_err(failed)?;
        } else if size > LISTENED_TO {
            return Err(too_large(largest));
        }
    }
    Ok((copy, size))
}

async fn text(field: &mut Field) -> Result<String, Error> {
    let mut bytes = Vec::new();
    while let Some(chunk) = field.try_next().await.map_err(|_| broken())? {
        if bytes.len() + chunk.len() > LONGEST_TEXT {
            return Err(broken());
        }
        bytes.extend_from_slice(&chunk);
    }
    String::from_utf8(bytes).map_err(|_| broken())
}

/// The name without folders and without what no name needs; it is shown, and never used as a path.
fn plain(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let kept: String = last.chars().filter(|letter| !letter.is_control()).take(120).collect();
    if kept.trim().is_empty() { "a file without a name".to_owned() } else { kept.trim().to_owned() }
}

/// The limit in the words of people.
pub(super) fn words(bytes: u64) -> String {
    match bytes {
        0..1_024 => format!("{bytes} bytes"),
        1_024..1_048_576 => format!("{} KiB", bytes / 1_024),
        _ => format!("{} MiB", bytes / 1_048_576),
    }
}

fn too_large(largest: u64) -> Error {
    let detail = format!(
        "A file can have at most {}. Nothing of this one was kept. Split it, or leave out the columns that are not needed.",
        words(largest)
    );
    Fault::new("too_large", "This file is too large", detail).with_status(StatusCode::PAYLOAD_TOO_LARGE)
}

fn broken() -> Error {
    Error::BadRequest("The file did not arrive whole. Please send it again.".to_owned())
}

#[cfg(test)]
mod tests {
    use super::{plain, words};

    #[test]
    fn a_name_is_a_name_and_no_path() {
        assert_eq!(plain("C:\\files\\spring.csv"), "spring.csv");
        assert_eq!(plain("../../etc/passwd"), "passwd");
        assert_eq!(plain(" \u{7}\n"), "a file without a name");
        assert_eq!((words(67_108_864), words(65_536)), ("64 MiB".to_owned(), "64 KiB".to_owned()));
    }
}
