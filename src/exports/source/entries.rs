//! Entries of the audit log, in the order in which they were made.

use super::{PAGE, Page, too_late};
use crate::audit::queries::{self, Wanted};
use crate::db::Db;
use crate::db::tables::audit_entries::{Column as Field, Entity, Model};
use crate::error::Error;
use crate::exports::filter::Filter;
use crate::redemptions::log::words::{self, FieldChange, Part};
use crate::sheets::{Cell, Column, Row};
use crate::tenants::Tenant;
use chrono::{DateTime, Utc};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use std::collections::HashMap;
use uuid::Uuid;

/// What is said of an entry.
pub const COLUMNS: &[Column] = &[
    Column { name: "at", width: 20 },
    Column { name: "actor", width: 26 },
    Column { name: "actor_name", width: 20 },
    Column { name: "actor_kind", width: 10 },
    Column { name: "action", width: 24 },
    Column { name: "what", width: 50 },
    Column { name: "subject_kind", width: 14 },
    Column { name: "subject", width: 26 },
    Column { name: "code", width: 20 },
    Column { name: "organization", width: 26 },
    Column { name: "changes", width: 60 },
    Column { name: "reason", width: 30 },
    Column { name: "entry_id", width: 38 },
    Column { name: "subject_id", width: 38 },
    Column { name: "coupon_id", width: 38 },
    Column { name: "redemption_id", width: 38 },
    Column { name: "organization_id", width: 38 },
    Column { name: "request_id", width: 38 },
];

/// How far they have been read.
pub struct Entries {
    db: Db,
    tenant: Tenant,
    /// None where nothing can match.
    wanted: Option<Wanted>,
    after: Option<Uuid>,
}

impl Entries {
    pub(super) async fn open(
        db: &Db,
        tenant: &Tenant,
        filter: &Filter,
        asked_at: DateTime<Utc>,
    ) -> Result<Self, Error> {
        let wanted = filter.of_entries().wanted(db, tenant).await?;
        let wanted = wanted.map(|wanted| Wanted { until: Some(too_late(asked_at, wanted.until)), ..wanted });
        Ok(Self { db: db.clone(), tenant: tenant.clone(), wanted, after: None })
    }

    /// Counted where nothing narrows it; what a filter leaves is found only by reading it.
    pub(super) async fn total(&self) -> Result<Option<i64>, Error> {
        let Some(wanted) = &self.wanted else { return Ok(Some(0)) };
        if *wanted != (Wanted { until: wanted.until, ..Wanted::default() }) {
            return Ok(None);
        }
        let all = Entity::find().filter(Field::TenantId.eq(self.tenant.id));
        Ok(Some(i64::try_from(all.count(self.db.search()).await?).unwrap_or(i64::MAX)))
    }

    pub(super) async fn next(&mut self) -> Result<Option<Page>, Error> {
        let Some(wanted) = &self.wanted else { return Ok(None) };
        let found = queries::oldest_first(self.db.read(), self.tenant.id, wanted, self.after, PAGE).await?;
        let Some(last) = found.last() else { return Ok(None) };
        self.after = Some(last.id);
        let actors = queries::names(self.db.read(), found.iter().filter_map(|row| row.actor_id)).await?;
        let rows: Vec<Row> = found.iter().map(|entry| self.row(entry, &actors)).collect();
        Ok(Some(Page { read: i64::try_from(rows.len()).unwrap_or_default(), rows }))
    }

    fn row(&self, entry: &Model, actors: &HashMap<Uuid, String>) -> Row {
        let name = entry.actor_id.and_then(|id| actors.get(&id)).cloned().unwrap_or_default();
        let words = |part: &Part| match part {
            Part::Text(text) | Part::Strong(text) | Part::Code(text) => text.clone(),
        };
        let what = words::sentence(entry, self.tenant.zone).iter().map(words).collect::<Vec<_>>().join(" ");
        let changes = words::changes_of(entry, self.tenant.zone).iter().map(change).collect::<Vec<_>>().join("; ");
        vec![
            Cell::Time(entry.created_at),
            Cell::text(entry.actor_label.as_str()),
            Cell::text(name),
            Cell::text(entry.actor_kind.as_str()),
            Cell::text(entry.action.as_str()),
            Cell::text(what),
            Cell::text(entry.subject_kind.as_str()),
            Cell::text(entry.subject_label.as_str()),
            Cell::text(entry.code_text.as_deref().unwrap_or_default()),
            Cell::text(entry.organization_label.as_deref().unwrap_or_default()),
            Cell::text(changes),
            Cell::text(entry.reason.as_deref().unwrap_or_default()),
            Cell::id(entry.id),
            Cell::text(entry.subject_id.as_str()),
            Cell::id(entry.coupon_id),
            Cell::id(entry.redemption_id),
            Cell::id(entry.organization_id),
            Cell::text(entry.request_id.as_str()),
        ]
    }
}

/// `Uses in total: 40 → 60`.
fn change(change: &FieldChange) -> String {
    let shown = |value: &Option<String>| value.clone().unwrap_or_else(|| "empty".to_owned());
    format!("{}: {} → {}", change.field, shown(&change.before), shown(&change.after))
}
