//! `POST /webhooks/payments/{tenant}/{provider}`: what a provider tells of payments.

use crate::clock::Clock;
use crate::config::Config;
use crate::db::Db;
use crate::error::{Error, Fault};
use crate::redemptions::desk::Desk;
use crate::shop::payments::{Provider, paystack, providers, receive, stripe};
use crate::tenants;
use crate::web::api::{self, Raw};
use crate::web::seal::Seal;
use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use serde::Serialize;

/// What became of an event, for the provider's log.
#[derive(Debug, Serialize)]
struct Told {
    outcome: &'static str,
}

/// `POST /webhooks/payments/{tenant}/{provider}`: 200 as soon as the event is stored, whatever it changes.
///
/// # Errors
/// [`Error::NotFound`] for a tenant or a provider that takes no payments, 400 for what is not signed.
pub async fn create(
    path: web::Path<(String, String)>,
    request: HttpRequest,
    body: Raw,
    (db, desk): (web::Data<Db>, web::Data<Desk>),
    (config, clock): (web::Data<Config>, web::Data<Clock>),
) -> Result<HttpResponse, Error> {
    let (slug, word) = path.into_inner();
    let (provider, now) = (Provider::remote(&word).ok_or(Error::NotFound)?, clock.now());
    let tenant = tenants::queries::by_slug(db.read(), &slug).await?.ok_or(Error::NotFound)?;
    let row = providers::find(db.read(), tenant.id, provider).await?.ok_or(Error::NotFound)?;
    let secret =
        Seal::of(&config)?.open(row.id, &row.secret).ok_or_else(|| anyhow::anyhow!("a secret does not open"))?;
    let header = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let is_signed = match provider {
        Provider::Stripe => stripe::is_signed(&secret, header("stripe-signature"), &body.0, now),
        Provider::Paystack => paystack::is_signed(&secret, header("x-paystack-signature"), &body.0),
        Provider::Sandbox => false,
    };
    if !is_signed {
        return Err(wrong(
            "invalid_signature",
            "The signature is not of this body under the secret that is kept here.",
        ));
    }
    let event = serde_json::from_slice(&body.0).ok();
    let incoming = event.as_ref().and_then(|event| match provider {
        Provider::Stripe => stripe::read(event),
        Provider::Paystack => paystack::read(event),
        Provider::Sandbox => None,
    });
    let incoming = incoming.ok_or_else(|| wrong("invalid_body", "The body is no event."))?;
    let outcome = receive((&db, &desk), &tenant, provider, incoming, now).await?;
    api::json(&Told { outcome: outcome.word() })
}

fn wrong(code: &'static str, detail: &str) -> Error {
    Fault::new(code, "Not acceptable", detail).with_status(StatusCode::BAD_REQUEST)
}
