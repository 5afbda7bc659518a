//! From the outbox to deliveries: what was committed is written down for each endpoint that wants to know.

use super::deliver;
use super::deliveries;
use super::endpoints;
use super::messages::{self, Message};
use crate::db::tables::webhook_outbox::{Column, Entity, Model};
use crate::db::{self, Db};
use crate::error::Error;
use crate::tenants;
use chrono::{DateTime, Utc};
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use std::collections::BTreeMap;
use uuid::Uuid;

/// Notes of one transaction: on SQLite it holds up everybody else who writes.
const AT_ONCE: u64 = 100;

/// Turns whatever waits in the outbox into deliveries, and sees to it that they are sent. It costs one read where there is
/// nothing.
///
/// # Errors
/// When the database does not answer; what was not turned waits for the next look.
pub async fn empty(db: &Db, now: DateTime<Utc>) -> Result<(), Error> {
    loop {
        let noted = Entity::find().order_by_asc(Column::Seq).limit(AT_ONCE).all(db.read()).await?;
        if noted.is_empty() {
            return Ok(());
        }
        let mut tenants: BTreeMap<Uuid, Vec<&Model>> = BTreeMap::new();
        for note in &noted {
            tenants.entry(note.tenant_id).or_default().push(note);
        }
        for (tenant, noted) in tenants {
            match turn(db, tenant, &noted, now).await {
                // Something in it cannot be told at all: the rest must not wait for it.
                Err(error) if is_unreadable(&error) && noted.len() > 1 => {
                    for note in noted {
                        turn(db, tenant, &[note], now).await?;
                    }
                }
                turned => turned?,
            }
        }
    }
}

/// Whether a row holds what the schema forbids, so that no later look will read it either.
fn is_unreadable(error: &Error) -> bool {
    matches!(error, Error::Internal(cause) if cause.downcast_ref::<DbErr>().is_none())
}

/// Everything is read before anything is locked; whose deletion finds the notes gone was not the first.
async fn turn(db: &Db, tenant: Uuid, noted: &[&Model], now: DateTime<Utc>) -> Result<(), Error> {
    let told = match tenants::queries::by_id(db.read(), tenant).await? {
        Some(tenant) => match messages::of(db.read(), &tenant, noted, now).await {
            Err(error) if is_unreadable(&error) && noted.len() == 1 => {
                tracing::error!(%error, ?noted, "this cannot be told, and is left out");
                Vec::new()
            }
            told => told?,
        },
        None => Vec::new(),
    };
    let tx = db.begin().await?;
    let these = Entity::delete_many().filter(Column::Seq.is_in(noted.iter().map(|note| note.seq)));
    let taken = these.exec(&tx).await?.rows_affected;
    if usize::try_from(taken).ok() != Some(noted.len()) {
        return Ok(());
    }
    for endpoint in endpoints::live(&tx, tenant).await? {
        let wanted = endpoints::events(&endpoint);
        let theirs: Vec<Message> = told.iter().filter(|told| wanted.contains(&told.event)).cloned().collect();
        if !theirs.is_empty() {
            deliveries::write(&tx, &endpoint, theirs, now).await?;
            deliver::wake(&tx, &endpoint, now).await?;
        }
    }
    db::commit(tx).await
}
