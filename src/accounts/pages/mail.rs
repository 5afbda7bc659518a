//! `/dashboard/mail`: the letters of the demo, which go nowhere else. Any other installation has no such page: a mailed
//! link is for its receiver alone.

use crate::accounts::guards::Admin;
use crate::accounts::shell::{Section, Shell};
use crate::config::Config;
use crate::error::Error;
use crate::mail::{self, Kept};
use crate::web::html;
use actix_web::{HttpResponse, web};
use anyhow::anyhow;
use askama::Template;

#[derive(Template)]
#[template(path = "accounts/mail.html")]
struct Page {
    shell: Shell,
    kept: Vec<Kept>,
}

/// `GET /dashboard/mail`.
///
/// # Errors
/// [`Error::NotFound`] outside the demo.
pub async fn index(who: Admin, config: web::Data<Config>) -> Result<HttpResponse, Error> {
    if !config.demo {
        return Err(Error::NotFound);
    }
    let config = config.into_inner();
    let kept = web::block(move || mail::kept(&config)).await.map_err(|error| anyhow!("cannot read mails: {error}"))?;
    html::page(&Page { shell: who.shell(Section::Jobs), kept })
}
