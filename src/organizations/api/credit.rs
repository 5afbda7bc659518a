//! `/api/v1/organizations/{id}/credit`: the balance and the ledger.

use super::view;
use crate::accounts::caller::SeesOrganizations;
use crate::db::Db;
use crate::db::tables::credit_entries::Model;
use crate::error::Error;
use crate::organizations::{credit, queries};
use crate::web::api::{self, Page, Query};
use crate::web::paging::Cursor;
use actix_web::{HttpResponse, web};
use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::Serialize;
use uuid::Uuid;

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
    id: web::Path<Uuid>,
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
