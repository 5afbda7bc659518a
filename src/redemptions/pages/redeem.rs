//! `/redeem?code=`: what a link shows to anybody. Looking uses nothing up.
//!
//! Four faces: no code, not valid, ended, valid. Unknown, deleted and foreign codes look the same. What is answered with
//! 400 or 404 counts as a guess of its address.

use crate::accounts::guards::Visit;
use crate::accounts::shell::Shell;
use crate::calendar;
use crate::coupons::coupon::Coupon;
use crate::coupons::refusal::StrangerAnswer;
use crate::coupons::rule::Found;
use crate::db::Db;
use crate::error::Error;
use crate::redemptions::guesses;
use crate::redemptions::world::{Ask, World};
use crate::web::form::Query;
use crate::web::throttle;
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
    Valid { code: String, benefit: String, until: Option<String>, next: String },
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
pub async fn show(visit: Visit, link: Query<Link>, db: web::Data<Db>) -> Result<HttpResponse, Error> {
    let typed = link.0.code;
    let (status, face) = if typed.trim().is_empty() {
        (StatusCode::OK, Face::Ask)
    } else {
        let guesses = guesses::of_stranger(visit.tenant.id, &visit.address.to_string());
        let buckets: Vec<String> = guesses.iter().map(|guess| guess.bucket.clone()).collect();
        if let Some(wait) = throttle::blocked(db.read(), &buckets, visit.now).await? {
            return Err(Error::TooMany(wait));
        }
        let looked = look(&visit, &typed, &db).await?;
        if matches!(looked.0, StatusCode::BAD_REQUEST | StatusCode::NOT_FOUND) {
            let tx = db.begin().await?;
            for guess in &guesses {
                throttle::fail(&tx, &guess.bucket, &guess.patience, visit.now).await?;
            }
            tx.commit().await?;
        }
        looked
    };
    let shell = Shell::for_strangers(&visit);
    let support_contact = visit.tenant.row.support_contact;
    html::with_status(status, &Page { shell, face, typed, support_contact })
}

async fn look(visit: &Visit, typed: &str, db: &Db) -> Result<(StatusCode, Face), Error> {
    let ask = Ask::preview(typed);
    let world = World::look(db.read(), &visit.tenant, std::slice::from_ref(&ask), visit.now).await?;
    let decision = world.decide(&ask, visit.now);
    let Found::Code { coupon, code } = world.find(&ask) else {
        let malformed = ask.key.is_err();
        return Ok((if malformed { StatusCode::BAD_REQUEST } else { StatusCode::NOT_FOUND }, Face::NotValid));
    };
    let (text, benefit) = (code.text.to_string(), benefit(coupon, visit));
    let answer = match decision.outcome {
        Ok(_) => {
            let until = coupon.valid_until.map(|end| calendar::end_moment(end, visit.tenant.zone));
            let next = format!("/organization{}", paging::query(&[("code", &text)]));
            return Ok((StatusCode::OK, Face::Valid { code: text, benefit, until, next }));
        }
        Err(refusal) => refusal.for_strangers(),
    };
    Ok(match answer {
        Some(StrangerAnswer::Ended) => (StatusCode::GONE, Face::Ended { code: text, benefit }),
        Some(StrangerAnswer::Malformed) => (StatusCode::BAD_REQUEST, Face::NotValid),
        Some(StrangerAnswer::Unknown) | None => (StatusCode::NOT_FOUND, Face::NotValid),
    })
}

fn benefit(coupon: &Coupon, visit: &Visit) -> String {
    let words = coupon.benefit.words(visit.tenant.currency, |_| None);
    let described = coupon.description.trim();
    if described.is_empty() { words } else { format!("{words}. {described}") }
}
