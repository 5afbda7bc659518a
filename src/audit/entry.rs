//! One entry, and the only way to write it.

use crate::clock;
use crate::db::bulk::{self, Writes};
use crate::db::tables::audit_entries;
use crate::error::Error;
use chrono::{DateTime, Utc};
use sea_orm::{ActiveValue::Set, DatabaseTransaction};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

/// Who made a change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    /// A user, an API key, or the system itself.
    pub kind: ActorKind,
    /// The user or key.
    pub id: Option<Uuid>,
    /// What people know it by, as it was then.
    pub label: String,
    /// The request it came with; empty for the system's own work.
    pub request_id: String,
}

/// The kinds of actors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ActorKind {
    /// Somebody who is signed in.
    User,
    /// A calling system.
    Key,
    /// The program by itself, or its operator at the command line.
    System,
}

impl Actor {
    /// The program by itself.
    #[must_use]
    pub fn system(label: &str) -> Self {
        Self { kind: ActorKind::System, id: None, label: label.to_owned(), request_id: String::new() }
    }
}

impl ActorKind {
    const fn word(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Key => "key",
            Self::System => "system",
        }
    }
}

/// A field before and after. Values are as the field's own form would show them; an absent one is null.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// The field's name, as in the form.
    pub field: String,
    /// What it was.
    pub before: Value,
    /// What it became.
    pub after: Value,
}

impl Change {
    /// A field that changed.
    pub fn new(field: &str, before: impl Into<Value>, after: impl Into<Value>) -> Self {
        Self { field: field.to_owned(), before: before.into(), after: after.into() }
    }
}

/// What happened to which subject, and whom else it concerns.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Entry {
    /// Subject and verb, as `coupon.paused`.
    pub action: &'static str,
    /// The table's noun: `coupon`, `organization`.
    pub subject_kind: &'static str,
    /// The subject's id, or its key where it has none.
    pub subject_id: String,
    /// What people know the subject by, as it was then.
    pub subject_label: String,
    /// The person whose limits it counts against.
    pub person_id: Option<Uuid>,
    /// The organization it concerns, with its name as it was.
    pub organization: Option<(Uuid, String)>,
    /// The coupon it concerns.
    pub coupon_id: Option<Uuid>,
    /// The code it concerns: its key and its text.
    pub code: Option<(String, String)>,
    /// The redemption it concerns.
    pub redemption_id: Option<Uuid>,
    /// The fields that changed.
    pub changes: Vec<Change>,
    /// Why, where a reason was asked for.
    pub reason: Option<String>,
}

/// Writes one entry in the transaction of the change.
///
/// # Errors
/// When the database refuses it; the change must then not be committed either.
pub async fn record(
    tx: &DatabaseTransaction,
    actor: &Actor,
    tenant: Uuid,
    entry: Entry,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    record_all(tx, vec![(actor.clone(), tenant, entry)], now).await
}

/// Writes many entries at once, in the order given.
///
/// # Errors
/// As [`record`].
pub async fn record_all(
    tx: &DatabaseTransaction,
    entries: Vec<(Actor, Uuid, Entry)>,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let rows = entries.into_iter().map(|(actor, tenant, entry)| row(actor, tenant, entry, now));
    Ok(bulk::insert::<audit_entries::Entity>(tx, rows.collect()).await?)
}

/// Writes them together with what they tell of; the id of the first.
pub fn record_with(
    writes: &mut Writes,
    entries: impl Iterator<Item = (Actor, Uuid, Entry)>,
    now: DateTime<Utc>,
) -> Option<Uuid> {
    let rows: Vec<_> = entries.map(|(actor, tenant, entry)| row(actor, tenant, entry, now)).collect();
    let first = rows.first().and_then(|row| row.id.try_as_ref().copied());
    writes.insert::<audit_entries::Entity>(rows);
    first
}

fn row(actor: Actor, tenant: Uuid, entry: Entry, now: DateTime<Utc>) -> audit_entries::ActiveModel {
    let (organization_id, organization_label) = entry.organization.unzip();
    let (code_key, code_text) = entry.code.unzip();
    audit_entries::ActiveModel {
        tenant_id: Set(tenant),
        id: Set(clock::id_at(now)),
        action: Set(entry.action.to_owned()),
        actor_kind: Set(actor.kind.word().to_owned()),
        actor_id: Set(actor.id),
        actor_label: Set(actor.label),
        subject_kind: Set(entry.subject_kind.to_owned()),
        subject_id: Set(entry.subject_id),
        subject_label: Set(entry.subject_label),
        person_id: Set(entry.person_id),
        organization_id: Set(organization_id),
        organization_label: Set(organization_label),
        coupon_id: Set(entry.coupon_id),
        code_key: Set(code_key),
        code_text: Set(code_text),
        redemption_id: Set(entry.redemption_id),
        changes: Set(serde_json::to_value(entry.changes).unwrap_or_default()),
        reason: Set(entry.reason),
        request_id: Set(actor.request_id),
        created_at: Set(now),
    }
}
