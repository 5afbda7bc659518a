//! `/platform`: the tenants of the installation.

use crate::accounts::guards::PlatformAdmin;
use crate::accounts::shell::{Section, Shell};
use crate::calendar;
use crate::db::{self, Db};
use crate::error::Error;
use crate::tenants::platform::{self, NewTyped, Typed};
use crate::tenants::{Edited, Tenant, fields, queries};
use crate::web::form::{Errors, Form};
use crate::web::html;
use crate::web::notice::Notice;
use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use askama::Template;
use uuid::Uuid;

const PATH: &str = "/platform";

struct Row {
    id: Uuid,
    name: String,
    slug: String,
    hostname: String,
    coupons: bool,
    sandbox: bool,
    created: String,
}

#[derive(Template)]
#[template(path = "tenants/index.html")]
struct Index {
    shell: Shell,
    rows: Vec<Row>,
}

#[derive(Template)]
#[template(path = "tenants/new.html")]
struct NewPage {
    shell: Shell,
    errors: Errors,
    typed: NewTyped,
    currencies: Vec<(&'static str, &'static str)>,
    zones: Vec<(&'static str, &'static str)>,
}

#[derive(Template)]
#[template(path = "tenants/edit.html")]
struct EditPage {
    shell: Shell,
    errors: Errors,
    name: String,
    id: Uuid,
    typed: Typed,
    is_conflict: bool,
}

/// `GET /platform`.
///
/// # Errors
/// As the guard.
pub async fn index(who: PlatformAdmin, db: web::Data<Db>) -> Result<HttpResponse, Error> {
    let row = |tenant: Tenant| Row {
        id: tenant.id,
        name: tenant.row.name,
        slug: tenant.row.slug,
        hostname: tenant.row.hostname.unwrap_or_else(|| "Every hostname".to_owned()),
        coupons: tenant.row.coupons_enabled,
        sandbox: tenant.row.sandbox_payments,
        created: calendar::day(tenant.row.created_at, who.tenant.zone),
    };
    let rows = platform::all(db.read()).await?.into_iter().map(row).collect();
    html::page(&Index { shell: who.shell(Section::Platform), rows })
}

/// `GET /platform/tenants/new`.
///
/// # Errors
/// As the guard.
pub async fn new(who: PlatformAdmin) -> Result<HttpResponse, Error> {
    let typed = NewTyped {
        currency: who.tenant.currency.code().to_owned(),
        time_zone: who.tenant.zone.name().to_owned(),
        coupons_enabled: Some("yes".to_owned()),
        ..NewTyped::default()
    };
    html::page(&new_page(&who, typed, Errors::default()))
}

/// `POST /platform/tenants`.
///
/// # Errors
/// As the guard.
pub async fn create(who: PlatformAdmin, form: Form<NewTyped>, db: web::Data<Db>) -> Result<HttpResponse, Error> {
    let tx = db.begin().await?;
    match platform::create(&tx, &who.actor(), &form.0, who.now).await? {
        Ok(tenant) => {
            db::commit(tx).await?;
            let hostname = tenant.row.hostname.unwrap_or_default();
            let said = format!("{} was made and answers at {hostname}.", tenant.row.name);
            Ok(Notice::new(said).on(html::see_other(PATH)))
        }
        Err(errors) => html::with_status(StatusCode::UNPROCESSABLE_ENTITY, &new_page(&who, form.0, errors)),
    }
}

/// `GET /platform/tenants/{id}`.
///
/// # Errors
/// As the guard; [`Error::NotFound`].
pub async fn edit(who: PlatformAdmin, id: web::Path<Uuid>, db: web::Data<Db>) -> Result<HttpResponse, Error> {
    let tenant = queries::by_id(db.read(), id.into_inner()).await?.ok_or(Error::NotFound)?;
    let typed = Typed::of(&tenant);
    html::page(&edit_page(&who, tenant, typed, Errors::default()))
}

/// `POST /platform/tenants/{id}`.
///
/// # Errors
/// As [`edit`].
pub async fn update(
    who: PlatformAdmin,
    id: web::Path<Uuid>,
    form: Form<Typed>,
    db: web::Data<Db>,
) -> Result<HttpResponse, Error> {
    let tenant = queries::by_id(db.read(), id.into_inner()).await?.ok_or(Error::NotFound)?;
    let tx = db.begin().await?;
    match platform::save(&tx, &who.actor(), tenant.id, &form.0, who.now).await? {
        Ok(Edited::Conflict(now)) => {
            let typed = Typed::of(&now);
            let page = EditPage { is_conflict: true, ..edit_page(&who, now, typed, Errors::default()) };
            html::with_status(StatusCode::CONFLICT, &page)
        }
        Ok(_) => {
            db::commit(tx).await?;
            Ok(Notice::new(format!("{} was saved.", tenant.row.name)).on(html::see_other(PATH)))
        }
        Err(errors) => html::with_status(StatusCode::UNPROCESSABLE_ENTITY, &edit_page(&who, tenant, form.0, errors)),
    }
}

fn new_page(who: &PlatformAdmin, typed: NewTyped, errors: Errors) -> NewPage {
    let shell = who.shell(Section::Platform);
    NewPage { shell, errors, typed, currencies: fields::currencies(), zones: fields::zones() }
}

fn edit_page(who: &PlatformAdmin, tenant: Tenant, typed: Typed, errors: Errors) -> EditPage {
    let shell = who.shell(Section::Platform);
    EditPage { shell, errors, name: tenant.row.name, id: tenant.id, typed, is_conflict: false }
}
