//! `POST /api/v1/validations`: what a code would do. Consumes nothing.

use super::asking::{self, PersonSaid};
use super::catalogue::Catalogue;
use super::items::{self, ItemSaid};
use super::shapes::{QuoteShown, RefusalShown, ValidationShown};
use crate::accounts::caller::Validates;
use crate::accounts::role::Role;
use crate::coupons::rule::{Decision, Entry};
use crate::db::Db;
use crate::error::Error;
use crate::redemptions::desk::Asker;
use crate::redemptions::guesses;
use crate::redemptions::looks::{Look, Looks};
use crate::redemptions::world::Ask;
use crate::web::api::{self, Body};
use crate::web::throttle;
use actix_web::{HttpResponse, web};
use chrono::{DateTime, Utc};
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
    pub items: Vec<ItemSaid>,
    /// Where the person sits, so that guesses are counted there.
    pub client_address: Option<IpAddr>,
}

/// `POST /api/v1/validations`
///
/// # Errors
/// 404 for an organization that is not the caller's, 422 for items that cannot be, 429 for who guesses.
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
    let buckets = asker.guesses.iter().map(|guess| guess.bucket.clone()).collect();
    let look = Look { tenant: who.tenant.clone(), ask, aliases: asker.aliases.clone(), buckets, now: who.now };
    let Decision { outcome, trace } = looks.ask(look).await?;
    if outcome.as_ref().is_err_and(guesses::is_guess) {
        guessed(&asker, &db, who.now).await?;
    }
    let may_read = who.has_scope("audit:read") || who.reaches(Role::Support);
    let trace = may_read.then(|| serde_json::to_value(&trace).unwrap_or_default());
    api::json(&ValidationShown {
        valid: outcome.is_ok(),
        quote: outcome.as_ref().ok().map(|quote| QuoteShown::new(&who.tenant, quote)),
        refusal: outcome.as_ref().err().map(|refusal| RefusalShown::new(&who.tenant, refusal, who.now)),
        trace,
    })
}

async fn ask(who: &Validates, said: &ValidationSaid, (db, catalogue): (&Db, &Catalogue)) -> Result<Ask, Error> {
    if let Some(id) = said.organization_id {
        asking::see_organization(db.read(), who, id).await?;
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

async fn guessed(asker: &Asker, db: &Db, now: DateTime<Utc>) -> Result<(), Error> {
    let tx = db.begin().await?;
    for guess in &asker.guesses {
        throttle::fail(&tx, &guess.bucket, &guess.patience, now).await?;
    }
    Ok(tx.commit().await?)
}
