//! `/audit/why-not`: what the rule would say to an entry, with every check. Nothing is used up and nothing is counted.

mod items;

use crate::accounts::guards::Support;
use crate::accounts::persons::{self, Alias};
use crate::accounts::shell::{Section, Shell};
use crate::accounts::users;
use crate::calendar;
use crate::coupons::basket::Basket;
use crate::coupons::pricing::Priced;
use crate::coupons::queries::Choices;
use crate::coupons::refusal::{Refusal, Voice};
use crate::coupons::rule::Entry;
use crate::coupons::rule::quote::Effect;
use crate::coupons::rule::trace::Check;
use crate::coupons::tenant::voice;
use crate::db::Db;
use crate::error::Error;
use crate::organizations::queries as organizations;
use crate::redemptions::catalogue::Catalogue;
use crate::redemptions::pages::trace::{self, TraceShown};
use crate::redemptions::world::{Ask, World};
use crate::tenants::Tenant;
use crate::web::form::{Errors, Query};
use crate::web::html;
use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use askama::Template;
use chrono::{DateTime, Utc};
use items::Line;
use serde::Deserialize;
use uuid::Uuid;

/// What support asks.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Asked {
    code: String,
    organization: String,
    person: String,
    at: String,
    #[serde(rename = "product[]")]
    product: Vec<String>,
    #[serde(rename = "product_type[]")]
    product_type: Vec<String>,
    #[serde(rename = "unit_price[]")]
    unit_price: Vec<String>,
    #[serde(rename = "quantity[]")]
    quantity: Vec<String>,
    /// `more` asks for more lines.
    then: String,
}

/// What the rule would say.
struct Answer {
    allowed: bool,
    title: String,
    sentences: Vec<String>,
    trace: Vec<TraceShown>,
}

#[derive(Template)]
#[template(path = "redemptions/why_not.html")]
struct Page {
    shell: Shell,
    asked: Asked,
    lines: Vec<Line>,
    /// The types of products, by key.
    types: Vec<(String, String)>,
    currency: String,
    errors: Errors,
    answer: Option<Answer>,
}

impl Page {
    fn at_hint(&self) -> String {
        format!("{} time. Empty: now.", self.shell.zone)
    }
}

/// Who is meant, and when.
struct Meant {
    organization: Option<Uuid>,
    person: Option<Uuid>,
    basket: Option<Basket>,
    at: DateTime<Utc>,
}

/// `GET /audit/why-not`
///
/// # Errors
/// When the database does not answer.
pub async fn show(
    who: Support,
    asked: Query<Asked>,
    db: web::Data<Db>,
    catalogue: web::Data<Catalogue>,
) -> Result<HttpResponse, Error> {
    let (asked, tenant) = (asked.0, who.tenant.clone());
    let columns: [&[String]; 4] = [&asked.product, &asked.product_type, &asked.unit_price, &asked.quantity];
    let lines = items::lines(columns, asked.then == "more");
    let mut errors = Errors::default();
    let mut answer = None;
    if !asked.code.is_empty() && asked.then.is_empty() {
        let mut meant = meant(&asked, &who, &db, &mut errors).await?;
        meant.basket = items::basket(&lines, (&catalogue, &db), &tenant, &mut errors).await?;
        if errors.is_empty() {
            answer = Some(decide(&asked, &meant, &tenant, &db).await?);
        }
    }
    let types = Choices::load(db.read(), tenant.id).await?.types;
    let types = std::iter::once((String::new(), "Catalogue".to_owned()))
        .chain(types.into_iter().map(|row| (row.key, row.label)))
        .collect();
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let (shell, currency) = (who.shell(Section::WhyNot), tenant.currency.to_string());
    html::with_status(status, &Page { shell, asked, lines, types, currency, errors, answer })
}

