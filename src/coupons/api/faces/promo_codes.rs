//! `/promo-codes`: discounts of bookings, in camelCase. A code made here is used once by each person, and once by each
//! booking.

use super::{Wanted, go_on};
use crate::accounts::caller::{ListsCoupons, WritesCoupons};
use crate::coupons::actions::{self, Action};
use crate::coupons::api::coupons::{deleted, saved_as};
use crate::coupons::api::fields::{BenefitFields, CouponFields, Kind};
use crate::coupons::api::view;
use crate::coupons::benefit::Benefit;
use crate::coupons::coupon::{Coupon, UsesPer};
use crate::coupons::form::CouponForm;
use crate::coupons::{queries, rows, save};
use crate::db::Db;
use crate::error::{Error, Fault};
use crate::money::BasisPoints;
use crate::tenants::Tenant;
use crate::web::api::{self, Answer, Body, Id, IfMatch, Once, Prefer, Query};
use crate::web::form::Errors;
use crate::web::paging::Cursor;
use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use sea_orm::{ConnectionTrait, DatabaseTransaction};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Number;
use uuid::Uuid;

/// The benefits that a booking can have.
const KINDS: [&str; 2] = ["percentage", "fixed_amount"];

/// A promo code.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PromoCode {
    /// Its id.
    pub id: Uuid,
    /// What people type, in capital letters.
    pub code: String,
    /// How the value is meant.
    pub discount_type: DiscountType,
    /// Percent, or minor units.
    pub discount_value: Number,
    /// How often it can be used; null is unlimited.
    pub max_uses: Option<i64>,
    /// Paid uses.
    pub used_count: i64,
    /// The least a booking must cost, in minor units.
    pub min_booking_amount: i64,
    /// The types it is for; null is all.
    pub applicable_workspace_types: Option<Vec<String>>,
    /// The instant at which it is over.
    pub expires_at: Option<DateTime<Utc>>,
    /// Whether it is neither paused nor deleted.
    pub is_active: bool,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it changed last; uses do not change it.
    pub updated_at: DateTime<Utc>,
}

/// How the value of a discount is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DiscountType {
    /// Percent, from 0.01 to 100.
    Percentage,
    /// Minor units, at least 1.
    FixedAmount,
}

impl DiscountType {
    /// The type of a benefit, and its value; `None` for what a booking cannot have.
    #[must_use]
    pub fn of(benefit: &Benefit) -> Option<(Self, Number)> {
        match benefit {
            Benefit::Percentage { basis_points, .. } if basis_points.get() % 100 == 0 => {
                Some((Self::Percentage, (basis_points.get() / 100).into()))
            }
            Benefit::Percentage { basis_points, .. } => {
                Some((Self::Percentage, basis_points.to_string().parse::<f64>().ok().and_then(Number::from_f64)?))
            }
            Benefit::FixedAmount { amount } => Some((Self::FixedAmount, (*amount).into())),
            Benefit::Credit { .. } | Benefit::Limits { .. } => None,
        }
    }
}

/// A promo code to be made.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct NewPromoCode {
    /// What people will type.
    #[schemars(length(min = 3, max = 127), regex(pattern = "^[._-]*([A-Za-z0-9][._-]*){3,64}$"))]
    pub code: String,
    /// How the value is meant.
    pub discount_type: DiscountType,
    /// Percent from 0.01 to 100, or minor units from 1.
    #[schemars(range(min = 0.01))]
    pub discount_value: Number,
    /// How often it can be used; null is unlimited, 0 is closed.
    #[schemars(range(min = 0))]
    pub max_uses: Option<i64>,
    /// The least a booking must cost, in minor units.
    #[schemars(range(min = 0))]
    pub min_booking_amount: Option<i64>,
    /// The keys of the types it is for; null is all.
    pub applicable_workspace_types: Option<Vec<String>>,
    /// The instant at which it is over.
    pub expires_at: Option<DateTime<Utc>>,
    /// Whether it can be used at once; it can where nothing is said.
    pub is_active: Option<bool>,
}

/// What changes: an absent field stays, null clears.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase", default)]
pub struct PromoCodeChanges {
    /// Only as it is: a code never changes.
    pub code: Option<String>,
    /// How the value is meant.
    pub discount_type: Option<DiscountType>,
    /// Percent from 0.01 to 100, or minor units from 1.
    pub discount_value: Option<Number>,
    /// Null is unlimited.
    #[serde(deserialize_with = "given")]
    #[schemars(with = "Option<i64>", range(min = 0))]
    pub max_uses: Option<Option<i64>>,
    /// Null is 0.
    #[serde(deserialize_with = "given")]
    #[schemars(with = "Option<i64>", range(min = 0))]
    pub min_booking_amount: Option<Option<i64>>,
    /// Null is all.
    #[serde(deserialize_with = "given")]
    #[schemars(with = "Option<Vec<String>>")]
    pub applicable_workspace_types: Option<Option<Vec<String>>>,
    /// Null is never.
    #[serde(deserialize_with = "given")]
    #[schemars(with = "Option<DateTime<Utc>>")]
    pub expires_at: Option<Option<DateTime<Utc>>>,
    /// False pauses, true resumes.
    pub is_active: Option<bool>,
}

