//! An endpoint of the demo, switched off, so that nothing leaves the machine; with what it was told before.

use super::house::House;
use crate::audit::Actor;
use crate::clock;
use crate::config::Config;
use crate::db::tables::webhook_deliveries::{ActiveModel, Entity};
use crate::db::{self, Db};
use crate::web::seal::Seal;
use crate::webhooks::endpoints::{self, Said};
use chrono::{DateTime, Duration, SecondsFormat, Utc};
use sea_orm::{ActiveValue::Set, EntityTrait};
use serde_json::json;

/// Event, state, status, milliseconds, answer, and how many minutes before it was switched off.
const TOLD: [(&str, &str, i64, i64, &str, i64); 6] = [
    ("redemption.held", "delivered", 200, 84, "{\"ok\":true}", 2_890),
    ("redemption.confirmed", "delivered", 200, 61, "{\"ok\":true}", 2_884),
    ("organization.limit_changed", "delivered", 202, 143, "", 2_160),
    ("coupon.paused", "delivered", 200, 77, "{\"ok\":true}", 1_500),
    ("redemption.confirmed", "waiting", 503, 12, "upstream connect error", 1_440),
    ("coupon.exhausted", "waiting", 503, 9, "upstream connect error", 700),
];

/// Makes it.
///
/// # Errors
/// When the database refuses something.
pub(super) async fn make(db: &Db, config: &Config, house: &House, now: DateTime<Utc>) -> anyhow::Result<()> {
    let off = now - Duration::hours(5);
    let said = Said {
        url: "https://billing.example.com/hooks/vouchsafe".to_owned(),
        events: crate::webhooks::events::EVENTS.iter().map(|event| event.word.to_owned()).collect(),
    };
    let (seal, made) = (Seal::of(config)?, now - Duration::days(9));
    let (tenant, tx) = (house.tenant.id, db.begin().await?);
    let (endpoint, _) = endpoints::create(&tx, &seal, &house.by_admin(), tenant, said, made).await?;
    for (event, state, status, took, answer, minutes) in TOLD {
        let at = off - Duration::minutes(minutes);
        let timestamp = at.to_rfc3339_opts(SecondsFormat::Micros, true);
        let data = json!({ "note": "Shortened for the demo." });
        let is_waiting = state == "waiting";
        let row = ActiveModel {
            tenant_id: Set(tenant),
            id: Set(clock::id_at(at)),
            endpoint_id: Set(endpoint.id),
            message_id: Set(format!("msg_{}", clock::id_at(at).simple())),
            event: Set(event.to_owned()),
            subject: Set("demo".to_owned()),
            body: Set(json!({ "type": event, "timestamp": timestamp, "data": data }).to_string()),
            state: Set(state.to_owned()),
            tries: Set(if is_waiting { 24 } else { 1 }),
            due_at: Set(is_waiting.then_some(now)),
            status: Set(Some(status)),
            took_ms: Set(Some(took)),
            answer: Set(Some(answer.to_owned()).filter(|answer| !answer.is_empty())),
            failure: Set(is_waiting.then(|| format!("It answered {status}."))),
            created_at: Set(at),
            tried_at: Set(Some(if is_waiting { off } else { at })),
        };
        Entity::insert(row).exec_without_returning(&tx).await?;
    }
    let why = "It took nothing for a day. It answered 503.";
    endpoints::disable(&tx, &Actor::system("webhooks"), &endpoint, Some(why), off).await?;
    Ok(db::commit(tx).await?)
}
