//! `POST /billing/vouchers/redeem-preview`: `/api/v1/previews`, with the words of that caller beside its own.

use crate::accounts::guards::Visit;
use crate::coupons::benefit::Benefit;
use crate::coupons::coupon::Coupon;
use crate::error::Error;
use crate::redemptions::api::previews::{self, BenefitShown, PreviewSaid};
use crate::redemptions::preview::{Offer, Previews};
use crate::web::api::{Answer, Body};
use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;

/// What anybody may know of a voucher.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct VoucherPreview {
    /// The code as it is written.
    pub code: String,
    /// What an organization gets, in minor units; null for a code that gives something else.
    pub credit: Option<i64>,
    /// The currency of every amount here.
    pub currency: &'static str,
    /// What everybody may read.
    pub description: String,
    /// It can be used.
    pub active: bool,
    /// What it gives, whatever it is.
    pub benefit: BenefitShown,
}

/// `POST /billing/vouchers/redeem-preview`
///
/// # Errors
/// As `/api/v1/previews`.
pub async fn create(
    visit: Visit,
    body: Body<PreviewSaid>,
    previews: web::Data<Previews>,
) -> Result<HttpResponse, Error> {
    let shown = |offer: &Offer| {
        let shown = VoucherPreview {
            code: offer.code.text.to_string(),
            credit: credit(&offer.coupon),
            currency: visit.tenant.currency.code(),
            description: offer.coupon.description.clone(),
            active: true,
            benefit: BenefitShown::new(&visit, offer),
        };
        Answer::of(StatusCode::OK, &shown)
    };
    let beside = |coupon: &Coupon| vec![("credit", json!(credit(coupon))), ("active", json!(false))];
    previews::answer(&visit, &body.data.code, &previews, shown, beside).await
}

fn credit(coupon: &Coupon) -> Option<i64> {
    if let Benefit::Credit { amount } = coupon.benefit { Some(amount) } else { None }
}
