//! `POST /organization/redemptions`: a code is entered for an organization.

use super::organization::{Typed, answer, choose};
use crate::accounts::guards::Member;
use crate::accounts::persons::Alias;
use crate::calendar;
use crate::coupons::tenant::voice;
use crate::db::Db;
use crate::error::Error;
use crate::organizations::Organization;
use crate::redemptions::desk::{Asker, Desk, Enter, Place, Reply};
use crate::redemptions::guesses;
use crate::web::form::Form;
use crate::web::notice::Notice;
use crate::web::{html, htmx, replay};
use actix_web::http::{StatusCode, header};
use actix_web::{HttpResponse, web};
use chrono::Duration;
use serde::Deserialize;
use uuid::Uuid;

/// What the form sends.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entered {
    organization: Uuid,
    code: String,
    request_key: String,
}

/// `POST /organization/redemptions`
///
/// # Errors
/// [`Error::NotFound`] for somebody else's organization; nothing is consumed then.
pub async fn create(
    who: Member,
    form: Form<Entered>,
    db: web::Data<Db>,
    desk: web::Data<Desk>,
) -> Result<HttpResponse, Error> {
    let chosen = choose(&db, &who, Some(form.0.organization)).await?.ok_or(Error::NotFound)?;
    let reply = desk.enter(command(&who, &form.0)?).await?;
    let refused = |refused| Typed { code: form.0.code.clone(), refused: Some(refused), ..Typed::default() };
    match reply {
        Reply::Done(receipt) => {
            let notice = Notice::new(format!("{} was applied. {}", receipt.code, receipt.did));
            if who.fragment {
                let mut who = who;
                who.0.visit.notice = Some(notice);
                return answer(&db, who, chosen, StatusCode::OK, Typed::default()).await;
            }
            Ok(notice.on(html::see_other(&format!("/organization?id={}", form.0.organization))))
        }
        Reply::Refused { refusal } => {
            let sentence = refusal.sentence(&voice(&who.tenant, who.now));
            answer(&db, who, chosen, StatusCode::UNPROCESSABLE_ENTITY, refused(sentence)).await
        }
        Reply::Throttled { wait } => throttled(&db, who, chosen, refused, wait).await,
        _ => Err(Error::NotFound),
    }
}

fn command(who: &Member, entered: &Entered) -> Result<Enter, Error> {
    let body = format!("{}\n{}", entered.organization, entered.code);
    let (tenant, user, address) = (who.tenant.id, who.user.id, who.address.to_string());
    let route = "POST /organization/redemptions";
    let request = replay::Key::of_form(tenant, user, route, &entered.request_key, &body)?;
    Ok(Enter {
        tenant: who.tenant.clone(),
        actor: who.actor(),
        id: crate::clock::id_at(who.now),
        entered: entered.code.clone(),
        place: Place::Organization(entered.organization),
        asker: Asker {
            user: Some(user),
            aliases: Alias::of_user(&who.user),
            api_key: None,
            guesses: guesses::of_user(tenant, user, who.address),
            address,
        },
        channel: "organization".to_owned(),
        request: Some(request),
        beside: None,
        now: who.now,
    })
}

/// 429 with the form as it was typed, also for htmx, which would put another status into the status line.
async fn throttled(
    db: &Db,
    who: Member,
    chosen: (Organization, Vec<Organization>),
    refused: impl FnOnce(String) -> Typed,
    wait: i64,
) -> Result<HttpResponse, Error> {
    let until = who.now + Duration::seconds(wait);
    let sentence = format!("Too many codes that do not exist. Try again in {}.", calendar::wait(who.now, until));
    let sentence = voice(&who.tenant, who.now).with_contact(&sentence);
    let mut response = answer(db, who, chosen, StatusCode::TOO_MANY_REQUESTS, refused(sentence)).await?;
    let headers = response.headers_mut();
    headers.insert(header::RETRY_AFTER, header::HeaderValue::from(wait));
    headers.insert(htmx::RETARGET, htmx::value("#organization"));
    headers.insert(htmx::RESWAP, htmx::value("outerHTML"));
    Ok(response)
}
