//! `GET /dashboard/organizations/{id}`: one organization with all that can be changed of it. Its forms come back to it.

use super::credit::Adjust;
use super::limits::Row;
use crate::accounts::guards::Admin;
use crate::accounts::shell::{Section, Shell};
use crate::calendar;
use crate::db::Db;
use crate::db::tables::credit_entries;
use crate::error::Error;
use crate::organizations::limits::{LimitMode, OrganizationLimit};
use crate::organizations::queries::{self, CodeOf, LiveGrant, OrganizationMember};
use crate::organizations::{Organization, credit};
use crate::redemptions::pages::members::Added;
use crate::redemptions::queries::{Listed, of_organization};
use crate::web::form::{Errors, Query};
use crate::web::paging::{Cursor, Slice};
use crate::web::{html, token};
use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use askama::Template;
use chrono::{DateTime, Utc};
use serde::Deserialize;
use std::collections::HashMap;
use uuid::Uuid;

/// How many redemptions the page shows.
const HISTORY: u64 = 30;

/// Where the ledger stands.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Ledger {
    after: Option<String>,
    before: Option<String>,
}

/// What was typed into the forms of the page, and what is wrong with it.
#[derive(Clone, Debug, Default)]
pub struct Typed {
    /// The form of a new member.
    pub member: Added,
    /// The form of the credit.
    pub adjust: Adjust,
    /// The table of limits; empty when it was not sent.
    pub limits: Vec<Row>,
    /// Errors of the member and credit forms.
    pub errors: Errors,
}

/// A limit with its row of the form.
struct LimitRow {
    limit: OrganizationLimit,
    row: Row,
    grants: Vec<String>,
}

#[derive(Template)]
#[template(path = "organizations/show.html")]
struct Page {
    shell: Shell,
    organization: Organization,
    limits: Vec<LimitRow>,
    members: Vec<OrganizationMember>,
    balance: i64,
    ledger: Slice<credit_entries::Model>,
    codes: HashMap<Uuid, CodeOf>,
    history: Vec<Listed>,
    typed: Typed,
    request_key: String,
    who: Admin,
}

/// `GET /dashboard/organizations/{id}`.
///
/// # Errors
/// [`Error::NotFound`] for an organization of another tenant.
pub async fn show(
    who: Admin,
    id: web::Path<Uuid>,
    ledger: Query<Ledger>,
    db: web::Data<Db>,
) -> Result<HttpResponse, Error> {
    let Ledger { after, before } = ledger.0;
    html::page(&Page::load(who, &db, *id, &Cursor { after, before }, Typed::default()).await?)
}

/// Shows the page again with what was typed, 422.
///
/// # Errors
/// [`Error::NotFound`] for an organization of another tenant.
pub async fn answer(who: Admin, db: &Db, id: Uuid, typed: Typed) -> Result<HttpResponse, Error> {
    let page = Page::load(who, db, id, &Cursor::default(), typed).await?;
    html::with_status(StatusCode::UNPROCESSABLE_ENTITY, &page)
}

impl Page {
    async fn load(who: Admin, db: &Db, id: Uuid, cursor: &Cursor, typed: Typed) -> Result<Self, Error> {
        let (db, tenant) = (db.read(), who.tenant.id);
        let organization = queries::by_id(db, tenant, id).await?.ok_or(Error::NotFound)?;
        let limits = queries::limits(db, tenant, &[id]).await?.remove(&id).unwrap_or_default();
        let grants = queries::grants(db, tenant, id).await?;
        let ledger = credit::ledger(db, tenant, id, cursor).await?;
        let redeemed: Vec<Uuid> = ledger.rows.iter().filter_map(|row| row.redemption_id).collect();
        Ok(Self {
            shell: who.shell(Section::Organizations),
            limits: limits.into_iter().map(|limit| LimitRow::of(limit, &grants, &typed)).collect(),
            members: queries::members(db, tenant, id).await?,
            balance: credit::balance(db, tenant, id).await?,
            codes: queries::codes_of(db, tenant, &redeemed).await?,
            history: of_organization(db, (tenant, who.tenant.currency), id, HISTORY, who.now).await?,
            request_key: token::random(24)?,
            organization,
            ledger,
            typed,
            who,
        })
    }

    fn is_bad(&self) -> bool {
        !self.typed.errors.is_empty() || self.limits.iter().any(|limit| limit.row.is_bad())
    }

    /// Whether the errors are those of the form with these fields.
    fn has_errors_of(&self, fields: &[&str]) -> bool {
        fields.iter().any(|field| self.typed.errors.of(field).is_some())
    }

    /// What is wrong in the table of limits, each with the id of its field.
    fn limit_errors(&self) -> Vec<(String, &str)> {
        let errors = self.limits.iter().flat_map(|LimitRow { row, .. }| {
            let base = row.base_error.as_deref().map(|sentence| (format!("base-{}", row.key), sentence));
            let in_use = row.in_use_error.as_deref().map(|sentence| (format!("use-{}", row.key), sentence));
            base.into_iter().chain(in_use)
        });
        errors.collect()
    }

    fn money(&self, amount: &i64) -> String {
        self.who.tenant.currency.money(*amount).to_string()
    }

    fn signed(&self, amount: &i64) -> String {
        if *amount > 0 { format!("+{}", self.money(amount)) } else { self.money(amount).replacen('-', "−", 1) }
    }

    fn moment(&self, at: &DateTime<Utc>) -> String {
        calendar::moment(*at, self.who.tenant.zone)
    }

    /// The redemption an entry comes from, and its code.
    fn code_of(&self, entry: &credit_entries::Model) -> Option<(Uuid, &CodeOf)> {
        entry.redemption_id.and_then(|id| Some((id, self.codes.get(&id)?)))
    }

    fn currency(&self) -> &'static str {
        self.who.tenant.currency.code()
    }
}

impl LimitRow {
    fn of(limit: OrganizationLimit, grants: &[LiveGrant], typed: &Typed) -> Self {
        let sent = typed.limits.iter().find(|row| row.key == limit.key).cloned();
        let mine = grants.iter().filter(|grant| grant.limit_key == limit.key);
        Self { row: sent.unwrap_or_else(|| Row::of(&limit)), grants: mine.map(granted).collect(), limit }
    }

    /// What the definition says of it.
    fn bounds(&self) -> String {
        let bound = |word, bound: Option<i64>| bound.map(|bound| format!(", {word} {bound}")).unwrap_or_default();
        let (least, most) = (bound("at least", self.limit.minimum), bound("at most", self.limit.maximum));
        format!("Default {}{least}{most}", self.limit.default)
    }
}

/// `raised to 10 by WELCOME-10`.
fn granted(grant: &LiveGrant) -> String {
    let verb = match grant.grant.mode {
        LimitMode::Set => "set to",
        LimitMode::RaiseTo => "raised to",
    };
    let by = grant.code.as_ref().map(|code| format!(" by {}", code.text)).unwrap_or_default();
    format!("{verb} {}{by}", grant.grant.value)
}
