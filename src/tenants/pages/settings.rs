//! `/dashboard/settings`.

use crate::accounts::guards::Admin;
use crate::accounts::shell::{Section, Shell};
use crate::db::{self, Db};
use crate::error::Error;
use crate::tenants::settings::Typed;
use crate::tenants::{self, Edited, fields, queries};
use crate::web::form::{Errors, Form};
use crate::web::html;
use crate::web::notice::Notice;
use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use askama::Template;

#[derive(Template)]
#[template(path = "tenants/settings.html")]
struct Page {
    shell: Shell,
    errors: Errors,
    typed: Typed,
    /// What stands now, when somebody else saved meanwhile.
    theirs: Option<Typed>,
    currency_is_fixed: bool,
    currencies: Vec<(&'static str, &'static str)>,
    zones: Vec<(&'static str, &'static str)>,
    unit: &'static str,
}

/// `GET /dashboard/settings`.
///
/// # Errors
/// As the guard.
pub async fn edit(who: Admin, db: web::Data<Db>) -> Result<HttpResponse, Error> {
    let fixed = queries::has_money(db.read(), who.tenant.id).await?;
    html::page(&page(&who, Typed::of(&who.tenant), fixed, Errors::default()))
}

/// `POST /dashboard/settings`.
///
/// # Errors
/// As the guard.
pub async fn update(who: Admin, form: Form<Typed>, db: web::Data<Db>) -> Result<HttpResponse, Error> {
    let typed = form.0;
    let tx = db.begin().await?;
    queries::lock(&tx, who.tenant.id).await?;
    let fixed = queries::has_money(&tx, who.tenant.id).await?;
    let mut errors = Errors::default();
    let Some(settings) = typed.read(fixed.then_some(who.tenant.currency), &mut errors) else {
        return html::with_status(StatusCode::UNPROCESSABLE_ENTITY, &page(&who, typed, fixed, errors));
    };
    let shown = (who.tenant.id, typed.version);
    match tenants::edit(&tx, &who.actor(), shown, |row| settings.apply(row), who.now).await? {
        Edited::Conflict(now) => {
            let theirs = Typed::of(&now);
            let typed = Typed { version: theirs.version, ..typed };
            let page = Page { theirs: Some(theirs), ..page(&who, typed, fixed, errors) };
            html::with_status(StatusCode::CONFLICT, &page)
        }
        Edited::Saved(_) | Edited::HostnameTaken => {
            db::commit(tx).await?;
            Ok(Notice::new("The settings were saved.").on(html::see_other("/dashboard/settings")))
        }
    }
}

fn page(who: &Admin, typed: Typed, currency_is_fixed: bool, errors: Errors) -> Page {
    Page {
        shell: who.shell(Section::Settings),
        errors,
        typed,
        theirs: None,
        currency_is_fixed,
        currencies: fields::currencies(),
        zones: fields::zones(),
        unit: who.tenant.currency.code(),
    }
}
