//! `/dashboard/coupons/{id}/batches`: the form, with five codes as they could be.

use crate::accounts::guards::CouponAdmin;
use crate::accounts::shell::{Section, Shell};
use crate::batches::create::{self, Outcome};
use crate::batches::plan::{Preview, Typed};
use crate::batches::queries;
use crate::coupons::coupon::Coupon;
use crate::coupons::{queries as coupons, rows};
use crate::db::{self, Db};
use crate::error::Error;
use crate::web::form::{Errors, Form};
use crate::web::html;
use crate::web::notice::Notice;
use crate::web::replay::{self, Claim};
use crate::web::token;
use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use askama::Template;
use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;

/// What is filled in before anybody typed.
const FRESH: (&str, &str, &str, &str) = ("100", "12", "4", "1");

/// The form.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Fields {
    count: String,
    prefix: String,
    length: String,
    group: String,
    max_uses: String,
    request_key: String,
    /// `preview` asks for another look.
    then: String,
}

#[derive(Template)]
#[template(path = "batches/new.html")]
struct Page {
    shell: Shell,
    coupon: (Uuid, String),
    typed: Fields,
    errors: Errors,
    preview: Option<Preview>,
}

#[derive(Template)]
#[template(path = "batches/_preview.html")]
struct Fragment {
    errors: Errors,
    preview: Option<Preview>,
}

impl Fields {
    fn typed(&self) -> Typed {
        Typed {
            count: self.count.clone(),
            prefix: self.prefix.clone(),
            length: self.length.clone(),
            group: self.group.clone(),
            max_uses: self.max_uses.clone(),
        }
    }
}

/// `GET /dashboard/coupons/{id}/batches/new`.
///
/// # Errors
/// [`Error::NotFound`] for a coupon that the tenant does not have, or that is deleted.
pub async fn new(who: CouponAdmin, db: web::Data<Db>, id: web::Path<Uuid>) -> Result<HttpResponse, Error> {
    let (count, length, group, max_uses) = FRESH;
    let typed = Fields {
        count: count.to_owned(),
        length: length.to_owned(),
        group: group.to_owned(),
        max_uses: max_uses.to_owned(),
        request_key: token::random(24)?,
        ..Fields::default()
    };
    let coupon = coupon(&who, &db, *id).await?;
    let (errors, preview) = preview(&who, &db, &coupon, &typed).await?;
    html::page(&page(&who, &db, &coupon, typed, (errors, preview)).await?)
}

/// `POST /dashboard/coupons/{id}/batches`.
///
/// # Errors
/// As [`new()`].
pub async fn create(
    who: CouponAdmin,
    db: web::Data<Db>,
    id: web::Path<Uuid>,
    Form(typed): Form<Fields>,
) -> Result<HttpResponse, Error> {
    let coupon = coupon(&who, &db, *id).await?;
    if typed.then == "preview" {
        let (errors, preview) = preview(&who, &db, &coupon, &typed).await?;
        if who.fragment {
            return html::with_status(StatusCode::OK, &Fragment { errors, preview });
        }
        let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
        return html::with_status(status, &page(&who, &db, &coupon, typed, (errors, preview)).await?);
    }
    match ask(&who, &db, &coupon, &typed).await? {
        Ok(batch) => {
            let said = "The codes are being made. You can close this page; they will be here when you come back.";
            Ok(Notice::new(said).on(html::see_other(&format!("/dashboard/batches/{batch}"))))
        }
        Err(errors) => {
            let page = page(&who, &db, &coupon, typed, (errors, None)).await?;
            html::with_status(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
    }
}

/// Asks for the batch, once for each form; its id, or what is wrong.
async fn ask(who: &CouponAdmin, db: &Db, coupon: &Coupon, typed: &Fields) -> Result<Result<Uuid, Errors>, Error> {
    let plan = match typed.typed().read() {
        Ok(plan) => plan,
        Err(errors) => return Ok(Err(errors)),
    };
    let there = queries::like(db.search(), who.tenant.id, &plan.pattern, plan.length).await?;
    let body = json!([typed.count, typed.prefix, typed.length, typed.group, typed.max_uses]).to_string();
    let route = format!("POST /dashboard/coupons/{}/batches", coupon.id);
    let key = replay::Key::of_form(who.tenant.id, who.user.id, &route, &typed.request_key, &body)?;
    let tx = db.begin().await?;
    if let Claim::Again(answer) = replay::claim(&tx, &key, who.now).await? {
        return Ok(Ok(serde_json::from_value(answer).map_err(|error| Error::Internal(error.into()))?));
    }
    let subject = (who.tenant.id, coupon.id);
    match create::create(&tx, &who.actor(), subject, (plan, there), who.now).await? {
        Outcome::Asked(batch) => {
            replay::settle(&tx, &key, json!(batch.id), who.now).await?;
            db::commit(tx).await?;
            Ok(Ok(batch.id))
        }
        Outcome::Invalid(errors) => Ok(Err(errors)),
        Outcome::Deleted => Err(Error::NotFound),
    }
}

async fn coupon(who: &CouponAdmin, db: &Db, id: Uuid) -> Result<Coupon, Error> {
    let found = rows::load(db.read(), who.tenant.id, &[id]).await?.remove(&id);
    found.filter(|coupon| coupon.deleted_at.is_none()).ok_or(Error::NotFound)
}

/// What the codes would be like, as far as they can be made.
async fn preview(
    who: &CouponAdmin,
    db: &Db,
    coupon: &Coupon,
    typed: &Fields,
) -> Result<(Errors, Option<Preview>), Error> {
    let plan = match typed.typed().read() {
        Ok(plan) => plan,
        Err(errors) => return Ok((errors, None)),
    };
    let there = queries::like(db.search(), who.tenant.id, &plan.pattern, plan.length).await?;
    let errors = plan.check(coupon, there).err().unwrap_or_default();
    Ok((errors, Some(plan.preview(there)?)))
}

async fn page(
    who: &CouponAdmin,
    db: &Db,
    coupon: &Coupon,
    typed: Fields,
    (errors, preview): (Errors, Option<Preview>),
) -> Result<Page, Error> {
    let first = coupons::first_code(db.read(), who.tenant.id, coupon.id).await?;
    let code = first.map_or_else(|| coupon.name.clone(), |code| code.to_string());
    Ok(Page { shell: who.shell(Section::Batches), coupon: (coupon.id, code), typed, errors, preview })
}
