//! `POST /api/v1/organizations/{id}/redemptions`: a code applied to an organization.

use super::asking::{self, PersonSaid};
use super::redemptions::answer;
use crate::accounts::caller::SeesOrganizations;
use crate::clock;
use crate::coupons::code::TYPED;
use crate::db::Db;
use crate::error::Error;
use crate::redemptions::desk::{Command, Desk, Enter, Place};
use crate::web::api::{Body, Id};
use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use schemars::JsonSchema;
use serde::Deserialize;
use std::net::IpAddr;

/// What is applied.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AppliedSaid {
    /// What was typed.
    #[schemars(regex(pattern = TYPED))]
    pub code: String,
    /// The person a key vouches for.
    pub person: Option<PersonSaid>,
    /// Where the person sits, so that guesses are counted there.
    #[serde(default)]
    #[schemars(schema_with = "asking::address_schema")]
    pub client_address: Option<IpAddr>,
}

/// `POST /api/v1/organizations/{id}/redemptions`: 201.
///
/// # Errors
/// Each refusal with its status; 404 for an organization that is not the caller's.
pub async fn create(
    who: SeesOrganizations,
    id: Id,
    body: Body<AppliedSaid>,
    db: web::Data<Db>,
    desk: web::Data<Desk>,
) -> Result<HttpResponse, Error> {
    asking::see_organization(db.read(), &who, *id).await?;
    let said = body.data;
    let asker = asking::asker(db.read(), &who, said.person.as_ref(), said.client_address).await?;
    let guesses = asker.guesses.clone();
    let enter = Enter {
        tenant: who.tenant.clone(),
        actor: who.actor(),
        id: clock::id_at(who.now),
        entered: said.code,
        place: Place::Organization(*id),
        asker,
        channel: if who.as_key().is_some() { "key" } else { "organization" }.to_owned(),
        request: who.request_key(&body.once),
        beside: None,
        now: who.now,
    };
    let answer = answer(&who, desk.ask(Command::Enter(Box::new(enter))).await?, |_| StatusCode::CREATED)?;
    asking::with_guesses(answer, &who, &guesses, &db).await
}
