//! The stylesheets and scripts, inside the binary, under addresses that change with their content.

use crate::error::Error;
use actix_web::http::header;
use actix_web::{HttpResponse, web};
use rust_embed::RustEmbed;
use sha2::{Digest, Sha256};
use std::sync::OnceLock;

#[derive(RustEmbed)]
#[folder = "static/"]
#[exclude = "*.md"]
struct Files;

/// The stylesheets in the order of their layers; a page asks for them as one file.
const STYLES: [&str; 17] = [
    "css/tokens.css",
    "css/base.css",
    "css/components/layout.css",
    "css/components/nav.css",
    "css/components/button.css",
    "css/components/form.css",
    "css/components/choice.css",
    "css/components/list.css",
    "css/components/table.css",
    "css/components/badge.css",
    "css/components/dialog.css",
    "css/components/message.css",
    "css/components/record.css",
    "css/components/log.css",
    "css/components/ticket.css",
    "css/components/progress.css",
    "css/utilities.css",
];

/// The scripts that may wait for the page, as one file.
const SCRIPTS: [&str; 11] = [
    "js/menu.js",
    "js/unsent.js",
    "js/dialog.js",
    "js/keys.js",
    "js/form-hints.js",
    "js/code-strength.js",
    "js/picker.js",
    "js/bulk-select.js",
    "js/net-errors.js",
    "js/copy.js",
    "js/renew.js",
];

/// The hash of all assets together, so that the scripts and styles may name each other by relative paths.
fn edition() -> &'static str {
    static EDITION: OnceLock<String> = OnceLock::new();
    EDITION.get_or_init(|| {
        let mut names: Vec<_> = Files::iter().collect();
        names.sort();
        let mut hash = Sha256::new();
        for name in names {
            hash.update(name.as_bytes());
            if let Some(file) = Files::get(&name) {
                hash.update(file.metadata.sha256_hash());
            }
        }
        hash.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect()
    })
}

/// The address of an asset, for templates: `css/base.css` → `/assets/<edition>/css/base.css`.
#[must_use]
pub fn url(name: &str) -> String {
    format!("/assets/{}/{name}", edition())
}

/// `GET /assets/{edition}/{name}`: kept by browsers for a year, because another content has another address.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn show(path: web::Path<(String, String)>) -> Result<HttpResponse, Error> {
    let (wanted, name) = path.into_inner();
    let (kind, body) = content(&name).ok_or(Error::NotFound)?;
    let caching = if wanted == edition() { "public, max-age=31536000, immutable" } else { "no-cache" };
    Ok(HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, kind))
        .insert_header((header::CACHE_CONTROL, caching))
        .body(body))
}

/// `GET /favicon.ico`: browsers ask for it by this name.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn favicon() -> Result<HttpResponse, Error> {
    let file = Files::get("favicon.svg").ok_or(Error::NotFound)?;
    Ok(HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "image/svg+xml"))
        .insert_header((header::CACHE_CONTROL, "public, max-age=86400"))
        .body(file.data.into_owned()))
}

/// `GET /robots.txt`: only the public landing page is for search engines.
pub async fn robots() -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "text/plain; charset=utf-8"))
        .body("User-agent: *\nAllow: /redeem$\nDisallow: /\n")
}

/// The type and bytes of an asset: a file, or several behind one another.
fn content(name: &str) -> Option<(String, Vec<u8>)> {
    let together = |names: &[&str]| {
        names.iter().filter_map(|name| Files::get(name)).flat_map(|file| file.data.into_owned()).collect()
    };
    match name {
        "app.css" => Some(("text/css; charset=utf-8".to_owned(), together(&STYLES))),
        "app.js" => Some(("text/javascript; charset=utf-8".to_owned(), together(&SCRIPTS))),
        _ => {
            let file = Files::get(name)?;
            let guessed = file.metadata.mimetype();
            let text = guessed.starts_with("text/") || name.ends_with(".svg");
            let kind = if text { format!("{guessed}; charset=utf-8") } else { guessed.to_owned() };
            Some((kind, file.data.into_owned()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Files, SCRIPTS, STYLES};

    #[test]
    fn every_stylesheet_and_script_is_in_its_bundle() {
        let known = |name: &str| STYLES.contains(&name) || SCRIPTS.contains(&name) || name == "js/csp.js";
        let strays: Vec<_> = Files::iter()
            .filter(|name| (name.starts_with("css/") || name.starts_with("js/")) && !known(name))
            .collect();
        assert!(strays.is_empty(), "not in any bundle: {strays:?}");
        for name in STYLES.iter().chain(&SCRIPTS) {
            assert!(Files::get(name).is_some(), "missing: {name}");
        }
    }
}
