//! Repairs: a count is put in the place of a figure, under the locks of the desk, one subject at a time and each on record.

use super::count::statement;
use super::{Difference, Field, What, count, ledger};
use crate::audit::{self, Actor, Change, Entry};
use crate::db::{self, Db};
use crate::error::Error;
use crate::redemptions::desk::lock;
use crate::redemptions::world::Counter;
use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbErr, RuntimeErr, Value};
use uuid::Uuid;

/// What became of a difference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The count is in its place.
    Repaired,
    /// It was right when it was counted again.
    Gone,
    /// It stays; the sentence says why.
    Left(&'static str),
}

/// Puts the count in the place of what is kept, unless that is right by now or cannot be.
///
/// # Errors
/// When the database does not answer.
pub async fn repair(
    db: &Db,
    actor: &Actor,
    tenant: Uuid,
    difference: &Difference,
    now: DateTime<Utc>,
) -> Result<Outcome, Error> {
    let what = difference.what;
    if !what.can_be_repaired() {
        return Ok(Outcome::Left("These rows are the record itself; somebody must look at them."));
    }
    let tx = db.begin().await?;
    if lock::is_needed(&tx) {
        lock::lock(&tx, tenant, &what.rows()).await?;
    }
    let Some(fields) = again(&tx, tenant, what).await? else { return Ok(Outcome::Gone) };
    match set(&tx, tenant, what, &fields, now).await {
        Ok(()) => {}
        Err(error) if is_check(&error) => {
            return Ok(Outcome::Left("The count is more than its maximum allows, or below 0; nothing was raised."));
        }
        Err(error) => return Err(error.into()),
    }
    audit::record(&tx, actor, tenant, entry(difference, &fields), now).await?;
    db::commit(tx).await?;
    Ok(Outcome::Repaired)
}

/// Counts one thing again.
async fn again(tx: &DatabaseTransaction, tenant: Uuid, what: What) -> Result<Option<Vec<Field>>, Error> {
    let found = match what {
        What::Coupon(id) => count::coupons(tx, tenant, Some(id)).await?,
        What::Code { code, .. } => count::codes(tx, tenant, Some(code)).await?,
        What::Usage(counter) => {
            let (scope, owner, subject) = counter.columns();
            if count::HOLDERS.contains(&scope) {
                count::holders(tx, tenant, scope, Some((owner, subject))).await?
            } else {
                count::products_of(tx, tenant, scope, (owner, owner)).await?
            }
        }
        What::Balance(id) => ledger::balances(tx, tenant, Some(id)).await?,
        What::Grants { redemption, .. } => ledger::grants(tx, tenant, Some(redemption)).await?,
        What::Ledger(_) | What::Redemption(_) => Vec::new(),
    };
    Ok(found.into_iter().find(|(found, _)| *found == what).map(|(_, fields)| fields))
}

async fn set(
    tx: &DatabaseTransaction,
    tenant: Uuid,
    what: What,
    fields: &[Field],
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    let run = async |sql: &str, values: [Value; 3]| tx.execute_raw(statement(tx, sql, values)).await.map(|_| ());
    match what {
        What::Coupon(id) | What::Code { code: id, .. } => {
            let table = if matches!(what, What::Coupon(_)) { "coupons" } else { "codes" };
            // All at once: half of a repair may be what the CHECKs refuse.
            let columns: Vec<_> = fields.iter().map(|field| format!("{} = {}", field.name, field.counted)).collect();
            let columns = columns.join(", ");
            let sql = format!("UPDATE {table} SET {columns} WHERE tenant_id = $1 AND id = $2");
            tx.execute_raw(statement(tx, &sql, [tenant.into(), id.into()])).await.map(|_| ())
        }
        What::Usage(counter) => usage(tx, tenant, counter, fields).await,
        What::Balance(organization) => {
            let balance = fields.iter().map(|field| field.counted).sum::<i64>();
            let sql = "INSERT INTO credit_balances (tenant_id, organization_id, balance, updated_at) \
                 VALUES ($1, $2, $3, $4) ON CONFLICT (tenant_id, organization_id) \
                 DO UPDATE SET balance = excluded.balance, updated_at = excluded.updated_at";
            let values = [tenant.into(), organization.into(), balance.into(), now.into()];
            tx.execute_raw(statement(tx, sql, values)).await.map(|_| ())
        }
        What::Grants { redemption, .. } => {
            let live = fields.iter().any(|field| field.counted > 0);
            let (is, since) = if live { ("TRUE", "NULL") } else { ("FALSE", "$3") };
            let sql = format!(
                "UPDATE limit_grants SET live = {is}, withdrawn_at = {since} \
                 WHERE tenant_id = $1 AND redemption_id = $2 AND live <> {is}"
            );
            if live {
                return tx.execute_raw(statement(tx, &sql, [tenant.into(), redemption.into()])).await.map(|_| ());
            }
            run(&sql, [tenant.into(), redemption.into(), now.into()]).await
        }
        What::Ledger(_) | What::Redemption(_) => Ok(()),
    }
}