async fn meant(asked: &Asked, who: &Support, db: &Db, errors: &mut Errors) -> Result<Meant, Error> {
    let mut meant = Meant { organization: None, person: None, basket: None, at: who.now };
    if !asked.organization.trim().is_empty() {
        let found = organizations::meant(db.search(), who.tenant.id, &asked.organization).await?;
        match found.as_slice() {
            [one] => meant.organization = Some(*one),
            [] => errors.add("organization", "No organization here has this name."),
            _ => errors.add("organization", "Several organizations have this in their name. Type more of it."),
        }
    }
    if !asked.person.trim().is_empty() {
        meant.person = person(asked.person.trim(), &who.tenant, db).await?;
        if meant.person.is_none() {
            errors.add("person", "Nobody here is known by this address.");
        }
    }
    if let Some((date, time)) = asked.at.split_once('T') {
        let typed = calendar::parse_date(date).and_then(|date| {
            calendar::parse_time(time).and_then(|time| calendar::start(date, Some(time), who.tenant.zone))
        });
        meant.at = errors.keep("at", typed.map_err(|fault| fault.to_string())).unwrap_or(who.now);
    } else if !asked.at.is_empty() {
        errors.add("at", "Enter a date and a time.");
    }
    Ok(meant)
}

async fn person(email: &str, tenant: &Tenant, db: &Db) -> Result<Option<Uuid>, Error> {
    if let Some(user) = users::by_email(db.read(), email).await?
        && let Some(person) = persons::find(db.read(), tenant.id, &Alias::User(user.id)).await?
    {
        return Ok(Some(person));
    }
    match Alias::email(email) {
        Some(alias) => persons::find(db.read(), tenant.id, &alias).await,
        None => Ok(None),
    }
}

async fn decide(asked: &Asked, meant: &Meant, tenant: &Tenant, db: &Db) -> Result<Answer, Error> {
    let entry = match &meant.basket {
        Some(basket) => Entry::Order { basket: basket.clone(), currency: None },
        None if meant.organization.is_some() => Entry::Organization,
        None => Entry::Preview,
    };
    let ask = Ask { entry, person: meant.person, organization: meant.organization, ..Ask::preview(&asked.code) };
    let world = World::look(db.read(), tenant, std::slice::from_ref(&ask), meant.at).await?;
    let decision = world.decide(&ask, meant.at);
    let trace = serde_json::to_value(&decision.trace).map_err(|error| Error::Internal(error.into()))?;
    let trace = trace::shown(&trace, (tenant.currency, tenant.zone));
    let voice = voice(tenant, meant.at);
    let money = |amount: i64| tenant.currency.money(amount).to_string();
    Ok(match decision.outcome {
        Ok(quote) => {
            let sentences = match quote.effect {
                Effect::Limits(effects) => {
                    let says = |it: &crate::coupons::rule::quote::LimitEffect| {
                        format!("{} would go from {} to {}.", it.label, it.before, it.after)
                    };
                    effects.iter().map(says).collect()
                }
                Effect::Credit { amount } => vec![format!("{} of credit would be added.", money(amount))],
                Effect::Prices(priced) => prices(&priced, meant.basket.as_ref(), &voice),
                Effect::Preview => {
                    vec![
                        "It can be used now, as far as that can be said without an organization or an order."
                            .to_owned(),
                    ]
                }
            };
            Answer { allowed: true, title: "It would be accepted".to_owned(), sentences, trace }
        }
        Err(refusal) => {
            let title = match &refusal {
                Refusal::UnknownCode { because } => because.for_staff().to_owned(),
                refusal => refusal.reason(&voice),
            };
            let named = Check::from_word(refusal.code()).map_or(refusal.code(), Check::refused);
            Answer { allowed: false, title, sentences: vec![format!("It would be refused: {named}.")], trace }
        }
    })
}

/// What an order would cost, and which of its lines keep their price and why.
fn prices(priced: &Priced, basket: Option<&Basket>, voice: &Voice<'_>) -> Vec<String> {
    let money = |amount: i64| voice.currency.money(amount);
    let (total, before, off) = (money(priced.total), money(priced.amount_before), money(priced.discount));
    let sum = format!("The order would cost {total} in place of {before}: {off} off.");
    let items = basket.map(Basket::items).unwrap_or_default();
    let kept = priced.lines.iter().zip(items).filter_map(|(line, item)| {
        let refusal = line.refusal.as_ref()?;
        Some(format!("{} keeps its price. {}", item.label(), refusal.reason(voice)))
    });
    std::iter::once(sum).chain(kept).collect()
}
