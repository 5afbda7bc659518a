//! `/dashboard/redemptions/{id}`: one use of a code, for support, and the form that takes it back.

use crate::accounts::guards::Support;
use crate::accounts::shell::{Section, Shell};
use crate::calendar;
use crate::db::Db;
use crate::error::Error;
use crate::organizations::queries as organizations;
use crate::redemptions::desk::{Change, Desk, Event, Receipt, Reply};
use crate::redemptions::queries::{Listed, by_id};
use crate::redemptions::redemption::State;
use crate::web::form::{Errors, Form};
use crate::web::notice::Notice;
use crate::web::{html, replay, token};
use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use askama::Template;
use serde::Deserialize;
use uuid::Uuid;

/// The longest reason, in characters.
const LONGEST_REASON: usize = 300;

/// What the form sends.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reversal {
    reason: String,
    request_key: String,
}

#[derive(Template)]
#[template(path = "redemptions/redemption.html")]
struct Page {
    shell: Shell,
    redemption: Listed,
    facts: Vec<(&'static str, String)>,
    organization: Option<(Uuid, String)>,
    reason: String,
    errors: Errors,
    request_key: String,
}

impl Page {
    fn can_be_reversed(&self) -> bool {
        self.redemption.state == State::Confirmed
    }

    async fn load(who: &Support, id: Uuid, db: &Db, reason: String, errors: Errors) -> Result<Self, Error> {
        let (tenant, zone) = (&who.tenant, who.tenant.zone);
        let redemption = by_id(db.read(), (tenant.id, tenant.currency), id).await?.ok_or(Error::NotFound)?;
        let organization = match redemption.organization_id {
            Some(id) => organizations::by_id(db.read(), tenant.id, id).await?.map(|found| (found.id, found.name)),
            None => None,
        };
        let mut facts = vec![
            ("Made", calendar::moment(redemption.created_at, zone)),
            ("By", redemption.user.clone().unwrap_or_else(|| "–".to_owned())),
            ("Benefit", redemption.benefit.clone()),
            ("Uses", redemption.uses.to_string()),
        ];
        facts.extend(redemption.order_ref.clone().map(|order| ("Order", order)));
        facts.extend(redemption.held_until.map(|until| ("Held until", calendar::moment(until, zone))));
        facts.extend(redemption.ended_at.map(|at| ("Ended", calendar::moment(at, zone))));
        facts.extend(redemption.reason.clone().map(|reason| ("Reason", reason)));
        facts.extend(redemption.needs_attention.clone().map(|why| ("Needs attention", why)));
        let (shell, request_key) = (who.shell(Section::Audit), token::random(24)?);
        Ok(Self { shell, redemption, facts, organization, reason, errors, request_key })
    }
}

/// `GET /dashboard/redemptions/{id}`
///
/// # Errors
/// [`Error::NotFound`] for another tenant's.
pub async fn show(who: Support, id: web::Path<Uuid>, db: web::Data<Db>) -> Result<HttpResponse, Error> {
    html::page(&Page::load(&who, *id, &db, String::new(), Errors::default()).await?)
}

/// `POST /dashboard/redemptions/{id}/reverse`
///
/// # Errors
/// [`Error::NotFound`] for another tenant's, [`Error::Conflict`] for one that is not confirmed.
pub async fn reverse(
    who: Support,
    id: web::Path<Uuid>,
    form: Form<Reversal>,
    db: web::Data<Db>,
    desk: web::Data<Desk>,
) -> Result<HttpResponse, Error> {
    let mut errors = Errors::default();
    let Some(reason) = errors.keep("reason", read_reason(&form.0.reason)) else {
        let page = Page::load(&who, *id, &db, form.0.reason, errors).await?;
        return html::with_status(StatusCode::UNPROCESSABLE_ENTITY, &page);
    };
    let path = format!("/dashboard/redemptions/{id}");
    let route = format!("POST {path}/reverse");
    let key = replay::Key::of_form(who.tenant.id, who.user.id, &route, &form.0.request_key, &reason)?;
    let (tenant, actor) = (who.tenant.clone(), who.actor());
    let reversal = Change {
        tenant,
        actor,
        id: *id,
        event: Event::Reverse(None),
        reason: Some(reason),
        request: Some(key),
        beside: None,
        now: who.now,
    };
    match desk.change(reversal).await? {
        Reply::Done(receipt) => Ok(Notice::new(reversed(&who, &receipt)).on(html::see_other(&path))),
        Reply::WrongState { state } => {
            let state = state.word();
            Err(Error::Conflict(format!("Only a confirmed redemption can be reversed; this one is {state}.")))
        }
        _ => Err(Error::NotFound),
    }
}

fn reversed(who: &Support, receipt: &Receipt) -> String {
    if receipt.missing == 0 {
        return "The redemption was reversed.".to_owned();
    }
    let money = who.tenant.currency.money(receipt.missing);
    format!("The redemption was reversed; {money} of its credit is spent already.")
}

fn read_reason(typed: &str) -> Result<String, String> {
    let reason = typed.trim();
    if reason.is_empty() {
        return Err("Say why; it goes to the audit log.".to_owned());
    }
    if reason.chars().count() > LONGEST_REASON || reason.contains('\0') {
        return Err(format!("Use at most {LONGEST_REASON} characters."));
    }
    Ok(reason.to_owned())
}