/// Something that was said, null included.
fn given<'de, T: Deserialize<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

/// `GET /promo-codes`: newest first, a bare list; the header `Link` says where it goes on.
///
/// # Errors
/// When the database does not answer.
pub async fn index(who: ListsCoupons, db: web::Data<Db>, Query(wanted): Query<Wanted>) -> Result<HttpResponse, Error> {
    let cursor = Cursor { after: wanted.after.map(|id| id.to_string()), before: None };
    let size = wanted.limit.unwrap_or_default().get();
    let which = (KINDS.as_slice(), wanted.include_deleted);
    let page = queries::of_kinds(db.read(), who.tenant.id, which, (&cursor, size)).await?;
    let mut response = api::json(&views(db.read(), &who.tenant, &page.rows).await?)?;
    go_on(&mut response, "/promo-codes", &wanted, page.next.as_deref());
    Ok(response)
}

/// `POST /promo-codes`: 201.
///
/// # Errors
/// 409 `code_taken`, 422 with what is wrong with which field.
pub async fn create(
    who: WritesCoupons,
    db: web::Data<Db>,
    Body { data, once }: Body<NewPromoCode>,
) -> Result<HttpResponse, Error> {
    let active = data.is_active.unwrap_or(true);
    let form = form(fields_of(data)?, &who.tenant)?;
    api::once(&db, who.request_key(&once).as_ref(), who.now, async |tx| {
        let made = save::make(tx, &who.actor(), &who.tenant, &form, who.now).await?;
        let id = saved_as(made, name)?;
        switch(tx, &who, id, active).await?;
        let (view, version) = one(tx, &who.tenant, id).await?;
        Ok(Answer::of(StatusCode::CREATED, &view)?.at_version(version))
    })
    .await
}

/// `PATCH /promo-codes/{id}`.
///
/// # Errors
/// [`Error::NotFound`] for what is no promo code here; 412 where `If-Match` names another version, 409 `deleted`, 422 with
/// what is wrong with which field.
pub async fn update(
    who: WritesCoupons,
    db: web::Data<Db>,
    id: Id,
    (prefer, only): (Prefer, IfMatch),
    Body { data, once }: Body<PromoCodeChanges>,
) -> Result<HttpResponse, Error> {
    api::once(&db, who.request_key(&once).as_ref(), who.now, async |tx| {
        let before = locked(tx, who.tenant.id, *id).await?;
        only.check(before.version)?;
        if before.deleted_at.is_some() {
            return Err(deleted(*id));
        }
        let fields = view::fields(tx, who.tenant.id, &before).await?;
        let form = form(changed(fields, &before, &data)?, &who.tenant)?;
        saved_as(save::over(tx, &who.actor(), &who.tenant, (before, &form), who.now).await?, name)?;
        if let Some(active) = data.is_active {
            switch(tx, &who, *id, active).await?;
        }
        let (view, version) = one(tx, &who.tenant, *id).await?;
        Ok(Answer::of(StatusCode::OK, &view)?.at_version(version).as_preferred(prefer))
    })
    .await
}

/// `DELETE /promo-codes/{id}`: softly, and the second time with the same answer.
///
/// # Errors
/// [`Error::NotFound`] for what is no promo code here; 412 where `If-Match` names another version.
pub async fn delete(
    who: WritesCoupons,
    db: web::Data<Db>,
    id: Id,
    (only, once): (IfMatch, Once),
) -> Result<HttpResponse, Error> {
    api::once(&db, who.request_key(&once).as_ref(), who.now, async |tx| {
        only.check(locked(tx, who.tenant.id, *id).await?.version)?;
        actions::act(tx, &who.actor(), who.tenant.id, Action::Delete, &[*id], who.now).await?;
        Ok(Answer::no_content())
    })
    .await
}

async fn locked(tx: &DatabaseTransaction, tenant: Uuid, id: Uuid) -> Result<Coupon, Error> {
    let found = save::lock(tx, tenant, id).await?;
    found.filter(|coupon| DiscountType::of(&coupon.benefit).is_some()).ok_or(Error::NotFound)
}

async fn switch(tx: &DatabaseTransaction, who: &WritesCoupons, id: Uuid, active: bool) -> Result<(), Error> {
    let action = if active { Action::Resume } else { Action::Pause };
    actions::act(tx, &who.actor(), who.tenant.id, action, &[id], who.now).await?;
    Ok(())
}

/// The coupon that a new promo code is.
fn fields_of(new: NewPromoCode) -> Result<CouponFields, Error> {
    Ok(CouponFields {
        code: Some(new.code),
        benefit: Some(benefit(new.discount_type, &new.discount_value)?),
        max_uses: new.max_uses,
        max_uses_per_person: Some(1),
        minimum_amount: new.min_booking_amount,
        product_types: new.applicable_workspace_types.map(keys),
        valid_until: new.expires_at,
        uses_per: Some(UsesPer::Order),
        ..CouponFields::default()
    })
}

