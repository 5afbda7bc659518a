//! `/billing/vouchers`: credit for organizations, in snake_case; and the older addresses of the same, which say that they
//! are older.

use super::{Wanted, go_on};
use crate::accounts::caller::{ListsCoupons, WritesCoupons};
use crate::coupons::actions::{self, Action};
use crate::coupons::api::coupons::saved_as;
use crate::coupons::api::fields::{BenefitFields, CouponFields, Kind};
use crate::coupons::benefit::Benefit;
use crate::coupons::code::{Code, CodeKey};
use crate::coupons::coupon::Coupon;
use crate::coupons::generator::{Letters, Pattern};
use crate::coupons::one_code::drop_code;
use crate::coupons::{queries, rows, save};
use crate::db::Db;
use crate::error::{Error, Fault};
use crate::tenants::Tenant;
use crate::web::api::{self, Answer, Body, Once, Query};
use crate::web::paging::Cursor;
use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use sea_orm::{ConnectionTrait, DatabaseTransaction};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

const KIND: [&str; 1] = ["credit"];

/// A voucher.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Voucher {
    /// What people type, in capital letters.
    pub code: String,
    /// What an organization gets, in minor units.
    pub credit: i64,
    /// The currency of the credit.
    pub currency: &'static str,
    /// What everybody may read.
    pub description: String,
    /// Whether it is neither paused nor deleted.
    pub active: bool,
    /// How often it can be redeemed; null is unlimited.
    pub max_redemptions: Option<i64>,
    /// How often it was.
    pub times_redeemed: i64,
    /// Since when it is deleted.
    pub deleted_at: Option<DateTime<Utc>>,
}

/// A voucher to be issued.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewVoucher {
    /// What people will type; drawn at random where nothing is said.
    #[schemars(length(min = 3, max = 127), regex(pattern = "^[._-]*([A-Za-z0-9][._-]*){3,64}$"))]
    pub code: Option<String>,
    /// What an organization gets, in minor units.
    #[schemars(range(min = 1))]
    pub credit: i64,
    /// The tenant's currency, for a caller that wants it checked.
    pub currency: Option<String>,
    /// What everybody may read.
    pub description: Option<String>,
    /// Whether it can be redeemed at once; it can where nothing is said.
    pub active: Option<bool>,
    /// How often it can be redeemed; null is unlimited, 0 is closed.
    #[schemars(range(min = 0))]
    pub max_redemptions: Option<i64>,
}

/// `GET /billing/vouchers/list`: newest first, a bare list; the header `Link` says where it goes on.
///
/// # Errors
/// When the database does not answer.
pub async fn list(who: ListsCoupons, db: web::Data<Db>, Query(wanted): Query<Wanted>) -> Result<HttpResponse, Error> {
    let cursor = Cursor { after: wanted.after.map(|id| id.to_string()), before: None };
    let size = wanted.limit.unwrap_or_default().get();
    let which = (KIND.as_slice(), wanted.include_deleted);
    let page = queries::of_kinds(db.read(), who.tenant.id, which, (&cursor, size)).await?;
    let mut response = api::json(&views(db.read(), &who.tenant, &page.rows).await?)?;
    go_on(&mut response, "/billing/vouchers/list", &wanted, page.next.as_deref());
    Ok(response)
}

/// `POST /billing/vouchers/issue`: 201.
///
/// # Errors
/// 409 `code_taken`, 422 with what is wrong with which field.
pub async fn issue(
    who: WritesCoupons,
    db: web::Data<Db>,
    Body { data, once }: Body<NewVoucher>,
) -> Result<HttpResponse, Error> {
    let active = data.active.unwrap_or(true);
    let currency = who.tenant.currency;
    let form = fields_of(data, &who.tenant)?.into_form(currency).map_err(|errors| api::refuse(&errors, name))?;
    api::once(&db, who.request_key(&once).as_ref(), who.now, async |tx| {
        let id = saved_as(save::make(tx, &who.actor(), &who.tenant, &form, who.now).await?, name)?;
        if !active {
            actions::act(tx, &who.actor(), who.tenant.id, Action::Pause, &[id], who.now).await?;
        }
        let coupon = rows::load(tx, who.tenant.id, &[id]).await?.remove(&id).ok_or(Error::NotFound)?;
        let view = views(tx, &who.tenant, std::slice::from_ref(&coupon)).await?.pop().ok_or(Error::NotFound)?;
        Answer::of(StatusCode::CREATED, &view)
    })
    .await
}

