//! `/dashboard/redemptions/{id}`: one use of a code, for support, with what can still be done to it.

use super::audit::actor;
use super::redemptions::{link, place};
use super::settle::Step;
use crate::accounts::guards::Support;
use crate::accounts::persons;
use crate::accounts::shell::{Section, Shell};
use crate::audit;
use crate::calendar;
use crate::db::Db;
use crate::error::Error;
use crate::money::Currency;
use crate::organizations::queries as organizations;
use crate::redemptions::line::Line;
use crate::redemptions::queries::{Listed, by_id};
use crate::redemptions::redemption::SHOP;
use crate::redemptions::rows;
use crate::web::form::Errors;
use crate::web::{html, token};
use actix_web::{HttpResponse, web};
use askama::Template;
use sea_orm::ConnectionTrait;
use uuid::Uuid;

/// The page, as it is and with a form that was refused.
#[derive(Template)]
#[template(path = "redemptions/redemption.html")]
pub(super) struct Page {
    shell: Shell,
    redemption: Listed,
    facts: Vec<Fact>,
    organization: Option<(Uuid, String)>,
    lines: Vec<LineShown>,
    /// What can be done to it.
    steps: Vec<Step>,
    typed: Typed,
    errors: Errors,
    request_key: String,
}

/// What was typed into a form.
#[derive(Clone, Debug, Default)]
pub(super) struct Typed {
    /// Into which.
    pub step: Option<Step>,
    /// Why.
    pub reason: String,
    /// Units to reverse, line by line.
    pub quantities: Vec<String>,
}

/// A line of what is known of it, with where that leads.
struct Fact {
    name: &'static str,
    value: String,
    link: Option<String>,
}

/// A line of the order.
struct LineShown {
    number: usize,
    product: String,
    quantity: i64,
    left: i64,
    unit_price: String,
    discount: String,
    total: String,
    /// What was taken back, or why it kept its price.
    note: String,
    /// How many units the form reverses.
    typed: String,
}

impl LineShown {
    fn new(number: usize, line: &Line, currency: Currency, typed: &Typed) -> Self {
        let money = |amount: i64| currency.money(amount).to_string();
        let reversed = (line.reversed.quantity > 0).then(|| format!("{} reversed", line.reversed.quantity));
        let refused = line.refusal.as_ref().map(|refusal| refusal.replace('_', " "));
        Self {
            number,
            product: line.name.clone().unwrap_or_else(|| line.product.to_string()),
            quantity: line.quantity,
            left: line.left(),
            unit_price: line.unit_price.map_or_else(|| "none".to_owned(), money),
            discount: money(line.discount),
            total: money(line.price_after),
            note: reversed.or(refused).unwrap_or_default(),
            typed: typed.quantities.get(number).cloned().unwrap_or_else(|| line.left().to_string()),
        }
    }
}

impl Page {
    /// The page of a redemption of this tenant.
    pub async fn load(who: &Support, id: Uuid, db: &Db, typed: Typed, errors: Errors) -> Result<Self, Error> {
        let (tenant, zone) = (&who.tenant, who.tenant.zone);
        let of = (tenant.id, tenant.currency);
        let redemption = by_id(db.read(), of, id, who.now).await?.ok_or(Error::NotFound)?;
        let whole = rows::one(db.read(), tenant.id, id, who.now).await?.ok_or(Error::NotFound)?;
        let organization = match redemption.organization_id {
            Some(id) => organizations::by_id(db.read(), tenant.id, id).await?.map(|found| (found.id, found.name)),
            None => None,
        };
        let mut facts = who_and_where(db.read(), who, &redemption).await?;
        let mut more = vec![("Benefit", redemption.benefit.clone()), ("Uses", redemption.uses.to_string())];
        if !whole.lines.is_empty() {
            let money = |amount| tenant.currency.money(amount).to_string();
            more.push(("Before", money(whole.amount_before)));
            more.push(("Discount", money(whole.discount)));
            more.push(("Total", money(whole.total())));
        }
        more.extend(redemption.held_until.map(|until| ("Held until", calendar::moment(until, zone))));
        more.extend(whole.confirmed_at.map(|at| ("Confirmed", calendar::moment(at, zone))));
        more.extend(redemption.ended_at.map(|at| ("Ended", calendar::moment(at, zone))));
        more.extend(redemption.reason.clone().map(|reason| ("Reason", reason)));
        facts.extend(more.into_iter().map(|(name, value)| Fact { name, value, link: None }));
        let lines = whole.lines.iter().enumerate();
        let lines = lines.map(|(number, line)| LineShown::new(number, line, tenant.currency, &typed)).collect();
        let (shell, request_key) = (who.shell(Section::Redemptions), token::random(24)?);
        let steps = Step::of(&whole);
        Ok(Self { shell, redemption, facts, organization, lines, steps, typed, errors, request_key })
    }

    /// What is wrong with the form of this step.
    fn errors_of(&self, step: &Step) -> Errors {
        if self.typed.step == Some(*step) { self.errors.clone() } else { Errors::default() }
    }

    fn reason_of(&self, step: &Step) -> &str {
        if self.typed.step == Some(*step) { &self.typed.reason } else { "" }
    }
}

/// When it was made, for whom, by whom, with which code, in which order.
async fn who_and_where(
    connection: &impl ConnectionTrait,
    who: &Support,
    redemption: &Listed,
) -> Result<Vec<Fact>, Error> {
    let tenant = who.tenant.id;
    let made = calendar::moment(redemption.created_at, who.tenant.zone);
    let mut facts = vec![Fact { name: "Made", value: made, link: None }];
    if let Some(id) = redemption.person_id {
        let names = persons::names(connection, tenant, &[id]).await?.remove(&id).unwrap_or_default();
        let link = names.keys.first().map(|key| link("person", key));
        let value = names.display.into_iter().chain(names.keys).collect::<Vec<_>>().join(" · ");
        facts.push(Fact { name: "Person", value, link });
    }
    let about = (redemption.id, redemption.coupon_id);
    if let Some(entry) = audit::queries::first_of_redemption(connection, tenant, about, redemption.created_at).await? {
        let names = audit::queries::names(connection, entry.actor_id.into_iter()).await?;
        let link = Some(format!("/audit?entry={}", entry.id));
        facts.push(Fact { name: "Asked by", value: actor(&entry, &names), link });
    }
    facts.push(Fact { name: "Through", value: place(&redemption.channel).to_owned(), link: None });
    if let Some(order) = &redemption.order_ref {
        let link = match redemption.channel.as_str() {
            SHOP => format!("/dashboard/orders/{order}"),
            _ => link("order", order),
        };
        facts.push(Fact { name: "Order", value: order.clone(), link: Some(link) });
    }
    let code = link("code", &redemption.code);
    facts.push(Fact { name: "Code", value: redemption.code.clone(), link: Some(code) });
    Ok(facts)
}

/// `GET /dashboard/redemptions/{id}`
///
/// # Errors
/// [`Error::NotFound`] for another tenant's.
pub async fn show(who: Support, id: web::Path<Uuid>, db: web::Data<Db>) -> Result<HttpResponse, Error> {
    html::page(&Page::load(&who, *id, &db, Typed::default(), Errors::default()).await?)
}