fn changed(fields: CouponFields, before: &Coupon, said: &PromoCodeChanges) -> Result<CouponFields, Error> {
    let (was, value) = DiscountType::of(&before.benefit).ok_or(Error::NotFound)?;
    let kind = said.discount_type.unwrap_or(was);
    let value = match &said.discount_value {
        Some(value) => value.clone(),
        None if kind == was => value,
        None => return Err(wrong("discountValue", "Say the value as well: another type means it otherwise.")),
    };
    let mut benefit = benefit(kind, &value)?;
    benefit.maximum_discount =
        fields.benefit.as_ref().and_then(|it| it.maximum_discount).filter(|_| kind == DiscountType::Percentage);
    let types = said.applicable_workspace_types.clone().map(|types| types.map_or_else(Vec::new, keys));
    Ok(CouponFields {
        code: said.code.clone(),
        benefit: Some(benefit),
        max_uses: said.max_uses.unwrap_or(fields.max_uses),
        minimum_amount: said.min_booking_amount.unwrap_or(fields.minimum_amount),
        product_types: types.or(fields.product_types),
        valid_until: said.expires_at.unwrap_or(fields.valid_until),
        ..fields
    })
}

/// The keys of types, which older systems write in capital letters.
fn keys(types: Vec<String>) -> Vec<String> {
    types.iter().map(|key| key.trim().to_lowercase()).collect()
}

fn benefit(kind: DiscountType, value: &Number) -> Result<BenefitFields, Error> {
    match kind {
        DiscountType::Percentage => {
            let points = BasisPoints::parse(&value.to_string());
            let points = points.map_err(|fault| wrong("discountValue", &fault.to_string()))?;
            Ok(BenefitFields { kind: Some(Kind::Percentage), basis_points: Some(points.get()), ..Default::default() })
        }
        DiscountType::FixedAmount => {
            let amount = value.as_i64().filter(|amount| *amount >= 1);
            let amount = amount.ok_or_else(|| wrong("discountValue", "Say whole minor units, 1 at the least."))?;
            Ok(BenefitFields { kind: Some(Kind::FixedAmount), amount: Some(amount), ..Default::default() })
        }
    }
}

fn wrong(field: &str, message: &str) -> Error {
    Fault::new("invalid", "Not acceptable", message)
        .on(field, "invalid", message)
        .with_status(StatusCode::UNPROCESSABLE_ENTITY)
}

fn form(fields: CouponFields, tenant: &Tenant) -> Result<CouponForm, Error> {
    fields.into_form(tenant.currency).map_err(|errors: Errors| api::refuse(&errors, name))
}

/// What the face calls a field of the form.
fn name(field: &str) -> String {
    let name = match field {
        "kind" => "discountType",
        "percent" | "amount" => "discountValue",
        "max_uses" => "maxUses",
        "minimum_amount" => "minBookingAmount",
        "product_types" | "products" => "applicableWorkspaceTypes",
        "valid_until" => "expiresAt",
        other => other,
    };
    name.to_owned()
}

async fn one(connection: &impl ConnectionTrait, tenant: &Tenant, id: Uuid) -> Result<(PromoCode, i64), Error> {
    let coupon = rows::load(connection, tenant.id, &[id]).await?.remove(&id).ok_or(Error::NotFound)?;
    let view = views(connection, tenant, std::slice::from_ref(&coupon)).await?.pop().ok_or(Error::NotFound)?;
    Ok((view, coupon.version))
}

async fn views(
    connection: &impl ConnectionTrait,
    tenant: &Tenant,
    coupons: &[Coupon],
) -> Result<Vec<PromoCode>, Error> {
    let ids: Vec<Uuid> = coupons.iter().map(|coupon| coupon.id).collect();
    let mut codes = queries::first_codes(connection, tenant.id, &ids).await?;
    let changed = queries::changed_at(connection, tenant.id, &ids).await?;
    let view = |coupon: &Coupon| {
        let (discount_type, discount_value) = DiscountType::of(&coupon.benefit)?;
        let types: Vec<String> = coupon.scope.product_types.iter().cloned().collect();
        Some(PromoCode {
            id: coupon.id,
            code: codes.remove(&coupon.id).map(|first| first.text).unwrap_or_default(),
            discount_type,
            discount_value,
            max_uses: coupon.max_uses,
            used_count: coupon.counters.uses,
            min_booking_amount: coupon.minimum_amount,
            applicable_workspace_types: Some(types).filter(|types| !types.is_empty()),
            expires_at: coupon.valid_until,
            is_active: coupon.paused_at.is_none() && coupon.deleted_at.is_none(),
            created_at: coupon.created_at,
            updated_at: changed.get(&coupon.id).copied().unwrap_or(coupon.created_at),
        })
    };
    Ok(coupons.iter().filter_map(view).collect())
}
