//! `/dashboard/imports/new`: a file is chosen and sent.

use super::upload::{self, Received};
use crate::accounts::guards::CouponAdmin;
use crate::accounts::shell::{Section, Shell};
use crate::config::Config;
use crate::coupons::code::CodeKey;
use crate::coupons::{queries as coupons, rows};
use crate::db::{self, Db};
use crate::error::Error;
use crate::files::{self, Writer};
use crate::imports::check::blocking;
use crate::imports::create::{self, Upload};
use crate::imports::faces::presets;
use crate::imports::queries::KEPT;
use crate::imports::reading::{self, Looked};
use crate::web::form::{Errors, Query};
use crate::web::html;
use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use anyhow::anyhow;
use askama::Template;
use serde::Deserialize;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use uuid::Uuid;

/// For which coupon.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Wanted {
    coupon: Option<Uuid>,
}

#[derive(Template)]
#[template(path = "imports/new.html")]
struct Page {
    shell: Shell,
    errors: Errors,
    /// Codes of a coupon that is there.
    for_codes: bool,
    /// That coupon, as it was typed.
    into: String,
    limit: String,
}

/// `GET /dashboard/imports/new`.
///
/// # Errors
/// [`Error::NotFound`] for a coupon that the tenant does not have.
pub async fn new(
    who: CouponAdmin,
    db: web::Data<Db>,
    config: web::Data<Config>,
    Query(wanted): Query<Wanted>,
) -> Result<HttpResponse, Error> {
    let into = match wanted.coupon {
        Some(id) => {
            rows::load(db.read(), who.tenant.id, &[id]).await?.remove(&id).ok_or(Error::NotFound)?;
            coupons::first_code(db.read(), who.tenant.id, id).await?.map(|code| code.to_string()).unwrap_or_default()
        }
        None => String::new(),
    };
    html::page(&page(&who, &config, Errors::default(), (wanted.coupon.is_some(), into)))
}

/// `POST /dashboard/imports`: takes the file in, and goes on with its columns.
///
/// # Errors
/// 413 for a file that is too large; nothing of it is kept then.
pub async fn create(
    who: CouponAdmin,
    db: web::Data<Db>,
    config: web::Data<Config>,
    request: HttpRequest,
    body: web::Payload,
) -> Result<HttpResponse, Error> {
    let mut received = upload::receive(&request, body, config.largest_upload).await?;
    let (for_codes, into) = (received.text("what") == "codes", received.text("into").trim().to_owned());
    let mut errors = Errors::default();
    let coupon = if for_codes { coupon(&who, &db, &into, &mut errors).await? } else { None };
    let looked = look(&mut received, config.largest_upload, &mut errors).await?;
    let Some((name, file, size, looked)) = looked.filter(|_| errors.is_empty()) else {
        let page = page(&who, &config, errors, (for_codes, into));
        return html::with_status(StatusCode::UNPROCESSABLE_ENTITY, &page);
    };
    let id = keep(&who, &db, coupon, (name, file, size, looked)).await?;
    Ok(html::see_other(&format!("/dashboard/imports/{id}/columns")))
}

fn page(who: &CouponAdmin, config: &Config, errors: Errors, (for_codes, into): (bool, String)) -> Page {
    let limit = upload::words(config.largest_upload);
    Page { shell: who.shell(Section::Imports), errors, for_codes, into, limit }
}

/// The coupon that has the typed code.
async fn coupon(who: &CouponAdmin, db: &Db, typed: &str, errors: &mut Errors) -> Result<Option<Uuid>, Error> {
    let Ok(key) = CodeKey::fold(typed) else {
        errors.add("into", "Type a code of the coupon that the codes are for.");
        return Ok(None);
    };
    let Some(code) = rows::codes_by_key(db.read(), who.tenant.id, std::slice::from_ref(&key)).await?.remove(&key)
    else {
        errors.add("into", format!("There is no coupon with the code {}.", typed.trim()));
        return Ok(None);
    };
    let found = rows::load(db.read(), who.tenant.id, &[code.coupon_id]).await?.remove(&code.coupon_id);
    if found.is_none_or(|coupon| coupon.deleted_at.is_some()) {
        errors.add("into", format!("The coupon of {} is deleted. Restore it first.", code.text));
        return Ok(None);
    }
    Ok(Some(code.coupon_id))
}

type Seen = (String, File, u64, Looked);

async fn look(received: &mut Received, largest: u64, errors: &mut Errors) -> Result<Option<Seen>, Error> {
    let Some((name, mut file, size)) = received.file.take() else {
        errors.add("file", "Choose a file first.");
        return Ok(None);
    };
    let (file, looked) = blocking(move || {
        let looked = reading::look(&mut file, None, largest);
        (file, looked)
    })
    .await?;
    match looked {
        Ok(looked) => Ok(Some((name, file, size, looked))),
        Err(unreadable) => {
            errors.add("file", format!("{name}: {unreadable}"));
            Ok(None)
        }
    }
}

/// Puts the file where every process has it, with the import that it is for.
async fn keep(
    who: &CouponAdmin,
    db: &Db,
    coupon: Option<Uuid>,
    (name, mut file, size, looked): Seen,
) -> Result<Uuid, Error> {
    let failed = |error: std::io::Error| Error::Internal(anyhow!(error));
    let media_type = "application/octet-stream".to_owned();
    let new = files::New { tenant: who.tenant.id, name: name.clone(), media_type };
    let mut kept = Writer::create(db, new, who.now).await?;
    file.seek(SeekFrom::Start(0)).map_err(failed)?;
    let mut bytes = vec![0; files::CHUNK];
    loop {
        let count = file.read(&mut bytes).map_err(failed)?;
        let Some(part) = bytes.get(..count).filter(|part| !part.is_empty()) else { break };
        kept.write(part).await?;
    }
    let mapping = presets::guess(&looked.columns, coupon.is_some());
    let size = i64::try_from(size).unwrap_or(i64::MAX);
    let upload = Upload { coupon, file: kept.id(), name, size, looked, mapping };
    let tx = db.begin().await?;
    kept.finish(&tx, who.now + KEPT + KEPT, who.now).await?;
    let id = create::create(&tx, &who.actor(), who.tenant.id, upload, who.now).await?;
    db::commit(tx).await?;
    Ok(id)
}
