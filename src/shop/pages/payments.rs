//! `/dashboard/payments`: whose payments are believed, and what they told.

use crate::accounts::guards::Admin;
use crate::accounts::shell::{Section, Shell};
use crate::calendar;
use crate::config::Config;
use crate::db::{self, Db};
use crate::error::Error;
use crate::shop::orders::number;
use crate::shop::payments::providers::{self, read_pay_url, read_secret};
use crate::shop::payments::{Outcome, Payment, Provider, find};
use crate::tenants::Tenant;
use crate::web::form::{Errors, Form, Query};
use crate::web::notice::Notice;
use crate::web::paging::Cursor;
use crate::web::seal::Seal;
use crate::web::{address, html};
use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use serde::Deserialize;
use uuid::Uuid;

const PATH: &str = "/dashboard/payments";

/// What the form of a provider sends.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Typed {
    /// Empty keeps the one that is there.
    secret: String,
    pay_url: String,
}

/// An event in words.
pub(super) struct Told {
    pub when: String,
    pub instant: String,
    pub provider: String,
    pub kind: &'static str,
    pub amount: String,
    /// Its order, by id and number.
    pub order: Option<(Uuid, String)>,
    pub reference: String,
    pub outcome: Outcome,
    pub note: String,
}

impl Told {
    pub fn new(tenant: &Tenant, row: Payment) -> Self {
        let amount = match (row.amount, row.currency.as_deref()) {
            (Some(amount), Some(code)) if code == tenant.currency.code() => tenant.currency.money(amount).to_string(),
            (Some(amount), code) => format!("{amount} {}", code.unwrap_or_default()),
            (None, _) => String::new(),
        };
        Self {
            when: calendar::moment(row.received_at, tenant.zone),
            instant: row.received_at.to_rfc3339(),
            provider: Provider::remote(&row.provider).map_or("Sandbox", Provider::label).to_owned(),
            kind: match row.kind.as_str() {
                "succeeded" => "Paid",
                "failed" => "Not paid",
                "refunded" => "Paid back",
                _ => "Something else",
            },
            amount,
            order: row.order_id.map(|id| (id, number(id))),
            reference: row.reference.clone().unwrap_or_default(),
            outcome: Outcome::of(&row),
            note: row.note.unwrap_or_default(),
        }
    }
}

/// A provider as its form shows it.
struct Shown {
    provider: Provider,
    /// Where it sends its events.
    address: String,
    since: Option<String>,
    typed: Typed,
    errors: Errors,
}

#[derive(Template)]
#[template(path = "shop/payments.html")]
struct Page {
    shell: Shell,
    shown: Vec<Shown>,
    payments: Vec<Told>,
    newer: Option<String>,
    older: Option<String>,
}

impl Page {
    fn is_bad(&self) -> bool {
        self.shown.iter().any(|shown| !shown.errors.is_empty())
    }

    async fn load(
        who: &Admin,
        (request, config): (&HttpRequest, &Config),
        db: &Db,
        cursor: &Cursor,
    ) -> Result<Self, Error> {
        let rows = providers::all(db.read(), who.tenant.id).await?;
        let found = find::page(db.read(), who.tenant.id, cursor).await?;
        let own = address::origin(request);
        let base = who.tenant.base_url(config.base_url.as_deref()).unwrap_or(&own).trim_end_matches('/');
        let shown = |provider: Provider| {
            let row = rows.iter().find(|row| row.provider == provider.word());
            let pay_url = row.and_then(|row| row.pay_url.clone()).unwrap_or_default();
            Shown {
                provider,
                address: format!("{base}/webhooks/payments/{}/{}", who.tenant.row.slug, provider.word()),
                since: row.map(|row| calendar::moment(row.updated_at, who.tenant.zone)),
                typed: Typed { secret: String::new(), pay_url },
                errors: Errors::default(),
            }
        };
        Ok(Self {
            shell: who.shell(Section::Payments),
            shown: Provider::REMOTE.into_iter().map(shown).collect(),
            payments: found.rows.into_iter().map(|row| Told::new(&who.tenant, row)).collect(),
            newer: found.previous,
            older: found.next,
        })
    }
}

/// `GET /dashboard/payments`
///
/// # Errors
/// [`Error::BadQuery`] for a page that there is not.
pub async fn index(
    who: Admin,
    request: HttpRequest,
    cursor: Query<Cursor>,
    (db, config): (web::Data<Db>, web::Data<Config>),
) -> Result<HttpResponse, Error> {
    html::page(&Page::load(&who, (&request, &config), &db, &cursor.0).await?)
}

/// `POST /dashboard/payments/{provider}`
///
/// # Errors
/// [`Error::NotFound`] for a provider that there is not.
pub async fn save(
    who: Admin,
    word: web::Path<String>,
    request: HttpRequest,
    form: Form<Typed>,
    (db, config): (web::Data<Db>, web::Data<Config>),
) -> Result<HttpResponse, Error> {
    let (provider, typed) = (Provider::remote(&word).ok_or(Error::NotFound)?, form.0);
    let mut errors = Errors::default();
    let secret = errors.keep("secret", read_secret(&typed.secret));
    let pay_url = errors.keep("pay_url", read_pay_url(&typed.pay_url));
    if let (Some(secret), Some(pay_url)) = (secret, pay_url) {
        let (seal, actor, tx) = (Seal::of(&config)?, who.actor(), db.begin().await?);
        let at = (who.tenant.id, provider);
        if providers::save(&tx, (&seal, &actor), at, (secret.as_deref(), pay_url), who.now).await? {
            db::commit(tx).await?;
            return Ok(Notice::new(format!("{} was saved.", provider.label())).on(html::see_other(PATH)));
        }
        errors.add("secret", "Enter the secret that signs its events.");
    }
    let mut page = Page::load(&who, (&request, &config), &db, &Cursor::default()).await?;
    for shown in page.shown.iter_mut().filter(|shown| shown.provider == provider) {
        // A secret is never sent back.
        shown.typed = Typed { secret: String::new(), pay_url: typed.pay_url.clone() };
        shown.errors = errors.clone();
    }
    html::with_status(StatusCode::UNPROCESSABLE_ENTITY, &page)
}

/// `POST /dashboard/payments/{provider}/remove`
///
/// # Errors
/// [`Error::NotFound`] for a provider that there is not.
pub async fn remove(who: Admin, word: web::Path<String>, db: web::Data<Db>) -> Result<HttpResponse, Error> {
    let provider = Provider::remote(&word).ok_or(Error::NotFound)?;
    let tx = db.begin().await?;
    if !providers::remove(&tx, &who.actor(), (who.tenant.id, provider), who.now).await? {
        return Err(Error::NotFound);
    }
    db::commit(tx).await?;
    let said = format!("{} is believed no more. What it told stays.", provider.label());
    Ok(Notice::new(said).on(html::see_other(PATH)))
}