async fn usage(tx: &DatabaseTransaction, tenant: Uuid, counter: Counter, fields: &[Field]) -> Result<(), DbErr> {
    let (scope, owner, subject) = counter.columns();
    let key: [Value; 4] = [tenant.into(), scope.into(), owner.into(), subject.into()];
    let make = "INSERT INTO usage_counters (tenant_id, scope, owner_id, subject_id, uses, held) \
         VALUES ($1, $2, $3, $4, 0, 0) ON CONFLICT (tenant_id, scope, owner_id, subject_id) DO NOTHING";
    tx.execute_raw(statement(tx, make, key.clone())).await?;
    let columns: Vec<_> = fields.iter().map(|field| format!("{} = {}", field.name, field.counted)).collect();
    let sql = format!(
        "UPDATE usage_counters SET {} WHERE tenant_id = $1 AND scope = $2 AND owner_id = $3 AND subject_id = $4",
        columns.join(", ")
    );
    tx.execute_raw(statement(tx, &sql, key)).await.map(|_| ())
}

fn entry(difference: &Difference, fields: &[Field]) -> Entry {
    let label = || difference.label.clone();
    let mut entry = Entry {
        action: "doctor.repaired",
        subject_label: label(),
        changes: fields.iter().map(|field| Change::new(field.name, field.kept, field.counted)).collect(),
        reason: Some(format!("Counted again from the rows: {}", difference.what.word())),
        ..Entry::default()
    };
    let (kind, id) = match difference.what {
        What::Coupon(id) => ("coupon", id),
        What::Code { coupon, code } => {
            entry.coupon_id = Some(coupon);
            ("code", code)
        }
        What::Usage(Counter::Free { person, .. }) => ("person", person),
        What::Usage(
            Counter::Person { coupon, .. } | Counter::Organization { coupon, .. } | Counter::Product { coupon, .. },
        ) => ("coupon", coupon),
        What::Balance(id) | What::Ledger(id) => ("organization", id),
        What::Grants { redemption, coupon, .. } => {
            entry.coupon_id = Some(coupon);
            ("redemption", redemption)
        }
        What::Redemption(id) => ("redemption", id),
    };
    (entry.subject_kind, entry.subject_id) = (kind, id.to_string());
    match kind {
        "coupon" => entry.coupon_id = Some(id),
        "redemption" => entry.redemption_id = Some(id),
        "organization" => entry.organization = Some((id, label())),
        _ => {}
    }
    entry.person_id = match difference.what {
        What::Usage(Counter::Person { person, .. } | Counter::Free { person, .. }) => Some(person),
        _ => None,
    };
    entry
}

fn is_check(error: &DbErr) -> bool {
    match error {
        DbErr::Exec(RuntimeErr::SqlxError(source)) | DbErr::Query(RuntimeErr::SqlxError(source)) => {
            source.as_database_error().is_some_and(|reason| reason.is_check_violation())
        }
        _ => false,
    }
}
