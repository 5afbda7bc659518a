//! `/api/v1/audit-entries`: the log.

use crate::accounts::caller::ReadsAudit;
use crate::audit::queries;
use crate::db::Db;
use crate::db::tables::audit_entries::Model;
use crate::error::Error;
use crate::redemptions::log::filter::Filter;
use crate::web::api::{self, List, Query};
use crate::web::paging::Slice;
use actix_web::{HttpResponse, web};
use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;
use uuid::Uuid;

/// One entry.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[expect(missing_docs, reason = "each field is named after what the entry keeps")]
pub struct AuditEntry {
    pub id: Uuid,
    pub action: String,
    pub actor: Named,
    pub subject: Named,
    pub person_id: Option<Uuid>,
    pub organization: Option<Named>,
    pub coupon_id: Option<Uuid>,
    pub code: Option<String>,
    pub redemption_id: Option<Uuid>,
    /// `[{field, before, after}]`.
    pub changes: Value,
    pub reason: Option<String>,
    pub request_id: String,
    pub created_at: DateTime<Utc>,
}

/// Somebody or something, by what people knew it as when the entry was made.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[expect(missing_docs, reason = "each field says itself")]
pub struct Named {
    pub kind: String,
    pub id: Option<String>,
    pub label: String,
}

impl From<Model> for AuditEntry {
    fn from(row: Model) -> Self {
        let named = |kind: &str, id, label| Named { kind: kind.to_owned(), id, label };
        let text = |id: Uuid| id.to_string();
        Self {
            id: row.id,
            action: row.action,
            actor: named(&row.actor_kind, row.actor_id.map(text), row.actor_label),
            subject: named(&row.subject_kind, Some(row.subject_id), row.subject_label),
            person_id: row.person_id,
            organization: row.organization_id.map(|id| {
                named("organization", Some(id.to_string()), row.organization_label.clone().unwrap_or_default())
            }),
            coupon_id: row.coupon_id,
            code: row.code_text,
            redemption_id: row.redemption_id,
            changes: row.changes,
            reason: row.reason,
            request_id: row.request_id,
            created_at: row.created_at,
        }
    }
}

/// `GET /api/v1/audit-entries`, newest first.
///
/// # Errors
/// [`Error::BadQuery`] for a filter or a cursor that there is not.
pub async fn index(who: ReadsAudit, db: web::Data<Db>, Query(filter): Query<Filter>) -> Result<HttpResponse, Error> {
    filter.cursor().ids()?;
    let size = filter.limit.unwrap_or_default().get();
    let found = match filter.wanted(&db, &who.tenant).await? {
        Some(wanted) => queries::page(db.read(), who.tenant.id, &wanted, (&filter.cursor(), size)).await?,
        None => Slice { rows: Vec::new(), next: None, previous: None },
    };
    api::json(&List::from(found.map(AuditEntry::from)))
}
