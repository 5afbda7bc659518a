//! `POST /api/v1/validations`: what a code would do. Consumes nothing.

use super::asking::{self, PersonSaid, Watched};
use super::items;
use super::shapes::{QuoteShown, RefusalShown, ValidationShown};
use crate::accounts::caller::Validates;
use crate::accounts::role::Role;
use crate::coupons::rule::{Decision, Entry};
use crate::db::Db;
use crate::error::Error;
use crate::redemptions::catalogue::Catalogue;
use crate::redemptions::items::ItemSaid;
use crate::redemptions::looks::{Decided, Look, Looked, Looks};
use crate::redemptions::world::Ask;
use crate::web::api::{self, Body};
use actix_web::{HttpResponse, web};
use schemars::JsonSchema;
use serde::Deserialize;
use std::net::IpAddr;
use uuid::Uuid;

/// What is asked.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ValidationSaid {
    /// What was typed.
    pub code: String,
    /// The person a key vouches for.
    pub person: Option<PersonSaid>,
    /// The organization it is for; without items, the code is for the organization itself.
    pub organization_id: Option<Uuid>,
    /// The order's currency.
    pub currency: Option<String>,
    /// What is bought.
    #[serde(default)]
    #[schemars(length(max = 500))]
    pub items: Vec<ItemSaid>,
    /// Where the person sits, so that guesses are counted there.
    #[serde(default)]
    #[schemars(schema_with = "asking::address_schema")]
    pub client_address: Option<IpAddr>,
}

/// `POST /api/v1/validations`
///
/// # Errors
/// 422 for an organization that is not the caller's and for items that cannot be, 429 for who guesses.
pub async fn create(
    who: Validates,
    body: Body<ValidationSaid>,
    db: web::Data<Db>,
    catalogue: web::Data<Catalogue>,
    looks: web::Data<Looks>,
) -> Result<HttpResponse, Error> {
    let said = body.data;
    let asker = asking::asker(db.read(), &who, said.person.as_ref(), said.client_address).await?;
    let ask = ask(&who, &said, (&db, &catalogue)).await?;
    let (aliases, guesses) = (asker.aliases.clone(), asker.guesses.clone());
    let look = Look { tenant: who.tenant.clone(), ask, aliases, guesses, now: who.now };
    let Looked { watch, decision } = looks.ask(look).await?;
    let mut watched = Watched::new(&who, asker, watch);
    let Decided { decision: Decision { outcome, trace }, code } = match decision {
        Ok(decided) => decided,
        Err(wait) => return Ok(watched.late(wait)),
    };
    if let Err(refusal) = &outcome
        && let Some(late) = watched.refused(refusal, code.as_ref(), &db).await?
    {
        return Ok(late);
    }
    let may_read = who.has_scope("audit:read") || who.reaches(Role::Support);
    let trace = may_read.then(|| serde_json::to_value(&trace).unwrap_or_default());
    let shown = ValidationShown {
        valid: outcome.is_ok(),
        quote: outcome.as_ref().ok().map(|quote| QuoteShown::new(&who.tenant, quote)),
        refusal: outcome.as_ref().err().map(|refusal| RefusalShown::new(&who.tenant, refusal, who.now)),
        trace,
    };
    watched.answer(api::json(&shown)?)
}

async fn ask(who: &Validates, said: &ValidationSaid, (db, catalogue): (&Db, &Catalogue)) -> Result<Ask, Error> {
    if let Some(id) = said.organization_id {
        asking::name_organization(db.read(), who, id).await?;
    }
    let entry = if !said.items.is_empty() {
        let basket = items::basket(catalogue, who, &said.items).await?;
        Entry::Order { basket, currency: said.currency.clone() }
    } else if said.organization_id.is_some() {
        Entry::Organization
    } else {
        Entry::Preview
    };
    Ok(Ask { entry, organization: said.organization_id, ..Ask::preview(&said.code) })
}
