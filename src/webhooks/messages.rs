//! From what the outbox noted to what is told.

use super::events::{
    ActorTold, CouponShort, CouponTold, CreditTold, ExhaustedTold, LimitTold, OrganizationTold, RedemptionShort,
    RedemptionTold, of_action,
};
use crate::coupons::coupon::Coupon;
use crate::coupons::{queries, rows};
use crate::db::tables::webhook_outbox::Model as Noted;
use crate::db::tables::{audit_entries, credit_entries, redemptions};
use crate::error::Error;
use crate::organizations;
use crate::tenants::Tenant;
use anyhow::anyhow;
use chrono::{DateTime, SecondsFormat, Utc};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};
use serde::Serialize;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use uuid::Uuid;

/// A message for whoever wants to know.
#[derive(Clone, Debug)]
pub(super) struct Message {
    /// The same whoever is told, and however often.
    pub id: String,
    /// The word of its event.
    pub event: String,
    /// What it is about.
    pub subject: String,
    /// JSON.
    pub body: String,
}

impl Message {
    /// A message about something. `source` and `part` set it apart from all others.
    pub fn new(
        (source, part): (Uuid, &str),
        event: &str,
        subject: String,
        data: &impl Serialize,
        at: DateTime<Utc>,
    ) -> Result<Self, Error> {
        let id = Uuid::new_v5(&source, format!("{event} {part}").as_bytes());
        let data = serde_json::to_value(data).map_err(|error| Error::Internal(anyhow!(error)))?;
        let timestamp = at.to_rfc3339_opts(SecondsFormat::Micros, true);
        let body = json!({ "type": event, "timestamp": timestamp, "data": data }).to_string();
        Ok(Self { id: format!("msg_{}", id.simple()), event: event.to_owned(), subject, body })
    }
}

/// What a handful of notes is about, read at once.
struct Facts<'a> {
    tenant: &'a Tenant,
    entries: HashMap<Uuid, audit_entries::Model>,
    credits: HashMap<Uuid, credit_entries::Model>,
    redemptions: HashMap<Uuid, redemptions::Model>,
    coupons: BTreeMap<Uuid, Coupon>,
    codes: BTreeMap<Uuid, String>,
    organizations: HashMap<Uuid, String>,
    now: DateTime<Utc>,
}

/// The messages of these notes, in their order.
///
/// # Errors
/// When the database does not answer.
pub(super) async fn of(
    connection: &impl ConnectionTrait,
    tenant: &Tenant,
    noted: &[&Noted],
    now: DateTime<Utc>,
) -> Result<Vec<Message>, Error> {
    let facts = Facts::load(connection, tenant, noted, now).await?;
    let mut messages = Vec::new();
    for note in noted {
        match note.source.as_str() {
            "entry" => facts.of_entry(note.subject_id, &mut messages)?,
            "credit" => messages.extend(facts.of_credit(note.subject_id)?),
            _ => messages.extend(facts.of_exhausted(note)?),
        }
    }
    Ok(messages)
}

impl<'a> Facts<'a> {
    async fn load(
        connection: &impl ConnectionTrait,
        tenant: &'a Tenant,
        noted: &[&Noted],
        now: DateTime<Utc>,
    ) -> Result<Self, Error> {
        let of = |source: &str| -> Vec<Uuid> {
            noted.iter().filter(|note| note.source == source).map(|note| note.subject_id).collect()
        };
        let entries = audit_entries::Entity::find()
            .filter(audit_entries::Column::TenantId.eq(tenant.id))
            .filter(audit_entries::Column::Id.is_in(of("entry")))
            .all(connection)
            .await?;
        let credits = credit_entries::Entity::find()
            .filter(credit_entries::Column::TenantId.eq(tenant.id))
            .filter(credit_entries::Column::Id.is_in(of("credit")))
            .all(connection)
            .await?;
        let told = |entry: &&audit_entries::Model| of_action(&entry.action).is_some();
        let of_redemption = |entry: &audit_entries::Model| entry.redemption_id;
        let redemptions = redemptions::Entity::find()
            .filter(redemptions::Column::TenantId.eq(tenant.id))
            .filter(redemptions::Column::Id.is_in(entries.iter().filter(told).filter_map(of_redemption)))
            .all(connection)
            .await?;
        let of_coupon = |entry: &audit_entries::Model| entry.coupon_id.filter(|_| entry.subject_kind == "coupon");
        let coupons: BTreeSet<Uuid> =
            entries.iter().filter(told).filter_map(of_coupon).chain(of("exhausted")).collect();
        let coupons: Vec<Uuid> = coupons.into_iter().collect();
        let named: Vec<Uuid> = credits.iter().map(|entry| entry.organization_id).collect();
        Ok(Self {
            tenant,
            codes: queries::first_texts(connection, tenant.id, &coupons).await?,
            coupons: rows::read(connection, tenant.id, &coupons, now).await?,
            organizations: organizations::queries::names(connection, tenant.id, &named).await?,
            entries: entries.into_iter().map(|entry| (entry.id, entry)).collect(),
            credits: credits.into_iter().map(|entry| (entry.id, entry)).collect(),
            redemptions: redemptions.into_iter().map(|row| (row.id, row)).collect(),
            now,
        })
    }

    fn of_entry(&self, id: Uuid, messages: &mut Vec<Message>) -> Result<(), Error> {
        let Some(entry) = self.entries.get(&id) else { return Ok(()) };
        if let Some(event) = of_action(&entry.action) {
            messages.extend(self.of_redemption(entry, event)?);
            messages.extend(self.of_coupon(entry, event)?);
        }
        for change in entry.changes.as_array().into_iter().flatten() {
            messages.extend(self.of_limit(entry, change)?);
        }
        Ok(())
    }

