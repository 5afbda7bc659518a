//! `/redeem?code=`: what a link shows to anybody. Looking uses nothing up.
//!
//! Four faces: no code, not valid, ended, valid. Unknown, deleted and foreign codes look the same. What is answered with
//! 400 or 404 counts as a guess of its address.

use crate::accounts::guards::Visit;
use crate::accounts::shell::Shell;
use crate::calendar;
use crate::error::Error;
use crate::redemptions::preview::{Offer, Preview, Previews, Stranger};
use crate::web::form::Query;
use crate::web::{html, paging};
use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use askama::Template;
use serde::Deserialize;

/// What the link says.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Link {
    #[serde(default)]
    code: String,
}

enum Face {
    /// Nothing was asked.
    Ask,
    /// There is no such code.
    NotValid,
    /// It was one.
    Ended { code: String, benefit: String },
    /// It can be used.
    Valid { code: String, benefit: String, until: Option<String>, next: Option<String> },
}

#[derive(Template)]
#[template(path = "redemptions/redeem.html")]
struct Page {
    shell: Shell,
    face: Face,
    typed: String,
    support_contact: String,
}

/// `GET /redeem`
///
/// # Errors
/// [`Error::TooMany`] for an address that guesses.
pub async fn show(visit: Visit, link: Query<Link>, previews: web::Data<Previews>) -> Result<HttpResponse, Error> {
    let typed = link.0.code;
    let (status, face) = if typed.trim().is_empty() {
        (StatusCode::OK, Face::Ask)
    } else {
        let stranger =
            Stranger { address: visit.address, request_id: visit.request_id.clone(), standing: visit.standing };
        let (told, _) = previews.ask(&visit.tenant, (&stranger, &typed), visit.now).await?;
        face(&visit, told)?
    };
    let shell = Shell::for_strangers(&visit);
    let support_contact = visit.tenant.row.support_contact;
    html::with_status(status, &Page { shell, face, typed, support_contact })
}

fn face(visit: &Visit, told: Preview) -> Result<(StatusCode, Face), Error> {
    Ok(match told {
        Preview::Valid(offer) => {
            let until = offer.coupon.valid_until.map(|end| calendar::end_moment(end, visit.tenant.zone));
            let (code, benefit) = (offer.code.text.to_string(), benefit(&offer, visit));
            // For an order, an organization's page would only refuse it.
            let is_applied = offer.coupon.benefit.for_organizations();
            let next = is_applied.then(|| format!("/organization{}", paging::query(&[("code", &code)])));
            (StatusCode::OK, Face::Valid { code, benefit, until, next })
        }
        Preview::Ended(offer) => {
            let (code, benefit) = (offer.code.text.to_string(), benefit(&offer, visit));
            (StatusCode::GONE, Face::Ended { code, benefit })
        }
        Preview::Unknown => (StatusCode::NOT_FOUND, Face::NotValid),
        Preview::Malformed(_) => (StatusCode::BAD_REQUEST, Face::NotValid),
        Preview::Wait(wait) => return Err(Error::TooMany(wait)),
    })
}

fn benefit(offer: &Offer, visit: &Visit) -> String {
    let words = offer.words(visit.tenant.currency);
    let described = offer.coupon.description.trim();
    if described.is_empty() { words } else { format!("{words}. {described}") }
}
