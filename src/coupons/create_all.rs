//! Making many coupons at once, each with one code, in a few statements.

use crate::audit::{self, Actor, Change};
use crate::coupons::changes;
use crate::coupons::code::{Code, CodeKey, CodeText};
use crate::coupons::coupon::Coupon;
use crate::coupons::create::{NotCreated, subject, taken};
use crate::coupons::{names, rows};
use crate::db::bulk;
use crate::db::tables::codes;
use crate::tenants::Tenant;
use chrono::{DateTime, Utc};
use sea_orm::{ActiveValue::Set, DatabaseTransaction};
use uuid::Uuid;

/// A coupon that is about to be made with others.
#[derive(Clone, Debug)]
pub struct NewOne {
    /// The offer.
    pub coupon: Coupon,
    /// What people will type.
    pub code: CodeText,
    /// The id of the code.
    pub code_id: Uuid,
    /// The persons it is assigned to; none is everybody.
    pub people: Vec<Uuid>,
}

/// Makes the coupons and their codes, and writes an audit entry `coupon.created` for each, with the reason.
///
/// # Errors
/// [`NotCreated::Taken`] for the first code whose key exists in the tenant, deleted ones included, and nothing is to be
/// committed then; anything the database refuses.
pub async fn create_all(
    tx: &DatabaseTransaction,
    actor: &Actor,
    tenant: &Tenant,
    (new, reason): (&[NewOne], &str),
    now: DateTime<Utc>,
) -> Result<(), NotCreated> {
    let all: Vec<(&Coupon, &[Uuid])> = new.iter().map(|one| (&one.coupon, one.people.as_slice())).collect();
    rows::insert_all(tx, &all).await?;
    let codes = new.iter().map(|one| row(one, now)).collect();
    let conflict = "ON CONFLICT (tenant_id, key) DO NOTHING";
    bulk::insert_or::<codes::Entity>(tx, codes, conflict).await.map_err(crate::error::Error::from)?;
    let keys: Vec<CodeKey> = new.iter().map(|one| one.code.key().clone()).collect();
    let there = rows::codes_by_key(tx, tenant.id, &keys).await?;
    let is_ours = |one: &&NewOne| there.get(one.code.key()).is_some_and(|code: &Code| code.id == one.code_id);
    if let Some(other) = new.iter().find(|one| !is_ours(one)) {
        return Err(NotCreated::Taken(taken(tx, tenant.id, &other.code).await?));
    }
    let coupons: Vec<&Coupon> = new.iter().map(|one| &one.coupon).collect();
    let people: Vec<Uuid> = new.iter().flat_map(|one| one.people.iter().copied()).collect();
    let names = names::of(tx, tenant.id, &coupons, &people).await?;
    let entries = new.iter().map(|one| {
        let mut said = vec![Change::new("codes", (), one.code.as_str())];
        said.extend(changes::first(changes::fields(tenant, &one.coupon, &one.people, &names)));
        let entry = audit::Entry {
            action: "coupon.created",
            changes: said,
            reason: Some(reason.to_owned()),
            ..subject(&one.coupon, Some(&one.code))
        };
        (actor.clone(), tenant.id, entry)
    });
    audit::record_all(tx, entries.collect(), now).await?;
    Ok(())
}

fn row(one: &NewOne, now: DateTime<Utc>) -> codes::ActiveModel {
    codes::ActiveModel {
        tenant_id: Set(one.coupon.tenant_id),
        id: Set(one.code_id),
        coupon_id: Set(one.coupon.id),
        text: Set(one.code.as_str().to_owned()),
        key: Set(one.code.key().as_str().to_owned()),
        max_uses: Set(None),
        canary: Set(false),
        uses: Set(0),
        held: Set(0),
        created_at: Set(now),
        deleted_at: Set(None),
        batch_id: Set(None),
    }
}