    fn of_redemption(&self, entry: &audit_entries::Model, event: &str) -> Result<Option<Message>, Error> {
        let row = entry.redemption_id.filter(|_| event.starts_with("redemption."));
        let Some(row) = row.and_then(|id| self.redemptions.get(&id)) else { return Ok(None) };
        let data = RedemptionTold {
            redemption: self.redemption(row, entry.code_text.clone()),
            organization: organization(entry),
            reason: entry.reason.clone(),
            actor: actor(entry),
        };
        let subject = format!("redemption {}", row.id);
        Message::new((entry.id, ""), event, subject, &data, entry.created_at).map(Some)
    }

    fn of_coupon(&self, entry: &audit_entries::Model, event: &str) -> Result<Option<Message>, Error> {
        let id = entry.coupon_id.filter(|_| event.starts_with("coupon."));
        let Some(coupon) = id.and_then(|id| self.coupon(id)) else { return Ok(None) };
        let changes = entry.changes.as_array().into_iter().flatten();
        let data = CouponTold {
            action: entry.action.clone(),
            changed: changes.filter_map(|change| Some(change.get("field")?.as_str()?.to_owned())).collect(),
            reason: entry.reason.clone(),
            actor: actor(entry),
            coupon,
        };
        let subject = format!("coupon {}", data.coupon.id);
        Message::new((entry.id, ""), event, subject, &data, entry.created_at).map(Some)
    }

    fn of_limit(&self, entry: &audit_entries::Model, change: &Value) -> Result<Option<Message>, Error> {
        let field = change.get("field").and_then(Value::as_str).unwrap_or_default();
        let (Some(key), Some(organization)) = (field.strip_prefix("limit "), organization(entry)) else {
            return Ok(None);
        };
        let value = |side: &str| change.get(side).and_then(Value::as_str).and_then(|value| value.parse().ok());
        let data = LimitTold {
            limit: key.to_owned(),
            before: value("before"),
            after: value("after"),
            redemption_id: entry.redemption_id,
            actor: actor(entry),
            organization,
        };
        let subject = format!("organization {}", data.organization.id);
        let event = "organization.limit_changed";
        Message::new((entry.id, key), event, subject, &data, entry.created_at).map(Some)
    }

    fn of_credit(&self, id: Uuid) -> Result<Option<Message>, Error> {
        let Some(line) = self.credits.get(&id) else { return Ok(None) };
        let name = self.organizations.get(&line.organization_id).cloned().unwrap_or_default();
        let data = CreditTold {
            organization: OrganizationTold { id: line.organization_id, name },
            currency: self.tenant.currency.code(),
            before: line.balance_after.saturating_sub(line.amount),
            after: line.balance_after,
            amount: line.amount,
            credit_entry_id: line.id,
            kind: line.kind.clone(),
            memo: line.memo.clone(),
            external_ref: line.external_ref.clone(),
            redemption_id: line.redemption_id,
        };
        let subject = format!("organization {}", line.organization_id);
        Message::new((line.id, ""), "organization.credit_changed", subject, &data, line.created_at).map(Some)
    }

    fn of_exhausted(&self, note: &Noted) -> Result<Option<Message>, Error> {
        let Some(coupon) = self.coupon(note.subject_id) else { return Ok(None) };
        let subject = format!("coupon {}", coupon.id);
        let source = (coupon.id, note.seq.to_string());
        Message::new((source.0, &source.1), "coupon.exhausted", subject, &ExhaustedTold { coupon }, self.now).map(Some)
    }

    fn redemption(&self, row: &redemptions::Model, code: Option<String>) -> RedemptionShort {
        RedemptionShort {
            id: row.id,
            state: row.state.clone(),
            code,
            coupon_id: row.coupon_id,
            channel: row.channel.clone(),
            order_ref: row.order_ref.clone(),
            person_id: row.person_id,
            organization_id: row.organization_id,
            uses: row.uses,
            currency: self.tenant.currency.code(),
            amount_before: row.amount_before,
            discount: row.discount,
            total: row.amount_before.saturating_sub(row.discount),
            held_until: row.held_until,
            confirmed_at: row.confirmed_at,
            ended_at: row.ended_at,
            benefit_ends_at: row.benefit_ends_at,
            needs_attention: row.needs_attention.clone(),
            created_at: row.created_at,
        }
    }

    fn coupon(&self, id: Uuid) -> Option<CouponShort> {
        let it = self.coupons.get(&id)?;
        Some(CouponShort {
            id: it.id,
            code: self.codes.get(&id).cloned(),
            name: it.name.clone(),
            status: it.status(self.now),
            gift: it.gift,
            currency: self.tenant.currency.code(),
            uses: it.counters.uses,
            held: it.counters.held,
            max_uses: it.max_uses,
            remaining: it.remaining(),
            spent: it.counters.spent,
            spent_held: it.counters.spent_held,
            budget: it.budget,
            remaining_budget: it.remaining_budget(),
            valid_from: it.valid_from,
            valid_until: it.valid_until,
            paused_at: it.paused_at,
            deleted_at: it.deleted_at,
            version: it.version,
        })
    }
}

fn actor(entry: &audit_entries::Model) -> ActorTold {
    ActorTold { kind: entry.actor_kind.clone(), id: entry.actor_id, label: entry.actor_label.clone() }
}

fn organization(entry: &audit_entries::Model) -> Option<OrganizationTold> {
    if let Some(id) = entry.organization_id {
        return Some(OrganizationTold { id, name: entry.organization_label.clone().unwrap_or_default() });
    }
    let id = entry.subject_id.parse().ok().filter(|_| entry.subject_kind == "organization")?;
    Some(OrganizationTold { id, name: entry.subject_label.clone() })
}
