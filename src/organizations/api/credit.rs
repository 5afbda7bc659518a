//! `/api/v1/organizations/{id}/credit`: the balance and the ledger.

use super::view;
use crate::accounts::caller::{SeesOrganizations, WritesOrganizations};
use crate::db::Db;
use crate::db::tables::credit_entries::Model;
use crate::error::{Error, Fault};
use crate::organizations::spending::{Spend, Spent, spend};
use crate::organizations::{credit, queries};
use crate::tenants::Tenant;
use crate::web::api::{self, Answer, Body, Id, Page, Query};
use crate::web::paging::Cursor;
use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The longest reference and the longest memo, in characters.
const LONGEST_TEXT: usize = 200;

/// The credit of an organization with a page of its ledger, newest first. Money is minor units.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct CreditView {
    /// What can be spent.
    pub balance: i64,
    /// The currency of every amount here.
    pub currency: &'static str,
    /// The entries of this page.
    pub items: Vec<CreditEntryView>,
    /// The cursor of the next page.
    pub next: Option<String>,
}

/// One entry of the ledger.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct CreditEntryView {
    /// Its id.
    pub id: Uuid,
    /// What came, or below 0 what went.
    pub amount: i64,
    /// What there was afterwards.
    pub balance_after: i64,
    /// Why it was made.
    pub kind: String,
    /// The redemption that brought it, or took it back.
    pub redemption_id: Option<Uuid>,
    /// What the caller called it.
    pub external_ref: Option<String>,
    /// What somebody said of it.
    pub memo: String,
    /// When.
    pub created_at: DateTime<Utc>,
}

impl From<Model> for CreditEntryView {
    fn from(row: Model) -> Self {
        Self {
            id: row.id,
            amount: row.amount,
            balance_after: row.balance_after,
            kind: row.kind,
            redemption_id: row.redemption_id,
            external_ref: row.external_ref,
            memo: row.memo,
            created_at: row.created_at,
        }
    }
}

/// `GET /api/v1/organizations/{id}/credit`.
///
/// # Errors
/// [`Error::NotFound`] for an organization that the caller may not see.
pub async fn show(
    who: SeesOrganizations,
    db: web::Data<Db>,
    id: Id,
    Query(page): Query<Page>,
) -> Result<HttpResponse, Error> {
    view::seen(db.read(), &who, *id).await?;
    queries::by_id(db.read(), who.tenant.id, *id).await?.ok_or(Error::NotFound)?;
    let cursor = Cursor { after: page.after, before: None };
    let size = page.limit.unwrap_or_default().get();
    let found = credit::ledger_of(db.read(), who.tenant.id, *id, (&cursor, size)).await?;
    let found = found.map(CreditEntryView::from);
    api::json(&CreditView {
        balance: credit::balance(db.read(), who.tenant.id, *id).await?,
        currency: who.tenant.currency.code(),
        items: found.rows,
        next: found.next,
    })
}

/// What is spent.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SpendSaid {
    /// In minor units.
    #[schemars(range(min = 1))]
    pub amount: i64,
    /// What the caller calls what it is for.
    #[schemars(length(min = 1, max = 200))]
    pub external_ref: Option<String>,
    /// What people read in the ledger.
    #[schemars(length(max = 200))]
    pub memo: Option<String>,
}

/// `POST /api/v1/organizations/{id}/credit/spend`: 201 with the line of the ledger.
///
/// # Errors
/// [`Error::NotFound`] for an organization that the tenant does not have, 409 `insufficient_credit`; nothing is spent then.
pub async fn spend_some(
    who: WritesOrganizations,
    db: web::Data<Db>,
    id: Id,
    Body { data, once }: Body<SpendSaid>,
) -> Result<HttpResponse, Error> {
    let said = read(data)?;
    api::once(&db, who.request_key(&once).as_ref(), who.now, async |tx| {
        let amount = said.amount;
        match spend(tx, &who.actor(), (&who.tenant, *id), said, who.now).await? {
            Spent::Done(entry) => Answer::of(StatusCode::CREATED, &CreditEntryView::from(*entry)),
            Spent::TooLittle { balance } => Err(too_little(&who.tenant, amount, balance)),
            Spent::NotFound => Err(Error::NotFound),
        }
    })
    .await
}

fn read(said: SpendSaid) -> Result<Spend, Error> {
    let mut fault = Fault::new("invalid", "Not acceptable", "This cannot be spent so.");
    if said.amount < 1 {
        fault = fault.on("amount", "invalid", "Spend 1 minor unit at the least.");
    }
    let external_ref = said.external_ref.map(|text| text.trim().to_owned());
    if external_ref.as_ref().is_some_and(|text| text.is_empty() || text.chars().count() > LONGEST_TEXT) {
        fault = fault.on("external_ref", "invalid", "A reference has 1 to 200 characters.");
    }
    let memo = said.memo.unwrap_or_default().trim().to_owned();
    if memo.chars().count() > LONGEST_TEXT {
        fault = fault.on("memo", "invalid", "A memo has at most 200 characters.");
    }
    if fault.errors.is_empty() {
        Ok(Spend { amount: said.amount, external_ref, memo })
    } else {
        Err(fault.with_status(StatusCode::UNPROCESSABLE_ENTITY))
    }
}

fn too_little(tenant: &Tenant, amount: i64, balance: i64) -> Error {
    let money = |amount| tenant.currency.money(amount);
    let detail = format!("There are {} of credit, {} less than that.", money(balance), money(amount - balance));
    Fault::new("insufficient_credit", "Not enough credit", detail)
        .with("balance", balance)
        .with("missing_amount", amount - balance)
        .with_status(StatusCode::CONFLICT)
}
