//! `/redeem?code=`: what a link shows to anybody. Looking uses nothing up.
//!
//! Four faces: no code, not valid, ended, valid. Unknown, deleted and foreign codes look the same. What is answered with
//! 400 or 404 counts as a guess of its address.

use crate::accounts::guards::Visit;
use crate::accounts::shell::Shell;
use crate::calendar;
use crate::db::Db;
use crate::error::Error;
use crate::redemptions::catalogue;
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
    Valid { code: String, benefit: String, until: Option<String>, next: Option<Next> },
}

/// Where a code is used here.
struct Next {
    path: String,
    words: &'static str,
    hint: &'static str,
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
pub async fn show(
    visit: Visit,
    link: Query<Link>,
    (previews, db): (web::Data<Previews>, web::Data<Db>),
) -> Result<HttpResponse, Error> {
    let typed = link.0.code;
    let (status, face) = if typed.trim().is_empty() {
        (StatusCode::OK, Face::Ask)
    } else {
        let stranger =
            Stranger { address: visit.address, request_id: visit.request_id.clone(), standing: visit.standing };
        let (told, _) = previews.ask(&visit.tenant, (&stranger, &typed), visit.now).await?;
        face(&visit, told, &db).await?
    };
    let shell = Shell::for_strangers(&visit);
    let support_contact = visit.tenant.row.support_contact;
    html::with_status(status, &Page { shell, face, typed, support_contact })
}

async fn face(visit: &Visit, told: Preview, db: &Db) -> Result<(StatusCode, Face), Error> {
    Ok(match told {
        Preview::Valid(offer) => {
            let until = offer.coupon.valid_until.map(|end| calendar::end_moment(end, visit.tenant.zone));
            let (code, benefit) = (offer.code.text.to_string(), benefit(&offer, visit));
            let next = next(visit, &offer, &code, db).await?;
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

/// Where the code leads: an organization's page would refuse one for orders, and so would the shop one for organizations.
async fn next(visit: &Visit, offer: &Offer, code: &str, db: &Db) -> Result<Option<Next>, Error> {
    let query = paging::query(&[("code", code)]);
    if offer.coupon.benefit.for_organizations() {
        let (words, hint) = ("Use it for your organization", "Nothing is used up before you press Apply there.");
        return Ok(Some(Next { path: format!("/organization{query}"), words, hint }));
    }
    if !catalogue::sells(db.read(), visit.tenant.id).await? {
        return Ok(None);
    }
    let (words, hint) = ("Use it in the shop", "Nothing is used up before you order.");
    Ok(Some(Next { path: format!("/shop{query}"), words, hint }))
}

fn benefit(offer: &Offer, visit: &Visit) -> String {
    let words = offer.words(visit.tenant.currency);
    let described = offer.coupon.description.trim();
    if described.is_empty() { words } else { format!("{words}. {described}") }
}