/// `DELETE /billing/vouchers/revoke/{code}`: 204, and the second time as well. One code of many goes alone.
///
/// # Errors
/// [`Error::NotFound`] for what is no voucher here.
pub async fn revoke(
    who: WritesCoupons,
    db: web::Data<Db>,
    code: web::Path<String>,
    once: Once,
) -> Result<HttpResponse, Error> {
    api::once(&db, who.request_key(&once).as_ref(), who.now, async |tx| {
        let (coupon, code) = locked(tx, who.tenant.id, &code).await?;
        let codes = queries::first_codes(tx, who.tenant.id, &[coupon.id]).await?;
        if codes.get(&coupon.id).is_some_and(|first| first.codes > 1) {
            drop_code(tx, &who.actor(), (&coupon, &code), who.now).await?;
        } else {
            actions::act(tx, &who.actor(), who.tenant.id, Action::Delete, &[coupon.id], who.now).await?;
        }
        Ok(Answer::no_content())
    })
    .await
}

/// The voucher with this code, which nobody may use or edit before the end of the transaction.
async fn locked(tx: &DatabaseTransaction, tenant: Uuid, typed: &str) -> Result<(Coupon, Code), Error> {
    let key = CodeKey::fold(typed).map_err(|_| Error::NotFound)?;
    let found = rows::codes_by_key(tx, tenant, std::slice::from_ref(&key)).await?.remove(&key);
    let code = found.ok_or(Error::NotFound)?;
    let coupon = save::lock(tx, tenant, code.coupon_id).await?;
    let coupon = coupon.filter(|coupon| matches!(coupon.benefit, Benefit::Credit { .. })).ok_or(Error::NotFound)?;
    Ok((coupon, code))
}

/// The coupon that a new voucher is.
fn fields_of(new: NewVoucher, tenant: &Tenant) -> Result<CouponFields, Error> {
    if new.currency.is_some_and(|code| !code.trim().eq_ignore_ascii_case(tenant.currency.code())) {
        let message = format!("Credit is in {} here.", tenant.currency.code());
        let fault = Fault::new("invalid", "Not acceptable", message.clone()).on("currency", "invalid", message);
        return Err(fault.with_status(StatusCode::UNPROCESSABLE_ENTITY));
    }
    let code = match new.code {
        Some(code) => code,
        None => drawn()?,
    };
    Ok(CouponFields {
        code: Some(code),
        description: new.description,
        benefit: Some(BenefitFields { kind: Some(Kind::Credit), amount: Some(new.credit), ..Default::default() }),
        max_uses: new.max_redemptions,
        max_uses_per_organization: Some(1),
        ..CouponFields::default()
    })
}

/// A code that nobody has to think up.
fn drawn() -> Result<String, Error> {
    let drawn = Pattern::default().draw(&mut Letters::default());
    Ok(drawn.map_err(|fault| Error::Internal(fault.into()))?.to_string())
}

/// What the face calls a field of the form.
fn name(field: &str) -> String {
    match field {
        "credit" | "amount" => "credit".to_owned(),
        "max_uses" => "max_redemptions".to_owned(),
        other => other.to_owned(),
    }
}

async fn views(connection: &impl ConnectionTrait, tenant: &Tenant, coupons: &[Coupon]) -> Result<Vec<Voucher>, Error> {
    let ids: Vec<Uuid> = coupons.iter().map(|coupon| coupon.id).collect();
    let mut codes = queries::first_codes(connection, tenant.id, &ids).await?;
    let view = |coupon: &Coupon| {
        let Benefit::Credit { amount } = coupon.benefit else { return None };
        Some(Voucher {
            code: codes.remove(&coupon.id).map(|first| first.text).unwrap_or_default(),
            credit: amount,
            currency: tenant.currency.code(),
            description: coupon.description.clone(),
            active: coupon.paused_at.is_none() && coupon.deleted_at.is_none(),
            max_redemptions: coupon.max_uses,
            times_redeemed: coupon.counters.uses,
            deleted_at: coupon.deleted_at,
        })
    };
    Ok(coupons.iter().filter_map(view).collect())
}
