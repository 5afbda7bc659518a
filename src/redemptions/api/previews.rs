//! `POST /api/v1/previews`: what anybody may know of a code, throttled by address and tenant.

use crate::accounts::guards::Visit;
use crate::coupons::benefit::Benefit;
use crate::coupons::code::TYPED;
use crate::coupons::coupon::Coupon;
use crate::coupons::refusal::{Refusal, UnknownBecause};
use crate::coupons::tenant::voice;
use crate::error::{Error, Fault};
use crate::organizations::limits::LimitMode;
use crate::redemptions::preview::{Offer, Preview, Previews, Stranger};
use crate::web::again::Until;
use crate::web::api::{Answer, Body};
use actix_web::http::StatusCode;
use actix_web::{HttpResponse, ResponseError, web};
use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

/// What is asked. One code a call.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PreviewSaid {
    /// What was typed.
    #[schemars(regex(pattern = TYPED))]
    pub code: String,
}

/// What anybody may know of a code that can be used.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct PreviewShown {
    /// The code as it is written.
    pub code: String,
    /// What it gives.
    pub benefit: BenefitShown,
    /// The currency of every amount here.
    pub currency: &'static str,
    /// What everybody may read.
    pub description: String,
    /// The instant at which it is over.
    pub valid_until: Option<DateTime<Utc>>,
}

/// What a code gives.
#[derive(Clone, Debug, Default, Serialize, JsonSchema)]
pub struct BenefitShown {
    /// `percentage`, `fixed_amount`, `credit` or `limits`.
    pub kind: String,
    /// In words.
    pub text: String,
    /// Of a percentage: 1500 is 15 %.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub basis_points: Option<i64>,
    /// Of a percentage: it takes off no more than this, in minor units.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub up_to: Option<i64>,
    /// Of a fixed amount or of credit, in minor units.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub amount: Option<i64>,
    /// Of limits.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(default)]
    pub limits: Vec<LimitShown>,
}

/// What happens to one limit of an organization.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct LimitShown {
    /// The key of the limit.
    pub key: String,
    /// How it meets what is there.
    pub mode: LimitMode,
    /// Null is unlimited.
    pub value: Option<i64>,
}

impl BenefitShown {
    /// What an offer of this tenant gives.
    #[must_use]
    pub fn new(visit: &Visit, offer: &Offer) -> Self {
        let benefit = &offer.coupon.benefit;
        let text = offer.words(visit.tenant.currency);
        let shown = Self { kind: benefit.kind().to_owned(), text, ..Self::default() };
        match benefit {
            Benefit::Percentage { basis_points, max_discount } => {
                Self { basis_points: Some(basis_points.get()), up_to: *max_discount, ..shown }
            }
            Benefit::FixedAmount { amount } | Benefit::Credit { amount } => Self { amount: Some(*amount), ..shown },
            Benefit::Limits { changes } => {
                let limit = |change: &crate::organizations::limits::LimitChange| LimitShown {
                    key: change.key.clone(),
                    mode: change.grant.mode,
                    value: change.grant.value.column(),
                };
                Self { limits: changes.iter().map(limit).collect(), ..shown }
            }
        }
    }
}

/// `POST /api/v1/previews`
///
/// # Errors
/// 404 for what there is not, for strangers; 410 for what has ended, with what it gave; 400 for what is no code; 429 for
/// who guesses.
pub async fn create(
    visit: Visit,
    body: Body<PreviewSaid>,
    previews: web::Data<Previews>,
) -> Result<HttpResponse, Error> {
    let shown = |offer: &Offer| {
        let shown = PreviewShown {
            code: offer.code.text.to_string(),
            benefit: BenefitShown::new(&visit, offer),
            currency: visit.tenant.currency.code(),
            description: offer.coupon.description.clone(),
            valid_until: offer.coupon.valid_until,
        };
        Answer::of(StatusCode::OK, &shown)
    };
    answer(&visit, &body.data.code, &previews, shown, |_| Vec::new()).await
}

/// What a stranger is told, in the shape of the caller: of what can be used by `shown`, of what has ended with what
/// `beside` adds to the benefit and the description.
pub(super) async fn answer(
    visit: &Visit,
    typed: &str,
    previews: &Previews,
    shown: impl FnOnce(&Offer) -> Result<Answer, Error>,
    beside: impl FnOnce(&Coupon) -> Vec<(&'static str, serde_json::Value)>,
) -> Result<HttpResponse, Error> {
    let stranger = Stranger { address: visit.address, request_id: visit.request_id.clone(), standing: visit.standing };
    let (told, quota) = previews.ask(&visit.tenant, (&stranger, typed), visit.now).await?;
    let mut response = match told {
        Preview::Valid(offer) => {
            let mut response = shown(&offer)?.into_response();
            if let Some(end) = offer.coupon.valid_until {
                response.extensions_mut().insert(Until(end));
            }
            response
        }
        Preview::Ended(offer) => {
            let fault = ended(visit, &offer);
            let fault = beside(&offer.coupon).into_iter().fold(fault, |fault, (name, value)| fault.with(name, value));
            Answer::refused(StatusCode::GONE, fault).into_response()
        }
        Preview::Unknown => {
            let unknown = Refusal::UnknownCode { because: UnknownBecause::NoSuchCode };
            Answer::refused(StatusCode::NOT_FOUND, plain(visit, &unknown)).into_response()
        }
        Preview::Malformed(refusal) => Answer::refused(StatusCode::BAD_REQUEST, plain(visit, &refusal)).into_response(),
        Preview::Wait(wait) => Error::TooMany(wait).error_response(),
    };
    if let Some(quota) = quota {
        quota.say(&mut response);
    }
    Ok(response)
}

fn ended(visit: &Visit, offer: &Offer) -> Fault {
    let sentence = voice(&visit.tenant, visit.now).with_contact("This offer has ended.");
    Fault::new("ended", "This offer has ended", sentence)
        .with("benefit", json!(BenefitShown::new(visit, offer)))
        .with("currency", visit.tenant.currency.code())
        .with("description", offer.coupon.description.as_str())
        .nameless()
}

fn plain(visit: &Visit, refusal: &Refusal) -> Fault {
    let sentence = refusal.sentence(&voice(&visit.tenant, visit.now));
    Fault::new(refusal.code(), "This code is not known", sentence).nameless()
}
